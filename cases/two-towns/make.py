#!/usr/bin/env python3
"""Writes the tables of the case. Everything is synthetic: drawn from a seeded generator and from the small formulas of air.py
and river.py, the same bytes each time. Standard library only.

    python3 cases/two-towns/make.py                        the case, into this folder (all but air_model.csv)
    python3 cases/two-towns/make.py --earlier FOLDER       the same towns a winter earlier, drawn from another seed; the daily
                                                           models are fitted on it, so that nothing is fitted on the case
"""

import os
import random
import sys

sys.dont_write_bytecode = True
import air  # noqa: E402
import river  # noqa: E402
from places import CHAIN, DEPOSITION, MEASURES, MEMBERS, SOURCES, STATIONS  # noqa: E402
from tables import Folder, feature  # noqa: E402

HERE = os.path.dirname(os.path.abspath(__file__))
CAMPAIGN_DAYS = [f"2021-02-{d:02d}" for d in range(6, 16)]
CAMPAIGN_FACTOR = 0.65  # what the readings of the lower town keep during the campaign: the effect to be found again
WINDOW = ("2021-02-06", "2021-02-16")


def the_season():
    return air.Season(random.Random(20210111), "2021-01-11", 45, CAMPAIGN_DAYS, CAMPAIGN_FACTOR)


def the_winter_before():
    return air.Season(random.Random(20191201), "2019-12-01", 91)


def members(folder):
    folder.table("members.csv", "code,parent,name_zh,name_en", [m[:4] for m in MEMBERS])
    polygons = []
    for code, _, _, _, box in MEMBERS:
        if box:
            w, s, e, n = box
            polygons.append(feature({"code": code}, "Polygon", [[[w, s], [e, s], [e, n], [w, n], [w, s]]]))
    folder.geojson("members.geojson", polygons)
    course = [[160.02, 31.22], [160.14, 31.21], [160.24, 31.2], [160.36, 31.19], [160.46, 31.18], [160.62, 31.2]]
    folder.geojson("lines.geojson", [
        feature({"kind": "river"}, "LineString", course),
        feature({"kind": "river"}, "LineString", [[160.08, 31.38], [160.14, 31.21]]),
        feature({"kind": "river"}, "LineString", [[160.3, 31.19], [160.42, 31.06], [160.62, 31.04]]),
        feature({"kind": "lake"}, "Polygon",
                [[[160.24, 31.19], [160.3, 31.18], [160.3, 31.21], [160.24, 31.21], [160.24, 31.19]]]),
        feature({"kind": "coast"}, "LineString", [[160.62, 30.95], [160.63, 31.2], [160.62, 31.45]]),
    ])
    folder.table("stations.csv", "station_id,member,lon,lat,name_zh,name_en", [s[:6] for s in STATIONS])


def sources(folder, season):
    folder.table("chain.csv", "medium,process,species,product,rate_per_s,rate_low,rate_high,mass_yield", CHAIN, "assumed")
    folder.table("deposition.csv", "species,dry_velocity_m_s,washout_per_s_at_1mm_h,washout_exponent", DEPOSITION, "assumed")
    folder.table("sources.csv", "source_id,member,medium,kind,sector,structure,lon,lat,height_m,reach_id,distance_m,"
                 "name_zh,name_en", [s[:13] for s in SOURCES])
    rows = [(s[0], k, t, None, None) for s in SOURCES for k, t in s[13].items()]
    # The port was closed for two days of ice: a source whose rate changes has one row a period.
    rows = [r for r in rows if r[:2] != ("A-T21-PORT", "SO2")]
    if "2021-01-15" in season.days:
        rows += [("A-T21-PORT", "SO2", 900, season.weather_days[0], "2021-01-15"),
                 ("A-T21-PORT", "SO2", 900, "2021-01-17", season.end)]
    folder.table("emissions.csv", "source_id,species,emission_t_per_year,start,end", rows)


def measures(folder):
    emitted = {(s[0], k): t for s in SOURCES for k, t in s[13].items()}
    rows = []
    for name, source, structure, sector, effects, share, capex, opex, life, group, zh, en in MEASURES:
        for i, (what, part) in enumerate(effects.items()):
            applies_to, species = what if isinstance(what, tuple) else (None, what)
            on = applies_to or source
            medium = next(s[2] for s in SOURCES if s[0] == on)
            effect = f"{part * emitted[(on, species)] * 1000 / air.YEAR_S:.7g}"
            cost = (f"{capex:.0f}", f"{opex:.0f}") if i == 0 else (0, 0)
            rows.append((name, source, applies_to, structure, sector, species, medium, effect, share, *cost, life, 2020, group,
                         None, zh, en))
    for species, tonnes, first in (("TP", 9, True), ("NO3-N", 90, False)):
        rows.append(("wetland", "W-T11-WETLAND", None, "capacity", "capacity", species, "water",
                     f"{tonnes * 1000 / air.YEAR_S:.7g}", 1, 40000000 if first else 0, 900000 if first else 0, 30, 2020, "",
                     None, "湖滨湿地", "Lakeside wetland"))
    folder.table("measures.csv", "measure_id,source_id,applies_to,structure,sector,pollutant,medium,effect_kg_s,max_share,"
                 "capex_cny,opex_cny_per_year,life_years,price_year,group,min_size,name_zh,name_en", rows, "assumed")


def decisions(folder):
    folder.table("targets.csv", "target_id,receptor,medium,pollutant,statistic,start,end,sense,limit,unit", [
        ("air-upper", "P11", "air", "PM2.5", "mean", None, None, "<=", 42, "ug/m3"),
        ("air-lower", "P21", "air", "PM2.5", "mean", None, None, "<=", 42, "ug/m3"),
        ("water-intake", "X2", "water", "TP", "mean", None, None, "<=", 0.075, "mg/L"),
        ("water-border", "X3", "water", "NH3-N", "mean", None, None, "<=", 0.3, "mg/L"),
        ("water-outlet", "X4", "water", "NH3-N", "mean", "2021-02-01", "2021-05-01", "<=", 0.45, "mg/L"),
    ], "assumed")
    folder.table("event.csv", "rule_id,start,end,member,structure,sector,cut,obligation,name_zh,name_en", [
        ("E1", *WINDOW, "T20", "industry", "steel", 0.3, "must", "钢厂限产三成", "Steel works at 70 %"),
        ("E2", *WINDOW, "T10", "", "cement", 0.5, "must", "水泥厂错峰", "Cement works at half"),
        ("E3", "2021-02-05T12:00+11:00", WINDOW[1], "", "transport", "", 0.2, "should", "减少货运", "Less freight"),
        ("E4", *WINDOW, "T23", "", "dust", 0.5, "should", "裸地洒水", "Water the bare land"),
    ])
    folder.table("campaign.csv", "campaign_id,treated,start,end,pollutant,cut_treated,cut_region,name_zh,name_en", [
        ("regatta", "P21", *WINDOW, "PPM2.5", 0.25, 0.1, "龙舟赛保障", "Regatta"),
        ("regatta", "P21", *WINDOW, "SO2", 0.3, 0.08, "龙舟赛保障", "Regatta"),
    ])
    folder.table("bands.csv", "band_id,receptors,season,origin,low,high,unit", [
        ("B1", "P11;P21", "winter, invented", "local", 20, 45, "%"),
        ("B2", "P11;P21", "winter, invented", "region", 12, 30, "%"),
        ("B3", "P11;P21", "winter, invented", "outside", 35, 62, "%"),
    ])


def settings(case, season):
    water = '\nwater = ["2021-01-01", "2021-07-01"]' if case == "two-towns" else ""
    return f'''# Two towns on one river, in no country: everything here is synthetic and made by make.py.
[region]
id = "{case}"
name_zh = "两镇"
name_en = "Two towns"
utc_offset_hours = 11           # the valley lies in the open Pacific, so that nobody takes it for a real one
quality = "screening"
quality_note_zh = "全部数据为虚构，仅用于学习和测试。"
quality_note_en = "All data are invented, for learning and for tests only."

[period]
air = ["{season.days[0]}", "{season.end}"]{water}

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


def write(path, case, season):
    folder = Folder(path)
    folder.text("region.toml", settings(case, season))
    members(folder)
    sources(folder, season)
    river.write_river(folder, season.draw)
    if case == "two-towns":
        air.write_weather(folder, season, missing=["2021-01-13T05:00+11:00"])
        air.write_observations(folder, season, ("P13", "2021-01-14"), ("2021-01-17", 3), ("P12", "2021-01-12"))
        folder.table("climatology.csv", "station,pollutant,value,unit,persistence", air.climatology(the_winter_before()))
        measures(folder)
        decisions(folder)
    else:
        air.write_weather(folder, season)
        air.write_observations(folder, season)


def main(arguments):
    if arguments[:1] == ["--earlier"] and len(arguments) == 2:
        write(arguments[1], "two-towns-earlier", the_winter_before())
    elif not arguments:
        write(HERE, "two-towns", the_season())
    else:
        sys.exit(__doc__)


if __name__ == "__main__":
    main(sys.argv[1:])
