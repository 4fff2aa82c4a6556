"""How the whole demo survey is made: the world, then every delivery, with word of how far it is."""

import json
from collections.abc import Iterator
from dataclasses import asdict, dataclass
from pathlib import Path

from ingest.survey import deliveries
from ingest.survey.world import World, build

SEED = 20_260_518
# Shares of the whole that the steps before the imagery take.
_WORLD, _VECTORS = 0.06, 0.12


@dataclass(frozen=True, slots=True)
class Progress:
    """How far the generator is (0 to 1) and what it has just finished."""

    share: float
    word: str


def generate(out: Path, seed: int = SEED, *, processes: int = 2) -> Iterator[Progress]:
    """Write every delivery into `out` (one folder or zip each), yielding progress.

    The list of deliveries in their order goes beside the folder, into `<out>.json`; nothing but
    deliveries lies in `out`. The same seed writes the same content.
    """
    out.mkdir(parents=True, exist_ok=True)
    world = build(seed)
    yield Progress(_WORLD, f"{len(world.parcels)} 个图斑 · parcels")
    vectors = list(_vectors(world, out))
    yield Progress(_VECTORS, f"{len(vectors)} 份矢量成果 · vector deliveries")
    write_list(out)
    yield Progress(1.0, "完成 · done")


def _vectors(world: World, out: Path) -> Iterator[str]:
    for each in deliveries.write_vectors(world, out):
        yield each.folder


def write_list(out: Path) -> Path:
    """Write the deliveries in ingest order, with titles and target layers, beside the folder."""
    path = out.with_name(f"{out.name}.json")
    listed = {"sample": True, "deliveries": [asdict(each) for each in deliveries.ALL]}
    path.write_text(json.dumps(listed, ensure_ascii=False, indent=1) + "\n", encoding="utf-8")
    return path
