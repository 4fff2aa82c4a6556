"""Where one drives: roads and the railway, as centre lines and as the land they take."""

import shapely

from ingest.survey import plan
from ingest.survey.curves import smooth
from ingest.survey.patches import Patch

RAILWAY_LAND = 19.0


def centre_lines() -> list[tuple[plan.Road, shapely.LineString]]:
    """Return every through road with its smooth centre line."""
    return [(road, smooth(road.points, 25)) for road in plan.ROADS]


def railway() -> shapely.LineString:
    """Return the railway's centre line."""
    return smooth(plan.RAILWAY, 40)


def patches() -> list[Patch]:
    """Return the land of roads and railway."""
    found = [Patch("railway", railway().buffer(RAILWAY_LAND / 2), "京沪铁路")]
    for road, line in centre_lines():
        land = shapely.simplify(line.buffer(road.land / 2, quad_segs=4), 0.2)
        main = road.number.startswith(("G", "X"))
        found.append(Patch("highway", land, f"{road.number}{road.name}", rank=3 if main else 4))
    return found
