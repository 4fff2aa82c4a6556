"""Which features bear a name that was typed? Through the rows door, over the searchable layers only."""

import json
from collections.abc import Iterator, Sequence
from typing import Any

from layers import codes, rows
from layers.access import LayerView
from layers.filters import Node, parse_json
from layers.spec import FieldSpec

type Json = dict[str, Any]

LONGEST_TEXT = 60
MOST = 50
_KIND_FIELDS = ("TYPE", "CLASS", "KIND", "LX", "类型", "类别", "级别")
"""Fields that say what sort of place it is, where a layer has one."""


def places(views: Sequence[LayerView], text: str, limit: int) -> Json:
    """Return a FeatureCollection (lon/lat) of at most `limit` names: equal first, then beginning so, then holding it."""
    wanted = " ".join(text.split())[:LONGEST_TEXT]
    found: list[tuple[tuple[int, int, str], Json]] = []
    if wanted:
        for view in views:
            if (field := _named_by(view)) is not None:
                found += _in_layer(view, field, wanted, limit)
    found.sort(key=lambda pair: pair[0])
    return {"type": "FeatureCollection", "features": [feature for _, feature in found[:limit]]}


def _named_by(view: LayerView) -> FieldSpec | None:
    """Return the layer's title field, where the layer is searchable and the caller may read it."""
    if view.spec.kind != "vector" or not view.spec.is_searchable:
        return None
    return next((field for field in view.fields if field.name == view.spec.title_field), None)


def _in_layer(
    view: LayerView, field: FieldSpec, text: str, limit: int
) -> Iterator[tuple[tuple[int, int, str], Json]]:
    kind = next((each for each in view.fields if each.name.upper() in _KIND_FIELDS), None)
    columns = (field.name, *([kind.name] if kind else []))
    seen: set[int] = set()
    # Names that begin so first, else a short word would fill the page with names that merely hold it.
    for pattern in (f"{_escaped(text)}%", f"%{_escaped(text)}%"):
        query = rows.RowQuery(filter=_like(field.name, pattern), limit=limit, columns=columns)
        for row in rows.rows(view, query):
            if row["fid"] in seen:
                continue
            seen.add(row["fid"])
            name = str(row[field.name] or "")
            yield (_rank(name, text), len(name), name), _feature(view, row, name, kind)
        if len(seen) >= limit:
            return


def _feature(view: LayerView, row: Json, name: str, kind: FieldSpec | None) -> Json:
    title = view.spec.title
    return {
        "type": "Feature",
        "id": f"{view.spec.slug}.{row['fid']}",
        "geometry": json.loads(row["geometry"]) if row["geometry"] else None,
        "properties": {
            "title": name,
            "kind": _words(kind, row[kind.name]) if kind else "",
            "layer": view.spec.slug,
            "layerTitle": {"zh": title.zh, "en": title.en},
        },
    }


def _words(field: FieldSpec, value: Any) -> str:
    """Return what a value stands for: of a code its name, "" for one that the list lacks (it says nothing to a reader)."""
    text = "" if value is None else str(value)
    if not field.codes:
        return text
    try:
        return codes.table(field.codes).name_zh(text)
    except codes.UnknownTable:
        return text


def _rank(name: str, text: str) -> int:
    folded, wanted = name.casefold(), text.casefold()
    return 0 if folded == wanted else 1 if folded.startswith(wanted) else 2


def _like(name: str, pattern: str) -> Node:
    folded = {"op": "casei", "args": [{"property": name}]}
    return parse_json({"op": "like", "args": [folded, {"op": "casei", "args": [pattern]}]})


def _escaped(text: str) -> str:
    return text.replace("\\", "\\\\").replace("%", "\\%").replace("_", "\\_")
