"""What the pages of features show: a table with a small map, and one feature's record."""

import json
from collections.abc import Mapping, Sequence
from datetime import date, datetime
from typing import Any

from geoserver_app.ogcapi import preview
from geoserver_app.ogcapi.call import Call
from layers.access import LayerView
from layers.rows import RowQuery
from layers.spec import FieldSpec

_WIDTH, _HEIGHT = 720, 360


def items_page(
    call: Call, view: LayerView, query: RowQuery, found: Sequence[Mapping[str, Any]], page: Mapping[str, Any]
) -> dict[str, Any]:
    """Make the context of a page of items; geometries are drawn only where they come in lon/lat."""
    fields = [field for field in view.fields if query.columns is None or field.name in query.columns]
    path = f"/collections/{view.spec.slug}"
    shapes = [_shape(row, query) for row in found]
    table = [
        {
            "fid": row["fid"],
            "url": call.url(f"{path}/items/{row['fid']}", f="html"),
            "cells": [text_of(call, row[field.name]) for field in fields],
        }
        for row in found
    ]
    return {
        "title": view.spec.title(call.language),
        "collection": call.url(path, f="html"),
        "headings": [_heading(call, field) for field in fields],
        "rows": table,
        "version": view.version,
        "filter": call.parameters.get("filter", ""),
        "limit": query.limit,
        "limits": (10, 50, 200),
        "kept": [(name, value) for name, value in call.parameters.items() if name in ("key", "lang", "bbox", "sortby")],
        **page,
        **_map(call, view, shapes),
    }


def item_page(call: Call, view: LayerView, feature: Mapping[str, Any], plain: Mapping[str, Any]) -> dict[str, Any]:
    """Make the context of one feature's page; `plain` is the feature in lon/lat, for the map."""
    values = feature["properties"]
    path = f"/collections/{view.spec.slug}"
    named = values.get(view.spec.title_field) if view.spec.title_field else None
    return {
        "title": view.spec.title(call.language),
        "name": named or f"{view.spec.slug}.{feature['id']}",
        "fid": feature["id"],
        "collection": call.url(path, f="html"),
        "items": call.url(f"{path}/items", f="html"),
        "version": view.version,
        "record": [(_heading(call, field), text_of(call, values.get(field.name))) for field in view.fields],
        "geometry_type": (feature["geometry"] or {}).get("type", ""),
        **_map(call, view, [plain["geometry"]]),
    }


def text_of(call: Call, value: Any) -> str:
    """Write a value for reading: "" for none, plain decimals, days without a time."""
    if value is None:
        return ""
    if isinstance(value, bool):
        return call.say("是", "yes") if value else call.say("否", "no")
    if isinstance(value, float):
        return f"{value:.6f}".rstrip("0").rstrip(".")
    if isinstance(value, datetime):
        return value.isoformat(sep=" ", timespec="seconds")
    return value.isoformat() if isinstance(value, date) else str(value)


def _heading(call: Call, field: FieldSpec) -> dict[str, str]:
    return {"title": field.title(call.language) or field.name, "name": field.name, "unit": field.unit}


def _shape(row: Mapping[str, Any], query: RowQuery) -> Any:
    if query.srid not in (4490, 4326) or query.swap_axes or not row["geometry"]:
        return None
    return json.loads(row["geometry"])


def _map(call: Call, view: LayerView, shapes: Sequence[Any]) -> dict[str, Any]:
    box = preview.bounds_of(shapes) or view.spec.extent
    if box is None:
        return {}
    frame = preview.frame(box, _WIDTH, _HEIGHT)
    return {
        "picture": preview.address(call, view.spec.slug, frame),
        "width": _WIDTH,
        "height": _HEIGHT,
        "outlines": preview.outlines(frame, shapes),
    }
