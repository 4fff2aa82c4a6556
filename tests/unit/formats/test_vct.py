"""VCT files as the trade's programs write them, read back into features."""

from pathlib import Path

import pyarrow as pa
import pytest
import shapely
from hypothesis import given, settings
from hypothesis import strategies as st

from ingest.findings import Refused
from ingest.formats import vct
from ingest.formats.tables import Converted

HEAD = """HeadBegin
Datamark:LANDUSE-VCT
Version:3.0
CoordinateSystemType:P
Dim:2
XAxisDirection:E
YAxisDirection:N
XYUnit:M
Spheroid:CGCS2000,6378137.0,298.257222101
Projection:高斯-克吕格投影
Parameters:117,1,39500000,0,3,39
Offset:0,0
Separator:,
HeadEnd
FeatureCodeBegin
2001010100,地类图斑,Polygon,DLTB
1000600200,行政区界线,Line,XZQJX
1000110000,测量控制点,Point,CLKZD
1000119000,注记,Annotation,ZJ
FeatureCodeEnd
TableStructureBegin
DLTB,3
BSM,Char,18
DLMC,Char,60
TBMJ,Float,15,2
0
XZQJX,1
JXLX,Char,6
0
CLKZD,1
KZDMC,Char,10
0
TableStructureEnd
"""
SQUARE = "39485000,4240000\n39485100,4240000\n39485100,4240100\n39485000,4240100\n39485000,4240000\n"
BODY = f"""PointBegin
11
1000110000
unknown
1
1
39485050,4240050
0
PointEnd
LineBegin
101
1000600200
unknown
1
1
11
3
39485000,4240000
39485100,4240000
39485100,4240100
0
102
1000600200
unknown
1
1
11
3
39485000,4240000
39485000,4240100
39485100,4240100
0
103
0
unknown
1
1
11
5
39485020,4240020
39485040,4240020
39485040,4240040
39485020,4240040
39485020,4240020
0
LineEnd
PolygonBegin
1001
2001010100
unknown
100
39485050,4240050
21
4
101,-102,0,103
0
1002
2001010100
unknown
1
39485050,4240050
1
11
5
{SQUARE}0
PolygonEnd
AnnotationBegin
7
1000119000
unknown
1
沧县
39485010,4240010,30
0
AnnotationEnd
AttributeBegin
DLTB
1001,BSM1,水浇地,9600.5
1002,BSM2,河流水面,
TableEnd
XZQJX
101,620200
102,620200
TableEnd
CLKZD
11,沧州一
TableEnd
AttributeEnd
"""


def read(folder: Path, text: str, encoding: str = "gb18030") -> dict[str, list[dict]]:
    """Convert a text and give each table's rows with their geometry."""
    path = folder / "a.vct"
    path.write_text(text, encoding)
    converted = Converted(folder)
    vct.convert(path, converted, "")
    result = {}
    for each in converted.tables:
        described = each.close()
        with pa.ipc.open_stream(str(each.path)) as stream:
            table = stream.read_all()
        columns = dict(zip([*described["fields"], "geometry"], table.columns, strict=False))
        result[described["name"]] = [dict(zip(columns, row, strict=True)) for row in zip(*(c.to_pylist() for c in columns.values()), strict=True)]
        for row in result[described["name"]]:
            row["geometry"] = shapely.from_wkb(row["geometry"])
        result[f"{described['name']}.crs"] = described["crs"]
    return result


def test_areas_made_of_lines_have_their_holes_and_attributes(tmp_path):
    tables = read(tmp_path, HEAD + BODY)
    first, second = tables["DLTB"]
    assert (first["DLMC"], first["TBMJ"]) == ("水浇地", 9600.5)
    assert first["geometry"].area == 100 * 100 - 20 * 20
    assert second["geometry"].area == 100 * 100
    assert second["TBMJ"] is None
    assert tables["CLKZD"][0]["geometry"] == shapely.Point(39485050, 4240050)
    assert [row["JXLX"] for row in tables["XZQJX"]] == ["620200", "620200"]
    assert tables["注记_T"][0]["文字"] == "沧县"
    assert "Gauss-Kruger 117E" in tables["DLTB.crs"]


def test_the_older_text_is_read_too(tmp_path):
    text = """HeadBegin
DataMark:CNSDTF-VCT
Version:1.0
Unit:M
Dim:2
Topo:1
Coordinate:G
Projection:高斯-克吕格投影
Spheroid:西安80
Parameters:117,500000,0
Separator:,
HeadEnd
FeatureCodeBegin
021,地类图斑,Polygon,255,DLTB
FeatureCodeEnd
TableStructureBegin
DLTB,1
DLMC,Char,20
0
TableStructureEnd
LineBegin
1
021
地类图斑
1
3
485000.0,4240000.0
485100.0,4240000.0
485100.0,4240100.0
2
021
地类图斑
1
3
485100.0,4240100.0
485000.0,4240100.0
485000.0,4240000.0
LineEnd
PolygonBegin
9
021
地类图斑
485050.0,4240050.0
2
1,2
PolygonEnd
AttributeBegin
DLTB
9,旱地
TableEnd
AttributeEnd
"""
    tables = read(tmp_path, text)
    assert tables["DLTB"][0]["DLMC"] == "旱地"
    assert tables["DLTB"][0]["geometry"].area == 10_000
    assert "Xian 1980" in tables["DLTB.crs"]


def test_north_first_and_an_offset_are_put_right(tmp_path):
    turned = HEAD.replace("XAxisDirection:E", "XAxisDirection:N").replace("Offset:0,0", "Offset:1000,2000")
    tables = read(tmp_path, turned + "PointBegin\n1\n1000110000\nunknown\n1\n1\n4240000,39485000\n0\nPointEnd\nAttributeBegin\nCLKZD\n1,a\nTableEnd\nAttributeEnd\n")
    assert tables["CLKZD"][0]["geometry"] == shapely.Point(39487000, 4241000)


def test_a_file_that_is_cut_short_is_refused_with_the_line(tmp_path):
    with pytest.raises(Refused) as refused:
        read(tmp_path, HEAD + BODY[: BODY.index("1002\n2001010100")])
    assert refused.value.finding.id == "vct-broken"
    assert "行" in refused.value.finding.zh


def test_a_line_that_an_area_names_and_nobody_drew_is_refused(tmp_path):
    with pytest.raises(Refused):
        read(tmp_path, HEAD + BODY.replace("101,-102,0,103", "101,-102,0,999"))


def test_utf_8_is_told_from_gbk(tmp_path):
    assert read(tmp_path, HEAD + BODY, "utf-8")["DLTB"][0]["DLMC"] == "水浇地"


coordinate = st.floats(-1e6, 1e7, allow_nan=False).map(lambda value: round(value, 3))
ring = st.lists(st.tuples(coordinate, coordinate), min_size=3, max_size=12, unique=True)


@settings(max_examples=60, deadline=None)
@given(st.lists(ring, min_size=1, max_size=4))
def test_direct_areas_come_back_as_they_were_written(tmp_path_factory, rings):
    text = [HEAD, "PolygonBegin"]
    for place, points in enumerate(rings):
        closed = [*points, points[0]]
        lines = [str(place), "2001010100", "unknown", "1", "0,0", "1", "11", str(len(closed)), *(f"{x!r},{y!r}" for x, y in closed), "0"]
        text += lines
    text += ["PolygonEnd", "AttributeBegin", "DLTB", *(f"{place},b{place},名,{place}" for place in range(len(rings))), "TableEnd", "AttributeEnd"]
    rows = read(tmp_path_factory.mktemp("v"), "\n".join(text))["DLTB"]
    assert [list(row["geometry"].exterior.coords)[:-1] for row in rows] == rings
