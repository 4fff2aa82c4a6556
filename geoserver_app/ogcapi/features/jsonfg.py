"""JSON-FG 1.0 (OGC 21-045r1): the profile asked for, and what it adds to GeoJSON: type, schema, time, place, CRS."""

import json
from typing import Any, cast

from django.http import HttpResponse

from geoserver_app.ogcapi.call import Call, invalid
from layers import crs, history, times
from layers.access import LayerView
from layers.rows import Profile

PROFILE_URI = "http://www.opengis.net/def/profile/OGC/0/"
PROFILES = ("rfc7946", "jsonfg", "jsonfg-plus")
_SPEC = "http://www.opengis.net/spec/json-fg-1/1.0/conf"
_DIMENSIONS = {"Point": 0, "LineString": 1, "Polygon": 2}


def profile(call: Call) -> Profile:
    """Read `profile` (a name or its URI), or f=jsonfg; plain GeoJSON by default."""
    asked = call.parameters.get("profile", "jsonfg" if call.format == "jsonfg" else "rfc7946")
    name = asked.removeprefix(PROFILE_URI).removeprefix(PROFILE_URI.replace("OGC", "ogc"))
    if name not in PROFILES or (call.format == "jsonfg" and name == "rfc7946"):
        raise invalid("profile", f"可选 {'、'.join(PROFILES)}", f"one of {', '.join(PROFILES)}")
    return cast(Profile, name)


def time_of(view: LayerView) -> str:
    """Return the member `time` of each feature as JSON: the day of the version's survey, null where unknown."""
    day = history.survey_date(view)
    return json.dumps({"date": day.isoformat()} if day else None)


def time_field(view: LayerView) -> str:
    """Return the name of the field that says when each feature was observed, "" where the survey's date stands for all."""
    field = times.time_field(view)
    return field.name if field else ""


def members(call: Call, view: LayerView, offered: crs.Offered) -> dict[str, Any]:
    """Return the members of the document's root."""
    found: dict[str, Any] = {
        "conformsTo": [f"{_SPEC}/core", f"{_SPEC}/types-schemas"],
        "featureType": view.spec.slug,
        "featureSchema": call.url(f"/collections/{view.spec.slug}/schema", f="json"),
        "coordRefSys": offered.uri,
    }
    if view.spec.geometry in _DIMENSIONS:
        found["geometryDimension"] = _DIMENSIONS[view.spec.geometry]
    return found


def announce(answer: HttpResponse, name: Profile) -> None:
    """Say the profile in the Link header."""
    link = f'<{PROFILE_URI}{name}>; rel="profile"'
    answer["Link"] = f"{answer['Link']}, {link}" if "Link" in answer else link
