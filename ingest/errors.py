"""What ends a delivery's step that is no finding about the delivery."""

import errno
import os
import shutil
from pathlib import Path

_FULL = 16 << 20
"""With less room than this a child that failed is taken to have failed for want of it."""


class Cancelled(Exception):
    """Somebody has cancelled this delivery."""


class LostJob(Exception):
    """Another worker has taken this job over."""


def why(fault: BaseException) -> str:
    """Say in both languages what of the world stopped a step: disk, share or database."""
    if getattr(fault.__cause__, "pgcode", None) == "53100" or getattr(fault, "errno", None) in (errno.ENOSPC, errno.EDQUOT):
        return "磁盘已满，腾出空间后自动继续 · the disk is full; goes on by itself once there is room"
    if isinstance(fault, OSError):
        return f"文件读写失败（{fault.strerror or type(fault).__name__}），将自动重试 · files cannot be read or written; tried again by itself"
    return "数据库暂不可用，恢复后自动继续 · the database is away; goes on by itself"


def full_disk(folder: Path, said: bytes) -> None:
    """Raise OSError (ENOSPC) when a child that failed writing to `folder`, with these last words, found no room."""
    there = next(each for each in (folder, *folder.parents) if each.exists())
    if b"No space left" in said or shutil.disk_usage(there).free < _FULL:
        raise OSError(errno.ENOSPC, os.strerror(errno.ENOSPC))
