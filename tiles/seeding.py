"""Which tiles of a layer are drawn before anyone asks, and which again after a publication.

A tile that is fresh is left alone, so seeding again after a stop goes on where it was, and after a publication draws
only what the change touched.
"""

from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

from layers.access import LayerView
from tiles import serve
from tiles.grids import Grid, Matrix, grids
from tiles.plan import formats, leaves, plan


@dataclass(frozen=True, slots=True)
class Seeding:
    """What to seed: one view in one grid, style and format, on the matrices `first` to `last` (indexes)."""

    view: LayerView
    grid: Grid
    extension: str
    first: int
    last: int
    style: str = ""

    @property
    def matrices(self) -> tuple[Matrix, ...]:
        """The matrices, coarse first."""
        return self.grid.matrices[self.first : self.last + 1]


def addresses(job: Seeding) -> Iterator[serve.Address]:
    """List one tile of every unit of drawing that meets the layer's extent: its unit is drawn with it."""
    drawing = plan(job.view, job.grid, job.extension, job.style)
    boxes = [leaf.spec.extent for leaf in leaves(job.view) if leaf.spec.extent]
    for matrix in job.matrices:
        seen = set()
        for box in boxes:
            span = job.grid.span(matrix, box)
            if span is None:
                continue
            unit = drawing.unit(matrix, 0, 0)
            for row in range(span[1] // unit.rows * unit.rows, span[3] + 1, unit.rows):
                for column in range(span[0] // unit.columns * unit.columns, span[2] + 1, unit.columns):
                    if (column, row) not in seen:
                        seen.add((column, row))
                        yield serve.Address(job.grid, matrix, row, column)


def seed(job: Seeding) -> Iterator[bool]:
    """Draw what is not fresh, unit by unit; yields whether each was drawn."""
    for at in addresses(job):
        yield serve.refresh(job.view, at, job.extension, job.style)


def refresh_kept(view: LayerView) -> Iterator[bool]:
    """Draw again every kept tile that the last publications have made stale, in all grids, formats and styles."""
    for found in grids().values():
        for extension in formats(view):
            for style in ("", *(each.name for each in view.spec.styles[1:])):
                drawing = plan(view, found, extension, style)
                if not Path(drawing.store.path).exists():
                    continue
                for level, column, row in drawing.store.places():
                    at = serve.Address(found, found.matrices[level], row, column)
                    yield serve.refresh(view, at, extension, style)
