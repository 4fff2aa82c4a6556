"""Deliveries told on the command line: lines for people, or JSON."""

import json
from typing import Any

from ingest import documents
from layers import models


def as_json(delivery: models.Delivery) -> dict[str, Any]:
    """Return what `--json` writes of a delivery."""
    return {**documents.whole(delivery), "findings": delivery.report.get("findings", [])}


def line(delivery: models.Delivery) -> str:
    """Return one line of a list."""
    return f"{delivery.sha256[:12]}  {delivery.received:%Y-%m-%d %H:%M}  {delivery.status:<10} {delivery.title or delivery.name}"


def text(delivery: models.Delivery) -> str:
    """Return a delivery with its steps, parts and what it would change."""
    lines = [line(delivery), *([f"  {delivery.problem}"] if delivery.problem else [])]
    lines += [f"  {name:<8} {each.get('state', ''):<8} {each.get('seconds', '')} s" for name, each in documents.steps(delivery).items()]
    lines += [f"  {each.key} → {each.target or '—'}  {each.state}  {each.rows or 0:,}" for each in delivery.parts.order_by("id")]
    for slug, each in delivery.preview.items():
        counts = "✗" if each.get("blocked") else f"+{each['added']} ~{each['changed']} -{each['removed']}"
        lines.append(f"  {slug}: {counts}")
    return "\n".join(lines)


def dumped(value: Any) -> str:
    """Return JSON as `--json` writes it."""
    return json.dumps(value, ensure_ascii=False, indent=1, default=str)
