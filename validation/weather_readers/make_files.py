"""Writes the small files of weather in engine/tests/suite/weather_files with netCDF4 and ecCodes: writers that are not ours.

    pip install netCDF4 eccodes pyproj numpy
    python make_files.py ../../engine/tests/suite/weather_files

The atmosphere is a formula (z = 8000 ln(101325/p), T = 300 - 0.006 z, ...), so that a reader's values can be told from it.
"""
import sys
import numpy as np
import netCDF4
import eccodes as ec
import pyproj

OUT = sys.argv[1]
NX, NY = 8, 6
LON0, LAT0, STEP = 120.0, 30.0, 0.25
LEVELS = [1000, 925, 850, 700, 500, 300]  # hPa
HOURS = [0, 1, 2]
G = 9.80665
lon = LON0 + STEP * np.arange(NX)
lat = LAT0 + STEP * np.arange(NY)  # ascending
X, Y = np.meshgrid(lon, lat)


def z_of(p_hpa):
    return 8000.0 * np.log(1013.25 / p_hpa)


def ground():
    return 20.0 + 10.0 * (X - LON0) / STEP + 5.0 * (Y - LAT0) / STEP


def field(name, p, h):
    """On a level of p hPa at hour h, [j, i], latitudes ascending."""
    z = z_of(p)
    one = np.ones_like(X)
    return {
        "t": one * (300.0 - 0.006 * z),
        "u": 5.0 + 0.001 * z + 0.4 * (X - LON0) + 0.1 * h,
        "v": -2.0 + 0.8 * (Y - LAT0) + 0 * X,
        "w": one * 0.05,
        "q": one * 0.01 * np.exp(-z / 2500.0),
        "z": one * z * G,
    }[name]


def at_ground(name, h):
    one = np.ones_like(X)
    hs = ground()
    return {
        "z": hs * G,
        "sp": 101325.0 * np.exp(-hs / 8000.0),
        "t2m": 300.0 - 0.006 * hs,
        "u10": one * 3.0,
        "v10": one * -1.0,
        "blh": one * (500.0 + 100.0 * h),
        "tp": one * 0.001 * h,  # m in the hour before
        "sshf": one * -3600.0 * 100.0,  # J m-2, downward: 100 W m-2 upward
        "zust": one * 0.35,
        "fsr": one * 0.2,
    }[name]


UNITS = {"t": "K", "u": "m s**-1", "v": "m s**-1", "w": "Pa s**-1", "q": "kg kg**-1", "z": "m**2 s**-2", "sp": "Pa", "t2m": "K",
         "u10": "m s**-1", "v10": "m s**-1", "blh": "m", "tp": "m", "sshf": "J m**-2", "zust": "m s**-1", "fsr": "m"}


def packed(data, var):
    """ERA5's shorts: scale and offset from the range, -32767 for nothing."""
    lo, hi = np.nanmin(data), np.nanmax(data)
    scale = max((hi - lo) / 65532.0, 1e-12)
    var.scale_factor, var.add_offset = scale, (hi + lo) / 2
    var.missing_value = np.int16(-32767)
    var.set_auto_maskandscale(False)
    raw = np.round((data - (hi + lo) / 2) / scale)
    raw[np.isnan(data)] = -32767
    var[:] = raw.astype("i2")


def era5_old():
    """One classic file of everything: latitudes descend, `level` in millibars ascends, hours since 1900, packed; the surface with
    `expver`, of which the first lacks the last hour and the second all before."""
    d = netCDF4.Dataset(f"{OUT}/era5_old.nc", "w", format="NETCDF3_64BIT_OFFSET")
    for n, k in [("longitude", NX), ("latitude", NY), ("level", len(LEVELS)), ("expver", 2), ("time", None)]:
        d.createDimension(n, k)
    for n, v, u in [("longitude", lon, "degrees_east"), ("latitude", lat[::-1], "degrees_north")]:
        a = d.createVariable(n, "f4", (n,)); a.units = u; a[:] = v
    a = d.createVariable("level", "i4", ("level",)); a.units = "millibars"; a[:] = LEVELS[::-1]
    a = d.createVariable("expver", "i4", ("expver",)); a[:] = [1, 5]
    a = d.createVariable("time", "i4", ("time",)); a.units = "hours since 1900-01-01 00:00:00.0"; a.calendar = "gregorian"
    a[:] = [1090560 + h for h in HOURS]  # 2024-05-30 00 UTC
    for n in ["t", "u", "v", "w", "q", "z"]:
        v = d.createVariable(n, "i2", ("time", "level", "latitude", "longitude"), fill_value=np.int16(-32767)); v.units = UNITS[n]
        packed(np.array([[field(n, p, h)[::-1] for p in LEVELS[::-1]] for h in HOURS]), v)
    for n in ["sp", "t2m", "u10", "v10", "blh", "tp", "sshf"]:
        v = d.createVariable(n, "i2", ("time", "expver", "latitude", "longitude"), fill_value=np.int16(-32767)); v.units = UNITS[n]
        nothing = np.full((NY, NX), np.nan)
        packed(np.array([[at_ground(n, h)[::-1] if h < 2 else nothing, at_ground(n, h)[::-1] if h == 2 else nothing] for h in HOURS]), v)
    d.close()


def era5_new():
    """As the Climate Data Store gives them since 2024: two NetCDF-4 files, `valid_time`, `pressure_level` descending, deflated."""
    for part, names in [("levels", ["t", "u", "v", "w", "q", "z"]), ("surface", ["z", "sp", "t2m", "u10", "v10", "blh", "tp", "sshf", "zust", "fsr"])]:
        d = netCDF4.Dataset(f"{OUT}/era5_new_{part}.nc", "w", format="NETCDF4")
        d.createDimension("valid_time", len(HOURS)); d.createDimension("latitude", NY); d.createDimension("longitude", NX)
        v = d.createVariable("valid_time", "i8", ("valid_time",)); v.units = "seconds since 1970-01-01"; v.calendar = "proleptic_gregorian"; v.standard_name = "time"
        v[:] = [1717027200 + 3600 * h for h in HOURS]
        v = d.createVariable("latitude", "f8", ("latitude",)); v.units = "degrees_north"; v.standard_name = "latitude"; v[:] = lat[::-1]
        v = d.createVariable("longitude", "f8", ("longitude",)); v.units = "degrees_east"; v.standard_name = "longitude"; v[:] = lon
        v = d.createVariable("number", "i8", ()); v[...] = 0
        v = d.createVariable("expver", str, ("valid_time",)); v[:] = np.array(["0001"] * len(HOURS), dtype=object)
        dims = ("valid_time", "latitude", "longitude")
        if part == "levels":
            d.createDimension("pressure_level", len(LEVELS))
            v = d.createVariable("pressure_level", "f8", ("pressure_level",)); v.units = "hPa"; v.standard_name = "air_pressure"; v[:] = LEVELS
            dims = ("valid_time", "pressure_level", "latitude", "longitude")
        for n in names:
            v = d.createVariable(n, "f4", dims, zlib=True, complevel=1, shuffle=True, fill_value=np.float32(np.nan)); v.units = UNITS[n]
            v.coordinates = "number valid_time latitude longitude expver"
            if part == "levels":
                v[:] = np.array([[field(n, p, h)[::-1] for p in LEVELS] for h in HOURS])
            else:
                v[:] = np.array([at_ground(n, h)[::-1] for h in HOURS])
        d.close()


def running():
    """ERA5-Land's manner: sums since midnight, `tp` and `sshf` of six hours, with winds on levels so that it is whole weather."""
    d = netCDF4.Dataset(f"{OUT}/running_totals.nc", "w", format="NETCDF3_CLASSIC")
    hours = list(range(1, 8))
    d.createDimension("time", len(hours)); d.createDimension("lat", NY); d.createDimension("lon", NX); d.createDimension("plev", 3)
    for n, v, u in [("lon", lon, "degrees_east"), ("lat", lat, "degrees_north"), ("plev", [100000.0, 85000.0, 50000.0], "Pa")]:
        a = d.createVariable(n, "f8", (n,)); a.units = u; a[:] = v
    a = d.createVariable("time", "f8", ("time",)); a.units = "days since 2024-05-30"; a[:] = [h / 24 for h in hours]
    for n in ["t", "u", "v", "q"]:
        v = d.createVariable(n, "f4", ("time", "plev", "lat", "lon")); v.units = UNITS[n]
        v[:] = np.array([[field(n, p, 0) for p in (1000, 850, 500)] for h in hours])
    for n in ["sp", "tp", "sshf"]:
        v = d.createVariable(n, "f4", ("time", "lat", "lon")); v.units = UNITS[n]
        one = np.ones((NY, NX))
        v[:] = np.array([at_ground("sp", 0) if n == "sp" else one * (0.0002 * h * h if n == "tp" else -3600.0 * 50 * h) for h in hours])
    d.close()


def wrf():
    """Domains of 8 x 6 points and 5 layers on each of WRF's maps; latitudes and longitudes by PROJ on WRF's sphere."""
    maps = {
        "lambert": (1, dict(TRUELAT1=25.0, TRUELAT2=40.0, STAND_LON=118.0), "+proj=lcc +lat_1=25 +lat_2=40 +lat_0=30 +lon_0=118"),
        "polar": (2, dict(TRUELAT1=60.0, TRUELAT2=60.0, STAND_LON=100.0), "+proj=stere +lat_0=90 +lat_ts=60 +lon_0=100"),
        "mercator": (3, dict(TRUELAT1=20.0, TRUELAT2=0.0, STAND_LON=179.0), "+proj=merc +lat_ts=20 +lon_0=179"),
        "degrees": (6, dict(TRUELAT1=0.0, TRUELAT2=0.0, STAND_LON=0.0), None),
    }
    centres = {"lambert": (121.0, 31.0), "polar": (110.0, 70.0), "mercator": (179.9, 10.0), "degrees": (121.0, 31.0)}
    nz = 5
    for name, (kind, attributes, proj) in maps.items():
        d = netCDF4.Dataset(f"{OUT}/wrf_{name}.nc", "w", format="NETCDF3_64BIT_OFFSET")
        dx = 30000.0
        if proj:
            t = pyproj.Transformer.from_crs(proj + " +R=6370000 +units=m", "+proj=longlat +R=6370000", always_xy=True)
            x0, y0 = t.transform(*centres[name], direction="INVERSE")
            gx, gy = np.meshgrid(x0 + dx * np.arange(NX), y0 + dx * np.arange(NY))
            lo, la = t.transform(gx, gy)
        else:
            lo, la = np.meshgrid(centres[name][0] + 0.27 * np.arange(NX), centres[name][1] + 0.27 * np.arange(NY))
        d.TITLE = " OUTPUT FROM WRF V4.5 MODEL"; d.MAP_PROJ = np.int32(kind); d.DX = np.float32(dx); d.DY = np.float32(dx)
        d.SIMULATION_START_DATE = "2024-05-30_00:00:00"; d.POLE_LAT = np.float32(90.0); d.POLE_LON = np.float32(0.0)
        for k, v in attributes.items():
            setattr(d, k, np.float32(v))
        for n, k in [("Time", None), ("DateStrLen", 19), ("west_east", NX), ("south_north", NY), ("west_east_stag", NX + 1),
                     ("south_north_stag", NY + 1), ("bottom_top", nz), ("bottom_top_stag", nz + 1)]:
            d.createDimension(n, k)
        d.createVariable("Times", "S1", ("Time", "DateStrLen"))
        plane, vol = ("Time", "south_north", "west_east"), ("Time", "bottom_top", "south_north", "west_east")
        shapes = {"XLAT": plane, "XLONG": plane, "HGT": plane, "PSFC": plane, "T2": plane, "U10": plane, "V10": plane, "PBLH": plane,
                  "UST": plane, "HFX": plane, "RAINC": plane, "RAINNC": plane, "P": vol, "PB": vol, "T": vol, "QVAPOR": vol,
                  "U": ("Time", "bottom_top", "south_north", "west_east_stag"), "V": ("Time", "bottom_top", "south_north_stag", "west_east"),
                  "W": ("Time", "bottom_top_stag", "south_north", "west_east"), "PH": ("Time", "bottom_top_stag", "south_north", "west_east"),
                  "PHB": ("Time", "bottom_top_stag", "south_north", "west_east")}
        for n, s in shapes.items():
            d.createVariable(n, "f4", s)
        faces = np.array([0.0, 100.0, 400.0, 1000.0, 3000.0, 8000.0])
        mids = 0.5 * (faces[1:] + faces[:-1])
        hgt = 100.0 + 10.0 * np.arange(NX)[None, :] + 0 * np.arange(NY)[:, None]
        for s, h in enumerate([1, 2]):
            d["Times"][s] = netCDF4.stringtochar(np.array([f"2024-05-30_{h:02}:00:00"], "S19"))[0]
            d["XLAT"][s], d["XLONG"][s], d["HGT"][s] = la, lo, hgt
            zf = hgt + faces[:, None, None]
            zm = hgt + mids[:, None, None]
            p = 101325.0 * np.exp(-zm / 8000.0)
            temp = 300.0 - 0.006 * zm
            d["PB"][s], d["P"][s] = p - 250.0, np.full_like(p, 250.0)
            d["PHB"][s], d["PH"][s] = zf * 9.81 - 40.0, np.full_like(zf, 40.0)
            d["T"][s] = temp * (1e5 / p) ** (2.0 / 7.0) - 300.0
            d["QVAPOR"][s] = 0.008 * np.exp(-zm / 2500.0)
            d["U"][s] = (np.arange(NX + 1) * 1.0)[None, None, :] + 0.001 * mids[:, None, None] + np.zeros((nz, NY, NX + 1))
            d["V"][s] = (np.arange(NY + 1) * -1.0)[None, :, None] + np.zeros((nz, NY + 1, NX))
            d["W"][s] = (0.01 * np.arange(nz + 1))[:, None, None] + np.zeros((nz + 1, NY, NX))
            d["PSFC"][s], d["T2"][s] = 101325.0 * np.exp(-hgt / 8000.0), 300.0 - 0.006 * hgt
            d["U10"][s], d["V10"][s], d["PBLH"][s], d["UST"][s], d["HFX"][s] = 2.0, -1.0, 700.0, 0.3, 80.0
            d["RAINC"][s], d["RAINNC"][s] = 1.0 * h, 2.6 * h
        d.close()


def grib_message(out, sample, keys, values):
    m = ec.codes_grib_new_from_samples(sample)
    for k, v in keys:
        ec.codes_set(m, k, v)
    ec.codes_set_values(m, np.ascontiguousarray(values).ravel())
    out.write(ec.codes_get_message(m))
    ec.codes_release(m)


def degrees_grid(scan_north_first=True):
    return [("Ni", NX), ("Nj", NY), ("latitudeOfFirstGridPointInDegrees", lat[-1]), ("longitudeOfFirstGridPointInDegrees", lon[0]),
            ("latitudeOfLastGridPointInDegrees", lat[0]), ("longitudeOfLastGridPointInDegrees", lon[-1]),
            ("iDirectionIncrementInDegrees", STEP), ("jDirectionIncrementInDegrees", STEP), ("jScansPositively", 0)]


def era5_grib1():
    """ERA5 as MARS gives it: edition 1, centre 98, class ea, table 128; sums of the hour before, written as of the moment."""
    params = {"t": 130, "u": 131, "v": 132, "w": 135, "q": 133, "z": 129}
    ground_params = {"z": 129, "sp": 134, "t2m": 167, "u10": 165, "v10": 166, "blh": 159, "tp": 228, "sshf": 146}
    with open(f"{OUT}/era5.grib1", "wb") as out:
        for h in HOURS:
            date = [("centre", 98), ("class", "ea"), ("type", "an"), ("stream", "oper"), ("expver", "0001"), ("dataDate", 20240530), ("dataTime", 100 * h), ("step", 0)]
            for n, number in params.items():
                for p in LEVELS:
                    grib_message(out, "regular_ll_pl_grib1", degrees_grid() + date + [("table2Version", 128), ("indicatorOfParameter", number),
                                 ("indicatorOfTypeOfLevel", 100), ("level", p), ("bitsPerValue", 16)], field(n, p, h)[::-1])
            for n, number in ground_params.items():
                grib_message(out, "regular_ll_sfc_grib1", degrees_grid() + date + [("table2Version", 128), ("indicatorOfParameter", number),
                             ("indicatorOfTypeOfLevel", 1), ("level", 0), ("bitsPerValue", 16)], at_ground(n, h)[::-1])


def gfs_grib2():
    """GFS as NCEP gives it: edition 2, complex packing with second differences, hours 1 and 2 of the run of 00 UTC, rain and fluxes since
    the start of the run, relative humidity, heights in gpm."""
    with open(f"{OUT}/gfs.grib2", "wb") as out:
        for h in [1, 2]:
            date = [("centre", 7), ("dataDate", 20240530), ("dataTime", 0)]

            def put(code, level, values, kind="instant"):
                keys = degrees_grid() + date + [("discipline", code[0])]
                if kind == "instant":
                    keys += [("productDefinitionTemplateNumber", 0)]
                else:
                    keys += [("productDefinitionTemplateNumber", 8)]
                keys += [("parameterCategory", code[1]), ("parameterNumber", code[2]), ("typeOfFirstFixedSurface", level[0]),
                         ("scaleFactorOfFirstFixedSurface", 0), ("scaledValueOfFirstFixedSurface", level[1])]
                if kind == "instant":
                    keys += [("stepUnits", 1), ("forecastTime", h)]
                else:
                    keys += [("typeOfStatisticalProcessing", 1 if kind == "sum" else 0), ("stepRange", f"0-{h}")]
                keys += [("bitsPerValue", 16), ("packingType", "grid_complex_spatial_differencing")]
                grib_message(out, "GRIB2", keys, values[::-1])

            one = np.ones((NY, NX))
            for p in LEVELS:
                es = lambda t: 611.2 * np.exp(17.67 * (t - 273.15) / (t - 273.15 + 243.5))
                q, t = field("q", p, h), field("t", p, h)
                rh = 100.0 * q * p * 100 / (0.622 + 0.378 * q) / es(t)
                for code, values in [((0, 0, 0), t), ((0, 2, 2), field("u", p, h)), ((0, 2, 3), field("v", p, h)), ((0, 2, 8), field("w", p, h)),
                                     ((0, 1, 1), rh), ((0, 3, 5), field("z", p, h) / G)]:
                    put(code, (100, p * 100), values)
            put((0, 3, 0), (1, 0), at_ground("sp", h))
            put((0, 3, 5), (1, 0), ground())
            put((0, 0, 0), (103, 2), at_ground("t2m", h))
            put((0, 2, 2), (103, 10), one * 3.0)
            put((0, 2, 3), (103, 10), one * -1.0)
            put((0, 3, 196), (1, 0), one * (500.0 + 100.0 * h))
            put((0, 2, 197), (1, 0), one * 0.35)
            put((2, 0, 1), (1, 0), one * 0.2)
            # 2 mm in the first hour, 5 in the second; the flux 100 W/m2, then 160, as the mean since the start: 100, 130
            put((0, 1, 8), (1, 0), one * (2.0 if h == 1 else 7.0), "sum")
            put((0, 0, 11), (1, 0), one * (100.0 if h == 1 else 130.0), "mean")


def lambert_grib2():
    """One moment on a Lambert map, south-west point first, winds eastward and northward (flag 8 not set): they must be turned."""
    proj = "+proj=lcc +lat_1=30 +lat_2=60 +lat_0=30 +lon_0=100 +R=6371229"
    t = pyproj.Transformer.from_crs(proj, "+proj=longlat +R=6371229", always_xy=True)
    lo0, la0 = 121.0, 31.0
    with open(f"{OUT}/lambert.grib2", "wb") as out:
        for p in LEVELS:
            for code, value in [((0, 0, 0), 300 - 0.006 * z_of(p)), ((0, 2, 2), 10.0), ((0, 2, 3), 0.0), ((0, 1, 0), 0.005), ((0, 3, 5), z_of(p))]:
                keys = [("gridType", "lambert"), ("Nx", NX), ("Ny", NY), ("shapeOfTheEarth", 6), ("latitudeOfFirstGridPointInDegrees", la0),
                        ("longitudeOfFirstGridPointInDegrees", lo0), ("LoVInDegrees", 100.0), ("LaDInDegrees", 30.0), ("Latin1InDegrees", 30.0),
                        ("Latin2InDegrees", 60.0), ("DxInMetres", 25000), ("DyInMetres", 25000), ("iScansNegatively", 0), ("jScansPositively", 1),
                        ("uvRelativeToGrid", 0), ("centre", 98), ("dataDate", 20240530), ("dataTime", 0), ("discipline", code[0]),
                        ("productDefinitionTemplateNumber", 0), ("parameterCategory", code[1]), ("parameterNumber", code[2]),
                        ("typeOfFirstFixedSurface", 100), ("scaleFactorOfFirstFixedSurface", 0), ("scaledValueOfFirstFixedSurface", p * 100),
                        ("forecastTime", 0), ("bitsPerValue", 16)]
                grib_message(out, "GRIB2", keys, value + 1e-3 * np.arange(NX * NY))
    x, y = t.transform(lo0, la0, direction="INVERSE")
    print("lambert far corner", t.transform(x + 25000 * (NX - 1), y + 25000 * (NY - 1)))


for make in (era5_old, era5_new, running, wrf, era5_grib1, gfs_grib2, lambert_grib2):
    make()
