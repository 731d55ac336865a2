"""The invented places of the two towns: members, stations, sources, the river, the reactions, the measures. Data only; the
tables are written by make.py.
"""

# Members: two counties side by side, each a town between two villages. (code, parent, zh, en, west, south, east, north)
MEMBERS = [
    ("T10", "", "上游县", "Upper county", None),
    ("T20", "", "下游县", "Lower county", None),
    ("T11", "T10", "上游镇", "Upper town", (160.0, 31.1, 160.3, 31.3)),
    ("T12", "T10", "北坡村", "North Hill", (160.0, 31.3, 160.3, 31.4)),
    ("T13", "T10", "南坡村", "South Hill", (160.0, 31.0, 160.3, 31.1)),
    ("T21", "T20", "下游镇", "Lower town", (160.3, 31.1, 160.6, 31.3)),
    ("T22", "T20", "北滩村", "North Bank", (160.3, 31.3, 160.6, 31.4)),
    ("T23", "T20", "南滩村", "South Bank", (160.3, 31.0, 160.6, 31.1)),
]

# id, member, lon, lat, zh, en, exposure to the towns' own smoke, what no source of the inventory explains (ug/m3)
STATIONS = [
    ("P11", "T11", 160.16, 31.21, "上游镇站", "Upper town", 1.15, 4),
    ("P12", "T12", 160.12, 31.35, "北坡站", "North Hill", 0.9, -2),
    ("P13", "T13", 160.18, 31.05, "南坡站", "South Hill", 0.9, -1),
    ("P14", "T11", 160.05, 31.15, "西门站", "West Gate", 1.0, 1),
    ("P15", "T12", 160.25, 31.34, "茶园站", "Tea Terraces", 0.9, -3),
    ("P16", "T13", 160.06, 31.04, "竹岭站", "Bamboo Ridge", 0.9, -3),
    ("P21", "T21", 160.45, 31.2, "下游镇站", "Lower town", 1.2, 5),
    ("P22", "T22", 160.42, 31.36, "北滩站", "North Bank", 0.9, 0),
    ("P23", "T23", 160.48, 31.06, "南滩站", "South Bank", 1.0, 2),
    ("P24", "T22", 160.54, 31.34, "盐场站", "Salt Pans", 0.9, -1),
    ("P25", "T23", 160.36, 31.05, "渡口站", "Ferry", 0.9, 1),
    ("P26", "T22", 160.34, 31.32, "苇荡站", "Reed Beds", 0.9, -2),
]

CHAIN = [
    # medium, process, species, product, rate, low, high, yield
    ("air", "convert", "SO2", "sulfate", 3e-6, 1e-6, 1e-5, 1.5),
    ("air", "convert", "NOx", "nitrate", 6e-6, 2e-6, 2e-5, 1.348),
    ("air", "convert", "NH3", "ammonium", 5e-6, 2e-6, 1e-5, 1.059),
    ("air", "observe", "PPM2.5", "PM2.5", None, None, None, 1),
    ("air", "observe", "sulfate", "PM2.5", None, None, None, 1),
    ("air", "observe", "nitrate", "PM2.5", None, None, None, 1),
    ("air", "observe", "ammonium", "PM2.5", None, None, None, 1),
    ("water", "loss", "CODMn", None, 1.2e-6, 5e-7, 2.5e-6, None),
    ("water", "convert", "NH3-N", "NO3-N", 8e-7, 3e-7, 2e-6, 1),
    ("water", "loss", "NO3-N", None, 2e-7, 5e-8, 6e-7, None),
    ("water", "loss", "TP", None, 4e-7, 1e-7, 1e-6, None),
    ("water", "observe", "CODMn", "CODMn", None, None, None, 1),
    ("water", "observe", "NH3-N", "NH3-N", None, None, None, 1),
    ("water", "observe", "NH3-N", "TN", None, None, None, 1),
    ("water", "observe", "NO3-N", "TN", None, None, None, 1),
    ("water", "observe", "TP", "TP", None, None, None, 1),
]
DEPOSITION = [
    ("PPM2.5", 0.001, 5e-5, 0.8), ("SO2", 0.006, 3e-5, 0.7), ("sulfate", 0.001, 5e-5, 0.8), ("NOx", 0.002, 0, 0),
    ("nitrate", 0.001, 5e-5, 0.8), ("NH3", 0.008, 8e-5, 0.7), ("ammonium", 0.001, 5e-5, 0.8),
]

# reach, next, kind, length, width, depth, flow, volume, share, member, zh, en, head, foot
REACHES = [
    ("R1", "R2", "reach", 12000, 40, 2, 20, None, None, "T11", "上游河", "Upper river", (160.02, 31.22), (160.14, 31.21)),
    ("TR", "R2", "reach", 18000, 20, 1.2, 8, None, None, "T12", "北溪", "North Brook", (160.08, 31.38), (160.14, 31.21)),
    ("R2", "LK", "reach", 10000, 50, 2.2, 30, None, None, "T11", "中游河", "Middle river", (160.14, 31.21), (160.24, 31.2)),
    ("LK", "R3", "lake", None, None, None, 30, 2.4e7, 0.7, "T11", "月湖", "Moon Lake", (160.24, 31.2), (160.3, 31.19)),
    ("LK", "CN", "lake", None, None, None, 30, 2.4e7, 0.3, "T11", "月湖", "Moon Lake", (160.24, 31.2), (160.3, 31.19)),
    ("R3", "G1", "reach", 9000, 45, 2, 21, None, None, "T21", "下游河一段", "Lower river 1", (160.3, 31.19), (160.4, 31.185)),
    ("G1", "R4", "gate", None, None, None, 21, None, None, "T21", "下游闸", "Lower gate", (160.4, 31.185), (160.4, 31.185)),
    ("R4", None, "reach", 20000, 55, 2.5, 23, None, None, "T21", "下游河二段", "Lower river 2", (160.4, 31.185), (160.62, 31.2)),
    ("CN", None, "diversion", 25000, 15, 1.5, 9, None, None, "T23", "南渠", "South canal", (160.3, 31.19), (160.62, 31.04)),
]

# id, member, medium, kind, sector, structure, lon, lat, height, reach, distance, zh, en, {species: t a year}
SOURCES = [
    ("A-T11-POWER", "T11", "air", "point", "power", "energy", 160.08, 31.19, 120, None, None, "上游电厂", "Upper power plant",
     {"PPM2.5": 3600, "SO2": 18000, "NOx": 24000}),
    ("A-T11-CEMENT", "T11", "air", "point", "cement", "industry", 160.22, 31.14, 60, None, None, "上游水泥厂", "Upper cement works",
     {"PPM2.5": 5600, "SO2": 2800, "NOx": 12000}),
    ("A-T11-HOME", "T11", "air", "area", "household", "energy", None, None, None, None, None, "上游镇散煤", "Upper town stoves",
     {"PPM2.5": 4800, "SO2": 4400, "NOx": 1200}),
    ("A-T11-ROAD", "T11", "air", "area", "road", "transport", None, None, None, None, None, "上游镇道路", "Upper town roads",
     {"PPM2.5": 1400, "NOx": 12800}),
    ("A-T12-FARM", "T12", "air", "area", "fertiliser", "land_use", None, None, None, None, None, "北坡农田", "North Hill fields",
     {"NH3": 7200}),
    ("A-T21-STEEL", "T21", "air", "point", "steel", "industry", 160.5, 31.24, 80, None, None, "下游钢厂", "Lower steel works",
     {"PPM2.5": 10400, "SO2": 19200, "NOx": 20800}),
    ("A-T21-PORT", "T21", "air", "point", "shipping", "transport", 160.44, 31.18, 20, None, None, "下游河港", "Lower river port",
     {"PPM2.5": 1040, "SO2": 3600, "NOx": 10400}),
    ("A-T21-HOME", "T21", "air", "area", "household", "energy", None, None, None, None, None, "下游镇散煤", "Lower town stoves",
     {"PPM2.5": 6000, "SO2": 5200, "NOx": 1400}),
    ("A-T23-DUST", "T23", "air", "area", "dust", "land_use", None, None, None, None, None, "南滩裸地", "South Bank bare land",
     {"PPM2.5": 4400}),
    ("W-IN-R1", None, "water", "inflow", "upstream", "outside", None, None, None, "R1", None, "上游来水", "From upstream",
     {"CODMn": 1260, "NH3-N": 65, "NO3-N": 500, "TP": 25}),
    ("W-IN-TR", None, "water", "inflow", "upstream", "outside", None, None, None, "TR", None, "北溪来水", "Head of North Brook",
     {"CODMn": 420, "NH3-N": 20, "NO3-N": 180, "TP": 8}),
    ("W-T11-SEWAGE", "T11", "water", "outfall", "sewage works", "household", None, None, None, "R1", 9000, "上游污水厂",
     "Upper sewage works", {"CODMn": 780, "NH3-N": 260, "NO3-N": 180, "TP": 30}),
    ("W-T11-PAPER", "T11", "water", "outfall", "paper", "industry", None, None, None, "R2", 2000, "上游纸厂", "Upper paper mill",
     {"CODMn": 650, "NH3-N": 60, "TP": 6}),
    ("W-T12-FARM", "T12", "water", "diffuse", "fertiliser", "agriculture", None, None, None, "TR", None, "北坡农田",
     "North Hill fields", {"CODMn": 240, "NH3-N": 90, "NO3-N": 160, "TP": 16}),
    ("W-T13-FARM", "T13", "water", "diffuse", "livestock", "agriculture", None, None, None, "R2", None, "南坡养殖",
     "South Hill livestock", {"CODMn": 320, "NH3-N": 110, "NO3-N": 90, "TP": 20}),
    ("W-T11-WETLAND", "T11", "water", "diffuse", "capacity", "capacity", None, None, None, "LK", None, "月湖湿地",
     "Moon Lake wetland", {"TP": 0, "NO3-N": 0}),
    ("W-T21-DYE", "T21", "water", "outfall", "dyeing", "industry", None, None, None, "R3", 3000, "下游印染厂", "Lower dye works",
     {"CODMn": 480, "NH3-N": 70, "TP": 4}),
    ("W-T21-SEWAGE", "T21", "water", "outfall", "sewage works", "household", None, None, None, "R4", 4000, "下游污水厂",
     "Lower sewage works", {"CODMn": 900, "NH3-N": 310, "NO3-N": 210, "TP": 34}),
    ("W-T23-FARM", "T23", "water", "diffuse", "fertiliser", "agriculture", None, None, None, "CN", None, "南滩农田",
     "South Bank fields", {"CODMn": 150, "NH3-N": 50, "NO3-N": 110, "TP": 10}),
]
SECTIONS = [
    ("X1", "TR", 17500, "control", "T12", "river", "Ⅲ", 160.137, 31.215, "北溪口", "Brook mouth"),
    ("X2", "LK", None, "intake", "T11", "lake", "Ⅲ", 160.27, 31.2, "月湖取水口", "Moon Lake intake"),
    ("X3", "R3", 500, "border", "T11", "river", "Ⅲ", 160.306, 31.19, "县界", "County border"),
    ("X4", "R4", 18000, "control", "T21", "river", "Ⅳ", 160.6, 31.2, "下游出口", "Lower outlet"),
]

# measure, source, structure, sector, {(applies_to or None, species): share taken away}, max_share, capex, opex, life, group, zh, en
MEASURES = [
    ("ultra-low", "A-T11-POWER", "energy", "power", {"PPM2.5": .5, "SO2": .6, "NOx": .5}, 1, 2.7e8, 3.6e7, 15, "boiler",
     "电厂超低排放", "Ultra-low emission"),
    ("close-unit", "A-T11-POWER", "energy", "power", {"PPM2.5": 1, "SO2": 1, "NOx": 1}, .4, 6e8, 1.8e8, 20, "boiler",
     "关停机组", "Close a unit"),
    ("bag-filter", "A-T11-CEMENT", "industry", "cement", {"PPM2.5": .6}, 1, 7.2e7, 9e6, 12, "", "布袋除尘", "Bag filters"),
    ("sinter-gas", "A-T21-STEEL", "industry", "steel", {"PPM2.5": .45, "SO2": .6, "NOx": .3}, 1, 4.5e8, 6.6e7, 15, "",
     "烧结烟气治理", "Sinter gas cleaning"),
    ("shore-power", "A-T21-PORT", "transport", "shipping", {"PPM2.5": .5, "NOx": .6}, .9, 9e7, 6e6, 20, "", "港口岸电",
     "Shore power"),
    ("rail-not-road", "A-T11-ROAD", "transport", "road", {"PPM2.5": .25, "NOx": .3}, 1, 1.8e8, 1.5e7, 30, "", "公转铁",
     "Freight from road to rail"),
    ("heat-pump", "A-T11-HOME", "energy", "household", {"PPM2.5": .7, "SO2": .7}, .8, 3.3e8, 2.4e7, 15, "", "清洁取暖",
     "Clean heating"),
    ("heat-pump", "A-T21-HOME", "energy", "household", {"PPM2.5": .7, "SO2": .7}, .8, 3.9e8, 3e7, 15, "", "清洁取暖",
     "Clean heating"),
    ("green-cover", "A-T23-DUST", "land_use", "dust", {"PPM2.5": .6}, 1, 4.8e7, 4.5e6, 20, "", "裸地绿化", "Cover bare land"),
    ("less-fertiliser", "A-T12-FARM", "agriculture", "fertiliser",
     {"NH3": .3, ("W-T12-FARM", "NH3-N"): .4, ("W-T12-FARM", "NO3-N"): .35, ("W-T12-FARM", "TP"): .25}, 1, 0, 2.5e6, 1, "",
     "化肥减量深施", "Less fertiliser, placed deep"),
    ("tertiary", "W-T11-SEWAGE", "household", "sewage works", {"CODMn": .45, "NH3-N": .75, "TP": .65}, 1, 8e7, 9e6, 25, "",
     "污水厂提标", "Tertiary treatment"),
    ("tertiary", "W-T21-SEWAGE", "household", "sewage works", {"CODMn": .45, "NH3-N": .75, "TP": .65}, 1, 9e7, 1e7, 25, "",
     "污水厂提标", "Tertiary treatment"),
    ("water-reuse", "W-T11-PAPER", "industry", "paper", {"CODMn": .7, "NH3-N": .6, "TP": .5}, 1, 3e7, 4e6, 15, "", "中水回用",
     "Water reuse"),
    ("manure", "W-T13-FARM", "agriculture", "livestock", {"CODMn": .6, "NH3-N": .6, "TP": .6}, .9, 2e7, 2e6, 15, "",
     "粪污资源化", "Manure to fields"),
]
