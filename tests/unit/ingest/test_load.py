"""Rows as COPY takes them: geometries as PostGIS reads them, content hashes as edited rows have them."""

from datetime import date

import numpy as np
import pyarrow as pa
import shapely
from hypothesis import given
from hypothesis import strategies as st
from psycopg2 import sql

from ingest import load
from ingest.placing import Placed
from ingest.rules.rows import Attribute
from layers import content
from layers.spec import FieldSpec, Title

SHAPES = ["POINT (116.8 38.2)", "LINESTRING (1 2, 3 4)", "POLYGON ((0 0, 1 0, 1 1, 0 0), (0.5 0.2, 0.6 0.2, 0.6 0.3, 0.5 0.2))",
          "MULTIPOLYGON (((0 0, 1 0, 1 1, 0 0)))", "MULTIPOINT (0 0, 1 1)", "GEOMETRYCOLLECTION (POINT (1 2))", "POLYGON EMPTY"]  # fmt: skip


def rows(shapes, **columns):
    attributes = [Attribute(FieldSpec(name, name, "string", Title(name)), each, each) for name, each in columns.items()]
    placed = Placed(np.array(shapes, dtype=object))
    return load._rows(placed, attributes, 1, load.Stage(sql.Identifier("s"), 7, 100)).to_pylist()


def test_geometries_are_written_as_geos_writes_extended_wkb():
    shapes = shapely.from_wkt(SHAPES)
    wanted = shapely.to_wkb(shapely.set_srid(shapes, 4490), hex=True, include_srid=True)
    assert [each["c2"].upper() for each in rows(list(shapes))] == [str(each).upper() for each in wanted]


def test_a_row_without_geometry_or_columns_has_a_hash_too():
    first, second = rows([None, shapely.Point(1, 2)])
    assert first["c2"] is None
    assert first["c5"] != second["c5"]
    assert (first["c0"], first["c3"], first["c4"]) == (101, 7, 1)


@given(st.lists(st.tuples(st.one_of(st.none(), st.text()), st.one_of(st.none(), st.floats(allow_nan=False)), st.one_of(st.none(), st.dates())),
                min_size=1, max_size=5))  # fmt: skip
def test_the_hash_of_a_row_is_that_of_its_content(values):
    names = [each[0] for each in values]
    written = rows(
        [shapely.Point(116.8, 38.2)] * len(values), a=pa.array(names, type=pa.string()),
        b=pa.array([each[1] for each in values], type=pa.float64()), c=pa.array([each[2] for each in values], type=pa.date32()),
    )  # fmt: skip
    again = rows([shapely.Point(116.8, 38.2)], a=pa.array(names[:1], type=pa.string()), b=pa.array([values[0][1]], type=pa.float64()),
                 c=pa.array([values[0][2]], type=pa.date32()))  # fmt: skip
    assert written[0]["c8"] == again[0]["c8"]
    assert all((one["c8"] == written[0]["c8"]) == (each == values[0]) for one, each in zip(written, values, strict=True))


def test_a_delivered_row_has_the_hash_of_the_same_row_edited_by_hand():
    found = rows([shapely.Point(116.8, 38.2)], a=pa.array(["沧州"]), b=pa.array([date(2026, 5, 1)]))[0]["c7"]
    assert found == "\\x" + content.digest(shapely.to_wkb(shapely.Point(116.8, 38.2)), ["沧州", date(2026, 5, 1)]).hex()
