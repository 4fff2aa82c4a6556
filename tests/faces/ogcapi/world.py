"""Builders of a small world behind /ogc/."""

from datetime import date
from urllib.parse import urlsplit

from django.db import connection
from psycopg2 import sql

from layers import models, services, versions
from layers.spec import FieldSpec, Title

FIELDS = (
    FieldSpec("名称", "c1", "string", Title("名称", "Name")),
    FieldSpec("层数", "c2", "integer", Title("层数", "Floors")),
    FieldSpec("area", "c3", "number", Title("面积", "Area"), unit="m²"),
    FieldSpec("built", "c4", "date", Title("建成日期", "Built")),
    FieldSpec("listed", "c5", "boolean", Title("挂牌", "Listed")),
)
COUNT = 25


def row(number: int) -> tuple[object, ...]:
    west, south = 116.5 + (number % 5) * 0.1, 38.0 + (number // 5) * 0.1
    return f"楼<{number}>&", number % 7, number * 1.5, date(2000 + number % 20, 1, 1), number % 2 == 0, west, south


def stage(slug: str, rows: list[tuple[object, ...]], survey: date | None) -> services.StagedRows:
    table = versions.create_table(0, FIELDS, f"s_{slug.replace('-', '_')}")
    with connection.cursor() as cursor:
        for number, values in enumerate(rows, 1):
            cursor.execute(
                sql.SQL(
                    "INSERT INTO {} (fid, since, c1, c2, c3, c4, c5, geom, hash) VALUES"
                    " (%s, 1, %s, %s, %s, %s, %s, ST_MakeEnvelope(%s, %s, %s + 0.01, %s + 0.01, 4490), %s)"
                ).format(table),
                [number, *values[:5], values[5], values[6], values[5], values[6], repr(values).encode()],
            )
    return services.StagedRows(slug, table, survey)


def make(slug: str, **choices: object) -> None:
    draft = services.LayerDraft(
        slug, Title(f"{slug}图层", f"Layer {slug}"), "land", geometry="Polygon", fields=FIELDS, identity="名称",
        title_field="名称", abstract=Title("测试 <b>", "Test <b>"), **{"public": True, "level": 0, **choices},  # type: ignore[arg-type]
    )  # fmt: skip
    services.make_layer("tester", draft)


def publish(slug: str, rows: list[tuple[object, ...]], survey: date | None = date(2024, 5, 1)) -> None:
    services.publish("tester", None, [stage(slug, rows, survey)])


def grant(slug: str, **choices: object) -> None:
    """Let everyone query a layer, narrowed as `choices` say."""
    layer = models.Layer.objects.get(slug=slug)
    rule = models.Grant(subject="everyone", layer=layer, operations=["discover", "view", "query"], **choices)
    services.save("tester", rule)


ITEMS = "/collections/buildings/items"


def links(body):
    """Return a document's links by relation."""
    return {each["rel"]: each["href"] for each in body["links"]}


def fids(body):
    """Return the ids of a feature collection."""
    return [feature["id"] for feature in body["features"]]


def chain(api, address):
    """Follow next links to the end."""
    pages = []
    while address:
        parts = urlsplit(address)
        pages.append(api.json(f"{parts.path.removeprefix('/ogc')}?{parts.query}"))
        address = links(pages[-1]).get("next")
    return pages
