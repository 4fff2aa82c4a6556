"""What REST and command line tell of a delivery and of an upload, as plain values."""

from collections import Counter
from typing import Any

from ingest import uploads
from layers import models

STEPS = ("receive", "detect", "check", "diff", "publish", "rollback")


def brief(delivery: models.Delivery) -> dict[str, Any]:
    """Tell of a delivery what a list shows."""
    running = next(((name, each) for name, each in steps(delivery).items() if each.get("state") == "running"), None)
    return {
        "sha256": delivery.sha256, "id": delivery.pk, "name": delivery.name, "title": delivery.title, "contractor": delivery.contractor,
        "status": delivery.status, "problem": delivery.problem, "received": delivery.received.isoformat(), "actor": delivery.actor,
        "survey_date": delivery.survey_date.isoformat() if delivery.survey_date else None, "bytes": delivery.size, "files": delivery.files,
        "step": running[0] if running else None, "progress": progress(running[1]) if running else None,
        "links": {"self": f"/deliveries/api/deliveries/{delivery.sha256}"},
    }  # fmt: skip


def steps(delivery: models.Delivery) -> dict[str, dict[str, Any]]:
    """Tell of the steps in their order, which the database does not keep."""
    return {name: delivery.steps[name] for name in STEPS if name in delivery.steps}


def progress(step: dict[str, Any]) -> dict[str, Any]:
    """Tell how far a step is: done of total, rows (files) a second, seconds left when that can be said."""
    done, total, rate = step.get("done", 0), step.get("total", 0), step.get("rate", 0)
    left = round((total - done) / rate) if rate and total > done else None
    return {"what": step.get("what", ""), "done": done, "total": total, "rate": rate, "seconds_left": left}


def whole(delivery: models.Delivery) -> dict[str, Any]:
    """Tell everything of a delivery but its findings, which have a page of their own."""
    findings = delivery.report.get("findings", [])
    home = f"/deliveries/api/deliveries/{delivery.sha256}"
    return {
        **brief(delivery), "scale": delivery.scale, "mode": delivery.mode, "is_confirmed": delivery.is_confirmed,
        "submitted_by": delivery.submitted_by, "approved_by": delivery.approved_by, "is_sample": delivery.is_sample,
        "steps": steps(delivery), "preview": delivery.preview, "rows": delivery.report.get("rows", {}),
        "published": delivery.report.get("published", []), "counts": Counter(each["severity"] for each in findings),
        "parts": [part(each) for each in delivery.parts.order_by("id")],
        "links": {"self": home, **{name: f"{home}/{name}" for name in ("findings", "changes", "mapping")}},
    }  # fmt: skip


def part(row: models.DeliveryPart) -> dict[str, Any]:
    """Tell of one part: where it goes, what it was found to be."""
    return {"key": row.key, "kind": row.kind, "target": row.target, "state": row.state, "rows": row.rows, "facts": row.facts}


def upload(row: models.Upload) -> dict[str, Any]:
    """Tell how much of each file of an upload has arrived."""
    have = uploads.offsets(row) if row.state == "open" else [each["size"] for each in row.files]
    home = f"/deliveries/api/uploads/{row.pk}"
    return {
        "id": str(row.pk), "name": row.name, "state": row.state, "problem": row.problem, "bytes": row.size, "received": sum(have),
        "delivery": row.delivery.sha256 if row.delivery else None,
        "files": [{**each, "offset": at, "href": f"{home}/files/{n}"} for n, (each, at) in enumerate(zip(row.files, have, strict=True))],
        "links": {"self": home, "finish": f"{home}/finish"},
    }  # fmt: skip
