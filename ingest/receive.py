"""接收 receive: the bytes kept, the delivery on record, its files unpacked."""

import json
import os
import shutil
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

from django.conf import settings

from ingest import archive, originals
from ingest.findings import Finding, from_json
from layers import models


def take(source: Path, actor: str, options: dict[str, Any]) -> models.Delivery:
    """Keep a file's or folder's bytes and put the delivery on record; the same bytes are the same delivery."""
    sha256 = originals.digest(source)
    home = originals.keep(source, settings.GEOBASE.deliveries, sha256)
    return record(home, source.name, actor, options)


def record(home: Path, name: str, actor: str, options: dict[str, Any]) -> models.Delivery:
    """Put a delivery whose bytes lie in `home` on record, unless it is."""
    files = originals.files_of(home)
    made, _ = models.Delivery.objects.get_or_create(sha256=home.name, defaults={
        "name": name[:240], "actor": actor, "files": len(files), "size": sum(each.stat().st_size for each in files), "options": options,
    })  # fmt: skip
    return made


@contextmanager
def unpacked(source: Path, folder: Path) -> Iterator[tuple[Path, list[Finding]]]:
    """Give the unpacked files of a delivery below `folder`, and what was refused; a finished unpacking is used again."""
    files, told = folder / "files", folder / "unpacked.json"
    if not told.exists():
        shutil.rmtree(folder, ignore_errors=True)
        files.mkdir(parents=True)
        refused = [each.finding for each in archive.unpack(source, files, settings.GEOBASE.upload_megabytes << 20)]
        draft = folder / f"unpacked.{os.getpid()}"
        draft.write_text(json.dumps([each.as_json() for each in refused]))
        draft.rename(told)
    yield files, [from_json(each) for each in json.loads(told.read_text())]


def workplace(delivery: models.Delivery) -> Path:
    """Return the folder a delivery's files are unpacked in while they are read."""
    return Path(settings.GEOBASE.deliveries) / "work" / delivery.sha256


def clear(delivery: models.Delivery) -> None:
    """Remove the unpacked files; the originals stay."""
    shutil.rmtree(workplace(delivery), ignore_errors=True)
