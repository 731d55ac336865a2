"""The quality step of the river beside SWMM 5.2 (PyPI `swmm-toolkit`), in one run: see README.md.

    python bench/river/compare.py [REACHES]

Both carry four decaying species through the same kind of tree (1 km reaches, 20 m wide), with a load at every tenth reach. SWMM
has no call for its quality step alone, so it is run with and without pollutants and the difference is taken. CPU time, one thread.
"""

import os
import platform
import subprocess
import sys
import tempfile
import time

from swmm.toolkit import solver

REACHES = int(sys.argv[1]) if len(sys.argv) > 1 else 10_000
HOURS = 24
STEP_S = 300
SPECIES = [("COD", 0.15), ("NH3N", 0.1), ("TN", 0.05), ("TP", 0.04)]
HERE = os.path.dirname(os.path.abspath(__file__))


def tree():
    """The tree of engine/examples/river_speed.rs: SplitMix64 from 5."""
    state, mask, below = 5, (1 << 64) - 1, []
    for k in range(REACHES - 1):
        state = (state + 0x9E3779B97F4A7C15) & mask
        z = ((state ^ (state >> 30)) * 0xBF58476D1CE4E5B9) & mask
        below.append(min(k + 1 + (z >> 33) % 4, REACHES - 1))
    return below + [None]


def case(path, pollutants):
    below = tree()
    bed = [0.0] * REACHES
    for k in range(REACHES - 2, -1, -1):
        bed[k] = bed[below[k]] + 0.4
    nodes = range(REACHES)
    species = SPECIES if pollutants else []
    lines = ["[OPTIONS]", "FLOW_UNITS CMS", "FLOW_ROUTING KINWAVE", "START_DATE 01/01/2020", "END_DATE 01/02/2020"]
    lines += ["REPORT_STEP 24:00:00", f"ROUTING_STEP {STEP_S}", "THREADS 1", "IGNORE_RAINFALL YES", "[REPORT]", "CONTROLS NO"]
    lines += ["[JUNCTIONS]"] + [f"J{k} {bed[k] + 0.4:.3f} 50" for k in nodes]
    lines += ["[OUTFALLS]", "OUT 0 FREE NO"]
    lines += ["[CONDUITS]"] + [f"C{k} J{k} {'OUT' if below[k] is None else f'J{below[k]}'} 1000 0.03 0 0 0" for k in nodes]
    lines += ["[XSECTIONS]"] + [f"C{k} RECT_OPEN 50 20 0 0" for k in nodes]
    if species:
        lines += ["[POLLUTANTS]"] + [f"{name} MG/L 0 0 0 {decay} NO" for name, decay in species]
    lines += ["[INFLOWS]"] + [f'J{k} FLOW "" FLOW 1.0 1.0 0.005' for k in nodes]
    # g/s for 1 kg/s: 1e-3 kg s-1 at every tenth reach.
    lines += [f'J{k} {name} "" MASS 1000.0 1.0 0.001' for k in nodes if k % 10 == 0 for name, _ in species]
    with open(path, "w") as file:
        file.write("\n".join(lines) + "\n")


def run(pollutants):
    with tempfile.TemporaryDirectory() as folder:
        name = os.path.join(folder, "case")
        case(name + ".inp", pollutants)
        solver.swmm_open(name + ".inp", name + ".rpt", name + ".out")
        solver.swmm_start(0)
        before, steps = time.process_time(), 0
        while True:
            steps += 1
            if solver.swmm_step() == 0:
                break
        seconds = time.process_time() - before
        solver.swmm_end()
        # Percent: runoff, flow, quality.
        error = abs(solver.swmm_get_mass_balance()[2]) / 100.0
        solver.swmm_close()
        return seconds, steps, error


def ours():
    command = ["cargo", "run", "-q", "--locked", "-p", "liankong-engine", "--example", "river_speed"]
    if binary := os.environ.get("RIVER_SPEED"):
        command = [binary]
    told = subprocess.run(command, capture_output=True, text=True, check=True, cwd=os.path.join(HERE, "..", "..")).stdout
    rows = [[c.strip() for c in line.strip("|").split("|")] for line in told.splitlines() if line.startswith("| ")]
    return [row for row in rows if row[2] == str(STEP_S)]


def main():
    swmm = [min((run(p) for _ in range(3)), key=lambda r: r[0]) for p in (False, True)]
    (without, _, _), (with_them, steps, error) = swmm
    work = REACHES * len(SPECIES) * HOURS * 3600 / STEP_S
    version = ".".join(str(part) for part in solver.swmm_version_info())
    rows = [
        f"<!-- Made by bench/river/compare.py on {platform.machine()}, Python {platform.python_version()}. -->",
        f"{REACHES} reaches × {len(SPECIES)} species with decay, {HOURS} h at {STEP_S} s, one thread, CPU time, best of three.",
        "",
        "| program | million reach-step-species/CPU-s | mass error |",
        "|---|---:|---:|",
    ]
    for chain, flow, _, speed, whole, _ in ours():
        if chain == "decay":
            rows.append(f"| Liankong, flow {flow} | {speed} | {whole} |")
    rows.append(
        f"| SWMM {version}, with minus without pollutants ({with_them:.2f} s − {without:.2f} s, {steps} steps) | "
        f"{work / (with_them - without) * 1e-6:.1f} | {error:.1e} |"
    )
    table = "\n".join(rows) + "\n"
    print(table)
    with open(os.path.join(HERE, "table.md"), "w") as file:
        file.write(table)


if __name__ == "__main__":
    main()
