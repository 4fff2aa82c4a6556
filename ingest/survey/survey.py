"""How the whole demo survey is made: the world, then every delivery, with word of how far it is."""

import json
from collections.abc import Iterator
from concurrent.futures import Future, ProcessPoolExecutor, as_completed
from dataclasses import asdict, dataclass
from functools import cache
from multiprocessing import get_context
from pathlib import Path

from ingest.survey import deliveries, ortho, terrain
from ingest.survey.world import World, build

SEED = 20_260_518
# Shares of the time that the world and the vectors take; sheets take the rest.
_WORLD, _VECTORS = 0.10, 0.22
_FLIGHTS = {2024: deliveries.ORTHO_2024, 2026: deliveries.ORTHO_2026}


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
    with Painters(world, processes) as painters:
        sheets = painters.start(out)
        for each in deliveries.write_vectors(world, out):
            yield Progress(_VECTORS, each.title)
        folder = deliveries.folder(out, deliveries.TERRAIN)
        terrain.write(world, folder)
        deliveries.write_card(deliveries.TERRAIN, folder)
        yield Progress(_VECTORS, deliveries.TERRAIN.title)
        for count, done in enumerate(as_completed(sheets), 1):
            share = _VECTORS + (1 - _VECTORS) * count / len(sheets)
            yield Progress(share, f"影像 {done.result()} · sheet {count}/{len(sheets)}")
    write_list(out)
    yield Progress(1.0, "完成 · done")


class Painters:
    """Processes that draw orthophoto sheets; with two, each keeps to one year and prepares it once."""

    def __init__(self, world: World, processes: int) -> None:
        spawn = get_context("spawn")
        self._pools = [
            ProcessPoolExecutor(1, mp_context=spawn, initializer=_keep, initargs=(world,)) for _ in range(max(1, processes))
        ]

    def __enter__(self) -> "Painters":
        return self

    def __exit__(self, kind: object, *rest: object) -> None:
        for pool in self._pools:
            pool.shutdown(cancel_futures=True)

    def start(self, out: Path) -> list[Future[str]]:
        """Begin drawing all sheets of both flights into their deliveries."""
        found = []
        for place, (year, delivery) in enumerate(_FLIGHTS.items()):
            folder = deliveries.folder(out, delivery)
            deliveries.write_card(delivery, folder)
            for number, corner in enumerate(ortho.names()):
                share = place if len(self._pools) == len(_FLIGHTS) else number
                pool = self._pools[share % len(self._pools)]
                found.append(pool.submit(_paint, year, corner, folder))
        return found


_kept: list[World] = []


def _keep(world: World) -> None:
    _kept.append(world)


@cache
def _scene(year: int) -> ortho.Scene:
    return ortho.Scene(_kept[0], year)


def _paint(year: int, corner: tuple[int, int], folder: Path) -> str:
    return f"{year} {ortho.write_sheet(_scene(year), *corner, folder).stem}"


def write_list(out: Path) -> Path:
    """Write the deliveries in ingest order, with titles and target layers, beside the folder."""
    path = out.with_name(f"{out.name}.json")
    listed = {"sample": True, "deliveries": [asdict(each) for each in deliveries.ALL]}
    path.write_text(json.dumps(listed, ensure_ascii=False, indent=1) + "\n", encoding="utf-8")
    return path
