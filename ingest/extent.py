"""Which area does a delivery replace? Sheets, a county or a polygon, as one multipolygon in EPSG:4490."""

import numpy as np
import shapely
from django.conf import settings
from django.db import connection
from psycopg2 import sql

from ingest.findings import refuse
from ingest.manifest import AreaTold
from layers import crs, models, services, sheets

_STEP = 32
"""Points per side of a kilometre sheet, whose sides are bent in degrees."""


def resolve(told: AreaTold, scale: int | None) -> shapely.MultiPolygon:
    """Return the area; raises Refused when it cannot be found."""
    if told.polygon:
        return _multi(_polygon(told.polygon))
    if told.county:
        return _multi(_county(told.county))
    return _multi(shapely.union_all([_sheet(number, scale) for number in told.sheets]))


def _multi(shape: shapely.Geometry) -> shapely.MultiPolygon:
    return shapely.MultiPolygon([each for each in shapely.get_parts(shape) if isinstance(each, shapely.Polygon)])


def _polygon(text: str) -> shapely.Geometry:
    try:
        shape = shapely.from_wkt(text)
    except shapely.GEOSException:
        shape = None
    if not isinstance(shape, shapely.Polygon | shapely.MultiPolygon) or not shape.is_valid or shape.is_empty:
        raise refuse("area-unreadable", "area.polygon 不是合法的 WKT 面（经度 纬度）",
                     "area.polygon is no valid WKT polygon (lon lat)", "delivery.toml")  # fmt: skip
    return shapely.force_2d(shape)


def _sheet(number: str, scale: int | None) -> shapely.Geometry:
    """Return one sheet: a number of GB/T 13989 says its scale, a kilometre name needs the delivery's."""
    try:
        if "-" not in number:
            return shapely.box(*sheets.sheet(number).bounds)
        west, south, east, north = sheets.kilometre_sheet(number, scale or 500).bounds
    except sheets.InvalidSheet as fault:
        raise refuse("area-sheet", f"图幅号无效：{fault}", f"no such sheet: {number}", "delivery.toml") from None
    side = np.linspace(0, 1, _STEP, endpoint=False)
    xs = np.concatenate([west + side * (east - west), np.full(_STEP, east), east - side * (east - west), np.full(_STEP, west)])
    ys = np.concatenate([np.full(_STEP, south), south + side * (north - south), np.full(_STEP, north), north - side * (north - south)])
    return shapely.Polygon(np.column_stack(crs.transformer(settings.GEOBASE.gauss_crs, crs.STORAGE).transform(xs, ys)))


def _county(code: str) -> shapely.Geometry:
    """Return a division's area: a department's, else that of the county layer's row with this code."""
    department = models.Department.objects.filter(admin_code=code).exclude(area=None).first()
    if department and department.area:
        return shapely.from_wkb(bytes(department.area.wkb))
    layer = services.known("county")
    fields = [each for each in layer.fields if each.type == "string"] if layer else []
    if layer and fields:
        matches = sql.SQL(" OR ").join(sql.SQL("{} = {}").format(sql.Identifier(each.column), sql.Literal(code)) for each in fields)
        with connection.cursor() as cursor:
            cursor.execute(sql.SQL("SELECT ST_AsBinary(ST_Union(geom)) FROM {} WHERE until IS NULL AND ({})").format(
                sql.Identifier(*layer.table.split(".")), matches))  # fmt: skip
            found = cursor.fetchone()
        if found and found[0]:
            return shapely.from_wkb(bytes(found[0]))
    raise refuse("area-county", f"找不到行政区 {code} 的范围", f"the area of division {code} is not known", "delivery.toml")
