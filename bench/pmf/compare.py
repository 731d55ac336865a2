#!/usr/bin/env python3
"""Factor models of the same data from the same starts by `liankong attribute pmf` and PyPI `esat`.

    pip install esat==2025.0.1
    cargo build --release -p liankong
    bench/pmf/compare.py --program target/release/liankong --data ../shared/data/pmf [--seeds 20] [--out bench/pmf/table.md]

ESAT (LS-NMF, its defaults) and this program begin from the same W and H, which ESAT draws for each seed. Both are told in CPU
seconds a model, one thread; the Q of both are recomputed here in double precision from what each returns.
"""

import argparse
import csv
import importlib.metadata
import json
import pathlib
import platform
import statistics
import subprocess
import tempfile
import time

import numpy as np

SETS = {"Baton Rouge": "BatonRouge", "St. Louis": "StLouis"}


def table(path):
    with open(path, newline="") as file:
        rows = list(csv.reader(file))
    return np.array([[float(cell) for cell in row[1:]] for row in rows[1:]])


def q_of(v, u, w, h):
    return float((((v - w.astype(float) @ h.astype(float)) / u) ** 2).sum())


def by_esat(con, unc, k, seed, place, number):
    from esat.data.datahandler import DataHandler
    from esat.model.sa import SA

    # Its own reader: arrays that are laid out row by row are taken as if they were laid out column by column.
    v, u = DataHandler(input_path=str(con), uncertainty_path=str(unc), index_col="Date").get_data()
    model = SA(V=v, U=u, factors=k, method="ls-nmf", seed=seed)
    model.initialize()
    np.savetxt(place / f"W_{number}.csv", np.asarray(model.W, float), delimiter=",", fmt="%.17g")
    np.savetxt(place / f"H_{number}.csv", np.asarray(model.H, float), delimiter=",", fmt="%.17g")
    begin = time.process_time()
    model.train()
    cost = time.process_time() - begin
    return (model.W, model.H), cost


def by_program(program, con, unc, k, seeds, initial, out):
    command = [program, "attribute", "pmf", "--conc", con, "--unc", unc, "--factors", k, "--starts", seeds,
               "--initial", initial, "--out", out, "--threads", 1]
    subprocess.run([str(c) for c in command], check=True, capture_output=True)
    summary = json.loads((out / "summary.json").read_text())
    timing = json.loads((out / "timing.json").read_text())
    w, h = table(out / "W.csv"), table(out / "H.csv")
    return [s["q_true"] for s in summary["starts"]], [s["cpu_s"] for s in timing["starts"]], (w, h), summary["q_true"]


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--program", required=True)
    parser.add_argument("--data", required=True, type=pathlib.Path)
    parser.add_argument("--seeds", type=int, default=20)
    parser.add_argument("--factors", type=int, nargs="*", default=[4, 6, 9])
    parser.add_argument("--out", type=pathlib.Path)
    asked = parser.parse_args()
    lines = [
        f"`liankong` and `esat` {importlib.metadata.version('esat')}, {asked.seeds} seeds, the same starts, one run; {platform.machine()}.",
        "",
        "| set | K | Q best: liankong / esat | Q median: liankong / esat | median ratio | Q worst: liankong / esat | CPU s a model (mean): liankong / esat | times less |",
        "|---|---|---|---|---|---|---|---|",
    ]
    for name, stem in SETS.items():
        con, unc = asked.data / f"Dataset-{stem}-con.csv", asked.data / f"Dataset-{stem}-unc.csv"
        v, u = table(con), table(unc)
        for k in asked.factors:
            with tempfile.TemporaryDirectory() as folder:
                place = pathlib.Path(folder)
                theirs = [by_esat(con, unc, k, seed, place, seed) for seed in range(1, asked.seeds + 1)]
                ours, cost, (w, h), told = by_program(asked.program, con, unc, k, asked.seeds, place, place / "out")
            again = q_of(v, u, w, h)
            assert abs(again - told) <= 1e-9 * told, (again, told)
            assert w.min() >= 0 and h.min() >= 0 and np.isfinite(ours).all()
            q = [q_of(v, u, *t[0]) for t in theirs]
            median = statistics.median(ours), statistics.median(q)
            spent = statistics.mean(cost), statistics.mean(t[1] for t in theirs)
            lines.append(
                f"| {name} | {k} | {min(ours):,.1f} / {min(q):,.1f} | {median[0]:,.1f} / {median[1]:,.1f} | {median[0] / median[1]:.4f} "
                f"| {max(ours):,.1f} / {max(q):,.1f} | {spent[0]:.4f} / {spent[1]:.3f} | {spent[1] / spent[0]:.0f} |"
            )
            print(lines[-1], flush=True)
    if asked.out:
        asked.out.write_text("\n".join(lines) + "\n")


if __name__ == "__main__":
    main()
