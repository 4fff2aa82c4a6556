"""What is compared: 300,000 parcels in a database of the bench's own, taken in as any delivery is."""

import os
import shutil
import tempfile
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import psycopg2
from psycopg2 import sql

SLUG = "parcels"
PARCELS = int(os.environ.get("BENCH_PARCELS", "300000"))
STYLE = '{"version":1,"rules":[{"name":"all","title":{"zh":"全部","en":"All"},"symbolizers":[{"type":"fill","color":"#88cc66","outline":"#335522","outlineWidth":1}]}]}'


@dataclass(frozen=True, slots=True)
class World:
    """The layer of the bench: its spec, its table, its columns with their public names, and where its files are."""

    folder: Path
    shapefile: Path
    view: Any
    table: str
    names: Mapping[str, str]
    dsn: str

    @property
    def centre(self) -> tuple[float, float]:
        """The middle of the layer, lon/lat."""
        west, south, east, north = self.view.spec.extent
        return (west + east) / 2, (south + north) / 2

    @property
    def columns(self) -> str:
        """The columns with their public names, as SQL."""
        return ", ".join(f'"{column}" AS "{name}"' for column, name in self.names.items())


@contextmanager
def database() -> Iterator[None]:
    """Make a database and a folder of the bench's own, make the settings name them, and drop them afterwards.

    To be entered before Django is set up.
    """
    from config import database as databases  # noqa: PLC0415
    from config import environment  # noqa: PLC0415

    settings = environment.read(os.environ)
    if not settings.database_url:
        databases.start(settings.var)
    at = databases.connection(settings.database_url, settings.var)
    name = f"bench_{os.getpid()}"
    with _maintenance(at) as cursor:
        cursor.execute(sql.SQL("CREATE DATABASE {}").format(sql.Identifier(name)))
    settings.var.mkdir(parents=True, exist_ok=True)
    folder = tempfile.mkdtemp(prefix="bench-", dir=settings.var)
    user = at["USER"] + (f":{at['PASSWORD']}" if at.get("PASSWORD") else "")
    port = f":{at['PORT']}" if at.get("PORT") else ""
    host = at["HOST"]
    os.environ["DATABASE_URL"] = (
        f"postgis://{user}@/{name}?host={host}" if host.startswith("/") else f"postgis://{user}@{host}{port}/{name}"
    )
    os.environ |= {"GEOBASE_VAR": folder, "GEOBASE_LOG_LEVEL": "ERROR", "DJANGO_SETTINGS_MODULE": "config.settings"}
    try:
        with _maintenance({**at, "NAME": name}, own=True) as cursor:
            for extension in databases.EXTENSIONS:
                cursor.execute(f"CREATE EXTENSION IF NOT EXISTS {extension}")
        yield
    finally:
        from django.db import connections  # noqa: PLC0415

        connections.close_all()
        with _maintenance(at) as cursor:
            cursor.execute(sql.SQL("DROP DATABASE IF EXISTS {} WITH (FORCE)").format(sql.Identifier(name)))
        shutil.rmtree(folder, ignore_errors=True)


@contextmanager
def _maintenance(at: Mapping[str, Any], *, own: bool = False) -> Iterator[Any]:
    opened = psycopg2.connect(
        host=at["HOST"], port=at.get("PORT") or None, user=at["USER"], password=at.get("PASSWORD") or None,
        dbname=at["NAME"] if own else "postgres",
    )  # fmt: skip
    opened.autocommit = True
    try:
        with opened.cursor() as cursor:
            yield cursor
    finally:
        opened.close()


def survey(folder: Path) -> Path:
    """Write the parcels as a delivery; return the shapefile."""
    from ingest.survey import bench, survey as surveys  # noqa: I001, PLC0415

    return bench.write(folder, PARCELS, surveys.SEED) / "DLTB.shp"


def dsn() -> str:
    """Return how libpq reaches the bench's database."""
    from django.db import connection  # noqa: PLC0415

    at = connection.settings_dict
    parts = {"host": at["HOST"], "port": at["PORT"], "dbname": at["NAME"], "user": at["USER"], "password": at["PASSWORD"]}
    return " ".join(f"{name}={value}" for name, value in parts.items() if value)


def world(folder: Path, shapefile: Path) -> World:
    """Describe the layer once it is published, drawn in one plain style."""
    from layers import access, models, services  # noqa: PLC0415

    layer = models.Layer.objects.get(slug=SLUG)
    models.Style.objects.filter(layer=layer).delete()
    services.save("bench", models.Style(layer=layer, name="plain", title_zh="素色", body=STYLE))
    access.registry.forget()
    view = access.whole(SLUG)
    return World(folder, shapefile, view, view.spec.table, {each.column: each.name for each in view.fields}, dsn())
