"""Fields of ERA5 and WRF as netCDF4 and numpy read them, one line a moment and field.

    pip install netCDF4 numpy
    python reference.py ERA5_HOUR... WRFOUT > table.md

`order` is the mean weighted by position, (k + 1/2)/n for the k-th value, lowest level and southernmost row first: it tells a field
from its mirror image.
"""

import sys

import netCDF4
import numpy as np


def line(source, at, field, planes):
    values = np.asarray(planes, dtype="f8").ravel()
    values = values[np.isfinite(values)]  # ERA5 on its UTM grid has empty margins
    weight = (np.arange(values.size) + 0.5) / values.size
    print(f"| {source} | {at} | {field} | {values.size} | {values.mean():.9g} | {values.std():.9g} | {(values * weight).mean():.9g} |")


def whole(dataset, name, at):
    return np.ma.filled(dataset[name][at].astype("f8"), np.nan)


*hours, wrf = sys.argv[1:]
print(f"netCDF4 {netCDF4.__version__}, numpy {np.__version__}\n")
print("| source | moment | field | values | mean | spread | order |")
print("|---|---|---|---|---|---|---|")
for at, path in enumerate(hours):
    d = netCDF4.Dataset(path)
    p = np.asarray(d["plev"][:])
    use = np.where(p >= 5000)[0]
    use = use[np.argsort(-p[use])]
    shape = d["t"][0][use].shape
    for name in ("t", "q", "w"):
        line("era5", at, name, whole(d, name, 0)[use])
    east, north = whole(d, "u", 0)[use], whole(d, "v", 0)[use]
    line("era5", at, "speed", np.hypot(east, north))
    for ours, theirs, factor in [("sp", "sp", 1), ("t2m", "2t", 1), ("heat", "ishf", -1), ("blh", "blh", 1), ("rain", "tp", 1000 / 3600)]:
        line("era5", at, ours, whole(d, theirs, 0) * factor)
    line("era5", at, "stress", np.hypot(whole(d, "iews", 0), whole(d, "inss", 0)))
d = netCDF4.Dataset(wrf)
mid = lambda x: 0.5 * (x[1:] + x[:-1])
total = lambda at: whole(d, "RAINC", at) + whole(d, "RAINNC", at)
for at in range(len(d.dimensions["Time"])):
    p = whole(d, "P", at) + whole(d, "PB", at)
    r = np.maximum(whole(d, "QVAPOR", at), 0)
    line("wrf", at, "p", p)
    line("wrf", at, "t", (whole(d, "T", at) + 300) * (p / 1e5) ** (2 / 7))
    line("wrf", at, "q", r / (1 + r))
    line("wrf", at, "z", mid(whole(d, "PH", at) + whole(d, "PHB", at)) / 9.81)
    line("wrf", at, "w", mid(whole(d, "W", at)))
    u, v = whole(d, "U", at), whole(d, "V", at)
    line("wrf", at, "u", 0.5 * (u[:, :, 1:] + u[:, :, :-1]))
    line("wrf", at, "v", 0.5 * (v[:, 1:] + v[:, :-1]))
    for ours, theirs in [("sp", "PSFC"), ("t2m", "T2"), ("u10", "U10"), ("v10", "V10"), ("ust", "UST"), ("heat", "HFX"), ("blh", "PBLH")]:
        if theirs in d.variables:
            line("wrf", at, ours, whole(d, theirs, at))
    if at == 0:
        line("wrf", at, "rain", total(0) / (12 * 3600))
    else:
        line("wrf", at, "rain", np.where(total(at) < total(at - 1), total(at), total(at) - total(at - 1)) / (3 * 3600))
