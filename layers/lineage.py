"""Where a feature or a pixel comes from: delivery, file, row and survey; for those who may query it."""

from dataclasses import dataclass
from datetime import date, datetime

import shapely
from django.contrib.gis.geos import Point
from django.db import connection
from django.db.models import Q
from psycopg2 import sql

from layers import models, narrowing
from layers.access import LayerView
from layers.errors import NotFound


@dataclass(frozen=True, slots=True)
class Lineage:
    """One origin. `row` counts from 1 in `file` (None for a raster, or an edit, which has no file at all).

    `sha256` is that of the delivery's bytes, `source_sha256` that of a raster's own file.
    """

    version: int
    published: datetime | None
    file: str
    source_layer: str
    row: int | None
    crs: str
    encoding: str
    survey_date: date | None
    delivery: str
    contractor: str
    sha256: str
    source_sha256: str = ""


def of_feature(view: LayerView, fid: int) -> Lineage:
    """Return the origin of a feature as the view's version has it; raises NotFound."""
    conditions = [narrowing.valid(view.version), *([allowed] if (allowed := narrowing.narrowed(view)) is not None else [])]
    statement = sql.SQL("SELECT since, src_file, src_row FROM {} WHERE fid = {} AND {}").format(
        narrowing.table(view), sql.Literal(fid), sql.SQL(" AND ").join(conditions)
    )
    with connection.cursor() as cursor:
        cursor.execute(statement)
        found = cursor.fetchone()
    if found is None:
        raise NotFound("没有这个要素 / no such feature")
    since, part_id, row = found
    part = models.DeliveryPart.objects.select_related("delivery").filter(pk=part_id).first()
    facts = part.facts if part else {}
    return _told(view, since, part.delivery if part else None, file=facts.get("file", ""), source_layer=facts.get("layer", ""),
                 row=row, crs=facts.get("georeference", facts.get("crs", "")), encoding=facts.get("encoding", ""))  # fmt: skip


def of_pixel(view: LayerView, lon: float, lat: float) -> Lineage:
    """Return the origin of the pixel that is shown at a place (degrees, EPSG:4490); raises NotFound."""
    areas = [each.area for each in view.pieces]
    if areas and not any(area is None or shapely.from_wkb(area).covers(shapely.Point(lon, lat)) for area in areas):
        raise NotFound("此处没有影像 / nothing lies here")
    files = models.RasterFile.objects.filter(
        Q(until=None) | Q(until__gt=view.version), layer_id=view.spec.id, since__lte=view.version,
        footprint__intersects=Point(lon, lat, srid=4490),
    )  # fmt: skip
    file = files.order_by("-priority", "-survey_date", "-id").first()
    if file is None:
        raise NotFound("此处没有影像 / nothing lies here")
    version = models.Version.objects.select_related("delivery").filter(layer_id=view.spec.id, number=file.since).first()
    return _told(view, file.since, version.delivery if version else None, file=file.name, crs=file.srs[:200],
                 survey_date=file.survey_date, source_sha256=file.source_sha256)  # fmt: skip


def _told(view: LayerView, since: int, delivery: models.Delivery | None, **known: object) -> Lineage:
    version = models.Version.objects.filter(layer_id=view.spec.id, number=since).first()
    whole: dict[str, object] = {
        "version": since, "published": version.published if version else None, "file": "", "source_layer": "", "row": None, "crs": "",
        "encoding": "", "survey_date": delivery.survey_date if delivery else None, "delivery": str(delivery) if delivery else "",
        "contractor": delivery.contractor if delivery else "", "sha256": delivery.sha256 if delivery else "",
    }  # fmt: skip
    return Lineage(**{**whole, **known})  # type: ignore[arg-type]
