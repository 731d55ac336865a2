"""A steady walk down the network, to see that the tables make sense; the engine has its own transport.

    reach   dL/dx = l(x) - k L / u          L load kg/s, l load entering kg/s per m, k first-order loss per s, u velocity m/s
    lake    L_out = L_in / (1 + k V / Q)    stirred
    c = L / Q
"""
import math
from collections import defaultdict


def check(reaches, sections, sources, emissions):
    """Raises on the first thing that does not hold; gives the local water entering each reach, m3/s."""
    rows = defaultdict(list)
    for r in reaches:
        rows[r["reach_id"]].append(r)
    flow = {k: float(v[0]["flow_m3_s"]) for k, v in rows.items()}
    above = defaultdict(float)
    for k, branches in rows.items():
        assert abs(sum(float(b["share"]) for b in branches) - 1) < 1e-6, f"{k}: shares"
        for b in branches:
            assert not b["to_id"] or b["to_id"] in rows, f"{k}: flows to {b['to_id']}, which is not there"
            assert all(114.5 < float(b[c]) < 123 for c in ("lon", "to_lon")) and all(27 < float(b[c]) < 35.5 for c in ("lat", "to_lat")), k
            if b["to_id"]:
                above[b["to_id"]] += float(b["share"]) * flow[k]
        if branches[0]["length_m"]:
            b = branches[0]
            straight = 111.2e3 * math.hypot(float(b["to_lat"]) - float(b["lat"]),
                                            (float(b["to_lon"]) - float(b["lon"])) * math.cos(math.radians(float(b["lat"]))))
            assert float(b["length_m"]) > 0.98 * straight, f"{k}: {b['length_m']} m is shorter than the straight {straight:.0f} m"
    local = {k: flow[k] - above[k] for k in rows}
    assert all(x >= -1e-3 * flow[k] for k, x in local.items()), {k: x for k, x in local.items() if x < 0}
    order(rows)
    length = {k: float(v[0]["length_m"] or 0) for k, v in rows.items()}
    for s in [s for s in sections + sources if s["reach_id"]]:
        assert s["reach_id"] in rows and float(s["distance_m"] or 0) <= length[s["reach_id"]] or rows[s["reach_id"]][0]["kind"] == "lake", s
    for s in sections:
        assert not s["lon"] or 115 < float(s["lon"]) < 122.5 and 28 < float(s["lat"]) < 35.2, s
    assert all(float(e["emission_t_per_year"]) >= 0 for e in emissions)
    return local


def order(rows):
    """Reaches from the springs down; a circle is an error."""
    waits = defaultdict(set)
    for k, branches in rows.items():
        for b in branches:
            if b["to_id"]:
                waits[b["to_id"]].add(k)
    done = []
    while len(done) < len(rows):
        ready = [k for k in rows if k not in done and waits[k] <= set(done)]
        assert ready, "the network runs in a circle"
        done += ready
    return done


def concentrations(reaches, sections, sources, emissions, loss_per_s):
    """{(section, species): mg/L}."""
    rows = defaultdict(list)
    for r in reaches:
        rows[r["reach_id"]].append(r)
    place = {s["source_id"]: s for s in sources}
    found = {}
    for species, k in loss_per_s.items():
        head, points, along = defaultdict(float), defaultdict(list), defaultdict(float)
        for e in (e for e in emissions if e["species"] == species):
            s, kg_s = place[e["source_id"]], float(e["emission_t_per_year"]) * 1000 / (365 * 86400)
            if s["kind"] == "diffuse":
                along[s["reach_id"]] += kg_s
            elif s["kind"] == "outfall":
                points[s["reach_id"]].append((float(s["distance_m"] or 0), kg_s))
            else:
                head[s["reach_id"]] += kg_s
        for reach in order(rows):
            r = rows[reach][0]
            flow = float(r["flow_m3_s"])
            if r["kind"] in ("reach", "diversion"):
                length, u = float(r["length_m"]), float(r["velocity_m_s"])

                def load(x):
                    passed = head[reach] * math.exp(-k * x / u)
                    passed += sum(q * math.exp(-k * (x - d) / u) for d, q in points[reach] if d <= x)
                    return passed + along[reach] / length * (u / k) * (1 - math.exp(-k * x / u))
                out = load(length)
            else:
                tau = float(r["volume_m3"] or 0) / flow
                out = (head[reach] + along[reach] + sum(q for _, q in points[reach])) / (1 + k * tau)
                load = lambda x: out
            for s in (s for s in sections if s["reach_id"] == reach):
                found[s["section_id"], species] = load(float(s["distance_m"])) / flow * 1000
            for b in rows[reach]:
                if b["to_id"]:
                    head[b["to_id"]] += out * float(b["share"])
    return found
