"""The invented air of one season: hours of weather, and days of PM2.5 at every station.

    y = [ background + exposure * smoke + level ] * wash * noise * campaign

    background  what the wind brings over the edge it comes from, times a slow factor of the whole region (AR(1), 0.7 a day)
    smoke       sum over sources of  q / (W r u h)  downwind, with the wind turned and weakened as one station does not see it
    level       what no source of the inventory explains, the same all season
    wash        rain
    noise       of the station's day, 7 %, and of the whole valley's day (AR(1), 0.5 a day, 10 %)

Written without the engine: sector-averaged plumes in a box, no particles. So model and measurement agree roughly, never exactly.
"""

import datetime
import math

from places import CHAIN, MEMBERS, SOURCES, STATIONS

EDGE = {"N": 40.0, "E": 18.0, "S": 30.0, "W": 34.0}  # ug/m3 on the wind from there
ROSE = ["N", "NE", "E", "SE", "S", "SW", "W", "NW"]
YEAR_S = 365 * 86400.0
SPREAD = math.radians(60)  # half width of a plume's sector: what the wind does within an hour and the station does not see
NEAREST_M = 3000.0
SMOKE = 0.6  # part of a plume that is felt at the ground; chosen so that smoke and inventory are of one size


class Season:
    """Some days of invented weather and air, with the weather of a few days before them."""

    def __init__(self, draw, first, count, campaign=(), factor=1.0, before=4):
        self.draw, self.campaign, self.factor = draw, set(campaign), factor
        start = datetime.date.fromisoformat(first)
        self.days = [(start + datetime.timedelta(d)).isoformat() for d in range(count)]
        self.end = (start + datetime.timedelta(count)).isoformat()
        self.weather_days = [(start + datetime.timedelta(d)).isoformat() for d in range(-before, count)]
        self.hours = {}
        self.weather_rows = [row for day in self.weather_days for row in self._weather(day)]
        self.daily = self._daily()

    def _weather(self, day):
        """A wind that turns slowly and blows by day; every sixth day or so it rains."""
        draw = self.draw
        sector, lull = getattr(self, "wind", (7, 0.0))
        lull = 0.6 * lull + draw.gauss(0, 0.6)
        warm, wet = draw.uniform(-2, 4), draw.random() < 1 / 6
        rows, self.hours[day] = [], []
        for hour in range(24):
            if draw.random() < 0.18:
                sector = (sector + draw.choice([-1, 1])) % 8
            speed = max(0.0, 2.4 + lull + math.sin((hour - 8) / 12 * math.pi) + draw.gauss(0, 0.6))
            calm = speed < 0.6
            warmth = 4 + warm + 4 * math.sin((hour - 9) / 12 * math.pi)
            rain = round(draw.expovariate(1.2), 1) if wet and draw.random() < 0.4 else 0
            rows.append([
                f"{day}T{hour:02d}:00+11:00", "calm" if calm else ROSE[sector], 0 if calm else round(speed, 1),
                round(warmth, 1), round(warmth - draw.uniform(2, 8), 1), round(1022 + draw.gauss(0, 1.5), 1), rain])
            self.hours[day].append((sector, max(speed, 0.6), calm, hour, rain))
        self.wind = (sector, lull)
        return rows

    def _daily(self):
        """The mean of every station's day, ug/m3."""
        draw, found = self.draw, {}
        region = valley = 0.0
        for day in self.weather_days:
            region = 0.7 * region + math.sqrt(1 - 0.7**2) * draw.gauss(0, 0.32)
            valley = 0.5 * valley + math.sqrt(1 - 0.5**2) * draw.gauss(0, 0.1)
            hours = self.hours[day]
            edge = sum(sum(EDGE[c] for c in ROSE[s]) / len(ROSE[s]) for s, *_ in hours) / len(hours)
            wash = math.exp(-0.02 * sum(h[4] for h in hours))
            turn, weaken = math.radians(15 + draw.gauss(0, 10)), 1.4 * math.exp(draw.gauss(0, 0.1))
            for code, _, lon, lat, _, _, exposure, level in STATIONS:
                smoke = sum(smoke_at(lon, lat, h, turn, weaken) for h in hours) / len(hours)
                value = (edge * math.exp(region) + exposure * smoke + level) * wash
                value *= math.exp(valley + draw.gauss(0, 0.07))
                if code == "P21" and day in self.campaign:
                    value *= self.factor
                found[code, day] = max(value, 3.0)
        return found


def places_of(source):
    """A point where it stands; an area as nine points over the member's box."""
    if source[3] == "point":
        return [(source[6], source[7])]
    west, south, east, north = next(m[4] for m in MEMBERS if m[0] == source[1])
    third = [1 / 6, 1 / 2, 5 / 6]
    return [(west + (east - west) * i, south + (north - south) * j) for i in third for j in third]


# lon, lat, primary kg/s, and what becomes particles on the way: kg/s, 1/s
PUFFS = []
for source in (s for s in SOURCES if s[2] == "air"):
    spots = places_of(source)
    rates = {k: t * 1000 / YEAR_S / len(spots) for k, t in source[13].items()}
    grows = [(rates[s] * y, rate) for m, p, s, _, rate, _, _, y in CHAIN if (m, p) == ("air", "convert") and s in rates]
    PUFFS += [(lon, lat, rates.get("PPM2.5", 0.0), grows) for lon, lat in spots]


def smoke_at(lon, lat, hour, turn, weaken):
    """ug/m3 of the valley's own sources at a place in one hour."""
    sector, speed, calm, clock, _ = hour
    speed, depth = speed * weaken, 220 + 420 * max(0.0, math.sin((clock - 7) / 12 * math.pi))
    toward = math.radians(45 * sector) + turn + math.pi
    total = 0.0
    for x, y, primary, grows in PUFFS:
        east, north = (lon - x) * 95_000, (lat - y) * 111_000
        away = max(math.hypot(east, north), NEAREST_M)
        off = abs((math.atan2(east, north) - toward + math.pi) % (2 * math.pi) - math.pi)
        # In a calm, and nearer than the plume is wide, all directions get their part.
        shape = 1 / (2 * math.pi) if calm or away <= NEAREST_M else max(0.0, 1 - off / SPREAD) / SPREAD
        age = away / speed
        grown = sum(rate * (1 - math.exp(-k * age)) for rate, k in grows)
        total += shape * (primary + grown) / (away * speed * depth)
    return SMOKE * 1e9 * total


def write_weather(folder, season, missing=()):
    """`missing` hours have a row and no wind."""
    rows = [[r[0], None, None, *r[3:]] if r[0] in missing else r for r in season.weather_rows]
    folder.table("weather.csv", "time,wind_from,wind_speed_m_s,temperature_c,dew_point_c,pressure_hpa,precipitation_mm", rows,
                 source=None)


def write_observations(folder, season, gap=None, spike=None, contradiction=None):
    """Daily PM2.5 everywhere, hours of it at the lower town, the other five of the index at the upper town. A gap, a
    saturation code and a contradiction show what becomes of bad data."""
    draw, rows, hourly = season.draw, [], []
    for day in season.days:
        for code, *_ in STATIONS:
            value = season.daily[code, day]
            rows.append((code, day, "PM2.5", "24h", None if (code, day) == gap else f"{value:.0f}", "ug/m3"))
            if code == "P21":
                shape = [1 / (1.5 + speed) for _, speed, *_ in season.hours[day]]
                for clock, part in enumerate(shape):
                    drawn = value * part * 24 / sum(shape) * math.exp(draw.gauss(0, 0.1))
                    told = 9999 if (day, clock) == spike else max(2, drawn)
                    hourly.append((code, f"{day}T{clock:02d}:00+11:00", "PM2.5", "1h", f"{told:.0f}", "ug/m3"))
            if code == "P11":
                for name, averaging, unit, mean in [("SO2", "24h", "ug/m3", 14), ("NO2", "24h", "ug/m3", 38),
                                                    ("PM10", "24h", "ug/m3", 1.5 * value), ("CO", "24h", "mg/m3", 0.9),
                                                    ("O3", "8h", "ug/m3", 62)]:
                    drawn = mean * math.exp(draw.gauss(0, 0.2))
                    rows.append((code, day, name, averaging, f"{drawn:.1f}" if unit == "mg/m3" else f"{drawn:.0f}", unit))
    if contradiction:
        code, day = contradiction
        rows.append((code, day, "PM2.5", "24h", f"{season.daily[code, day] + 15:.0f}", "ug/m3"))
    folder.table("air_observations.csv", "station,time,pollutant,averaging,value,unit", rows + hourly, source=None)


def climatology(season):
    """Mean and lag-1 autocorrelation of each station's season."""
    rows = []
    for code, *_ in STATIONS:
        values = [season.daily[code, day] for day in season.days]
        mean = sum(values) / len(values)
        spread = sum((v - mean) ** 2 for v in values)
        lag = sum((a - mean) * (b - mean) for a, b in zip(values, values[1:]))
        rows.append((code, "PM2.5", round(mean, 1), "ug/m3", round(lag / spread, 2)))
    return rows
