"""Uploads in pieces: files of up to 20 GB streamed to disk, resumed where they stopped, synced before acknowledged."""

import fcntl
import os
import re
import shutil
import uuid
from collections.abc import Sequence
from pathlib import Path, PurePosixPath
from typing import Any, Protocol

from django.conf import settings
from django.db import transaction
from django.db.models import Sum

from ingest import originals, receive
from layers import models
from layers.errors import Conflict, InvalidValue, NotFound, TooLarge

MAX_FILES = 20_000
INLINE = 512 << 20
"""Larger deliveries are hashed by a job, so that no request takes minutes."""
_CHUNK = 1 << 20
_SPARE = 1 << 30
"""Room on the disk that uploads leave."""
_SHA = re.compile(r"[0-9a-f]{64}|")


class Readable(Protocol):
    """A body that is read in pieces."""

    def read(self, size: int, /) -> bytes:
        """Return at most `size` bytes, b"" at the end."""


class WrongOffset(Conflict):
    """The piece does not begin where the file ends; `offset` is where it does."""

    def __init__(self, offset: int) -> None:
        super().__init__(f"此文件已有 {offset} 字节，请从该处续传 / the file has {offset} bytes: go on from there", parameter="Content-Range")
        self.offset = offset


def begin(actor: str, name: str, files: Sequence[dict[str, Any]], options: dict[str, Any]) -> models.Upload:
    """Announce the files of a delivery: `path`, `size`, and `sha256` if known; raises InvalidValue, TooLarge."""
    told = [_file(each) for each in files]
    if not told or len(told) > MAX_FILES or len({each["path"].casefold() for each in told}) != len(told):
        raise InvalidValue("文件列表为空、过长或有重名 / the list of files is empty, too long or repeats a path", parameter="files")
    size = sum(each["size"] for each in told)
    _room(actor, size)
    made = models.Upload(actor=actor, name=str(name)[:240] or told[0]["path"], files=told, size=size, options=options)
    _folder(made).mkdir(parents=True)
    made.save()
    return made


def find(actor: str, identifier: str) -> models.Upload:
    """Return one's own upload; raises NotFound."""
    try:
        return models.Upload.objects.get(pk=uuid.UUID(identifier), actor=actor)
    except (ValueError, models.Upload.DoesNotExist):
        raise NotFound("没有这个上传 / no such upload") from None


def offsets(upload: models.Upload) -> list[int]:
    """Return how many bytes of each file are on disk."""
    return [place.stat().st_size if (place := _place(upload, n)).exists() else 0 for n in range(len(upload.files))]


def write(upload: models.Upload, number: int, offset: int, body: Readable) -> int:
    """Append a piece at `offset`; return the file's size once that is on disk. What came before a break counts."""
    if upload.state != "open":
        raise Conflict("此上传已结束 / the upload is closed")
    if not 0 <= number < len(upload.files):
        raise NotFound("没有这个文件 / no such file")
    wanted = int(upload.files[number]["size"])
    with _place(upload, number).open("ab") as file:
        try:
            fcntl.flock(file, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            raise Conflict("此文件正在上传 / a piece of this file is on its way") from None
        have = os.fstat(file.fileno()).st_size
        if offset != have:
            raise WrongOffset(have)
        while chunk := body.read(_CHUNK):
            have += len(chunk)
            if have > wanted:
                raise TooLarge("超过所报大小 / more bytes than announced")
            file.write(chunk)
        file.flush()
        os.fsync(file.fileno())
    return have


def close(upload: models.Upload) -> None:
    """Say that all files are there; raises Conflict when they are not. `take_in` makes the delivery."""
    missing = [each["path"] for each, have in zip(upload.files, offsets(upload), strict=True) if have != each["size"]]
    if missing:
        raise Conflict(f"文件尚未传完 / not complete: {', '.join(missing[:5])}")
    upload.state, upload.problem = "finishing", ""
    upload.save(update_fields=["state", "problem"])


def take_in(upload: models.Upload) -> None:
    """Hash the files, keep them as originals and have the delivery looked at; may be repeated after a crash."""
    if upload.state != "finishing":
        return
    if wrong := _wrong(upload):
        _send_back(upload, wrong)
        return
    store = Path(settings.GEOBASE.deliveries)
    work = originals.incoming(store)
    try:
        for number, each in enumerate(upload.files):
            copy = work / each["path"]
            copy.parent.mkdir(parents=True, exist_ok=True)
            os.link(_place(upload, number), copy)
        source = work / upload.files[0]["path"] if len(upload.files) == 1 else work
        home = originals.settle(work, store, originals.digest(source))
    finally:
        shutil.rmtree(work, ignore_errors=True)
    with transaction.atomic():
        upload.delivery = receive.record(home, upload.name, upload.actor, upload.options)
        upload.state = "finished"
        upload.save(update_fields=["delivery", "state"])
        # A worker takes up what has a goal and is not there yet (ingest.presence).
        models.Delivery.objects.filter(pk=upload.delivery.pk, status="received", goal="").update(goal="staged")
    shutil.rmtree(_folder(upload), ignore_errors=True)


def discard(upload: models.Upload) -> None:
    """Forget an upload and its bytes; a delivery made of it stays."""
    shutil.rmtree(_folder(upload), ignore_errors=True)
    if upload.state != "finished":
        upload.delete()


def _wrong(upload: models.Upload) -> list[int]:
    """Return which files are not those announced."""
    told = enumerate(each["sha256"] for each in upload.files)
    return [number for number, sha256 in told if sha256 and originals.of_file(_place(upload, number)) != sha256]


def _send_back(upload: models.Upload, wrong: list[int]) -> None:
    """Open an upload again whose bytes were damaged on the way; the damaged files begin anew."""
    upload.state = "open"
    upload.problem = f"SHA-256 不符，请重传 / does not agree, send again: {', '.join(upload.files[each]['path'] for each in wrong[:5])}"
    upload.save(update_fields=["state", "problem"])
    for number in wrong:
        _place(upload, number).unlink()


def _file(told: dict[str, Any]) -> dict[str, Any]:
    path, size, sha256 = str(told.get("path", "")), told.get("size"), str(told.get("sha256") or "").lower()
    parts = PurePosixPath(path.replace("\\", "/")).parts
    is_clean = parts and all(each not in ("..", ".", "/") and len(each.encode()) <= 255 and each.isprintable() for each in parts)
    if not is_clean or len(path) > 600:
        raise InvalidValue("文件路径有误 / a path is wrong", parameter="files.path")
    if not isinstance(size, int) or isinstance(size, bool) or size < 0:
        raise InvalidValue("文件大小有误 / a size is wrong", parameter="files.size")
    if not _SHA.fullmatch(sha256):
        raise InvalidValue("SHA-256 应为 64 位十六进制 / sha256 is 64 hexadecimal digits", parameter="files.sha256")
    return {"path": "/".join(parts), "size": size, "sha256": sha256}


def _room(actor: str, size: int) -> None:
    geobase = settings.GEOBASE
    if size > geobase.upload_megabytes << 20:
        raise TooLarge(f"超过 {geobase.upload_megabytes} MB / more than {geobase.upload_megabytes} MB", parameter="files.size")
    mine = models.Upload.objects.filter(actor=actor).exclude(state="finished").aggregate(total=Sum("size"))["total"] or 0
    if mine + size > geobase.upload_quota_megabytes << 20:
        raise TooLarge("未完成的上传超过限额，请先完成或删除 / your unfinished uploads exceed the quota", parameter="files.size")
    folder = Path(geobase.deliveries)
    folder.mkdir(parents=True, exist_ok=True)
    if shutil.disk_usage(folder).free < size + _SPARE:
        raise TooLarge("服务器磁盘空间不足 / the server has no room for this", parameter="files.size")


def _folder(upload: models.Upload) -> Path:
    return Path(settings.GEOBASE.deliveries) / "uploads" / str(upload.pk)


def _place(upload: models.Upload, number: int) -> Path:
    return _folder(upload) / str(number)
