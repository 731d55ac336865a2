"""The invented river: its tables, and readings scattered about a march down the river in twenty steps a reach. Written
without the engine.
"""

import math

from air import YEAR_S
from places import CHAIN, REACHES, SECTIONS, SOURCES

MONTHS = [f"2021-{m:02d}-01" for m in range(1, 7)]


def write_river(folder, draw):
    """reaches.csv, sections.csv, water_observations.csv."""
    folder.table("reaches.csv", "reach_id,to_id,kind,length_m,width_m,depth_m,flow_m3_s,volume_m3,share,member,name_zh,name_en,"
                 "lon,lat,to_lon,to_lat", [r[:12] + r[12] + r[13] for r in REACHES])
    folder.table("sections.csv", "section_id,reach_id,distance_m,role,member,kind,target_class,lon,lat,name_zh,name_en", SECTIONS)
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
            cell = lambda v, digits: round(v * 1000 * math.exp(draw.gauss(0, 0.12)), digits)
            gap = section == "X3" and m == 2
            rows.append((section, month, 0 if gap else 30 - m, None if gap else cell(c["CODMn"], 2),
                         None if gap else cell(c["NH3-N"], 3), None if gap else cell(c["TP"], 3),
                         None if gap else cell(c["NH3-N"] + c["NO3-N"], 2), None if gap else round(draw.uniform(6.5, 9.5), 2),
                         None if gap else round(draw.uniform(7.1, 8.2), 2), round(6 + 3.5 * m + draw.gauss(0, 1), 1)))
    folder.table("water_observations.csv", "section,time,days,codmn,nh3n,tp,tn,do,ph,temp_c", rows)
