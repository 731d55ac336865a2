"""Every field of an ARL packed file as PyPI's `arlmet` reads it, boiled down to one line a variable and level.

    python compare.py FILE > table.md          (needs: pip install arlmet)

`sha256` is of the values of all moments, in the order of time, as little-endian 32-bit floats; so two readers with the same
line agree to the last bit in every record, which is far inside the packing precision.
"""

import hashlib
import sys

import arlmet
import numpy as np

with arlmet.File(sys.argv[1]) as file:
    lines = {}
    for record in file.records:
        key = (record.level, record.variable)
        values = np.asarray(record.read(), dtype="<f4")
        line = lines.setdefault(key, [hashlib.sha256(), 0, np.inf, -np.inf, 0.0])
        line[0].update(values.tobytes())
        line[1] += 1
        line[2], line[3] = min(line[2], values.min()), max(line[3], values.max())
        line[4] = max(line[4], record.header.precision)

print(f"arlmet {arlmet.__version__}, {sum(l[1] for l in lines.values())} records\n")
print("| level | variable | records | least | greatest | coarsest packing step | sha256 |")
print("|---|---|---|---|---|---|---|")
for (level, variable), (digest, count, low, high, step) in sorted(lines.items()):
    print(f"| {level} | {variable} | {count} | {low:.6g} | {high:.6g} | {step:.3g} | {digest.hexdigest()} |")
