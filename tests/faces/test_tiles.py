"""Tiles as their clients see them: /tiles/, TileJSON, WMTS; refusals in each dialect; the fast path beside Django."""

import io
import json

import mapbox_vector_tile
import pytest
from django.contrib.auth import get_user_model
from django.contrib.gis.geos import MultiPolygon, Polygon
from django.core.wsgi import get_wsgi_application
from lxml import etree
from mapproxy.test import schemas
from owslib.wmts import WebMapTileService
from PIL import Image

from geoserver_app import fastpath, recent
from layers import models, services
from tests.integration.tiles.conftest import squares, town  # noqa: F401
from tiles import serve
from tiles.grids import grid, grids

pytestmark = pytest.mark.django_db(transaction=True)
POINT = (116.809, 38.209)


def place(name="WebMercatorQuad", level=15, point=POINT):
    found = grid(name)
    matrix = found.matrices[level]
    column, row, _, _ = found.span(matrix, (*point, *point))
    return matrix.id, column, row


@pytest.fixture
def city(town, squares):  # noqa: F811
    town.make().publish(squares)
    recent.forget()
    return town


def xyz(extension="png", name="WebMercatorQuad", **more):
    z, x, y = place(name, **more)
    return f"/tiles/parcels/{name}/{z}/{x}/{y}.{extension}"


def rest(extension="png", name="WebMercatorQuad"):
    z, x, y = place(name)
    return f"/wmts/1.0.0/parcels/plain/{name}/{z}/{y}/{x}.{extension}"


def fast(path, query="", **environ):
    """Ask the fast path; returns (status, headers, body), None where it leaves the request to Django."""
    answered = {}

    def start_response(status, headers):
        answered.update(status=status, headers=dict(headers))

    def django(environ, start_response):
        answered["django"] = environ
        return [b""]

    given = {"REQUEST_METHOD": "GET", "PATH_INFO": path, "QUERY_STRING": query, "REMOTE_ADDR": "127.0.0.1", **environ}
    body = b"".join(fastpath.wrap(django)(given, start_response))
    return None if "django" in answered else (answered["status"], answered["headers"], body)


@pytest.mark.parametrize("name", list(grids()))
def test_the_same_bytes_come_by_xyz_wmts_rest_and_kvp(city, client, name):
    z, x, y = place(name, level=8)
    by_xyz = client.get(f"/tiles/parcels/{name}/{z}/{x}/{y}.png")
    by_rest = client.get(f"/wmts/1.0.0/parcels/plain/{name}/{z}/{y}/{x}.png")
    by_kvp = client.get("/wmts", {"SERVICE": "WMTS", "REQUEST": "GetTile", "VERSION": "1.0.0", "LAYER": "parcels", "STYLE": "plain",
                                  "FORMAT": "image/png", "TILEMATRIXSET": name, "TILEMATRIX": z, "TILEROW": y, "TILECOL": x})  # fmt: skip
    assert by_xyz.status_code == by_rest.status_code == by_kvp.status_code == 200, by_kvp.content
    assert by_xyz.content == by_rest.content == by_kvp.content
    assert by_xyz["ETag"] == by_kvp["ETag"]
    assert by_xyz["Cache-Control"] == "private, no-cache"
    assert Image.open(io.BytesIO(by_xyz.content)).size == (256, 256)


def test_a_client_that_has_the_tile_gets_304_and_another_layers_etag_does_not(city, client):
    first = client.get(xyz())
    again = client.get(xyz(), headers={"If-None-Match": first["ETag"]})
    assert (again.status_code, again.content) == (304, b"")
    assert client.get(xyz(), headers={"If-None-Match": '"0123"'}).status_code == 200
    assert client.get(xyz(), headers={"Range": "bytes=0-9"}).status_code == 200


def test_only_a_link_that_names_version_and_drawing_is_kept_for_ever(city, client):
    name = serve.version_name(city.view)
    assert "immutable" in client.get(xyz(), {"v": name})["Cache-Control"]
    assert "immutable" not in client.get(xyz(), {"v": "1"})["Cache-Control"]
    assert "immutable" not in client.get(xyz(), {"v": name, "style": "plain2"}).get("Cache-Control", "")
    city.publish({})
    assert client.get(xyz(), {"v": name})["Cache-Control"] == "private, no-cache"


def test_a_link_pinned_to_a_version_shows_it_after_the_next(city, client):
    first = client.get(xyz("pbf"))
    city.publish({})
    assert client.get(xyz("pbf"), {"v": "1"}).content == first.content
    assert client.get(xyz("pbf")).content == b""


def test_tilejson_describes_layers_fields_and_bounds(city, client):
    told = client.get("/tiles/parcels/WebMercatorQuad/tilejson.json").json()
    assert told["tilejson"] == "3.0.0"
    (layer,) = told["vector_layers"]
    assert (layer["id"], layer["fields"]) == ("parcels", {"地类": "String", "面积": "Number"})
    assert told["bounds"] == pytest.approx([116.8, 38.2, 116.8198, 38.2198])
    z, x, y = place()
    template = told["tiles"][0]
    answer = client.get(template.format(z=z, x=x, y=y))
    assert "immutable" in answer["Cache-Control"]
    assert mapbox_vector_tile.decode(answer.content)["parcels"]["features"]
    pictures = client.get("/tiles/parcels/c/tilejson.json", {"f": "webp"}).json()
    assert pictures["tiles"][0].split("?")[0].endswith(".webp")
    assert "vector_layers" not in pictures


@pytest.mark.parametrize(
    ("path", "status"),
    [
        ("/tiles/nothing/WebMercatorQuad/1/0/0.png", 404),
        ("/tiles/parcels/Nope/1/0/0.png", 404),
        ("/tiles/parcels/WebMercatorQuad/99/0/0.png", 404),
        ("/tiles/parcels/WebMercatorQuad/-1/0/0.png", 404),
        ("/tiles/parcels/WebMercatorQuad/3/8/0.png", 404),
        ("/tiles/parcels/WebMercatorQuad/3/0/8.pbf", 404),
        ("/tiles/parcels/WebMercatorQuad/١/0/0.png", 404),
        ("/tiles/parcels/WebMercatorQuad/1.0/0/0.png", 404),
        ("/tiles/parcels/WebMercatorQuad/0x1/0/0.png", 404),
        ("/tiles/parcels/WebMercatorQuad/3/1/1.gif", 404),
        ("/tiles/parcels/WebMercatorQuad/3/1/..%2f1.png", 404),
        ("/tiles/parcels/WebMercatorQuad/3/1/1.png?style=nope", 404),
        ("/tiles/parcels/WebMercatorQuad/3/1/1.png?key=gb_wrong_secret", 401),
    ],
)
def test_what_is_no_tile_is_refused_as_problem_json(city, client, path, status):
    refused = client.get(path)
    assert refused.status_code == status
    if "..%2f" not in path:
        assert refused["Content-Type"] == "application/problem+json"
        assert json.loads(refused.content)["status"] == status
    assert fast(path.split("?")[0], path.partition("?")[2]) is None


def test_hidden_and_absent_layers_are_refused_alike(city, client):
    layer = models.Layer.objects.get(slug="parcels")
    models.Grant.objects.filter(layer=layer, subject="everyone").delete()
    services.touch("tester", layer, "test")
    hidden = client.get(xyz())
    absent = client.get(xyz().replace("parcels", "absent"))
    assert hidden.status_code == absent.status_code == 404
    assert hidden.content == absent.content
    assert b"parcels" not in client.get("/wmts", {"SERVICE": "WMTS", "REQUEST": "GetCapabilities"}).content
    assert fast(xyz()) is None


KVP = {"SERVICE": "WMTS", "REQUEST": "GetTile", "LAYER": "parcels", "STYLE": "", "FORMAT": "image/png",
       "TILEMATRIXSET": "WebMercatorQuad", "TILEMATRIX": "3", "TILEROW": "3", "TILECOL": "6"}  # fmt: skip


@pytest.mark.parametrize(
    ("change", "code", "locator"),
    [
        ({"TILECOL": "8"}, "TileOutOfRange", "TileCol"),
        ({"TILEROW": "8"}, "TileOutOfRange", "TileRow"),
        ({"TILEROW": "-1"}, "TileOutOfRange", "TileRow"),
        ({"TILEMATRIX": "99"}, "InvalidParameterValue", "TileMatrix"),
        ({"TILEMATRIX": "١"}, "InvalidParameterValue", "TileMatrix"),
        ({"TILEMATRIXSET": "x"}, "InvalidParameterValue", "TileMatrixSet"),
        ({"LAYER": "x"}, "InvalidParameterValue", "Layer"),
        ({"STYLE": "x"}, "InvalidParameterValue", "Style"),
        ({"FORMAT": "image/gif"}, "InvalidParameterValue", "Format"),
        ({"LAYER": ""}, "MissingParameterValue", "layer"),
        ({"REQUEST": "GetFeature"}, "OperationNotSupported", "request"),
        ({"REQUEST": ""}, "MissingParameterValue", "request"),
    ],
)
def test_wmts_faults_are_exception_reports_with_a_locator(city, client, change, code, locator):
    refused = client.get("/wmts", {**KVP, **change})
    assert refused.status_code == 400
    report = etree.fromstring(refused.content)
    (exception,) = report
    assert (exception.get("exceptionCode"), exception.get("locator")) == (code, locator)


def test_posting_to_a_tile_is_not_allowed(city, client):
    refused = client.post(xyz())
    assert (refused.status_code, refused["Allow"]) == (405, "GET, HEAD")


def test_capabilities_are_valid_and_owslib_reads_every_grid_with_its_axis_order(city, client):
    body = client.get("/wmts", {"SERVICE": "WMTS", "REQUEST": "GetCapabilities"}).content
    assert client.get("/wmts/1.0.0/WMTSCapabilities.xml").content == body
    folder = schemas.__path__[0]
    schema = etree.XMLSchema(etree.parse(f"{folder}/wmts/1.0/wmtsGetCapabilities_response.xsd"))
    schema.assertValid(etree.fromstring(body))
    service = WebMapTileService("http://testserver/wmts", xml=body)
    assert list(service.contents) == ["parcels"]
    assert set(service["parcels"].tilematrixsetlinks) == set(grids())
    corners = {name: each.tilematrix[next(iter(each.tilematrix))].topleftcorner for name, each in service.tilematrixsets.items()}
    assert corners["c"] == (90.0, -180.0)
    assert corners["CGCS2000-GK39"] == (4_500_000.0, 300_000.0)
    assert corners["WebMercatorQuad"] == pytest.approx((-20037508.342789244, 20037508.342789244))
    assert service["parcels"].boundingBoxWGS84 == pytest.approx((116.8, 38.2, 116.8198, 38.2198))
    compatible = client.get("/wmts", {"SERVICE": "WMTS", "REQUEST": "GetCapabilities", "PROFILE": "tianditu"}).content
    scales = WebMapTileService("http://testserver/wmts", xml=compatible).tilematrixsets["c"].tilematrix
    assert scales["1"].scaledenominator == pytest.approx(295829355.4545656, rel=1e-6)


def test_the_fast_path_answers_what_is_kept_with_djangos_bytes_and_etag(city, client):
    assert fast(xyz()) is None
    slow = client.get(xyz())
    status, headers, body = fast(xyz())
    assert (status, body, headers["ETag"]) == ("200 OK", slow.content, slow["ETag"])
    assert headers["Cache-Control"] == slow["Cache-Control"]
    assert fast(rest())[2] == slow.content
    assert fast(xyz(), HTTP_IF_NONE_MATCH=slow["ETag"])[0] == "304 Not Modified"
    assert "immutable" in fast(xyz(), f"v={serve.version_name(city.view)}")[1]["Cache-Control"]
    city.publish({})
    assert fast(xyz()) is None


def test_the_fast_path_knows_keys_and_sessions_and_leaves_the_rest_to_django(city, client):
    client.get(xyz())
    department = models.Department.objects.create(code="d", name_zh="某局")
    secret = services.issue_key("tester", models.ApiKey(department=department, name="k", max_zone=2))
    for answer in (
        fast(f"/k/{secret}{xyz()}"),
        fast(xyz(), f"key={secret}"),
        fast(xyz(), HTTP_X_API_KEY=secret),
    ):
        assert answer is not None
        assert answer[0] == "200 OK"
    assert fast(f"/k/{secret}x{xyz()}") is None
    assert fast(xyz(), f"key={secret}", HTTP_X_API_KEY=secret) is None
    assert fast(xyz(), HTTP_AUTHORIZATION="Basic eDp5") is None
    user = get_user_model().objects.create_user("planner", role="planner", department=department)
    client.force_login(user)
    cookie = f"sessionid={client.cookies['sessionid'].value}"
    assert fast(xyz(), HTTP_COOKIE=cookie) is None
    assert client.get(xyz()).status_code == 200
    assert fast(xyz(), HTTP_COOKIE=cookie)[0] == "200 OK"


def test_a_key_in_the_path_opens_every_face_and_stays_in_its_links(city):
    department = models.Department.objects.create(code="d", name_zh="某局")
    secret = services.issue_key("tester", models.ApiKey(department=department, name="k", max_zone=2))
    application = fastpath.wrap(get_wsgi_application())
    answered = {}
    body = b"".join(
        application(
            {"REQUEST_METHOD": "GET", "PATH_INFO": f"/k/{secret}/tiles/parcels/WebMercatorQuad/tilejson.json", "QUERY_STRING": "",
             "SERVER_NAME": "testserver", "SERVER_PORT": "80", "wsgi.url_scheme": "http", "wsgi.input": io.BytesIO(), "REMOTE_ADDR": "127.0.0.1"},
            lambda status, headers: answered.update(status=status),
        )
    )  # fmt: skip
    assert answered["status"] == "200 OK", body
    assert f"/k/{secret}/tiles/parcels/WebMercatorQuad/{{z}}" in json.loads(body)["tiles"][0]


def test_a_narrowed_callers_etag_is_not_the_unnarrowed_ones(city, client):
    whole = client.get(xyz())
    layer = models.Layer.objects.get(slug="parcels")
    models.Grant.objects.filter(layer=layer).delete()
    area = MultiPolygon(Polygon(((116.0, 38.0), (117.0, 38.0), (117.0, 39.0), (116.0, 38.0))), srid=4490)
    services.save("tester", models.Grant(subject="everyone", layer=layer, operations=["discover", "view"], area=area))
    narrowed = client.get(xyz(), headers={"If-None-Match": whole["ETag"]})
    assert narrowed.status_code == 200
    assert narrowed["ETag"] != whole["ETag"]
