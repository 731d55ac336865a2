"""Write the water half of this case, and the measures of both media, from the figures in the shared folder.

    python3 cases/yangtze-delta/make_water.py --shared DIR

--shared holds case/ and facts/. Run make_air.py first: the measures are shares of the emissions it writes, and its rows in
sources.csv, emissions.csv and chain.csv are kept as they are, before those of the water. Only the standard library is
needed, and the same input gives the same bytes. targets.csv is written once and then left to its editor.

    water_network.py   reaches and sections: data by hand
    water_loads.py     sources and emissions
    measure_table.py   what can be done, and at what cost
    plug_flow.py       checks, and a quick walk down the network
"""
import argparse
import csv
import json
from collections import defaultdict
from pathlib import Path

import measure_table
import plug_flow
import simplify
import water_loads
import water_network

HERE = Path(__file__).resolve().parent
QUANTITIES = {"codmn": "CODMn", "nh3n": "NH3-N", "tp": "TP", "tn": "TN"}
PROVINCES = {"31": "shanghai", "32": "jiangsu", "33": "zhejiang", "34": "anhui"}

# First-order loss per day: (low, high, mark, where from). The value is the geometric middle of the range, which spans 14 to 100 times.
LOSS_PER_DAY = {
    "COD": (0.0083, 0.30, "assumed", "CODMn .0083-.1264 in Taihu plain channels (HJKX 2016 37:1724) to COD .22-.30 elsewhere"),
    "NH3-N": (0.0021, 0.2138, "assumed", "NH4 .0021-.2138 in Taihu plain channels (HJKX 2016 37:1724)"),
    "TN": (0.0021, 0.0905, "assumed", "TN .0021-.0905 in Taihu plain channels (HJKX 2016 37:1724)"),
    "TP": (0.0110, 0.1528, "assumed", "TP .0110-.1528 in Taihu plain channels (HJKX 2016 37:1724)"),
}


def rows(path):
    if not path.exists():
        return []
    with open(path, encoding="utf-8-sig", newline="") as file:
        return list(csv.DictReader(file))


def table(name, header, body, kept=()):
    """Writes a table: rows kept as they stand, then the new ones."""
    header, body = header.split(","), [list(map(str, r)) for r in body]
    assert all(len(r) == len(header) for r in body), name
    for r in kept:
        header += [c for c in r if c not in header]
    with open(HERE / name, "w", encoding="utf-8", newline="") as file:
        out = csv.writer(file, lineterminator="\n")
        out.writerow(header)
        out.writerows([r.get(c, "") for c in header] for r in kept)
        out.writerows(r + [""] * (len(header) - len(r)) for r in body)
    print(f"{name}: {len(body)} rows" + (f" after {len(kept)} of the air" if kept else ""))
    return [dict(zip(header, r)) for r in body]


def geometric(low, high):
    return (low * high) ** 0.5


def monthly(shared):
    return rows(shared / "case/water_sections_monthly_2020-05_2021-04.csv")


def section_means(shared):
    """{section: {quantity: mg/L}}: mean over the months, each weighted by its days."""
    found = defaultdict(lambda: defaultdict(list))
    for r in monthly(shared):
        for column, quantity in QUANTITIES.items():
            if r[column]:
                found[r["section"]][quantity].append((float(r[column]), float(r["days"])))
    return {s: {q: sum(v * d for v, d in x) / sum(d for _, d in x) for q, x in by.items()} for s, by in found.items()}


def write_network(shared):
    reaches = table("reaches.csv", water_network.REACHES_HEADER, water_network.reach_rows())
    kinds = {r["section"]: (r["kind"], r["basis"]) for r in rows(shared / "facts/water_sections.csv")}
    sections = table("sections.csv", water_network.SECTIONS_HEADER, water_network.section_rows(kinds))
    return reaches, sections


def write_observations(shared):
    columns = ["codmn", "nh3n", "tp", "tn", "do", "ph", "temp_c"]
    body = [[f"W-{water_network.SECTIONS[r['section']][0]}", f"{r['month']}-01", r["days"], *(r[c] for c in columns),
             r["days_by_published_class"], "measured", "CNEMC automatic stations, mean of the days at 08:00"] for r in monthly(shared)]
    table("water_observations.csv", f"section,time,days,{','.join(columns)},days_by_published_class,mark,source", body)


def write_chain(air):
    body = []
    for species, (low, high, mark, source) in LOSS_PER_DAY.items():
        rate = [f"{x / 86400:.4g}" for x in (geometric(low, high), low, high)]
        body.append(["water", "loss", species, "", *rate, "", mark,
                     f"{geometric(low, high):.4f} per day, geometric middle of {low:g}-{high:g}: {source}; one rate for all water"])
    body += [["water", "observe", s, s, "", "", "", 1, "assumed", "measured as it is carried"] for s in water_loads.SPECIES]
    table("chain.csv", "medium,process,species,product,rate_per_s,rate_low,rate_high,mass_yield,mark,source", body, air)


def make_loads(shared, reaches):
    totals = {(r["quantity"], r["year"]): {p: float(r[c]) for p, c in PROVINCES.items() if r[c]}
              for r in rows(shared / "facts/province_shares.csv")}
    proxy = {r["gb_code"]: float(r["tonnes_per_year"]) for r in rows(shared / "case/emissions_allocated_by_city.csv")
             if (r["sector"], r["pollutant"], r["proxy"]) == ("mobile", "SO2", "pop")}
    of_province = lambda city: sum(x for c, x in proxy.items() if c[:2] == city[:2])
    people = {c: totals["population, year end", "2019"][c[:2]] * 1e4 * x / of_province(c) for c, x in proxy.items()}
    polygons = {f["properties"]["code"]: f["geometry"]["coordinates"]
                for f in json.loads((HERE / "members.geojson").read_text(encoding="utf-8"))["features"]}
    area = {code: simplify.area_km2(p) for code, p in polygons.items()}
    names = {r["code"]: (r["name_zh"], r["name_en"]) for r in rows(HERE / "members.csv")}
    first = {}
    for r in reaches:
        first.setdefault(r["reach_id"], r)
    return water_loads.Loads(totals, people, area, names, first, section_means(shared))


def write_targets():
    """A first draft; the limits are set by hand afterwards."""
    if (HERE / "targets.csv").exists():
        print("targets.csv: exists, left alone")
        return
    body = []
    for city, limit in (("310000", 65), ("320100", 72), ("330100", 68), ("340100", 85), ("330400", 67)):
        body.append([f"pm25-{city}", city, "air", "PM2.5", "mean", "", "", "<=", limit, "ug/m3", "assumed",
                     "draft: about 10 % under the measured mean, to be set by hand"])
    for section, pollutant, limit, why in (
            ("jiekou", "TN", 1.0, "no river limit for TN; draft from the lake limit Ⅲ"), ("jiekou", "TP", 0.025, "draft: lake limit Ⅱ"),
            ("xiaoliuxiang", "NH3-N", 0.5, "draft: river limit Ⅱ"), ("xiaoliuxiang", "COD", 20, "draft: river limit Ⅲ"),
            ("daqu", "NH3-N", 1.0, "draft: river limit Ⅲ"), ("sanjiangying", "TP", 0.1, "draft: river limit Ⅱ"),
            ("wangjiangjing", "NH3-N", 1.0, "draft: river limit Ⅲ"), ("wangjiangjing", "COD", 20, "draft: river limit Ⅲ"),
            ("jishuigangqiao", "TN", 2.0, "draft: lake limit Ⅴ"), ("jishuigangqiao", "TP", 0.05, "draft: lake limit Ⅲ"),
            ("xishan", "TN", 1.0, "draft: lake limit Ⅲ"), ("xishan", "TP", 0.05, "draft: lake limit Ⅲ"),
            ("hubin", "TN", 1.5, "draft: lake limit Ⅳ"), ("hubin", "TP", 0.1, "draft: lake limit Ⅳ")):
        body.append([f"{pollutant.lower()}-{section}", f"W-{section}", "water", pollutant, "mean", "", "", "<=", limit, "mg/L",
                     "assumed", why + " of GB 3838-2002"])
    table("targets.csv", "target_id,receptor,medium,pollutant,statistic,start,end,sense,limit,unit,mark,source", body)


def compare(shared, reaches, sections, sources, emissions):
    """Modelled against measured means, with nothing fitted."""
    rates = {s: geometric(low, high) / 86400 for s, (low, high, *_) in LOSS_PER_DAY.items()}
    modelled = plug_flow.concentrations(reaches, sections, sources, emissions, rates)
    measured = {f"W-{water_network.SECTIONS[n][0]}": m for n, m in section_means(shared).items()}
    at_head = {f"W-{water_network.SECTIONS[i[3]][0]}" for i in water_loads.INFLOWS.values()}
    print("section: modelled / measured mg/L (head = the section that sets the inflow: no test)")
    for s in (s for s in sections if s["reach_id"]):
        parts = []
        for q in ("NH3-N", "TP", "TN"):
            m, o = modelled.get((s["section_id"], q), 0.0), measured[s["section_id"]].get(q)
            parts.append(f"{q} {m:.3f} / {'-' if o is None else f'{o:.3f} = {m / o:.2f}'}")
        print(f"  {s['section_id'][2:]:15}{'head ' if s['section_id'] in at_head else '     '}" + "   ".join(parts))


def main():
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--shared", type=Path, required=True)
    shared = parser.parse_args().shared

    is_air = lambda r: r["medium"] == "air"
    air_sources = [r for r in rows(HERE / "sources.csv") if is_air(r)]
    air_ids = {r["source_id"] for r in air_sources}
    air_emissions = [r for r in rows(HERE / "emissions.csv") if r["source_id"] in air_ids]

    reaches, sections = write_network(shared)
    write_observations(shared)
    write_chain([r for r in rows(HERE / "chain.csv") if is_air(r)])
    loads = make_loads(shared, reaches)
    sources = table("sources.csv", water_loads.SOURCES_HEADER, loads.sources, air_sources)
    emissions = table("emissions.csv", water_loads.EMISSIONS_HEADER, loads.emissions, air_emissions)
    local = plug_flow.check(reaches, sections, sources, emissions)
    print(f"  network: no circle, no water missing; local water {min(local.values()):.2f} to {max(local.values()):.0f} m3/s a reach")
    measures = measure_table.rows(shared, air_sources + sources, air_emissions + emissions, loads)
    table("measures.csv", measure_table.HEADER, measures)
    write_targets()
    compare(shared, reaches, sections, sources, emissions)


if __name__ == "__main__":
    main()
