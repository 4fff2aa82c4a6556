"""A town of three layers, areas, lines and points, whose attributes fit every default style."""

from django.db import connection
from psycopg2 import sql

from layers import access, services, versions
from layers.spec import FieldSpec, Title

NAMES = {"NAME": "string", "RN": "string", "RTEG": "string", "GB": "integer", "FLOOR": "integer", "CLASS": "string",
         "DLBM": "string", "YDYHFLDM": "string", "GKLX": "string", "MEDIUM": "string"}  # fmt: skip
FIELDS = tuple(FieldSpec(name, f"c{n}", kind, Title(name)) for n, (name, kind) in enumerate(NAMES.items(), 1))
WEST, SOUTH, STEP = 116.80, 38.20, 0.01
_DLBM = ("0101", "0102", "0103", "0201", "0301", "0404", "0601", "0701", "0702", "1003", "1104", "9999")
_YDYH = ("0101", "0201", "0301", "0702", "0703", "0801", "0901", "1001", "1207", "1401", "1701", "zz")
_GB = (210_101, 310_301, 310_500, 810_302, 830_100, 710_102, 710_101, 230_101, 420_101, 610_000, 510_100, 990_000)
_GKLX = ("优先保护单元", "重点管控单元", "一般管控单元")
_ROADS = (("G0211", "高速", "京沪高速"), ("G104", "一级", "京福线"), ("S283", "二级", "沧保路"), ("X201", "三级", "捷地街"), ("Y001", "四级", "直骨角路"), ("", "", "小巷"))
_POINTS = (("AB", "沧州市"), ("AE", "沧县"), ("AH", "捷地回族乡"), ("AK", "大龚堤口村"), ("AK", "直骨角关径误村"), ("HA", "南运河"))
_MEDIA = ("地表水", "噪声", "大气")


def _area(n: int) -> tuple[str, tuple[object, ...]]:
    west, south = WEST + n % 4 * STEP, SOUTH + n // 4 * STEP
    shape = f"POLYGON(({west} {south},{west + 0.009} {south},{west + 0.0095} {south + 0.008},{west + 0.004} {south + 0.0095},{west} {south + 0.008},{west} {south}))"
    return shape, (f"{n + 1}号地", "", "", _GB[n], n, "", _DLBM[n], _YDYH[n], _GKLX[n % 3], "")


def _line(n: int) -> tuple[str, tuple[object, ...]]:
    number, grade, name = _ROADS[n]
    south = SOUTH + 0.003 + n * 0.005
    shape = f"LINESTRING({WEST - 0.01} {south},{WEST + 0.012} {south + 0.004},{WEST + 0.03} {south - 0.002},{WEST + 0.05} {south + 0.003})"
    return shape, (name, number, grade, 210_101 if n < 3 else 220_200, None, "", "", "", "", "")


def _point(n: int) -> tuple[str, tuple[object, ...]]:
    rank, name = _POINTS[n]
    return f"POINT({WEST + 0.0075 + n % 3 * 0.012} {SOUTH + 0.008 + n // 3 * 0.013})", (name, "", "", 0, None, rank, "", "", "", _MEDIA[n % 3])


ROWS = {
    "areas": ("Polygon", [_area(n) for n in range(12)]),
    "lines": ("LineString", [_line(n) for n in range(6)]),
    "points": ("Point", [_point(n) for n in range(6)]),
}


def build() -> None:
    """Make and publish the three layers."""
    for slug, (geometry, rows) in ROWS.items():
        draft = services.LayerDraft(slug, Title(slug), "land", geometry=geometry, fields=FIELDS, title_field="NAME", public=True, level=0)
        services.make_layer("tester", draft)
        publish(slug, rows)


def publish(slug: str, rows: list[tuple[str, tuple[object, ...]]]) -> None:
    """Publish rows of (WKT, values)."""
    stage = versions.create_table(0, FIELDS, f"s_{slug}")
    columns = sql.SQL(", ").join(sql.Identifier(each.column) for each in FIELDS)
    marks = sql.SQL(", ").join(sql.Placeholder() * len(FIELDS))
    with connection.cursor() as cursor:
        for number, (shape, values) in enumerate(rows, 1):
            cursor.execute(
                sql.SQL("INSERT INTO {} (fid, since, geom, {}, hash) VALUES (%s, 1, ST_GeomFromText(%s, 4490), {}, %s)").format(stage, columns, marks),
                [number, shape, *values, repr((shape, values)).encode()],
            )
    services.publish("tester", None, [services.StagedRows(slug, stage)])


def view(slug: str) -> access.LayerView:
    """Return a layer's whole view."""
    return access.whole(slug)
