"""How a table is written: CSV with one header line, and what every row says of itself."""

import csv
import json
import os

SOURCE = "make.py"


class Folder:
    """A case folder that is being filled."""

    def __init__(self, path):
        os.makedirs(path, exist_ok=True)
        self.path = path

    def text(self, name, text):
        with open(os.path.join(self.path, name), "w", encoding="utf-8") as file:
            file.write(text)

    def table(self, name, header, rows, mark="synthetic", source=SOURCE):
        """One table; every row is marked for what it is. Long tables leave the column `source` out (None)."""
        own = [mark, source] if source else [mark]
        with open(os.path.join(self.path, name), "w", newline="", encoding="utf-8") as file:
            out = csv.writer(file, lineterminator="\n")
            out.writerow(header.split(",") + ["mark", "source"][:len(own)])
            for row in rows:
                out.writerow(["" if cell is None else cell for cell in row] + own)

    def geojson(self, name, features):
        lines = ",\n".join(json.dumps(f, ensure_ascii=False) for f in features)
        self.text(name, '{"type": "FeatureCollection", "features": [\n' + lines + "\n]}\n")


def feature(properties, kind, coordinates):
    return {"type": "Feature", "properties": properties, "geometry": {"type": kind, "coordinates": coordinates}}
