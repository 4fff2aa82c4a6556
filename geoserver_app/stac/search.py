"""Which files match a search: in memory, since the list of a version's files is kept there (layers/files)."""

from datetime import UTC, datetime, time
from typing import Any

import shapely

from geoserver_app.ogcapi.call import Call
from geoserver_app.stac.asking import Asked
from geoserver_app.stac.sheets import Json, Sheet, raster_layers, sheets
from layers.filters import evaluate


def found(call: Call, asked: Asked) -> list[Sheet]:
    """Return every sheet that matches, in the order asked: the latest survey first where none is."""
    views = [view for view in raster_layers(call) if asked.collections is None or view.spec.slug in asked.collections]
    pinned = [view.at(asked.versions[view.spec.slug]) if view.spec.slug in asked.versions else view for view in views]
    kept = [sheet for view in pinned for sheet in sheets(view) if _matches(sheet, asked)]
    if not asked.sort:
        return sorted(kept, key=lambda sheet: (-(sheet.file.survey_date.toordinal() if sheet.file.survey_date else 0), sheet.view.spec.slug, sheet.id))
    # Sorting is stable: the last key first, so that the first decides.
    kept.sort(key=lambda sheet: sheet.id)
    for name, ascending in reversed(asked.sort):
        kept.sort(key=lambda sheet: _sortable(row(sheet)[name]), reverse=not ascending)
    return kept


def versions(call: Call, asked: Asked) -> dict[str, int]:
    """Return the versions that a chain of pages reads: those of its first page."""
    return {view.spec.slug: asked.versions.get(view.spec.slug, view.version) for view in raster_layers(call)}


def trimmed(body: Json, asked: Asked) -> Json:
    """Leave only the fields asked; what makes an item one always stays."""
    if not (asked.include or asked.exclude):
        return body
    own = {"type", "stac_version", "id", "collection", "links", "assets", "geometry", "bbox"}
    kept = {name: value for name, value in body.items() if _is_kept(name, asked, own)}
    names = {each.removeprefix("properties.") for each in asked.include if each.startswith("properties.")}
    if "properties" not in kept and names:
        kept["properties"] = {name: value for name, value in body["properties"].items() if name in names}
    if "properties" in kept:
        kept["properties"] = {name: value for name, value in kept["properties"].items() if f"properties.{name}" not in asked.exclude}
    return kept


def _is_kept(name: str, asked: Asked, own: set[str]) -> bool:
    if name in asked.exclude and name not in ("type", "stac_version", "id"):
        return False
    return not asked.include or name in asked.include or name in own


def _matches(sheet: Sheet, asked: Asked) -> bool:
    if asked.ids is not None and sheet.id not in asked.ids:
        return False
    if not _is_between(sheet, asked):
        return False
    if asked.area is not None and not shapely.intersects(asked.area, sheet.outline):
        return False
    return asked.filter is None or evaluate.matches(asked.filter, row(sheet))


def row(sheet: Sheet) -> Json:
    """Return what a filter may name of a sheet."""
    own = sheet.properties()
    when = datetime.combine(sheet.file.survey_date, time.min, UTC) if sheet.file.survey_date else None
    return {
        "id": sheet.id, "collection": sheet.view.spec.slug, "geometry": sheet.outline, "datetime": when,
        "title": own["title"], "gsd": own["gsd"], "proj:epsg": own["proj:epsg"], "version": own["version"],
    }  # fmt: skip


def _is_between(sheet: Sheet, asked: Asked) -> bool:
    first, last = asked.between
    if first is None and last is None:
        return True
    day = sheet.file.survey_date
    if day is None:
        return False
    begins, ends = datetime.combine(day, time.min, UTC), datetime.combine(day, time.max, UTC)
    return (first is None or ends >= first) and (last is None or begins <= last)


def _sortable(value: Any) -> tuple[bool, Any]:
    return value is not None, value if value is not None else 0
