"""WMS as its clients see it: capabilities, axis order, pictures, what lies under a pixel, refusals."""

from io import BytesIO

import pytest
from django.db import connection
from django.test import Client
from lxml import etree
from owslib.wms import WebMapService
from PIL import Image
from psycopg2 import sql

from layers import changes, registry, services, versions
from layers.spec import FieldSpec, Title

pytestmark = pytest.mark.django_db(transaction=True)

FIELDS = (FieldSpec("名称", "c1", "string", Title("名称", "Name")),)
BASE = {"SERVICE": "WMS", "VERSION": "1.3.0"}
# The square lies at 116.80–116.81 E, 38.20–38.21 N; each frame has it in its lower left quarter.
FRAMES = {
    "EPSG:4490": "38.2,116.8,38.22,116.82",
    "EPSG:4326": "38.2,116.8,38.22,116.82",
    "CRS:84": "116.8,38.2,116.82,38.22",
    "EPSG:4548": "4229699.96,482490.22,4231919.53,484240.72",
    "EPSG:3857": "13002116.4,4607820.8,13004342.7,4610654.6",
}


@pytest.fixture(autouse=True)
def _world(transactional_db, monkeypatch, folders):
    changes.forget()
    registry.reset()
    monkeypatch.setattr(registry, "POLL_S", 0.0)
    with connection.cursor() as cursor:
        cursor.execute("INSERT INTO layers_revision VALUES (1, 1, 1) ON CONFLICT DO NOTHING")
        cursor.execute(
            "INSERT INTO layers_theme (slug, title_zh, title_en, \"order\") VALUES ('land', '土地', 'Land', 1)"
            " ON CONFLICT DO NOTHING"
        )
    make("parcels", public=True)
    make("secret", public=False)


def make(slug: str, *, public: bool) -> None:
    draft = services.LayerDraft(
        slug, Title("图斑", "Parcels"), "land", geometry="Polygon", fields=FIELDS, title_field="名称", public=public, level=0
    )
    services.make_layer("tester", draft)
    stage = versions.create_table(0, FIELDS, f"s_{slug}")
    with connection.cursor() as cursor:
        cursor.execute(
            sql.SQL("INSERT INTO {} (fid, since, geom, c1, hash) VALUES "
                    "(1, 1, ST_MakeEnvelope(116.8, 38.2, 116.81, 38.21, 4490), '捷地回族乡', '\\x00')").format(stage)
        )  # fmt: skip
    services.publish("tester", None, [services.StagedRows(slug, stage)])


def ask(client: Client, **parameters: str):
    return client.get("/wms", {**BASE, **parameters})


def picture(client: Client, crs: str, **more: str) -> Image.Image:
    answer = ask(client, REQUEST="GetMap", LAYERS="parcels", STYLES="", CRS=crs, BBOX=FRAMES[crs], WIDTH="100", HEIGHT="100",
                 FORMAT="image/png", TRANSPARENT="TRUE", **more)  # fmt: skip
    assert answer["Content-Type"] == "image/png", answer.content
    return Image.open(BytesIO(answer.content)).convert("RGBA")


@pytest.mark.parametrize("version", ["1.1.1", "1.3.0"])
def test_owslib_reads_the_capabilities_and_sees_only_what_is_granted(client, version):
    answer = client.get("/wms", {"SERVICE": "WMS", "VERSION": version, "REQUEST": "GetCapabilities"})
    service = WebMapService("http://testserver/wms", version=version, xml=answer.content)
    assert list(service.contents) == ["parcels"]
    west, south, east, north = service["parcels"].boundingBoxWGS84
    assert (west, south, east, north) == pytest.approx((116.8, 38.2, 116.81, 38.21))
    assert b"secret" not in answer.content


@pytest.mark.parametrize("crs", FRAMES)
def test_the_square_lies_in_the_lower_left_of_every_crs(client, crs):
    image = picture(client, crs)
    assert image.getpixel((25, 70))[3] > 0
    assert image.getpixel((75, 25))[3] == 0
    assert image.getpixel((75, 75))[3] == 0
    assert image.getpixel((25, 25))[3] == 0


def test_version_1_1_1_has_x_first(client):
    answer = client.get("/wms", {
        "SERVICE": "WMS", "VERSION": "1.1.1", "REQUEST": "GetMap", "LAYERS": "parcels", "STYLES": "", "SRS": "EPSG:4490",
        "BBOX": "116.8,38.2,116.82,38.22", "WIDTH": "100", "HEIGHT": "100", "FORMAT": "image/png", "TRANSPARENT": "TRUE"})  # fmt: skip
    assert Image.open(BytesIO(answer.content)).convert("RGBA").getpixel((25, 70))[3] > 0


@pytest.mark.parametrize(("media", "kind"), [("image/png", "PNG"), ("image/jpeg", "JPEG"), ("image/webp", "WEBP")])
def test_every_format_is_drawn(client, media, kind):
    answer = ask(client, REQUEST="GetMap", LAYERS="parcels", STYLES="", CRS="CRS:84", BBOX=FRAMES["CRS:84"], WIDTH="64",
                 HEIGHT="64", FORMAT=media)  # fmt: skip
    assert Image.open(BytesIO(answer.content)).format == kind


@pytest.mark.parametrize("crs", FRAMES)
def test_the_same_place_is_the_same_feature_in_every_crs(client, crs):
    answer = ask(client, REQUEST="GetFeatureInfo", LAYERS="parcels", QUERY_LAYERS="parcels", STYLES="", CRS=crs,
                 BBOX=FRAMES[crs], WIDTH="100", HEIGHT="100", I="25", J="70", INFO_FORMAT="application/json")  # fmt: skip
    feature = answer.json()["features"][0]
    assert feature["id"] == "parcels.1"
    assert feature["properties"] == {"名称": "捷地回族乡"}
    assert feature["geobase"]["areaEllipsoid_m2"] == pytest.approx(972_122, rel=1e-2)


def test_text_and_html_answers_carry_the_chinese_name(client):
    for media in ("text/plain", "text/html"):
        answer = ask(client, REQUEST="GetFeatureInfo", LAYERS="parcels", QUERY_LAYERS="parcels", STYLES="", CRS="CRS:84",
                     BBOX=FRAMES["CRS:84"], WIDTH="100", HEIGHT="100", I="25", J="70", INFO_FORMAT=media)  # fmt: skip
        assert "捷地回族乡" in answer.content.decode()


def test_hidden_and_absent_get_the_same_answer(client):
    for request in ("GetMap", "GetFeatureInfo"):
        answers = [
            ask(client, REQUEST=request, LAYERS=name, QUERY_LAYERS=name, STYLES="", CRS="CRS:84", BBOX=FRAMES["CRS:84"],
                WIDTH="9", HEIGHT="9", I="1", J="1", FORMAT="image/png")
            for name in ("secret", "nothing")
        ]  # fmt: skip
        assert answers[0].content == answers[1].content
        assert answers[0].status_code == answers[1].status_code == 404


@pytest.mark.parametrize(
    ("change", "code"),
    [
        ({"WIDTH": "0"}, "InvalidParameterValue"), ({"WIDTH": "-1"}, "InvalidParameterValue"),
        ({"WIDTH": "100000"}, "InvalidParameterValue"), ({"WIDTH": "1e3"}, "InvalidParameterValue"),
        ({"WIDTH": "١٠"}, "InvalidParameterValue"), ({"BBOX": "1,2,3"}, "InvalidParameterValue"),
        ({"BBOX": "nan,1,2,3"}, "InvalidParameterValue"), ({"BBOX": "1,1,0,0"}, "InvalidParameterValue"),
        ({"CRS": "EPSG:999999"}, "InvalidCRS"), ({"CRS": "+proj=pipeline"}, "InvalidCRS"),
        ({"STYLES": "a,b"}, "StyleNotDefined"), ({"STYLES": "junk"}, "StyleNotDefined"),
        ({"FORMAT": "application/openlayers"}, "InvalidFormat"), ({"SLD": "http://127.0.0.1:9/"}, "OperationNotSupported"),
        ({"SLD_BODY": "<a/>"}, "OperationNotSupported"), ({"REQUEST": "Nonsense"}, "OperationNotSupported"),
        ({"BGCOLOR": "<script>"}, "InvalidParameterValue"), ({"LAYERS": ",".join(["parcels"] * 500)}, "InvalidParameterValue"),
    ],
)  # fmt: skip
def test_a_bad_parameter_is_refused_in_the_protocols_own_words(client, change, code):
    good = {"REQUEST": "GetMap", "LAYERS": "parcels", "STYLES": "", "CRS": "CRS:84", "BBOX": FRAMES["CRS:84"],
            "WIDTH": "100", "HEIGHT": "100", "FORMAT": "image/png"}  # fmt: skip
    answer = ask(client, **{**good, **change})
    assert answer.status_code == 400
    report = etree.fromstring(answer.content)
    assert report[0].get("code") == code
    assert b"script" not in answer.content


def test_an_old_client_gets_the_old_dialect(client):
    answer = client.get("/wms", {"SERVICE": "WMS", "VERSION": "1.1.1", "REQUEST": "GetMap"})
    assert answer["Content-Type"] == "application/vnd.ogc.se_xml"
    assert etree.fromstring(answer.content).tag == "ServiceExceptionReport"
