"""What crashed processes left behind, removed: staging tables, incoming files, unpacked folders, files nobody names.

Originals are never removed: bytes that were kept but not put on record are put on record.
"""

import shutil
import time
from collections.abc import Iterator
from pathlib import Path

from django.conf import settings
from django.db import connection
from psycopg2 import sql

from ingest import originals, receive
from layers import models
from layers.store import is_abandoned

_DAY_S = 86_400.0
_UPLOAD_S = 14 * _DAY_S
_UNDER_WAY = ("received", "running", "waiting", "staged", "approval")


def tidy(*, older_s: float = _DAY_S, dry_run: bool = False) -> list[str]:
    """Remove what is left over and older than `older_s`; return what it was. Safe beside running workers."""
    found = [*_tables(dry_run=dry_run), *_folders(older_s, dry_run=dry_run), *_files(older_s, dry_run=dry_run)]
    return found + list(_records(older_s, dry_run=dry_run))


def _tables(*, dry_run: bool) -> Iterator[str]:
    """Drop staging tables of no delivery that is under way; a part is on record before its table is made."""
    with connection.cursor() as cursor:
        cursor.execute(r"SELECT tablename FROM pg_tables WHERE schemaname = 'geodata' AND tablename ~ '^[sp]_\d+$'")
        there = [row[0] for row in cursor.fetchall()]
        kept = set(models.DeliveryPart.objects.filter(delivery__status__in=_UNDER_WAY).exclude(stage="").values_list("stage", flat=True))
        for name in there:
            if f"s{name[1:]}" not in kept:
                yield f"geodata.{name}"
                if not dry_run:
                    cursor.execute(sql.SQL("DROP TABLE IF EXISTS {}").format(sql.Identifier("geodata", name)))


def _folders(older_s: float, *, dry_run: bool) -> Iterator[str]:
    """Remove what was being received by processes that are dead, folders of ended deliveries and forgotten uploads."""
    home = Path(settings.GEOBASE.deliveries)
    busy = set(models.Delivery.objects.filter(status__in=_UNDER_WAY).values_list("sha256", flat=True))
    uploads = {str(each) for each in models.Upload.objects.exclude(state="finished").values_list("pk", flat=True)}
    left = [each for each in _inside(home / "incoming") if is_abandoned(each, older_s)]
    left += [each for each in _inside(home / "work") if each.name not in busy]
    left += [each for each in _inside(home / "uploads") if _is_forgotten(each, uploads, older_s)]
    left += [each for each in _inside(Path(settings.GEOBASE.store) / "incoming") if is_abandoned(each, older_s)]
    for path in left:
        yield str(path.relative_to(home.parent) if path.is_relative_to(home.parent) else path)
        if not dry_run:
            shutil.rmtree(path, ignore_errors=True) if path.is_dir() else path.unlink(missing_ok=True)
    if not dry_run:
        stale = models.Upload.objects.exclude(state="finished").filter(pk__in=uploads - {each.name for each in _inside(home / "uploads")})
        stale.filter(state="open").delete()


def _is_forgotten(folder: Path, known: set[str], older_s: float) -> bool:
    age = time.time() - max((each.stat().st_mtime for each in (folder, *folder.iterdir())), default=0)
    return age >= (_UPLOAD_S if folder.name in known else older_s)


def _files(older_s: float, *, dry_run: bool) -> Iterator[str]:
    """Remove COGs that no version and no staged delivery names."""
    store = Path(settings.GEOBASE.store)
    named = {name for pair in models.RasterFile.objects.values_list("path", "shade_path") for name in pair}
    for kept in models.DeliveryPart.objects.filter(delivery__status__in=_UNDER_WAY, file__isnull=False).values_list("file", flat=True):
        if not kept:
            continue
        named |= {kept["path"], kept["shade_path"]}
    for kind in ("cog", "shade"):
        for path in (store / kind).rglob("*.*"):
            name = path.relative_to(store).as_posix()
            if path.is_file() and name not in named and time.time() - path.stat().st_mtime >= older_s:
                yield name
                if not dry_run:
                    path.unlink(missing_ok=True)


def _records(older_s: float, *, dry_run: bool) -> Iterator[str]:
    """Put originals on record that a crash kept from it; a person decides what becomes of them."""
    home = Path(settings.GEOBASE.deliveries)
    known = set(models.Delivery.objects.values_list("sha256", flat=True))
    for path in home.glob("??/*"):
        if path.is_dir() and len(path.name) == 64 and path.name not in known and time.time() - path.stat().st_mtime >= older_s:
            yield f"{path.name}: 补登记 · put on record"
            if not dry_run:
                files = originals.files_of(path)
                receive.record(path, files[0].name if files else path.name, "cleanup", {"as_layer": "", "level": None})


def _inside(folder: Path) -> list[Path]:
    return sorted(folder.iterdir()) if folder.is_dir() else []
