#!/usr/bin/env python3
"""Writes every table of the case beside this file. Everything is synthetic: drawn from a seeded generator and from the
small formulas below, so that the case exercises each table of the format with few rows. Standard library only:

    python3 cases/two-towns/make.py
"""

import csv
import json
import math
import os
import random

HERE = os.path.dirname(os.path.abspath(__file__))
DRAW = random.Random(20210111)
SYNTHETIC = "cases/two-towns/make.py"
YEAR_S = 365 * 86400.0
AIR_DAYS = [f"2021-01-{d:02d}" for d in range(11, 25)]
WEATHER_DAYS = [f"2021-01-{d:02d}" for d in range(8, 25)]
MONTHS = [f"2021-{m:02d}-01" for m in range(1, 7)]
CAMPAIGN_DAYS = ["2021-01-19", "2021-01-20", "2021-01-21"]


def write(name, header, rows, mark="synthetic", source=SYNTHETIC):
    """One table; every row is marked for what it is."""
    with open(os.path.join(HERE, name), "w", newline="", encoding="utf-8") as file:
        out = csv.writer(file, lineterminator="\n")
        out.writerow(header.split(",") + ["mark", "source"])
        for row in rows:
            out.writerow(["" if cell is None else cell for cell in row] + [mark, source])


def geojson(name, features):
    lines = ",\n".join(json.dumps(f, ensure_ascii=False) for f in features)
    with open(os.path.join(HERE, name), "w", encoding="utf-8") as file:
        file.write('{"type": "FeatureCollection", "features": [\n' + lines + "\n]}\n")


def feature(properties, kind, coordinates):
    return {"type": "Feature", "properties": properties, "geometry": {"type": kind, "coordinates": coordinates}}


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


def members():
    write("members.csv", "code,parent,name_zh,name_en", [m[:4] for m in MEMBERS])
    polygons = []
    for code, _, _, _, box in MEMBERS:
        if box:
            w, s, e, n = box
            polygons.append(feature({"code": code}, "Polygon", [[[w, s], [e, s], [e, n], [w, n], [w, s]]]))
    geojson("members.geojson", polygons)
    river = [[160.02, 31.22], [160.14, 31.21], [160.24, 31.2], [160.36, 31.19], [160.46, 31.18], [160.62, 31.2]]
    geojson("lines.geojson", [
        feature({"kind": "river"}, "LineString", river),
        feature({"kind": "river"}, "LineString", [[160.08, 31.38], [160.14, 31.21]]),
        feature({"kind": "river"}, "LineString", [[160.3, 31.19], [160.42, 31.06], [160.62, 31.04]]),
        feature({"kind": "lake"}, "Polygon",
                [[[160.24, 31.19], [160.3, 31.18], [160.3, 31.21], [160.24, 31.21], [160.24, 31.19]]]),
        feature({"kind": "coast"}, "LineString", [[160.62, 30.95], [160.63, 31.2], [160.62, 31.45]]),
    ])


STATIONS = [
    ("P11", "T11", 160.16, 31.21, "上游镇站", "Upper town", 1.15),
    ("P12", "T12", 160.12, 31.35, "北坡站", "North Hill", 0.7),
    ("P13", "T13", 160.18, 31.05, "南坡站", "South Hill", 0.75),
    ("P21", "T21", 160.45, 31.2, "下游镇站", "Lower town", 1.25),
    ("P22", "T22", 160.42, 31.36, "北滩站", "North Bank", 0.8),
    ("P23", "T23", 160.48, 31.06, "南滩站", "South Bank", 0.9),
]
EDGE = {"N": 30.0, "E": 14.0, "S": 20.0, "W": 27.0}  # ug/m3 on the wind from there
ROSE = ["N", "NE", "E", "SE", "S", "SW", "W", "NW"]


def weather():
    """Hours of wind that turns slowly, and the same by day for the observations."""
    rows, by_day, sector = [], {}, 7
    for day in WEATHER_DAYS:
        warm = DRAW.uniform(-2, 4)
        for hour in range(24):
            if DRAW.random() < 0.2:
                sector = (sector + DRAW.choice([-1, 1])) % 8
            speed = max(0.0, 2.2 + math.sin((hour - 8) / 24 * 2 * math.pi) + DRAW.gauss(0, 0.7))
            calm = speed < 0.6
            temperature = 4 + warm + 4 * math.sin((hour - 9) / 24 * 2 * math.pi)
            rain = round(DRAW.expovariate(1.5), 1) if day in ("2021-01-16", "2021-01-23") and DRAW.random() < 0.4 else 0
            missing = day == "2021-01-13" and hour == 5
            rows.append((
                f"{day}T{hour:02d}:00+11:00", None if missing else "calm" if calm else ROSE[sector],
                None if missing else 0 if calm else round(speed, 1), round(temperature, 1),
                round(temperature - DRAW.uniform(2, 8), 1), round(1022 + DRAW.gauss(0, 1.5), 1), rain))
            by_day.setdefault(day, []).append((sector, max(speed, 0.6), rain))
    write("weather.csv", "time,wind_from,wind_speed_m_s,temperature_c,dew_point_c,pressure_hpa,precipitation_mm", rows)
    return by_day


def air_observations(by_day):
    """What enters over the edges, plus what the towns add, less in wind and rain; a campaign week that took a little away."""
    rows, p21_hours = [], []
    for day in AIR_DAYS:
        hours = by_day[day]
        edge = sum(sum(EDGE[c] for c in ROSE[s]) / len(ROSE[s]) for s, _, _ in hours) / len(hours)
        calmness = sum(2.5 / u for _, u, _ in hours) / len(hours)
        washed = math.exp(-0.02 * sum(r for _, _, r in hours))
        shared = DRAW.gauss(0, 3)
        for code, _, _, _, _, _, exposed in STATIONS:
            value = (edge + 13 * exposed * calmness + shared) * washed * math.exp(DRAW.gauss(0, 0.06))
            if code == "P21" and day in CAMPAIGN_DAYS:
                value *= 0.84
            value = round(max(value, 3), 0)
            missing = (code, day) == ("P13", "2021-01-14")
            rows.append((code, day, "PM2.5", "24h", None if missing else f"{value:.0f}", "ug/m3"))
            if code == "P21":
                for hour, (_, speed, _) in enumerate(hours):
                    spike = day == "2021-01-17" and hour == 3
                    hourly = 9999 if spike else max(2, value * (0.75 + 0.6 / (0.5 + speed)) * math.exp(DRAW.gauss(0, 0.1)))
                    p21_hours.append(("P21", f"{day}T{hour:02d}:00+11:00", "PM2.5", "1h", f"{hourly:.0f}", "ug/m3"))
            if code == "P11":
                for name, averaging, unit, mean in [("SO2", "24h", "ug/m3", 14), ("NO2", "24h", "ug/m3", 38),
                                                    ("PM10", "24h", "ug/m3", 1.5 * value), ("CO", "24h", "mg/m3", 0.9),
                                                    ("O3", "8h", "ug/m3", 62)]:
                    drawn = mean * math.exp(DRAW.gauss(0, 0.2))
                    rows.append((code, day, name, averaging, f"{drawn:.1f}" if unit == "mg/m3" else f"{drawn:.0f}", unit))
    rows.append(("P12", "2021-01-12", "PM2.5", "24h", "55", "ug/m3"))  # contradicts an earlier line
    write("stations.csv", "station_id,member,lon,lat,name_zh,name_en", [s[:6] for s in STATIONS])
    write("air_observations.csv", "station,time,pollutant,averaging,value,unit", rows + p21_hours)


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
     {"PPM2.5": 900, "SO2": 4500, "NOx": 6000}),
    ("A-T11-CEMENT", "T11", "air", "point", "cement", "industry", 160.22, 31.14, 60, None, None, "上游水泥厂", "Upper cement works",
     {"PPM2.5": 1400, "SO2": 700, "NOx": 3000}),
    ("A-T11-HOME", "T11", "air", "area", "household", "energy", None, None, None, None, None, "上游镇散煤", "Upper town stoves",
     {"PPM2.5": 1200, "SO2": 1100, "NOx": 300}),
    ("A-T11-ROAD", "T11", "air", "area", "road", "transport", None, None, None, None, None, "上游镇道路", "Upper town roads",
     {"PPM2.5": 350, "NOx": 3200}),
    ("A-T12-FARM", "T12", "air", "area", "fertiliser", "land_use", None, None, None, None, None, "北坡农田", "North Hill fields",
     {"NH3": 1800}),
    ("A-T21-STEEL", "T21", "air", "point", "steel", "industry", 160.5, 31.24, 80, None, None, "下游钢厂", "Lower steel works",
     {"PPM2.5": 2600, "SO2": 4800, "NOx": 5200}),
    ("A-T21-PORT", "T21", "air", "point", "shipping", "transport", 160.44, 31.18, 20, None, None, "下游河港", "Lower river port",
     {"PPM2.5": 260, "SO2": 900, "NOx": 2600}),
    ("A-T21-HOME", "T21", "air", "area", "household", "energy", None, None, None, None, None, "下游镇散煤", "Lower town stoves",
     {"PPM2.5": 1500, "SO2": 1300, "NOx": 350}),
    ("A-T23-DUST", "T23", "air", "area", "dust", "land_use", None, None, None, None, None, "南滩裸地", "South Bank bare land",
     {"PPM2.5": 1100}),
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


def river():
    """Tables of the river, and readings scattered about a march down the river in twenty steps a reach."""
    write("reaches.csv", "reach_id,to_id,kind,length_m,width_m,depth_m,flow_m3_s,volume_m3,share,member,name_zh,name_en,"
          "lon,lat,to_lon,to_lat", [r[:12] + r[12] + r[13] for r in REACHES])
    write("sections.csv", "section_id,reach_id,distance_m,role,member,kind,target_class,lon,lat,name_zh,name_en", SECTIONS)
    order = ["R1", "TR", "R2", "LK", "R3", "G1", "R4", "CN"]
    species = ["CODMn", "NH3-N", "NO3-N", "TP"]
    rate = {s: r for _, p, s, _, r, _, _, _ in CHAIN if p in ("loss", "convert") and s in species}
    load = {r: dict.fromkeys(species, 0.0) for r in order}
    found = {}

    def decay(l, seconds):
        ammonia = l["NH3-N"] * math.exp(-rate["NH3-N"] * seconds)
        l["NO3-N"] = l["NO3-N"] * math.exp(-rate["NO3-N"] * seconds) + l["NH3-N"] - ammonia
        l["NH3-N"] = ammonia
        for s in ("CODMn", "TP"):
            l[s] *= math.exp(-rate[s] * seconds)

    for name in order:
        rows = [r for r in REACHES if r[0] == name]
        kind, length, width, depth, flow, volume = rows[0][2:8]
        here, l = [s for s in SOURCES if s[9] == name], load[name]
        sections = [x for x in SECTIONS if x[1] == name]
        if kind == "lake":
            for s in here:
                for k, t in s[13].items():
                    l[k] += t * 1000 / YEAR_S
            tau = volume / flow
            ammonia = l["NH3-N"] / (1 + rate["NH3-N"] * tau)
            l["NO3-N"] = (l["NO3-N"] + l["NH3-N"] - ammonia) / (1 + rate["NO3-N"] * tau)
            l["NH3-N"] = ammonia
            for k in ("CODMn", "TP"):
                l[k] /= 1 + rate[k] * tau
        else:
            steps = 20 if length else 1
            dx = (length or 0) / steps
            tau = dx * width * depth / flow if length else 0.0
            for i in range(steps):
                for s in here:
                    for k, t in s[13].items():
                        spread = 1 / steps if s[3] == "diffuse" else 0
                        at_once = s[3] == "inflow" and i == 0
                        pipe = s[3] == "outfall" and i * dx <= s[10] < (i + 1) * dx
                        l[k] += t * 1000 / YEAR_S * (spread or float(at_once or pipe))
                decay(l, tau)
                for x in sections:
                    if i * dx <= x[2] < (i + 1) * dx:
                        found[x[0]] = {k: v / flow for k, v in l.items()}
        if kind == "lake":
            for x in sections:
                found[x[0]] = {k: v / flow for k, v in l.items()}
        for r in rows:
            if r[1]:
                for k in species:
                    load[r[1]][k] += l[k] * (r[8] or 1.0)

    rows = []
    for section in [s[0] for s in SECTIONS]:
        c = found[section]
        for m, month in enumerate(MONTHS):
            cell = lambda v, digits: round(v * 1000 * math.exp(DRAW.gauss(0, 0.12)), digits)
            gap = section == "X3" and m == 2
            rows.append((section, month, 0 if gap else 30 - m, None if gap else cell(c["CODMn"], 2),
                         None if gap else cell(c["NH3-N"], 3), None if gap else cell(c["TP"], 3),
                         None if gap else cell(c["NH3-N"] + c["NO3-N"], 2), None if gap else round(DRAW.uniform(6.5, 9.5), 2),
                         None if gap else round(DRAW.uniform(7.1, 8.2), 2), round(6 + 3.5 * m + DRAW.gauss(0, 1), 1)))
    write("water_observations.csv", "section,time,days,codmn,nh3n,tp,tn,do,ph,temp_c", rows)


def sources():
    write("chain.csv", "medium,process,species,product,rate_per_s,rate_low,rate_high,mass_yield", CHAIN, "assumed")
    write("deposition.csv", "species,dry_velocity_m_s,washout_per_s_at_1mm_h,washout_exponent", DEPOSITION, "assumed")
    write("sources.csv", "source_id,member,medium,kind,sector,structure,lon,lat,height_m,reach_id,distance_m,name_zh,name_en",
          [s[:13] for s in SOURCES])
    rows = [(s[0], k, t, None, None) for s in SOURCES for k, t in s[13].items()]
    # The port was closed for two days of ice: a source whose rate changes has one row a period.
    rows = [r for r in rows if r[:2] != ("A-T21-PORT", "SO2")]
    rows += [("A-T21-PORT", "SO2", 900, "2021-01-08", "2021-01-15"), ("A-T21-PORT", "SO2", 900, "2021-01-17", "2021-01-25")]
    write("emissions.csv", "source_id,species,emission_t_per_year,start,end", rows)


# measure, source, structure, sector, {(applies_to or None, species): share taken away}, max_share, capex, opex, life, group, zh, en
MEASURES = [
    ("ultra-low", "A-T11-POWER", "energy", "power", {"PPM2.5": .5, "SO2": .6, "NOx": .5}, 1, 9e7, 1.2e7, 15, "boiler",
     "电厂超低排放", "Ultra-low emission"),
    ("close-unit", "A-T11-POWER", "energy", "power", {"PPM2.5": 1, "SO2": 1, "NOx": 1}, .4, 2e8, 6e7, 20, "boiler",
     "关停机组", "Close a unit"),
    ("bag-filter", "A-T11-CEMENT", "industry", "cement", {"PPM2.5": .6}, 1, 2.4e7, 3e6, 12, "", "布袋除尘", "Bag filters"),
    ("sinter-gas", "A-T21-STEEL", "industry", "steel", {"PPM2.5": .45, "SO2": .6, "NOx": .3}, 1, 1.5e8, 2.2e7, 15, "",
     "烧结烟气治理", "Sinter gas cleaning"),
    ("shore-power", "A-T21-PORT", "transport", "shipping", {"PPM2.5": .5, "NOx": .6}, .9, 3e7, 2e6, 20, "", "港口岸电",
     "Shore power"),
    ("rail-not-road", "A-T11-ROAD", "transport", "road", {"PPM2.5": .25, "NOx": .3}, 1, 6e7, 5e6, 30, "", "公转铁",
     "Freight from road to rail"),
    ("heat-pump", "A-T11-HOME", "energy", "household", {"PPM2.5": .7, "SO2": .7}, .8, 1.1e8, 8e6, 15, "", "清洁取暖",
     "Clean heating"),
    ("heat-pump", "A-T21-HOME", "energy", "household", {"PPM2.5": .7, "SO2": .7}, .8, 1.3e8, 1e7, 15, "", "清洁取暖",
     "Clean heating"),
    ("green-cover", "A-T23-DUST", "land_use", "dust", {"PPM2.5": .6}, 1, 1.6e7, 1.5e6, 20, "", "裸地绿化", "Cover bare land"),
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


def decisions():
    emitted = {(s[0], k): t for s in SOURCES for k, t in s[13].items()}
    rows = []
    for name, source, structure, sector, effects, share, capex, opex, life, group, zh, en in MEASURES:
        for i, (what, part) in enumerate(effects.items()):
            applies_to, species = what if isinstance(what, tuple) else (None, what)
            on = applies_to or source
            medium = next(s[2] for s in SOURCES if s[0] == on)
            effect = f"{part * emitted[(on, species)] * 1000 / YEAR_S:.7g}"
            cost = (f"{capex:.0f}", f"{opex:.0f}") if i == 0 else (0, 0)
            rows.append((name, source, applies_to, structure, sector, species, medium, effect, share, *cost, life, 2020, group,
                         None, zh, en))
    for species, tonnes, first in (("TP", 9, True), ("NO3-N", 90, False)):
        rows.append(("wetland", "W-T11-WETLAND", None, "capacity", "capacity", species, "water",
                     f"{tonnes * 1000 / YEAR_S:.7g}", 1, 40000000 if first else 0, 900000 if first else 0, 30, 2020, "", None,
                     "湖滨湿地", "Lakeside wetland"))
    write("measures.csv", "measure_id,source_id,applies_to,structure,sector,pollutant,medium,effect_kg_s,max_share,capex_cny,"
          "opex_cny_per_year,life_years,price_year,group,min_size,name_zh,name_en", rows, "assumed")
    write("targets.csv", "target_id,receptor,medium,pollutant,statistic,start,end,sense,limit,unit", [
        ("air-upper", "P11", "air", "PM2.5", "mean", None, None, "<=", 45, "ug/m3"),
        ("air-lower", "P21", "air", "PM2.5", "mean", None, None, "<=", 44, "ug/m3"),
        ("water-intake", "X2", "water", "TP", "mean", None, None, "<=", 0.075, "mg/L"),
        ("water-border", "X3", "water", "NH3-N", "mean", None, None, "<=", 0.3, "mg/L"),
        ("water-outlet", "X4", "water", "NH3-N", "mean", "2021-02-01", "2021-05-01", "<=", 0.62, "mg/L"),
    ], "assumed")
    window = ("2021-01-19", "2021-01-22")
    write("event.csv", "rule_id,start,end,member,structure,sector,cut,obligation,name_zh,name_en", [
        ("E1", *window, "T20", "industry", "steel", 0.3, "must", "钢厂限产三成", "Steel works at 70 %"),
        ("E2", *window, "T10", "", "cement", 0.5, "must", "水泥厂错峰", "Cement works at half"),
        ("E3", "2021-01-18T12:00+11:00", "2021-01-22", "", "transport", "", 0.2, "should", "减少货运", "Less freight"),
        ("E4", *window, "T23", "", "dust", 0.5, "should", "裸地洒水", "Water the bare land"),
    ])
    write("campaign.csv", "campaign_id,treated,start,end,pollutant,cut_treated,cut_region,name_zh,name_en", [
        ("regatta", "P21", *window, "PPM2.5", 0.25, 0.1, "龙舟赛保障", "Regatta"),
        ("regatta", "P21", *window, "SO2", 0.3, 0.08, "龙舟赛保障", "Regatta"),
    ])
    write("bands.csv", "band_id,receptors,season,origin,low,high,unit", [
        ("B1", "P11;P21", "winter, invented", "local", 20, 45, "%"),
        ("B2", "P11;P21", "winter, invented", "region", 5, 30, "%"),
        ("B3", "P11;P21", "winter, invented", "outside", 35, 70, "%"),
    ])
    edges = [("alpha", 1.0, .6, 1.4), ("edge_north", 30, 22, 38), ("edge_east", 14, 8, 20), ("edge_south", 20, 12, 28),
             ("edge_west", 27, 20, 34), ("stayed", 35, 25, 45)]
    write("air_model.csv", "model,term,value,low,high",
          [("footprint", *e) for e in edges]
          + [("advected", term, round(value * .5, 3), round(low * .5, 3), round(high * .5, 3)) for term, value, low, high in edges]
          + [("advected", "advected", .35, .2, .5), ("advected", "own", .15, 0, .3)])
    write("climatology.csv", "station,pollutant,value,unit,persistence",
          [(s[0], "PM2.5", round(25 + 16 * s[6], 1), "ug/m3", 0.4) for s in STATIONS])


REGION = '''# Two towns on one river, in no country: everything here is synthetic and made by make.py.
[region]
id = "two-towns"
name_zh = "两镇"
name_en = "Two towns"
utc_offset_hours = 11           # the valley lies in the open Pacific, so that nobody takes it for a real one
quality = "screening"
quality_note_zh = "全部数据为虚构，仅用于学习和测试。"
quality_note_en = "All data are invented, for learning and for tests only."

[period]
air = ["2021-01-11", "2021-01-25"]
water = ["2021-01-01", "2021-07-01"]

[rules]
air = "HJ 633-2012"
water = "GB 3838-2002"

[air]
latitude = 31.2
longitude = 160.3
sector_width_deg = 45
wind_height_m = 10
roughness_m = 0.3
cell_deg = 0.1
receptor_radius_m = 4000
hours = 24                      # the valley is crossed in a few hours
particles = 8                   # few, so that a turn takes seconds
seed = 20210111

[plan]
interest_rate = 0.05
price_year = 2020
'''


def main():
    with open(os.path.join(HERE, "region.toml"), "w", encoding="utf-8") as file:
        file.write(REGION)
    members()
    air_observations(weather())
    sources()
    river()
    decisions()


if __name__ == "__main__":
    main()
