"""How a command that did something with a delivery ends: what has become of it, and whether that is good."""

from collections.abc import Mapping, Sequence
from typing import Any

from django.core.management.base import BaseCommand

from ingest import told
from layers import models


def handled(command: BaseCommand, delivery: models.Delivery, options: Mapping[str, Any], *, good: Sequence[str]) -> None:
    """Write the delivery as it is now; the exit code is 1 unless its state is a good one."""
    delivery.refresh_from_db()
    command.stdout.write(told.dumped(told.as_json(delivery)) if options["json"] else told.text(delivery))
    if delivery.status not in good:
        for each in delivery.report.get("findings", ())[-5:]:
            command.stderr.write(f"{each['zh']} · {each['en']}")
        raise SystemExit(1)
