"""Formats of readers of ours, all the way: recognised, read in the cage, staged, published, asked for."""

import gzip
import json
from pathlib import Path

import ezdxf
import pytest
from django.db import connection

from ingest.pipeline import Options, run
from layers import access, changes, models, registry, rows

pytestmark = pytest.mark.django_db(transaction=True)
MDB = Path(__file__).parents[2] / "data" / "personal.mdb.gz"
VCT = """HeadBegin
DataMark:LANDUSE-VCT
Version:3.0
CoordinateSystemType:P
Dim:2
XAxisDirection:E
XYUnit:M
Spheroid:CGCS2000,6378137.0,298.257222101
Projection:高斯-克吕格投影
Parameters:117,1,39500000,0,3,39
Separator:,
HeadEnd
FeatureCodeBegin
2001010100,地类图斑,Polygon,DLTB
FeatureCodeEnd
TableStructureBegin
DLTB,3
BSM,Char,18
DLMC,Char,60
TBMJ,Float,15,2
0
TableStructureEnd
PolygonBegin
1
2001010100
unknown
1
39485050,4240050
1
11
5
39485000,4240000
39485100,4240000
39485100,4240100
39485000,4240100
39485000,4240000
0
PolygonEnd
AttributeBegin
DLTB
1,130900000000000001,水浇地,10000
TableEnd
AttributeEnd
"""


@pytest.fixture(autouse=True)
def _world(transactional_db, folders, monkeypatch):
    changes.forget()
    registry.reset()
    monkeypatch.setattr(registry, "POLL_S", 0.0)
    with connection.cursor() as cursor:
        cursor.execute("INSERT INTO layers_revision VALUES (1, 1, 1) ON CONFLICT DO NOTHING")
        cursor.execute("INSERT INTO layers_theme (slug, title_zh, title_en, \"order\") SELECT s, s, s, 0 FROM "
                       "unnest(ARRAY['base', 'land', 'transport']) AS s ON CONFLICT DO NOTHING")  # fmt: skip


def drawing(path: Path) -> None:
    """Draw as CASS does: GBK text, codes in the extended data of SOUTH."""
    made = ezdxf.new("R2000")
    made.header["$DWGCODEPAGE"] = "ANSI_936"
    made.encoding = "gbk"
    made.appids.add("SOUTH")
    for layer in ("JMD", "DLSS", "ZJ"):
        made.layers.add(layer)
    house = made.modelspace().add_lwpolyline([(485000, 4240000), (485010, 4240000), (485010, 4240010), (485000, 4240010)], close=True, dxfattribs={"layer": "JMD"})
    house.set_xdata("SOUTH", [(1000, "141101")])
    made.modelspace().add_line((485000, 4240020), (485100, 4240020), {"layer": "DLSS"})
    made.modelspace().add_text("捷地回族乡", dxfattribs={"layer": "ZJ", "insert": (485005, 4240005), "height": 2})
    made.saveas(path)


def items(slug: str) -> list[dict]:
    view = access.decide(access.Principal(zone=2), slug, "query")
    assert view is not None, slug
    return json.loads(f"[{rows.items(view, rows.RowQuery()).body.decode()}]")


def test_a_mixed_delivery_of_drawings_tables_and_exchange_files_is_published_at_once(tmp_path):
    folder = tmp_path / "汇交"
    folder.mkdir()
    (folder / "130900.vct").write_text(VCT, "gb18030")
    drawing(folder / "捷地.dxf")
    (folder / "站点.csv").write_bytes("站名,经度,纬度\n沧县水务局监测站,116.83,38.30\n".encode("gb18030"))
    (folder / "库.mdb").write_bytes(gzip.decompress(MDB.read_bytes()))
    (folder / "技术总结.docx").write_bytes(b"PK")
    report = run(folder, Options(level=0))
    assert not report.is_blocked, [each.zh for each in report.findings if each.severity == "blocking"]
    found = {part.key.partition("#")[2]: part.target for part in models.DeliveryPart.objects.filter(state="published")} or {
        part.key.partition("#")[2]: part.target for part in models.DeliveryPart.objects.all()
    }
    assert {"DLTB", "RESA", "ZJ_T", "站点", "地类图斑", "测量控制点", "监测站"} <= set(found)
    assert found["DLTB"] == "dltb"
    assert items("dltb")[0]["properties"]["DLMC"] == "水浇地"
    assert items(found["RESA"])[0]["properties"]["编码"] == "141101"
    assert items(found["ZJ_T"])[0]["properties"]["文字"] == "捷地回族乡"
    lon, lat = items(found["站点"])[0]["geometry"]["coordinates"]
    assert (lon, lat) == (116.83, 38.30)
    assert items(found["测量控制点"])[0]["properties"]["点名"] == "沧州一"
    assert "document-kept" in {each.id for each in report.findings}
