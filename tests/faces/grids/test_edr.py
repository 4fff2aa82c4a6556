"""OGC API - EDR: a place has the value of its cell or its station, lines and areas have theirs, nobody sees beyond his area."""

import csv
import io
import json

import jsonschema
import pytest

from layers import crs
from tests.faces.grids.land import HIGH, HOURS, NORTH, STATIONS, WEST, WIDE, height, level, lonlat

DEM = "/collections/dem"
LEVELS = "/collections/levels"


def point(x, y):
    lon, lat = lonlat(x, y)
    return f"POINT({lon!r} {lat!r})"


def ring(*places):
    return "POLYGON((" + ",".join("{} {}".format(*map(repr, lonlat(*each))) for each in (*places, places[0])) + "))"


def line(*places):
    return "LINESTRING(" + ",".join("{} {}".format(*map(repr, lonlat(*each))) for each in places) + ")"


def ask(api, path, expected=200, **query):
    answer = api.get(path, expected, **{name.replace("_", "-"): value for name, value in query.items()})
    return json.loads(answer.content) if answer.content and "json" in answer["Content-Type"] else answer


@pytest.mark.conformance("ogcapi-edr-1/1.1/conf/core", "ogcapi-edr-1/1.1/conf/queries", "ogcapi-edr-1/1.1/conf/covjson", "ogcapi-edr-1/1.1/conf/json")
def test_a_position_has_the_value_of_its_cell_and_the_day_of_its_survey(api):
    for x, y in ((1, 1), (133.3, 71.9), (399, 299)):
        body = ask(api, f"{DEM}/position", coords=point(x, y))
        assert body["type"] == "Coverage"
        assert body["domain"]["domainType"] == "Point"
        assert body["ranges"]["elevation"]["values"] == pytest.approx([height(x, y)], abs=1e-4)
        assert body["domain"]["axes"]["t"]["values"] == ["2024-05-12T00:00:00Z"]
        assert body["domain"]["axes"]["x"]["values"] == pytest.approx([lonlat(x, y)[0]])
    outside = ask(api, f"{DEM}/position", coords=point(500, 10))
    assert outside["ranges"]["elevation"]["values"] == [None]
    several = ask(api, f"{DEM}/position", coords=f"MULTI{point(5, 5)[:-1]},{point(55, 5)[6:]}")
    assert several["type"] == "CoverageCollection"
    assert [each["ranges"]["elevation"]["values"][0] for each in several["coverages"]] == pytest.approx([height(5, 5), height(55, 5)], abs=1e-4)


@pytest.mark.parametrize("name", ["EPSG:4490", "EPSG:4548", "EPSG:4527", "EPSG:4326", "EPSG:3857", "CRS:84"])
def test_coordinates_are_in_the_crs_asked_and_in_its_order(api, name):
    offered = crs.offered(name)
    lon, lat = lonlat(211, 83)
    x, y = (lon, lat) if crs.is_degrees(offered.srid) else crs.transformer(4490, offered.srid).transform(lon, lat)
    coords = f"POINT({y!r} {x!r})" if offered.is_swapped else f"POINT({x!r} {y!r})"
    body = ask(api, f"{DEM}/position", coords=coords, crs=offered.uri)
    assert body["ranges"]["elevation"]["values"] == pytest.approx([height(211, 83)], abs=1e-4)
    assert body["domain"]["axes"]["x"]["values"] == pytest.approx([x])
    assert body["domain"]["referencing"][0]["coordinates"] == (["y", "x"] if offered.is_swapped else ["x", "y"])


def test_an_area_has_the_cells_whose_centres_lie_in_it(api):
    triangle = ((100, 50), (200, 50), (100, 150))
    plane = {"crs": "[EPSG:4548]"}
    gk = ",".join(f"{NORTH - y} {WEST + x}" for x, y in (*triangle, triangle[0]))
    body = ask(api, f"{DEM}/area", coords=f"POLYGON(({gk}))", **plane)
    assert body["domain"]["domainType"] == "Grid"
    rows, columns = body["ranges"]["elevation"]["shape"]
    assert (rows, columns) == (50, 50)
    values = body["ranges"]["elevation"]["values"]
    for row in range(rows):
        for column in range(columns):
            x, y = 101 + 2 * column, 51 + 2 * row
            inside = (x - 100) + (y - 50) < 100
            found = values[row * columns + column]
            if (x - 100) + (y - 50) == 100:
                continue  # the centre lies on the edge
            assert found == (pytest.approx(height(x, y), abs=1e-3) if inside else None)


def test_radius_cube_and_corridor_are_areas(api):
    circle = ask(api, f"{DEM}/radius", coords=point(200, 150), within="0.05", within_units="km", crs="CRS84")
    found = [each for each in circle["ranges"]["elevation"]["values"] if each is not None]
    assert len(found) == pytest.approx(3.14159 * 50**2 / 4, rel=0.05)
    west, south = lonlat(100, 200)
    east, north = lonlat(200, 100)
    cube = ask(api, f"{DEM}/cube", bbox=f"{west},{south},{east},{north}", resolution_x="10", resolution_y="5", z="0")
    assert cube["ranges"]["elevation"]["shape"] == [5, 10]
    strip = ask(api, f"{DEM}/corridor", coords=line((50, 150), (350, 150)), corridor_width="20", width_units="m", corridor_height="5", height_units="m")
    assert len([each for each in strip["ranges"]["elevation"]["values"] if each is not None]) == pytest.approx(300 * 20 / 4, rel=0.12)


def test_a_trajectory_is_a_profile(api):
    body = ask(api, f"{DEM}/trajectory", coords=line((10, 10), (210, 10), (210, 110)))
    assert body["domain"]["domainType"] == "Trajectory"
    tuples = body["domain"]["axes"]["composite"]["values"]
    values = body["ranges"]["elevation"]["values"]
    assert len(tuples) == len(values) == pytest.approx(151, abs=3)
    to_plane = crs.transformer(4490, 4548)
    for (_, lon, lat), value in zip(tuples, values, strict=True):
        x, y = to_plane.transform(lon, lat)
        assert value == pytest.approx(height(x - WEST, NORTH - y), abs=0.07)


def test_bands_are_parameters_and_datetime_chooses_the_survey(api):
    asked = {"coords": point(50, 50), "parameter_name": "band3"}
    new = ask(api, "/collections/ortho/position", **asked)
    assert list(new["ranges"]) == ["band3"]
    old = ask(api, "/collections/ortho/position", **asked, datetime="../2025-01-01T00:00:00Z")
    assert new["ranges"]["band3"]["values"][0] - old["ranges"]["band3"]["values"][0] > 120
    versions = ask(api, "/collections/ortho/instances")["instances"]
    assert [each["id"] for each in versions] == ["1", "2"]
    first = ask(api, "/collections/ortho/instances/1/position", **asked)
    assert first["ranges"] == old["ranges"]
    ask(api, "/collections/ortho/instances/9/position", 404, **asked)


def test_a_station_has_its_series(api):
    one = ask(api, f"{LEVELS}/locations/甲站")
    assert one["domain"]["domainType"] == "PointSeries"
    assert one["ranges"]["SW"]["values"] == [level(0, hour) for hour in range(HOURS)]
    assert one["domain"]["axes"]["t"]["values"][0] == "2026-05-17T16:00:00Z"
    part = ask(api, f"{LEVELS}/locations/甲站", datetime="2026-05-17T17:00:00Z/2026-05-17T18:00:00Z")
    assert part["ranges"]["SW"]["values"] == [level(0, 1), level(0, 2)]
    near = ask(api, f"{LEVELS}/position", coords=point(290, 190))
    assert near["ranges"]["SW"]["values"][0] == level(1, 0)
    assert ask(api, f"{LEVELS}/position", coords="POINT(117.5 38.5)", expected=204).content == b""
    both = ask(api, f"{LEVELS}/area", coords=ring((0, 0), (400, 0), (400, 300), (0, 300)))
    assert [each["id"] for each in both["coverages"]] == list(STATIONS)
    assert len(ask(api, f"{LEVELS}/radius", coords=point(100, 100), within="50")["coverages"]) == 1
    ask(api, f"{LEVELS}/locations/nope", 404)
    ask(api, f"{LEVELS}/trajectory", 404, coords=line((0, 0), (1, 1)))
    ask(api, "/collections/notes/position", 404, coords=point(1, 1))
    plain = ask(api, "/collections/warnings/locations/2")
    assert plain["ranges"]["SW"]["values"] == [level(1, 0)]


@pytest.mark.conformance("ogcapi-edr-1/1.1/conf/geojson", "ogcapi-edr-1/1.1/conf/edr-geojson")
def test_geojson_and_csv_say_the_same(api):
    listed = ask(api, f"{LEVELS}/locations")
    assert {each["id"] for each in listed["features"]} == set(STATIONS)
    assert listed["features"][0]["properties"]["datetime"] == "2026-05-17T16:00:00Z/2026-05-17T19:00:00Z"
    assert len(ask(api, f"{LEVELS}/locations", bbox=",".join(map(repr, (*lonlat(90, 110), *lonlat(110, 90)))))["features"]) == 1
    series = ask(api, f"{LEVELS}/locations/甲站", f="GeoJSON")
    assert [each["properties"]["SW"] for each in series["features"]] == [level(0, hour) for hour in range(HOURS)]
    text = ask(api, f"{LEVELS}/locations/甲站", f="CSV").content.decode()
    rows = list(csv.DictReader(io.StringIO(text)))
    assert [float(row["SW [m]"]) for row in rows] == [level(0, hour) for hour in range(HOURS)]
    cells = ask(api, f"{DEM}/area", coords=ring((0, 0), (20, 0), (20, 20), (0, 20)), f="GeoJSON")["features"]
    lon, lat = cells[0]["geometry"]["coordinates"]
    x, y = crs.transformer(4490, 4548).transform(lon, lat)
    assert cells[0]["properties"]["elevation"] == pytest.approx(height(x - WEST, NORTH - y), abs=0.07)


@pytest.mark.conformance("ogcapi-edr-1/1.1/conf/collections", "ogcapi-edr-1/1.1/conf/oas30")
def test_the_collection_says_queries_parameters_and_formats(api):
    dem, levels = api.json(DEM), api.json(LEVELS)
    assert set(dem["data_queries"]) == {"position", "area", "cube", "radius", "trajectory", "corridor"}
    assert set(levels["data_queries"]) == {"position", "area", "cube", "radius", "corridor", "locations"}
    assert dem["parameter_names"]["elevation"]["unit"]["symbol"]["value"] == "m"
    assert list(levels["parameter_names"]) == ["SW"]
    assert dem["output_formats"] == ["CoverageJSON", "GeoJSON", "CSV"]
    assert "data_queries" not in api.json("/collections/notes")
    for query in dem["data_queries"].values():
        assert query["link"]["variables"]["crs_details"][0].keys() == {"crs", "wkt"}
    definition = api.json("/api")
    body = ask(api, f"{DEM}/position", coords=point(5, 5))
    schema = definition["paths"][f"{DEM}/position"]["get"]["responses"]["200"]["content"]["application/vnd.cov+json"]["schema"]
    jsonschema.Draft4Validator({**schema, "components": definition["components"]}).validate(body)


def test_outside_the_callers_area_there_is_nothing(api):
    part = "/collections/dem-part"
    assert ask(api, f"{part}/position", coords=point(101, 101))["ranges"]["elevation"]["values"] == pytest.approx([height(101, 101)], abs=1e-4)
    assert ask(api, f"{part}/position", coords=point(300, 100))["ranges"]["elevation"]["values"] == [None]
    whole = ask(api, f"{part}/area", coords=ring((0, 0), (WIDE, 0), (WIDE, HIGH), (0, HIGH)))
    found = [each for each in whole["ranges"]["elevation"]["values"] if each is not None]
    assert max(found) <= height(WIDE / 2, HIGH - 1) + 0.001
    profile = ask(api, f"{part}/trajectory", coords=line((100, 100), (300, 100)))["ranges"]["elevation"]["values"]
    assert profile[0] is not None
    assert profile[-1] is None
    hidden, absent = api.get("/collections/dem-secret/position", 404, coords="POINT(1 1)"), api.get("/collections/nope/position", 404, coords="POINT(1 1)")
    assert hidden.content == absent.content


@pytest.mark.django_db
@pytest.mark.parametrize(("query", "wrong"), [
    ("position", {}), ("position", {"coords": "POINT(1)"}), ("position", {"coords": "POINT(nan 1)"}), ("position", {"coords": "POINT(1e999 1)"}),
    ("position", {"coords": "LINESTRING(1 1,2 2)"}), ("position", {"coords": "GEOMETRYCOLLECTION(POINT(1 1))"}), ("position", {"coords": "POINT(200 1)"}),
    ("position", {"coords": "POINT" + "(" * 5000}), ("position", {"coords": "'; DROP TABLE x"}), ("position", {"coords": "POINT(1 1)", "crs": "EPSG:1"}),
    ("position", {"coords": "POINT(1 1)", "datetime": "2020-13-40/.."}), ("position", {"coords": "POINT(1 1)", "parameter-name": "nope"}),
    ("position", {"coords": "POINT(1 1)", "z": "up"}), ("position", {"coords": "POINT(1 1)", "nope": "1"}), ("area", {"coords": "POLYGON((1 1,2 2))"}),
    ("radius", {"coords": "POINT(116.8 38.2)"}), ("radius", {"coords": "POINT(116.8 38.2)", "within": "-1"}),
    ("radius", {"coords": "POINT(116.8 38.2)", "within": "1", "within-units": "parsec"}), ("cube", {"bbox": "1,2,3"}), ("cube", {}),
    ("cube", {"bbox": "3,3,1,1"}), ("corridor", {"coords": "LINESTRING(116.8 38.2,116.9 38.2)"}),
])  # fmt: skip
def test_bad_questions_get_a_problem_that_names_the_parameter(api, query, wrong):
    answer = api.get(f"{DEM}/{query}", 400, **wrong)
    assert answer["Content-Type"] == "application/problem+json"


def test_too_much_is_refused_and_other_formats_too(api):
    api.get(f"{DEM}/cube", 413, bbox=",".join(map(repr, (*lonlat(0, HIGH), *lonlat(WIDE, 0)))), **{"resolution-x": "5000", "resolution-y": "5000"})
    api.get(f"{DEM}/position", 406, coords="POINT(1 1)", f="exe")
