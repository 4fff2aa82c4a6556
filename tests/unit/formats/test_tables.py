"""Plain tables, workbooks and Access databases become features; geometry of Esri's blobs and grids of the exchange format."""

import csv
import gzip
import io
import struct
from pathlib import Path

import numpy as np
import openpyxl
import pyarrow as pa
import pytest
import rasterio
import shapely
from hypothesis import given, settings
from hypothesis import strategies as st

from ingest.findings import Refused
from ingest.formats import delimited, esri_shape, mdb, nsdtf, surfaces, xlsx
from ingest.formats.tables import Converted

MDB = Path(__file__).parents[2] / "data" / "personal.mdb.gz"


def rows(converted: Converted) -> dict[str, list[dict]]:
    """Give each table's rows, geometry among them under its own name."""
    found = {}
    for each in converted.tables:
        fields = each.close()["fields"]
        with pa.ipc.open_stream(str(each.path)) as stream:
            columns = [column.to_pylist() for column in stream.read_all().columns]
        named = [dict(zip([*fields, "geometry"], row, strict=False)) for row in zip(*columns, strict=True)]
        for row in named:
            row["geometry"] = shapely.from_wkb(row.get("geometry"))
        found[each.name] = named
    return found


def table(folder: Path, text: str, encoding: str = "utf-8") -> tuple[list[dict], set[str]]:
    path = folder / "站点.csv"
    path.write_bytes(text.encode(encoding))
    converted = Converted(folder)
    delimited.convert(path, converted, "")
    return rows(converted)["站点"], {rule for rule, *_ in converted.findings}


@pytest.mark.parametrize("encoding", ["utf-8", "utf-8-sig", "gb18030", "utf-16"])
@pytest.mark.parametrize("separator", [",", "\t", ";"])
def test_a_table_is_read_whatever_its_encoding_and_separator(tmp_path, encoding, separator):
    lines = ["沧州市环境监测站点一览表", "编号,站名,经度,纬度", "0101,沧县水务局监测站,116.83,38.30", "0102,青县环保监测站,116.84,38.58"]
    found, said = table(tmp_path, "\r\n".join(lines).replace(",", separator), encoding)
    assert [(row["编号"], row["站名"]) for row in found] == [("0101", "沧县水务局监测站"), ("0102", "青县环保监测站")]
    assert found[0]["geometry"] == shapely.Point(116.83, 38.30)
    assert "table-coordinates" in said


@pytest.mark.parametrize(("header", "values", "place"), [
    ("名称,X,Y", "a,485000.5,4240000.5", (485000.5, 4240000.5)),
    ("名称,横坐标(m),纵坐标(m)", "a,485000.5,4240000.5", (485000.5, 4240000.5)),
    ("lat,lon,n", "38.3,116.83,1", (116.83, 38.3)),
    ("名称,东经,北纬", "a,116°49′48″,38°18′00″", (116.83, 38.3)),
    ("id,WKT", '1,"POINT (116.83 38.3)"', (116.83, 38.3)),
    ("id,geom", '1,"SRID=4490;POINT (116.83 38.3)"', (116.83, 38.3)),
])  # fmt: skip
def test_coordinates_are_found_by_the_names_of_their_columns(tmp_path, header, values, place):
    found, _ = table(tmp_path, f"{header}\n{values}\n")
    assert np.allclose(found[0]["geometry"].coords[0], place)


def test_a_table_whose_coordinates_are_all_unusable_is_refused(tmp_path):
    with pytest.raises(Refused) as refused:
        table(tmp_path, "名称,经度,纬度\na,暂无,暂无\n")
    assert refused.value.finding.id == "table-no-place"


def test_a_table_without_coordinates_has_no_places_and_says_so(tmp_path):
    found, said = table(tmp_path, "乡镇,人口\n捷地,100\n")
    assert found == [{"乡镇": "捷地", "人口": 100, "geometry": None}]
    assert "table-unplaced" in said


text = st.text(st.characters(codec="gb18030", exclude_characters="\r\n\0", exclude_categories=["Cs", "Cc"]), max_size=12).map("注".__add__)


@settings(max_examples=50, deadline=None)
@given(st.lists(st.tuples(text, st.floats(-180, 180), st.floats(-90, 90)), min_size=1, max_size=20))
def test_what_csv_writes_comes_back(tmp_path_factory, given_rows):
    out = io.StringIO(newline="")
    csv.writer(out).writerows([("备注", "经度", "纬度"), *given_rows])
    found, _ = table(tmp_path_factory.mktemp("t"), out.getvalue())
    assert [row["geometry"].coords[0] for row in found] == [(x, y) for _, x, y in given_rows]
    assert [row["备注"] for row in found] == [word for word, *_ in given_rows]


def test_a_workbooks_sheets_are_tables(tmp_path):
    book = openpyxl.Workbook()
    book.active.title = "站点"
    for row in (["站名", "经度", "纬度", "日期"], ["一站", 116.83, 38.3, None], ["二站", "116.9", "38.4", None]):
        book.active.append(row)
    book.create_sheet("乡镇").append(["乡镇", "人口"])
    book.save(tmp_path / "a.xlsx")
    converted = Converted(tmp_path)
    xlsx.convert(tmp_path / "a.xlsx", converted, "")
    found = rows(converted)
    assert [row["geometry"].coords[0] for row in found["站点"]] == [(116.83, 38.3), (116.9, 38.4)]


def test_a_personal_geodatabase_gives_its_feature_classes_and_tables(tmp_path):
    path = tmp_path / "a.mdb"
    path.write_bytes(gzip.decompress(MDB.read_bytes()))
    converted = Converted(tmp_path)
    mdb.convert(path, converted, "")
    crs = {each.name: each.crs for each in converted.tables}
    found = rows(converted)
    first, second = found["地类图斑"]
    assert (first["地类名称"], first["面积"], first["备注"]) == ("水浇地", 12.5, '含逗号,和"引号"\n换行')
    assert len(first["geometry"].interiors) == 1
    assert second["geometry"].bounds == (116.80, 38.20, 116.81, 38.21)
    assert found["测量控制点"][0]["geometry"] == shapely.Point(116.83, 38.3)
    assert [row["geometry"].x for row in found["监测站"]] == [116.84, 116.9]
    assert "China_Geodetic" in crs["地类图斑"]
    assert set(found) == {"地类图斑", "测量控制点", "监测站"}


finite = st.floats(-1e7, 1e7, allow_nan=False)
line = st.lists(st.tuples(finite, finite), min_size=2, max_size=30)


@given(st.lists(line, min_size=1, max_size=4), st.sampled_from([3, 13, 23, 50 | 0x80000000]))
def test_lines_of_an_esri_blob_come_back(lines, kind):
    count = sum(map(len, lines))
    starts = np.cumsum([0, *map(len, lines)])[:-1]
    blob = struct.pack("<I4d2I", kind, 0, 0, 0, 0, len(lines), count) + struct.pack(f"<{len(lines)}I", *starts)
    blob += b"".join(struct.pack("<2d", *point) for each in lines for point in each)
    parts = shapely.get_parts(esri_shape.decode(blob).geometry)
    assert [list(part.coords) for part in parts] == lines


@given(st.binary(max_size=200))
def test_no_bytes_break_the_decoders(raw):
    esri_shape.decode(raw)
    batch = pa.record_batch([pa.array([b"\x01\x0f\x00\x00\x00" + raw, raw], type=pa.binary())], names=["g"])
    assert surfaces.flattened(batch).num_rows == 2


def test_triangles_become_what_they_cover():
    triangles = [[(0, 0, 1), (1, 0, 2), (0, 1, 3)], [(1, 0, 2), (1, 1, 3), (0, 1, 3)]]
    parts = b"".join(struct.pack("<BIII", 1, 1017, 1, 4) + struct.pack("<12d", *[v for p in (*t, t[0]) for v in p]) for t in triangles)
    wkb = struct.pack("<BII", 1, 1016, 2) + parts
    batch = pa.record_batch([pa.array([wkb, None], type=pa.binary())], names=["g"])
    flat = shapely.from_wkb(surfaces.flattened(batch).column(0).to_pylist())
    assert flat[0].equals(shapely.box(0, 0, 1, 1))


LABELLED = "DataMark:CNSDTF-DEM\nVersion:GB/T 17798-2007\nUnit:M\nAlpha:0\nCompress:0\nX0:380000\nY0:4320000\nDX:25\nDY:25\nRow:{rows}\nCol:{columns}\nValueType:Integer\nHZoom:{zoom}\nSpheroid:CGCS2000,6378137,298.257222101\nProjection:高斯-克吕格\nParameters:117,500000,0\n"
PLAIN = "NSDTF-DEM\n1.0\nM\n0.0\n0.0\n380000\n4320000\n25\n25\n{rows}\n{columns}\n{zoom}\n"


@settings(max_examples=30, deadline=None)
@given(st.integers(1, 7), st.integers(1, 13), st.sampled_from([1, 10, 100]), st.sampled_from([LABELLED, PLAIN]), st.randoms())
def test_a_grid_of_the_exchange_format_comes_back(tmp_path_factory, height, width, zoom, head, random):
    folder = tmp_path_factory.mktemp("g")
    heights = [[random.randint(-500, 30000) for _ in range(width)] for _ in range(height)]
    heights[0][0] = -99999
    body = "\n".join(" ".join(map(str, row)) for row in heights)
    path = folder / "a.dem"
    path.write_text(head.format(rows=height, columns=width, zoom=zoom) + body + "\n", "gb18030")
    facts = nsdtf.examine(path)
    assert (facts["width"], facts["height"], facts["corners"][0]) == (width, height, (380000.0, 4320000.0))
    nsdtf.to_geotiff(path, folder / "a.tif")
    with rasterio.open(folder / "a.tif") as made:
        expected = np.where(np.array(heights) == -99999, -99999, np.array(heights) / zoom)
        assert np.allclose(made.read(1), expected)
        assert made.transform[:6] == (25, 0, 380000, 0, -25, 4320000)
        assert bool(made.crs) == (head is LABELLED)


@pytest.mark.parametrize("change", [("Row:2", "Row:3"), ("1 2", "1 x"), ("Alpha:0", "Alpha:30"), ("Compress:0", "Compress:1"), ("DX:25", "DX:-25")])
def test_a_grid_that_contradicts_itself_is_refused(tmp_path, change):
    path = tmp_path / "a.dem"
    path.write_text((LABELLED.format(rows=2, columns=2, zoom=1) + "1 2\n3 4\n").replace(*change), "gb18030")
    with pytest.raises(Refused):
        _taken(path)


def _taken(path: Path) -> None:
    nsdtf.examine(path)
    nsdtf.to_geotiff(path, path.with_suffix(".tif"))
