"""What can be done at each source, in both media, what it takes away and what it costs. Used by make_water.py.

Full application (share 1) takes away  efficiency x applicable share x what the source emits;  the applicable share is what is left
to do there and is assumed unless a fact is named. A cost per tonne becomes a yearly cost by the tonnes taken away. Fact numbers
(A01, W05, ...) are those of measures_air.csv and measures_water.csv; `mark` says how the cost is known, `low` and `high` are its range.
"""
import csv
import re
from collections import defaultdict

import water_loads

CNY_PER_USD = 6.6  # assumed for every year
HEADER = ("measure_id,source_id,applies_to,structure,sector,pollutant,medium,effect_kg_s,max_share,capex_cny,opex_cny_per_year,"
          "life_years,price_year,group,min_size,name_zh,name_en,low,high,cost_unit,mark,source")

# id: structure, zh, en, life in years (empty: only running cost), price year, group, mark of the cost, facts and what is assumed.
MEASURES = {
    "E1-power-ule": ("energy", "煤电超低排放改造", "Ultra-low-emission coal power", "", 2016, "", "verified",
                     "A01-A03, zghjkx 2016; 50/50/60 % of half assumed"),
    "E2-boiler": ("energy", "小燃煤锅炉淘汰", "Phase-out of small coal boilers", "", 2000, "", "verified",
                  "A18 x 6.6, Morgenstern 2004; half the boilers, NOx 40, PM 90 % assumed"),
    "I1-steel-ule": ("industry", "钢铁超低排放改造", "Ultra-low-emission steel", 15, 2021, "", "from memory",
                     "B02 B03, CISA; 60/65/60 %, 85 % use assumed"),
    "I2-voc": ("industry", "低浓度有机废气末端治理", "Treatment of dilute VOC", "", 2019, "", "verified",
               "B08 B09, hjkx 2020; half caught, 60 % of sources assumed"),
    "I3-sncr": ("industry", "水泥窑脱硝", "SNCR at cement kilns", "", 2018, "", "from memory",
                "B05 B06; 1.6 kg NOx/t clinker (memory), 30 % of industry assumed"),
    "I4-dedust": ("industry", "工业除尘提效", "Better dust removal in industry", "", 2016, "", "assumed",
                  "A03; coal power stands in, 50 % on half assumed"),
    "T1-old-vehicles": ("transport", "黄标车与老旧柴油车淘汰", "Scrapping of old vehicles", "", 2015, "", "secondary",
                        "C02 C04, Zhou 2019; third of the 2014 fleet left, 90 % assumed"),
    "T2-china6": ("transport", "重型车国六标准", "China VI heavy vehicles", "", 2018, "", "secondary",
                  "C05 C07, ICCT 2018; heavy 60 % of road, 30 % renewed assumed"),
    "T3-deca": ("transport", "船舶排放控制区低硫油", "Low-sulphur fuel for ships", "", 2021, "", "secondary",
                "C08 C09 x 6.6, PubMed 39019265; 80 % of SO2, 80 % at sea assumed"),
    "T4-shore-power": ("transport", "港口岸电", "Shore power", 15, 2017, "", "secondary",
                       "C17 C20, Quanzhou; high: use as C11; 20 % at berth, opex 5 %, life assumed"),
    "L1-straw": ("land_use", "秸秆禁烧与综合利用", "Straw recycling", "", 2017, "", "secondary",
                 "D02 D03; upper bound, by cropland; straw 25 % of household PM2.5 assumed"),
    "L2a-nh3": ("land_use", "氨减排：无成本部分", "Ammonia package, free part", "", 2017, "", "verified",
                "D04, Zhang 2020; 30 % of 38-67 % at no cost"),
    "L2b-nh3": ("land_use", "氨减排：47% 以内", "Ammonia package up to 47 %", "", 2017, "", "secondary",
                "D06; to 47 % less the free part and L4"),
    "L2c-nh3": ("land_use", "氨减排：47%—74%", "Ammonia package 47 to 74 %", "", 2017, "", "secondary",
                "D06; (999-57)e9 CNY for 27 % of 12.5 Tg N"),
    "L3-dust": ("land_use", "工地洒水抑尘", "Watering of building sites", "", 2017, "", "assumed",
                "B12; 61 % (memory); 30 % of dust and the cost assumed"),
    "L4-fertiliser": ("land_use", "化肥减量增效", "Fertiliser efficiency", "", 2017, "", "secondary",
                      "A33 D08 D05, JERE 2018; 46.2 % of NH3; 20 % less N assumed"),
    "W1-industry": ("industry", "工业废水深度处理", "Advanced effluent treatment", "", 2017, "", "secondary",
                    "W08, web page; 70 to 50 mg/L; year, half the load, NH3-N assumed"),
    "W2-wwtp": ("household", "污水厂二级提一级", "WWTP grade 2 to 1", 20, 2008, "", "verified",
                "W01 W02, JES 2011; limits from memory, 30 % of plants, 200 L/d assumed"),
    "W3-wetland": ("household", "农村污水小型湿地", "Rural wetland", 15, 2013, "rural", "secondary",
                   "W09 W16o X01 W20, MOHURD; TP as A31, half the people assumed"),
    "W4-mbr": ("household", "农村污水膜生物反应器", "Rural MBR", 10, 2021, "rural", "verified",
               "W15 W04-W06 W20, RuST; as big plants, half the people assumed"),
    "W5-ditch": ("agriculture", "生态沟渠", "Ecological ditch", "", 2025, "field", "assumed",
                 "A31 A35, JAS 2016; cost stands in, 30 % of fields assumed"),
    "W6-bmp": ("agriculture", "关键源区最佳管理措施", "Targeted BMPs", "", 2025, "field", "secondary",
               "A34 A35, Water 2025"),
    "X1-wetland": ("capacity", "河道旁路湿地（每日10万吨）", "Wetland beside the river, 1e5 t/d", 15, 2013, "", "secondary",
                   "W09 W16o, MOHURD; 45 % as A31 of the measured mean at {}"),
    "X2-dredging": ("capacity", "环保清淤（100万方）", "Dredging of 1e6 m3", 10, 2024, "", "secondary",
                    "X03 X04, press; low reliability; 1 % of the stock released a year, life assumed"),
}

# Efficiency x applicable share, by measure and species.
STEEL = {"SO2": 0.60, "NOx": 0.65, "PM2.5": 0.60}
POWER = {"SO2": (0.5 * 0.5, 44600), "NOx": (0.5 * 0.5, 23500), "PM2.5": (0.6 * 0.5, 4300)}
BOILER = {"SO2": 0.95 * 0.5, "NOx": 0.40 * 0.5, "PM2.5": 0.90 * 0.5}
OLD_VEHICLES = {"NOx": 0.474 / 3 * 0.9, "PM2.5": 0.746 / 3 * 0.9}
CHINA6 = {"NOx": 0.86 * 0.6 * 0.3, "PM2.5": 0.82 * 0.6 * 0.3}
BERTH = 0.20
SHORE = {"NOx": 0.99 * BERTH, "SO2": 0.95 * BERTH, "PM2.5": 0.90 * BERTH}
NH3_FREE = 0.30 * (0.38 + 0.67) / 2
LESS_N, NH3_FROM_FERTILISER = 0.20, 0.462
SNCR = (0.40 + 0.65) / 2
# Grade 2 to grade 1B of GB 18918 (from memory): COD 100 to 60, NH3-N 25 to 8, TP 3 to 1 mg/L; TN assumed.
WWTP_STEP = {"COD": 0.40, "NH3-N": 0.68, "TN": 0.20, "TP": 0.67}
WWTP_APPLIES, TOWN_M3_PER_DAY = 0.30, 0.200
RURAL_APPLIES, RURAL_M3_PER_DAY = 0.5, (0.0889 + 0.0894) / 2
WETLAND = {"TN": (0.621 + 0.655) / 2, "TP": 0.45}
MBR = {"COD": 0.912, "NH3-N": 0.80, "TN": 0.655, "TP": 0.808}
DITCH, BMP = (0.3181 + 0.5821) / 2 * 0.3, (0.22 + 0.328) / 2
WETLAND_M3_PER_DAY, DREDGED_M3 = 1e5, 1e6
# The section whose measured mean stands for the water a wetland would take.
WETLAND_WATER = {"xinan": "街口(鸠坑口)", "ying-2": "界首七渡口(七渡口)", "guo": "颜集", "kui": "大屈", "xinsui": "大屈", "nanfei": "湖滨(老)",
                 "huxi": "兰山嘴(老)", "wuxi": "沙渚", "tiaoxi": "兰山嘴(老)", "canal": "王江泾", "jishui": "急水港桥", "jiaxing": "王江泾"}

# CNY per tonne: (value, low, high).
BOILER_SO2 = tuple(CNY_PER_USD * x for x in (2900, 2900, 2900))
SNCR_NOX = tuple(1000 * x / (1.6 * SNCR) for x in (4, 3, 5))
DECA_SO2 = tuple(CNY_PER_USD * x for x in (4380, 4380, 4380))
# One system saves a third of the 27.08 t a year of the terminal; thirteen in Shanghai saved 3.97 t together in 2017.
SHORE_NOX = (4e6 / (27.08 / 3), 4e6 / (27.08 / 3), 4e6 / (3.97 / 13))
NH3_AVERAGE = tuple(1000 * CNY_PER_USD * x for x in (1.25, 1.2, 1.3))
PER_N_TO_NH3 = 14 / 17
NH3_TO_47 = 1000 * PER_N_TO_NH3 * 57e9 / ((0.47 - NH3_FREE) * 12.5e9)
NH3_TO_74 = 1000 * PER_N_TO_NH3 * (999e9 - 57e9) / ((0.74 - 0.47) * 12.5e9)


class Table:
    def __init__(self, sources, emissions):
        self.rows, self.source = [], {s["source_id"]: s for s in sources}
        self.tonnes = defaultdict(dict)
        for e in emissions:
            self.tonnes[e["source_id"]][e["species"]] = float(e["emission_t_per_year"])

    def do(self, measure, source_id, effects, unit, value, capex=0.0, opex=0.0, at="", least=None):
        """effects: [(source acted on, species, t a year)]; unit and value: the cost as the fact gives it, (value, low, high).
        Name, costs and the whole source stand on the first row of the decision; low and high are of its investment where it has
        one."""
        structure, zh, en, life, year, group, mark, source = MEASURES[measure]
        effects = [e for e in effects if e[2] > 0]
        for i, (acts_on, species, tonnes) in enumerate(effects):
            acted = self.source[acts_on]
            has = self.tonnes[acts_on].get(species, 0.0)
            assert tonnes <= has or acted["sector"] == "capacity", (measure, acts_on, species)
            first = [f"{capex:.0f}" if capex else "", f"{opex:.0f}"] if i == 0 else ["", ""]
            cost = [f"{v:.4g}" if v < 1e4 else f"{v:.0f}" for v in value[1:]] + [unit] if i == 0 else ["", "", ""]
            self.rows.append([measure, source_id, acts_on if acts_on != source_id else "", structure, self.source[source_id]["sector"],
                              species, acted["medium"], f"{tonnes * 1000 / (365 * 86400):.3g}", 1, *first,
                              life if capex and i == 0 else "", year if i == 0 else "", group if i == 0 else "", "", *((zh, en) if i == 0 else ("", "")), *cost, mark,
                              source.format(at) if i == 0 else re.split("[;,]", source)[0]])

    def share(self, source_id, shares):
        """Effects that are shares of what one source emits."""
        return [(source_id, s, self.tonnes[source_id].get(s, 0.0) * x) for s, x in shares.items()]

    def per_tonne(self, measure, source_id, shares, paid_by, value, per):
        """A cost per tonne of one species; the others come with it."""
        effects = self.share(source_id, shares)
        paid = sum(t for _, s, t in effects if s == paid_by)
        if paid > 0:
            effects.sort(key=lambda e: e[1] != paid_by)
            self.do(measure, source_id, effects, per, value, opex=paid * value[0])


def rows(shared, sources, emissions, loads):
    t = Table(sources, emissions)
    steel = steel_capacity(shared)
    crops = {c: water_loads.cropland_ha(c, loads.area) for c in loads.people}
    straw_crops = sum(x for c, x in crops.items() if c[:2] in ("32", "34"))
    farms = defaultdict(list)
    for s in sources:
        if s["medium"] == "water" and s["sector"] == "agriculture":
            farms[s["member"]].append(s["source_id"])
    for s in sources:
        i, sector, city = s["source_id"], s["sector"], s["member"]
        if s["medium"] == "air":
            if sector == "power":
                effects = t.share(i, {k: x for k, (x, _) in POWER.items()})
                t.do("E1-power-ule", i, effects, "CNY/t SO2", (POWER["SO2"][1],) * 3,
                     opex=sum(tonnes * POWER[k][1] for _, k, tonnes in effects))
            elif sector == "boilers":
                t.per_tonne("E2-boiler", i, BOILER, "SO2", BOILER_SO2, "CNY/t SO2")
            elif sector == "steel":
                made = steel[city, s["lon"], s["lat"]] * 1000
                t.do("I1-steel-ule", i, t.share(i, STEEL), "CNY/(t/yr)", (410, 360, 460),
                     capex=410 * made, opex=185 * made * 0.85)
            elif sector == "industry":
                t.per_tonne("I2-voc", i, {"NMVOC": 0.90 * 0.5 * 0.6}, "NMVOC", (8000, 8000, 8000), "CNY/t VOC")
                t.per_tonne("I3-sncr", i, {"NOx": SNCR * 0.3}, "NOx", SNCR_NOX, "CNY/t NOx")
                t.per_tonne("I4-dedust", i, {"PM2.5": 0.5 * 0.5}, "PM2.5", (4300, 4300, 4300), "CNY/t PM")
            elif sector == "road":
                t.per_tonne("T1-old-vehicles", i, OLD_VEHICLES, "NOx", (78500, 78500, 78500), "CNY/t NOx")
                t.per_tonne("T2-china6", i, CHINA6, "NOx", (4080, 4080, 4080), "CNY/t NOx")
            elif sector == "shipping":
                so2 = t.tonnes[i]["SO2"] * 0.8 * (1 - BERTH)
                pm = min(so2 * 130 / 843, 0.5 * (1 - BERTH) * t.tonnes[i]["PM2.5"])
                t.do("T3-deca", i, [(i, "SO2", so2), (i, "PM2.5", pm)], "CNY/t SO2", DECA_SO2, opex=so2 * DECA_SO2[0])
                capex = t.tonnes[i]["NOx"] * SHORE["NOx"] * SHORE_NOX[0]
                t.do("T4-shore-power", i, t.share(i, SHORE), "CNY/(t/yr NOx)", SHORE_NOX, capex=capex, opex=0.05 * capex)
            elif sector == "residential":
                # Two of the ten provinces: their mean sum a hectare is taken for all four.
                per_ha = [2 * x / straw_crops for x in (2.6e9 / 10, 1e8, 2.6e9 / 10)]
                t.do("L1-straw", i, t.share(i, {"PM2.5": 0.25 * 0.469}), "CNY/ha", per_ha, opex=per_ha[0] * crops[city])
            elif sector == "dust":
                t.per_tonne("L3-dust", i, {"PM2.5": 0.61 * 0.3}, "PM2.5", (20000, 5000, 50000), "CNY/t PM2.5")
            elif sector == "agriculture":
                fertiliser = LESS_N * NH3_FROM_FERTILISER
                nh3 = t.tonnes[i]["NH3"]
                for measure, share, cost in (("L2a-nh3", NH3_FREE, 0.0), ("L2b-nh3", 0.47 - NH3_FREE - fertiliser, NH3_TO_47),
                                             ("L2c-nh3", 0.74 - 0.47, NH3_TO_74)):
                    t.do(measure, i, [(i, "NH3", nh3 * share)], "CNY/t NH3", (cost,) * 3, opex=cost * nh3 * share)
                # One decision in both media: less nitrogen on the field leaves less to the air and to the ditch.
                water = [(w, "TN", t.tonnes[w]["TN"] * LESS_N) for w in farms[city]]
                t.do("L4-fertiliser", i, [(i, "NH3", nh3 * fertiliser)] + water, "CNY/t NH3", NH3_AVERAGE,
                     opex=NH3_AVERAGE[0] * nh3 * fertiliser)
        elif sector in ("industry", "household", "agriculture"):
            part = dict((reach, share) for reach, share, _ in water_loads.DRAINS[city])[s["reach_id"]]
            people, p = loads.people[city] * part, city[:2]
            country = water_loads.country_share(p)
            if sector == "industry":
                t.per_tonne("W1-industry", i, {"COD": 20 / 70 * 0.5, "NH3-N": 20 / 70 * 0.5}, "COD", (75000, 75000, 250000),
                            "CNY/t COD")
            elif sector == "household":
                treated = people * water_loads.TOWN_SHARE[p] * water_loads.TREATED * TOWN_M3_PER_DAY * WWTP_APPLIES
                t.do("W2-wwtp", i, t.share(i, {k: x * WWTP_APPLIES * (1 - country) for k, x in WWTP_STEP.items()}),
                     "CNY/(t/d)", (473, 323, 623), capex=473 * treated, opex=0.155 * 365 * treated)
                sewage = people * (1 - water_loads.TOWN_SHARE[p]) * RURAL_M3_PER_DAY * RURAL_APPLIES
                for measure, removal, value, opex, unit in (
                        ("W3-wetland", WETLAND, (3150, 2600, 3700), 0.1, "CNY/(t/d)"),
                        ("W4-mbr", MBR, (4750, 4750, 5500), 0.9, "CNY/(t/d)")):
                    t.do(measure, i, t.share(i, {k: x * RURAL_APPLIES * country for k, x in removal.items()}), unit, value,
                         capex=value[0] * sewage, opex=opex * 365 * sewage)
            else:
                t.per_tonne("W5-ditch", i, {"TN": DITCH, "TP": DITCH}, "TN", (81000, 81000, 81000), "CNY/t TN")
                t.per_tonne("W6-bmp", i, {"TN": BMP}, "TN", (81000, 81000, 81000), "CNY/t TN")
        elif sector == "capacity":
            reach = s["reach_id"]
            if reach in WETLAND_WATER:
                mean, year = loads.means[WETLAND_WATER[reach]], WETLAND_M3_PER_DAY * 365
                t.do("X1-wetland", i, [(i, k, mean[k] * 0.45 * year / 1e6) for k in ("TN", "TP")], "CNY/(t/d)",
                     (3150, 2600, 3700), capex=3150 * WETLAND_M3_PER_DAY, opex=0.1 * year, at=WETLAND_WATER[reach])
            else:
                t.do("X2-dredging", i, [(i, k, DREDGED_M3 * kg / 1000 * 0.01) for k, kg in (("TN", 2.41), ("TP", 0.93))],
                     "CNY/m3", (191, 191, 191), capex=191 * DREDGED_M3)
    check(t)
    t.rows.sort(key=lambda r: (r[0], r[1]))
    return t.rows


def check(t):
    """All measures at a source together, the strongest of each group, must leave something over."""
    taken = defaultdict(lambda: defaultdict(float))
    for r in t.rows:
        acts_on = r[2] or r[1]
        key = MEASURES[r[0]][5] or r[0]  # the group, else the measure alone
        taken[acts_on, r[5]][key] = max(taken[acts_on, r[5]][key], float(r[7]) * 365 * 86400 / 1000)
    for (source, species), by in taken.items():
        has = t.tonnes[source].get(species, 0.0)
        assert has == 0 or sum(by.values()) < has, (source, species, dict(by), has)


def steel_capacity(shared):
    """{(city, lon, lat): thousand t a year}, plants at one place taken together as in make_air.py."""
    found = defaultdict(float)
    with open(shared / "case/steel_plants.csv", encoding="utf-8-sig", newline="") as file:
        for r in csv.DictReader(file):
            found[r["gb_code"], f"{float(r['lon']):.4f}", f"{float(r['lat']):.4f}"] += float(r["capacity_kt_per_year"] or 0)
    return found
