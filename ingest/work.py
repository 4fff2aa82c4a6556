"""What the steps of one delivery share: what it says of itself, how it is to be treated, what was found so far."""

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import Any

from ingest.findings import Finding, Refused, from_json
from ingest.manifest import Manifest
from ingest.raster.sheets import Sheet
from ingest.read import SourceLayer
from layers import models
from layers.datums import Local
from layers.publication import Published

type Hear = Callable[[str, int, int], None]
"""Hears what is being done, how much is done, of how much."""


@dataclass(frozen=True, slots=True)
class Options:
    """How a delivery is to be treated; `level` None = the layer's usual one."""

    actor: str = "ingest"
    dry_run: bool = False
    publish: bool = True
    as_layer: str = ""
    level: int | None = None
    transformation: str = ""
    shift: str = ""


@dataclass(slots=True)
class Report:
    """What became of a delivery; findings are kept by the step that made them."""

    delivery: str = ""
    by_step: dict[str, list[Finding]] = field(default_factory=dict)
    rows: dict[str, int] = field(default_factory=dict)
    published: tuple[Published, ...] = ()

    @property
    def findings(self) -> tuple[Finding, ...]:
        """All findings, in the order of the steps."""
        return tuple(each for found in self.by_step.values() for each in found)

    @property
    def is_blocked(self) -> bool:
        """Whether something was refused."""
        return any(each.severity == "blocking" for each in self.findings)

    def as_json(self) -> dict[str, Any]:
        """Return the report as plain values."""
        return {
            "delivery": self.delivery,
            "rows": self.rows,
            "published": [
                {"layer": each.slug, "version": each.version, "added": each.added, "changed": each.changed, "removed": each.removed}
                for each in self.published
            ],
            "findings": [{**each.as_json(), "step": step} for step, found in self.by_step.items() for each in found],
        }  # fmt: skip


    def read(self, kept: dict[str, Any]) -> None:
        """Take up findings and counts of an earlier run, as `as_json` wrote them."""
        self.rows = kept.get("rows", {})
        self.published = tuple(
            Published(each["layer"], each["version"], each["added"], each["changed"], each["removed"]) for each in kept.get("published", ())
        )
        for each in kept.get("findings", ()):
            self.by_step.setdefault(each.get("step", ""), []).append(from_json(each))


@dataclass(slots=True)
class Part:
    """One layer of a vector source, or one raster; `row` is what is kept of it."""

    row: models.DeliveryPart
    layer: SourceLayer | None = None
    sheet: Sheet | None = None

    @property
    def target(self) -> str:
        """The slug of the layer it goes to."""
        return self.row.target


@dataclass(slots=True)
class Work:
    """One delivery on its way; `delivery` is unsaved in a dry run, `folder` holds the unpacked files."""

    delivery: models.Delivery
    folder: Path
    options: Options
    hear: Hear
    told: Manifest = field(default_factory=Manifest)
    report: Report = field(default_factory=Report)
    parts: list[Part] = field(default_factory=list)
    step: str = ""
    local: Local | None = None
    fence: Callable[[], None] = lambda: None

    @property
    def shift(self) -> str:
        """The web map's shift that is to be undone, by the command or by the delivery; "" = none."""
        return self.options.shift or self.told.shift

    def say(self, *findings: Finding) -> None:
        """Note findings of the step under way."""
        self.report.by_step.setdefault(self.step, []).extend(findings)

    @contextmanager
    def refusals(self, part: Part | None = None, layer: str = "") -> Iterator[None]:
        """Turn what is refused inside into a finding (of a part, which is then out)."""
        try:
            yield
        except Refused as refused:
            found = refused.finding
            self.say(replace(found, layer=layer) if layer and not found.layer else found)
            if part is not None:
                part.row.state = "refused"

    def save(self, part: Part) -> None:
        """Keep what a part has become."""
        if not self.options.dry_run:
            part.row.save()
