"""The loads of the river network: who puts what into which reach, in t a year. Used by make_water.py.

    industry, household   province total x the city's share x the part of the city that drains here x delivered
    agriculture           cropland x what a hectare loses in a year x the part that drains here x delivered
    background            land neither farmed nor built on, likewise
    deposition            lake surface x what falls on a hectare
    inflow                mean concentration of the first section x flow
Province totals are of 2010 or recalled, the sections of 2020-21: the loads are not scaled to the later year.
"""
SPECIES = ["COD", "NH3-N", "TN", "TP"]
SECTORS = {"industry": ("工业废水", "Industrial outfalls"), "household": ("生活污水", "Household sewage"),
           "agriculture": ("农田径流", "Farm runoff"), "background": ("非农田自然径流", "Natural runoff")}

# Of what is discharged or lost, the share that comes to the drawn reach; the rest stays in ditches and small channels. Assumed.
DELIVERED_OUTFALL, DELIVERED_DIFFUSE = 0.7, 0.5

# Who drains where: city -> [(reach, share of the city, how far down the reach its outfalls lie)]. What is missing to 1 drains to the sea or to
# rivers that are not drawn. Assumed from the map.
DRAINS = {
    "310000": [("huangpu-2", 0.35, 0.4), ("wusong", 0.05, 0.7), ("cj-8", 0.60, 0.2)],
    "320100": [("cj-5", 1.00, 0.2)],
    "320200": [("wuxi", 0.45, 0.2), ("huxi", 0.25, 0.8), ("cj-6", 0.30, 0.7)],
    "320300": [("kui", 0.20, 0.1)],
    "320400": [("huxi", 0.70, 0.2), ("cj-6", 0.30, 0.5)],
    "320500": [("taipu", 0.10, 0.4), ("jishui", 0.20, 0.3), ("canal", 0.20, 0.2), ("wusong", 0.20, 0.2), ("cj-7", 0.30, 0.3)],
    "320600": [("cj-7", 0.50, 0.3)],
    "320800": [("hongze", 0.40, 0), ("ruhai", 0.20, 0.1)],
    "321000": [("ruhai", 0.60, 0.8), ("cj-6", 0.30, 0.1)],
    "321100": [("cj-6", 0.60, 0.2), ("huxi", 0.40, 0.1)],
    "321200": [("cj-6", 0.60, 0.4)],
    "321300": [("hongze", 0.40, 0)],
    "330100": [("qiandao", 0.08, 0), ("fuchun", 0.32, 0.6), ("qiantang", 0.50, 0.4), ("jiaxing", 0.10, 0.2)],
    "330400": [("jiaxing", 0.80, 0.3)],
    "330500": [("tiaoxi", 0.70, 0.7), ("jiaxing", 0.30, 0.1)],
    "330600": [("qiantang", 0.50, 0.5)],
    "330700": [("jinhua", 0.85, 0.3)],
    "330800": [("qu", 1.00, 0.2)],
    "340100": [("nanfei", 0.55, 0.3), ("hangbu", 0.20, 0.8), ("chaohu-east", 0.20, 0), ("huai-2", 0.05, 0.3)],
    "340200": [("qingyi", 0.40, 0.9), ("yuxi", 0.25, 0.5), ("cj-3", 0.35, 0.9)],
    "340300": [("huai-3", 0.40, 0.2), ("huai-4", 0.60, 0.1)],
    "340400": [("huai-2", 1.00, 0.5)],
    "340500": [("cj-4", 0.80, 0.5), ("yuxi", 0.20, 0.6)],
    "340600": [("xinbian", 0.40, 0.1)],
    "340700": [("cj-2", 0.30, 0.9), ("cj-3", 0.70, 0.1)],
    "340800": [("cj-1", 0.40, 0.5), ("cj-2", 0.60, 0.1)],
    "341000": [("xinan", 0.75, 0.2)],
    "341100": [("huai-5", 0.40, 0.3), ("cj-5", 0.50, 0.2), ("ruhai", 0.10, 0.3)],
    "341200": [("ying-1", 0.30, 0.8), ("ying-2", 0.40, 0.2), ("huai-1", 0.30, 0.3)],
    "341300": [("xinsui", 0.35, 0.2), ("xinbian", 0.45, 0.3), ("hongze", 0.20, 0)],
    "341500": [("pi", 0.60, 0.2), ("hangbu", 0.20, 0.3), ("huai-1", 0.20, 0.6)],
    "341600": [("guo", 0.60, 0.2), ("huai-2", 0.30, 0.5)],
    "341700": [("cj-2", 1.00, 0.6)],
    "341800": [("qingyi", 0.75, 0.2), ("cj-4", 0.15, 0.2), ("xinan", 0.08, 0.1), ("huxi", 0.02, 0.5)],
}

# Share of the polygon under crops, by the look of the land; assumed.
CROPLAND = {"plain": 0.50, "mixed": 0.30, "mountain": 0.12}
PLAIN = {"320300", "320600", "320700", "320800", "320900", "321000", "321200", "321300", "330400", "340300", "340400", "340600",
         "341200", "341300", "341600"}
MOUNTAIN = {"330100", "330200", "330300", "330600", "330700", "330800", "330900", "331000", "331100", "341000", "341700", "341800"}
BUILT = 0.15  # of every polygon; assumed
# Wheat and maize instead of rice and wheat.
DRYLAND = {"320300", "340600", "341200", "341300", "341600"}

# kg a hectare and year off the field: rice-wheat 29-31 (derived, 5.2 % of 570-600 kg N); dry land 5.1 % (verified) of 300 kg N.
TN_RICE, TN_DRY = 30.0, 15.3
# 1 % of 79.5-99 kg P applied (assumed); the US default for crops is 0.9 too.
TP_FIELD = 0.9
# Nitrogen of farms as ammonium, and TN, TP of industry: ratios of the 2017 census (from memory; its recalled parts add up to the
# bulletin's totals). NH3-N of the recalled 2015 row less 2010 is not taken: in Zhejiang it would exceed the farms' whole TN.
NH3N_OF_FARM_TN = 0.153
TN_OF_INDUSTRIAL_NH3N, TP_OF_INDUSTRIAL_COD = 3.5, 0.0087
# Standard-field guideline of 2003 (from memory), only where the difference of the province totals is negative.
COD_FIELD = 150.0
# Forest, US default (verified, not Chinese), kg a hectare and year.
FOREST = {"TN": 2.5, "TP": 0.25}
# Falls on open water on the Hangjiahu plain (secondary), kg a hectare and year.
DEPOSITION = {"TN": 48.85, "TP": 0.6546}

# Grams a person and day before treatment: town 12.4-13.9 and 1.04-1.16 (from memory); the country by the ratio of COD,
# 40 to 76 g (from memory), of which 30-50 % comes to the river (verified, as read for toilet water).
TOWN = {"TN": 13.15, "TP": 1.10}
COUNTRY_OF_TOWN, COUNTRY_TO_RIVER = 40 / 76, 0.40
REMOVED = {"TN": 0.655, "TP": 0.808}  # W04, W05
TREATED = 0.90  # of what towns make; assumed
TOWN_SHARE = {"31": 0.881, "32": 0.706, "33": 0.700, "34": 0.558}  # urbanisation 2019, from memory

# CODMn is what the sections measure; COD of what flows in is set to this many times it (assumed; ratios differ by water).
COD_OF_CODMN = 3.5

# Lake surface, km2: (city that answers, area, source).
LAKES = {"qiandao": ("330100", 580, "secondary"), "hongze": ("320800", 1600, "from memory"),
         "chaohu-west": ("340100", 260, "from memory"), "chaohu-east": ("340100", 520, "from memory"),
         "taihu-west": ("320200", 468, "20 % of 2338 (verified)"), "taihu-north": ("320200", 271, "11.6 % of 2338 (verified)"),
         "taihu": ("320500", 1599, "68.4 % of 2338 (verified)"), "dianshan": ("310000", 62, "from memory")}

# What enters the region: reach -> (id, zh, en, section that speaks for it, flow m3/s, mark, note).
INFLOWS = {
    "huai-1": ("henan-huai", "河南来水（淮河王家坝）", "Henan, Huai at Wangjiaba", "王家坝", 300, "compiled", "Wangjiaba mean x 300 m3/s (from memory)"),
    "ying-1": ("henan-ying", "河南来水（颍河界首）", "Henan, Ying at Jieshou", "界首七渡口(七渡口)", 100, "compiled",
               "Qidukou mean x 100 m3/s (assumed)"),
    "guo": ("henan-guo", "河南来水（涡河）", "Henan, Guo", "颜集", 25, "assumed", "no section on the Guo: Yanji mean stands in; 25 m3/s assumed"),
    "xinbian": ("henan-tuo", "沱河上游来水", "Upper Tuo", "小王桥", 20, "compiled", "Xiaowangqiao mean x 20 m3/s (assumed)"),
    "cj-1": ("yangtze", "长江上游来水", "Yangtze above Anhui", "皖河口", 27800, "compiled", "Wanhekou mean x 27800 m3/s (assumed from Datong)"),
}

# Where capacity may be added: reach -> (city, km, zh, en).
CAPACITY = {
    "xinan": ("341000", 90, "新安江入湖口", "Xin'an above the lake"), "ying-2": ("341200", 5, "颍河阜阳", "Ying at Fuyang"),
    "guo": ("341600", 20, "涡河亳州", "Guo at Bozhou"), "kui": ("320300", 20, "奎河徐州", "Kui at Xuzhou"),
    "xinsui": ("341300", 40, "新濉河宿州", "Xinsui at Suzhou"), "nanfei": ("340100", 25, "南淝河入湖口", "Nanfei mouth"),
    "huxi": ("320400", 40, "湖西入湖口", "Western inflows of Taihu"), "wuxi": ("320200", 20, "无锡入湖口", "Wuxi inflows of Taihu"),
    "tiaoxi": ("330500", 90, "苕溪入湖口", "Tiaoxi mouth"), "canal": ("320500", 30, "江南运河", "Grand Canal"),
    "jishui": ("320500", 20, "急水港", "Jishui channel"), "jiaxing": ("330400", 20, "嘉兴河网", "Jiaxing channels"),
    "taihu-west": ("320200", 0, "太湖西部底泥", "Western Taihu sediment"), "taihu-north": ("320200", 0, "太湖北部湖湾底泥", "Northern Taihu sediment"),
    "chaohu-west": ("340100", 0, "巢湖西半湖底泥", "Western Chao Lake sediment"), "dianshan": ("310000", 0, "淀山湖底泥", "Dianshan Lake sediment"),
}

SOURCES_HEADER = ("source_id,member,medium,kind,sector,structure,lon,lat,height_m,reach_id,distance_m,name_zh,name_en,mark,source")
EMISSIONS_HEADER = "source_id,species,emission_t_per_year,start,end,mark,source"
COD_AND_NH3N = ("COD", "NH3-N")


def cropland_ha(city, area_km2):
    kind = "plain" if city in PLAIN else "mountain" if city in MOUNTAIN else "mixed"
    return 100 * area_km2[city] * CROPLAND[kind]


def per_person(province, species):
    """g a person and day that reaches the water: (town, country), weighted by where people live."""
    town = TOWN_SHARE[province] * TOWN[species] * (1 - TREATED * REMOVED[species])
    country = (1 - TOWN_SHARE[province]) * TOWN[species] * COUNTRY_OF_TOWN * COUNTRY_TO_RIVER
    return town, country


def country_share(province):
    """Share of the household load that comes from the country, by TN; also used for the other species (assumed)."""
    town, country = per_person(province, "TN")
    return country / (town + country)


class Loads:
    """totals: {(quantity, year): {province digits: 1e4 t}}; people: {city: persons}; area_km2: {city}; names: {city: (zh, en)};
    reaches: {id: row}; means: {section name: {quantity: mg/L}}."""

    def __init__(self, totals, people, area_km2, names, reaches, means):
        self.totals, self.people, self.area, self.names, self.reaches, self.means = totals, people, area_km2, names, reaches, means
        self.sources, self.emissions = [], []
        self.province_people = {p: sum(n for c, n in people.items() if c[:2] == p) for p in TOWN_SHARE}
        self.province_crops = {p: sum(cropland_ha(c, area_km2) for c in people if c[:2] == p) for p in TOWN_SHARE}
        for city in DRAINS:
            for reach, share, down in DRAINS[city]:
                self.city(city, reach, share, down)
        self.lakes()
        self.inflows()
        self.capacity()

    def add(self, source_id, member, kind, sector, structure, reach, metres, zh, en, note, loads, mark="assumed"):
        self.sources.append([source_id, member, "water", kind, sector, structure, "", "", "", reach, metres, zh, en, mark, note])
        for species, (tonnes, mark, source) in loads.items():
            self.emissions.append([source_id, species, f"{tonnes:.3f}", "", "", mark, source])

    def city(self, city, reach, share, down):
        zh, en = self.names[city]
        metres = round(down * float(self.reaches[reach]["length_m"] or 0))
        drains = f"{share:.0%} of the city drains here (assumed)"
        for sector, (sector_zh, sector_en) in SECTORS.items():
            outfall = sector in ("industry", "household")
            delivered = DELIVERED_OUTFALL if outfall else DELIVERED_DIFFUSE
            loads = {s: (t * share * delivered, mark, f"{source}; x {share:g} drains x {delivered:g} delivered (assumed)")
                     for s, (t, mark, source) in getattr(self, sector)(city).items()}
            self.add(f"W-{city}-{sector}-{reach}", city, "outfall" if outfall else "diffuse", sector, sector, reach,
                     metres if outfall else "", f"{zh}{sector_zh}（{self.reaches[reach]['name_zh']}）",
                     f"{sector_en}, {en} ({self.reaches[reach]['name_en']})",
                     drains + ("; outfalls taken together at one place" if outfall else ""), loads)

    def industry(self, city):
        share, p = self.people[city] / self.province_people[city[:2]], city[:2]
        table = "Yearbook 2011 table 12-19, industry 2010 (verified) x population share"
        loads = {s: (self.totals[f"{s}, industry", "2010"][p] * 1e4 * share, "allocated", table) for s in COD_AND_NH3N}
        loads["TN"] = (loads["NH3-N"][0] * TN_OF_INDUSTRIAL_NH3N, "from memory", "NH3-N x 3.5, ratio of the 2017 census (from memory)")
        loads["TP"] = (loads["COD"][0] * TP_OF_INDUSTRIAL_COD, "from memory", "COD x 0.0087, ratio of the 2017 census (from memory)")
        return loads

    def household(self, city):
        share, p = self.people[city] / self.province_people[city[:2]], city[:2]
        table = "Yearbook 2011 table 12-19, consumption 2010 (verified) x population share"
        loads = {s: (self.totals[f"{s}, consumption", "2010"][p] * 1e4 * share, "allocated", table) for s in COD_AND_NH3N}
        for s in ("TN", "TP"):
            loads[s] = (sum(per_person(p, s)) * 365 / 1e6 * self.people[city], "from memory",
                        f"persons x {sum(per_person(p, s)):.2f} g/day (from memory) after treatment (W04, W05 verified)")
        return loads

    def agriculture(self, city):
        p, crops = city[:2], cropland_ha(city, self.area)
        tn = TN_DRY if city in DRYLAND else TN_RICE
        note = f"cropland {crops:.0f} ha (assumed share of the polygon)"
        left = (self.totals["COD, all incl. agriculture", "2015"][p] - self.totals["COD, industry + consumption", "2010"][p]) * 1e4
        if left > 0:
            cod = (left * crops / self.province_crops[p], "from memory", "2015 total (from memory) less 2010 industry and consumption, by cropland")
        else:
            cod = (crops * COD_FIELD / 1000, "from memory", f"{note} x 150 kg/ha (from memory); difference of totals is negative here")
        return {"COD": cod,
                "NH3-N": (crops * tn / 1000 * NH3N_OF_FARM_TN, "from memory", "TN x 0.153, ratio of the 2017 census (from memory)"),
                "TN": (crops * tn / 1000, "assumed", f"{note} x {tn:g} kg/ha ({'5.1 % of 300 kg N' if tn == TN_DRY else 'rice-wheat 29-31'})"),
                "TP": (crops * TP_FIELD / 1000, "assumed", f"{note} x {TP_FIELD:g} kg/ha (1 % of P applied, assumed)")}

    def background(self, city):
        land = 100 * self.area[city] * (1 - BUILT) - cropland_ha(city, self.area)
        return {s: (land * kg / 1000, "assumed", f"{land:.0f} ha neither farmed nor built on x {kg:g} kg/ha (US forest default)")
                for s, kg in FOREST.items()}

    def lakes(self):
        for reach, (city, km2, source) in LAKES.items():
            zh, en = self.reaches[reach]["name_zh"], self.reaches[reach]["name_en"]
            self.add(f"W-{city}-deposition-{reach}", city, "diffuse", "deposition", "deposition", reach, "", f"{zh}大气沉降",
                     f"Deposition on {en}", f"lake surface {km2} km2 ({source})",
                     {s: (km2 * 100 * kg / 1000, "compiled", f"{km2} km2 x {kg:g} kg/ha, Hangjiahu plain (secondary)")
                      for s, kg in DEPOSITION.items()})

    def inflows(self):
        for reach, (key, zh, en, section, flow, mark, note) in INFLOWS.items():
            mean = dict(self.means[section])
            mean["COD"] = COD_OF_CODMN * mean["CODMn"]
            loads = {}
            for s in (s for s in SPECIES if s in mean):
                tonnes = mean[s] * flow * 86400 * 365 / 1e6
                loads[s] = (tonnes, "assumed", f"{note}; COD = 3.5 x CODMn (assumed)") if s == "COD" else (tonnes, mark, note)
            self.add(f"I-{key}", "", "inflow", "inflow", "inflow", reach, "", zh, en, "enters the region at the head of the reach", loads, mark)

    def capacity(self):
        for reach, (city, km, zh, en) in CAPACITY.items():
            kind = "diffuse" if self.reaches[reach]["kind"] == "lake" else "outfall"
            self.add(f"C-{city}-{reach}", city, kind, "capacity", "capacity", reach, "" if kind == "diffuse" else km * 1000,
                     f"{zh}增容", f"Added capacity, {en}", "emits nothing; a place where added capacity can act",
                     {s: (0.0, "assumed", "nothing is emitted here") for s in ("TN", "TP")})
