#!/usr/bin/env python3
"""The hourly air index of the same station-hours by our kernel over flat arrays, `liankong assess air`, PyPI `aqi-hub` and
PyPI `python-aqi`, in one run.

    pip install aqi-hub==0.3.3 python-aqi==0.6.1
    cargo build -p liankong-engine --example aqi_speed      # the engine is optimised in the everyday profile too
    bench/aqi/compare.py --kernel target/debug/examples/aqi_speed [--program target/release/liankong]
                         [--hours 200000] [--seed 1] [--out bench/aqi/table.md]

All times are CPU seconds of one thread. The kernel and the peers are timed on values already in memory, without reading or
writing; `liankong` (optional) as a whole process: start, reading the table, scoring, writing the answer. A peer that is not
installed is left out and said. The breakpoints of each peer are held against `engine/src/assess/tables/hj633.csv`, and the
indices against ours at every hour where both give one.
"""

import argparse
import collections
import csv
import datetime
import importlib.metadata
import os
import pathlib
import platform
import random
import resource
import subprocess
import sys
import tempfile
import time

ROOT = pathlib.Path(__file__).resolve().parents[2]
LIMITS = ROOT / "engine/src/assess/tables/hj633.csv"
ITEMS = ["pm25", "pm10", "so2", "no2", "co", "o3"]
# Medians and spreads of the logarithm: everyday air with a tail into every band; CO in mg/m3.
TYPICAL = {"pm25": (40, 0.9), "pm10": (70, 0.8), "so2": (12, 1.0), "no2": (35, 0.7), "co": (0.8, 0.6), "o3": (70, 0.8)}


def table(hours, seed):
    """(station, time, values) for `hours` station-hours at 100 stations; whole ug/m3, CO to 0.1, so rounding plays no part."""
    draw = random.Random(seed)
    first = datetime.datetime(2026, 4, 1)
    rows = []
    for k in range(hours):
        stamp = (first + datetime.timedelta(hours=k // 100)).strftime("%Y-%m-%dT%H:%M+08:00")
        values = {}
        for item, (median, spread) in TYPICAL.items():
            value = median * 2.718281828 ** (spread * draw.gauss(0, 1))
            values[item] = round(value, 1) if item == "co" else float(round(value))
        rows.append((f"s{k % 100:02d}", stamp, values))
    return rows


def by_program(program, rows, rules):
    """Seconds and index by (station, hour); also what the program said where it refused."""
    with tempfile.TemporaryDirectory() as place:
        source, answer = pathlib.Path(place, "in.csv"), pathlib.Path(place, "out.csv")
        with open(source, "w", newline="") as file:
            writer = csv.writer(file)
            writer.writerow(["time", "station"] + ITEMS)
            for station, stamp, values in rows:
                writer.writerow([stamp, station] + [f"{values[i]:g}" for i in ITEMS])
        command = [program, "assess", "air", "--in", source, "--rules", rules, "--out", answer, "--threads", "1"]
        before = resource.getrusage(resource.RUSAGE_CHILDREN)
        done = subprocess.run(command, capture_output=True, text=True)
        after = resource.getrusage(resource.RUSAGE_CHILDREN)
        seconds = after.ru_utime + after.ru_stime - before.ru_utime - before.ru_stime
        if done.returncode != 0:
            sys.exit(f"{program} ended with {done.returncode}: {(done.stderr or done.stdout)[:400]}")
        index = {}
        with open(answer, newline="", encoding="utf-8") as file:
            for row in csv.DictReader(file):
                index[row["station"], row["time"][:13]] = int(row["index"]) if row["index"].isdigit() else None
    return seconds, index


def by_kernel(kernel, rows, rule):
    """Station-hours a CPU-second of the kernel, and index by (station, hour)."""
    with tempfile.TemporaryDirectory() as place:
        source, answer = pathlib.Path(place, "in.csv"), pathlib.Path(place, "out.csv")
        source.write_text("".join(",".join(f"{v[i]:g}" for i in ITEMS) + "\n" for _, _, v in rows))
        done = subprocess.run([kernel, rule, source, answer], capture_output=True, text=True)
        if done.returncode != 0:
            sys.exit(f"{kernel} ended with {done.returncode}: {done.stderr[:400]}")
        texts = answer.read_text().split("\n")
    index = {(s, t[:13]): int(i) if i else None for (s, t, _), i in zip(rows, texts)}
    return float(done.stdout.split()[2]), index


def by_aqi_hub(rows):
    from aqi_hub.aqi_cn import cal_aqi_cn

    begin = time.process_time()
    index = {(s, t[:13]): cal_aqi_cn(data_type="hourly", **v)[0] for s, t, v in rows}
    return time.process_time() - begin, index


def by_python_aqi(rows):
    import aqi
    from aqi import constants as c

    names = {
        "pm25": c.POLLUTANT_PM25, "pm10": c.POLLUTANT_PM10, "so2": c.POLLUTANT_SO2_1H,
        "no2": c.POLLUTANT_NO2_1H, "co": c.POLLUTANT_CO_1H, "o3": c.POLLUTANT_O3_1H,
    }
    texts = [(s, t[:13], [(names[i], f"{v[i]:g}") for i in ITEMS]) for s, t, v in rows]
    begin = time.process_time()
    index = {}
    for station, stamp, values in texts:
        try:
            index[station, stamp] = int(aqi.to_aqi(values, algo=aqi.ALGO_MEP))
        except (IndexError, TypeError):
            # Beyond its last breakpoint the package stops.
            index[station, stamp] = None
    return time.process_time() - begin, index


def our_limits(rule):
    """Upper ends of the bands by (pollutant, averaging): [(concentration, sub-index)]."""
    limits = collections.defaultdict(list)
    with open(LIMITS, newline="", encoding="utf-8") as file:
        for row in csv.DictReader(file):
            if row["rule"] == rule and float(row["breakpoint"]) > 0:
                limits[row["pollutant"], row["averaging"]].append((float(row["breakpoint"]), int(row["sub_index"])))
    return {key: sorted(ends) for key, ends in limits.items()}


def wrong_limits(theirs, rule):
    """Sentences on every item whose bands end elsewhere than the rule's."""
    ours, said = our_limits(rule), []
    for key, ends in sorted(theirs.items()):
        if key in ours and sorted(ends) != ours[key]:
            wrong = [f"{index}: {c:g} for {o:g}" for (c, index), (o, _) in zip(sorted(ends), ours[key]) if c != o]
            wrong = wrong or [f"{len(ends)} bands for {len(ours[key])}"]
            said.append(f"{key[0]} {key[1]} ({'; '.join(wrong)})")
    return said


def aqi_hub_limits():
    from aqi_hub.aqi_cn import breakpoints

    names = {"PM25": "PM2.5"}
    limits = {}
    for name, bands in breakpoints.items():
        item, averaging = name.split("_")
        limits[names.get(item, item), averaging.lower()] = [(float(high), int(i)) for _, high, _, i in bands]
    return limits


def python_aqi_limits():
    from aqi import constants as c
    from aqi.algos.mep import AQI

    names = {
        c.POLLUTANT_PM25: ("PM2.5", "24h"), c.POLLUTANT_PM10: ("PM10", "24h"), c.POLLUTANT_O3_8H: ("O3", "8h"),
        c.POLLUTANT_O3_1H: ("O3", "1h"), c.POLLUTANT_CO_1H: ("CO", "1h"), c.POLLUTANT_CO_24H: ("CO", "24h"),
        c.POLLUTANT_SO2_1H: ("SO2", "1h"), c.POLLUTANT_SO2_24H: ("SO2", "24h"),
        c.POLLUTANT_NO2_1H: ("NO2", "1h"), c.POLLUTANT_NO2_24H: ("NO2", "24h"),
    }
    index = [high for _, high in AQI.piecewise["aqi"]]
    return {names[k]: [(float(h), i) for (_, h), i in zip(b, index)] for k, b in AQI.piecewise["bp"].items() if k in names}


PEERS = [
    ("aqi-hub", "HJ 633-2026", by_aqi_hub, aqi_hub_limits),
    ("python-aqi", "HJ 633-2012/1h particles", by_python_aqi, python_aqi_limits),
]


def daily_sulfur_dioxide():
    """What aqi-hub says of a day of 100 ug/m3 SO2, where the rule gives 50 + 50/100 * 50 = 75."""
    from aqi_hub.aqi_cn import cal_iaqi_cn

    return cal_iaqi_cn("SO2_24H", 100)


def main():
    arguments = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    arguments.add_argument("--kernel", help="the built example aqi_speed; without it only the peers' tables are checked")
    arguments.add_argument("--program", help="the built liankong, timed as a whole process too")
    arguments.add_argument("--hours", type=int, default=200_000, help="station-hours")
    arguments.add_argument("--seed", type=int, default=1)
    arguments.add_argument("--out", help="file for the table")
    asked = arguments.parse_args()

    rows = table(asked.hours, asked.seed) if asked.kernel else []
    lines = ["<!-- Made by bench/aqi/compare.py. -->", ""]
    if asked.kernel:
        lines += [f"{asked.hours} station-hours of six pollutants, one thread, CPU time; Python {platform.python_version()}, "
                  f"{platform.machine()}, {os.cpu_count()} processors.", "",
                  "| peer | rule | peer, h/s | kernel, h/s | kernel : peer | `assess air` (whole process), h/s | no answer of the peer | "
                  "indices compared | differ |", "|---|---|---|---|---|---|---|---|---|"]
    limits = ["", "Breakpoints of the peers against the rule:", ""]
    for name, rule, score, their_limits in PEERS:
        try:
            peer = f"{name} {importlib.metadata.version(name)}"
        except importlib.metadata.PackageNotFoundError:
            limits.append(f"* {name}: not installed, left out")
            continue
        wrong = wrong_limits(their_limits(), rule.split("/")[0])
        limits.append(f"* {peer}, {rule}: " + ("as the rule" if not wrong else "wrong in " + ", ".join(wrong)))
        if name == "aqi-hub":
            limits.append(f"* {peer}: a day of 100 µg/m³ SO2 has a sub-index of {daily_sulfur_dioxide()}; by the rule 75")
        if not asked.kernel:
            continue
        theirs_s, theirs = score(rows)
        speed, ours = by_kernel(asked.kernel, rows, rule)
        whole = "–"
        if asked.program:
            seconds, of_program = by_program(asked.program, rows, rule)
            whole = f"{len(rows) / seconds:,.0f}"
            if of_program != ours:
                limits.append(f"* {rule}: `assess air` and the kernel differ at "
                              f"{sum(of_program.get(k) != v for k, v in ours.items())} hours")
        both = [k for k in theirs if ours.get(k) is not None and theirs[k] is not None]
        differ = sum(ours[k] != theirs[k] for k in both)
        off = max((abs(ours[k] - theirs[k]) for k in both), default=0)
        peer_speed = len(rows) / theirs_s
        lines.append(f"| {peer} | {rule} | {peer_speed:,.0f} | {speed:,.0f} | {speed / peer_speed:,.0f} | {whole} | "
                     f"{sum(v is None for v in theirs.values())} | {len(both)} | {differ} (by {off} at most) |")
    text = "\n".join(lines + limits) + "\n"
    print(text, end="")
    if asked.out:
        pathlib.Path(asked.out).write_text(text, encoding="utf-8")


if __name__ == "__main__":
    main()
