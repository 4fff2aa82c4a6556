"""The definition of a service with rasters and stations: valid, and each address answers as it says."""

import json

import jsonschema
import pytest
from openapi_spec_validator import OpenAPIV30SpecValidator

from tests.faces.grids.land import lonlat

PLACES = {"{instanceId}": "1", "{locationId}": "甲站", "{styleId}": "default", "{tileMatrixSetId}": "WebMercatorQuad"}
GIVEN = {"within": "100", "corridor-width": "20", "corridor-height": "5"}


def coords(path):
    x, y = lonlat(100, 100)
    far = f"{x + 0.001!r} {y + 0.001!r}"
    shapes = {"area": f"POLYGON(({x!r} {y!r},{x + 0.001!r} {y!r},{far},{x!r} {y!r}))", "trajectory": f"LINESTRING({x!r} {y!r},{far})"}
    return {**shapes, "corridor": shapes["trajectory"]}.get(path.rsplit("/", 1)[1], f"POINT({x!r} {y!r})")


def asked(path, operation):
    """Return what an address must be asked with."""
    names = {each.get("name") or each["$ref"].rsplit("/", 1)[1] for each in operation["parameters"]}
    query = {name: value for name, value in GIVEN.items() if name in names}
    if "coords" in names:
        query["coords"] = coords(path)
    if path.endswith("/cube"):
        (west, south), (east, north) = lonlat(50, 150), lonlat(150, 50)
        query["bbox"] = f"{west},{south},{east},{north}"
    return query


@pytest.mark.django_db
def test_the_definition_is_valid(api):
    OpenAPIV30SpecValidator(api.json("/api")).validate()


def test_every_address_of_rasters_and_stations_answers_as_it_says(api):
    definition = api.json("/api")
    walked = 0
    for path, node in definition["paths"].items():
        if not path.startswith(("/collections/dem/", "/collections/levels/", "/map")) or "{tileMatrix}" in path or "get" not in node:
            continue
        address = path
        for name, value in PLACES.items():
            address = address.replace(name, value)
        if "{" in address:
            continue
        answer = api.get(address, **asked(path, node["get"]))
        content = node["get"]["responses"]["200"]["content"]
        media = answer["Content-Type"]
        assert media in content, path
        if "json" in media and content[media]["schema"].get("format") != "binary":
            schema = {**content[media]["schema"], "components": definition["components"]}
            jsonschema.Draft4Validator(schema).validate(json.loads(answer.content))
        walked += 1
    assert walked > 35
