"""Differences of versions written to files: GeoJSON, and a GeoPackage of added, changed and removed features."""

import json
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import numpy as np
import pyogrio
import shapely

from layers import differences
from layers.differences import Difference

_PAGE = 10_000


def geojson(found: Difference, path: Path) -> None:
    """Write the changes as one GeoJSON file (EPSG:4490, lon first), page by page."""
    with path.open("wb") as file:
        file.write(b'{"type":"FeatureCollection","features":[')
        for number, page in enumerate(_pages(found)):
            file.write((b"," if number else b"") + page)
        file.write(b"]}")


def geopackage(found: Difference, path: Path) -> None:
    """Write a GeoPackage with a layer `changes`: `change` and `feature` (its id) beside the layer's own fields."""
    path.unlink(missing_ok=True)
    for page in _pages(found):
        features: list[dict[str, Any]] = json.loads(b"[" + page + b"]")
        names = list(features[0]["properties"])
        columns = [np.array([each["properties"][name] for each in features], dtype=object) for name in names]
        texts = [np.array([None if v is None else str(v) for v in column], dtype=object) for column in columns]
        shapes = [shapely.from_geojson(json.dumps(each["geometry"])) if each["geometry"] else None for each in features]
        pyogrio.raw.write(
            path, geometry=shapely.to_wkb(np.array(shapes, dtype=object)), field_data=[np.array([each["id"] for each in features]), *texts],
            fields=["feature", *names], geometry_type="Unknown", crs="EPSG:4490", driver="GPKG", layer="changes", append=path.exists(),
        )  # fmt: skip


def _pages(found: Difference) -> Iterator[bytes]:
    page = differences.features(found, limit=_PAGE)
    while page.returned:
        yield page.body
        if not page.more:
            return
        page = differences.features(found, after=page.last, limit=_PAGE)
