"""How a process is run: at once for a caller who waits, or by a worker as a task; its files kept in the job's folder."""

import json
import shutil
from collections.abc import Mapping
from pathlib import Path
from typing import Any
from uuid import UUID

from django.conf import settings
from django.tasks import task

from geoserver_app.http_errors import fault
from geoserver_app.processes.process import File, Raw, Run
from geoserver_app.processes.registry import process
from layers import jobs
from layers.access import Principal
from layers.jobs import Job

type Stored = dict[str, Any]


@task()
def run_job(number: str) -> None:
    """Run a waiting job (a worker's task)."""
    for old in jobs.expire(settings.GEOBASE.job_days):
        discard(old)
    begun = jobs.begin(UUID(number))
    if begun is None:
        return
    job, principal, language = begun
    try:
        jobs.finish(job.id, execute(job, principal, language))
    except jobs.Dismissed:
        discard(job.id)
    except Exception as error:
        found = fault(error)
        discard(job.id)
        jobs.fail(job.id, found.text if found else "内部错误 / internal error")
        if found is None:
            raise


def execute(job: Job, principal: Principal, language: str) -> Stored:
    """Run a job's process; return its outputs as they are stored. Raises what the process raises."""
    folder = folder_of(job.id)
    shutil.rmtree(folder, ignore_errors=True)
    folder.mkdir(parents=True)
    run = Run(principal, language, folder, lambda progress, words: jobs.report(job.id, progress, words))
    found = process(job.process).run(run, job.inputs)
    stored = {name: _stored(value, name, folder) for name, value in found.items()}
    if not any(folder.iterdir()):
        folder.rmdir()
    return stored


def folder_of(number: UUID) -> Path:
    """Return the folder of a job's files."""
    return Path(settings.GEOBASE.jobs) / str(number)


def discard(number: UUID) -> None:
    """Remove a job's files."""
    shutil.rmtree(folder_of(number), ignore_errors=True)


def file_of(job: Job, output: str) -> tuple[Path, str] | None:
    """Return the file of an output with its media type, None for what is no file (any more)."""
    stored: Mapping[str, Any] = job.outputs.get(output) or {}
    if "file" not in stored:
        return None
    path = folder_of(job.id) / str(stored["file"])
    return (path, str(stored["media"])) if path.is_file() else None


def _stored(value: Any, name: str, folder: Path) -> Stored:
    match value:
        case File(path=path, media=media):
            return {"file": path.name, "media": media, "bytes": path.stat().st_size}
        case Raw(value=inner, media=media):
            text = json.dumps(inner, ensure_ascii=False)
            if len(text) > 1_000_000:  # large documents are files, not rows of the job table
                path = folder / f"{name}.json"
                path.write_text(text, encoding="utf-8")
                return {"file": path.name, "media": media, "bytes": path.stat().st_size}
            return {"value": inner, "media": media}
    return {"value": value}
