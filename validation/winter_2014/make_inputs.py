"""Write the inputs of the winter before the case: what its coefficients are fitted on, and what its campaign is judged by.

    python3 validation/winter_2014/make_inputs.py --shared DIR --out DIR

The files go outside the repository (the observations come from a GPL package):
    air_observations.csv    daily PM2.5 of 27 cities, 2014-11-15 to 2015-02-28, stations of cases/yangtze-delta
    weather.csv             Shanghai's hours of those days and five days before, for the particles' history
    year_observations.csv   the same cities, 2014-12-01 to 2015-12-31
and, so that the folder is a case of its own for `liankong attribute calibrate`, region.toml with that winter's period and the
case's members, stations, air sources and chain.
Reading, names and codes are those of the case (make_air.py), so both periods are treated alike. Standard library only.
"""
import argparse
import datetime
import re
import shutil
import sys
from pathlib import Path

sys.path.insert(0, str(Path(__file__).resolve().parents[2] / "cases/yangtze-delta"))
import make_air as case  # noqa: E402

YEAR = (datetime.date(2014, 12, 1), datetime.date(2016, 1, 1))


def main():
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--shared", type=Path, required=True)
    parser.add_argument("--out", type=Path, required=True)
    args = parser.parse_args()
    args.out.mkdir(parents=True, exist_ok=True)

    values = case.daily_pm25(args.shared)
    for name, period in (("air_observations.csv", case.WINTER), ("year_observations.csv", YEAR)):
        case.table(args.out, name, case.OBSERVATIONS_HEADER,
                   [[code, day, "PM2.5", "24h", values[code, day], "ug/m3", "measured", case.SPTE2M]
                    for day in case.days(*period) for code in sorted(case.CODE_OF_SPTE2M_NAME.values())])
    start, end = case.WINTER
    hours = case.shanghai_weather(args.shared, start - datetime.timedelta(5), end)
    case.table(args.out, "weather.csv", case.WEATHER_HEADER, case.weather_rows(hours, start))
    here = Path(case.__file__).parent
    for name in ("members.csv", "members.geojson", "stations.csv", "sources.csv", "emissions.csv", "reaches.csv", "chain.csv",
                 "deposition.csv", "climatology.csv"):
        shutil.copyfile(here / name, args.out / name)
    settings = (here / "region.toml").read_text(encoding="utf-8")
    settings = settings.replace('id = "yangtze-delta"', 'id = "yangtze-delta-winter-2014"')
    period = f'air = ["{start}", "{end}"]'
    (args.out / "region.toml").write_text(re.sub(r'(?m)^air = \["[^\n]*', period, settings), encoding="utf-8")


if __name__ == "__main__":
    main()
