"""A delivery that changes one parcel in a hundred: what is written, what is drawn again, and the way back."""

import datetime

import pytest
import shapely
from django.db import connection

from layers import access, generalise, models, rows, services
from layers.mosaics import StagedFile
from layers.spec import Title
from tests.data.parcels import lattice
from tests.integration.tiles.conftest import FILL, LABEL
from tiles import cache, serve
from tiles.grids import grid
from tiles.plan import plan

SIDE, STEP = 20, 0.004
BOX = (116.8, 38.2, 116.8 + SIDE * STEP, 38.2 + SIDE * STEP)
LEVELS = (10, 13, 15)
CHANGED = (47, 48, 211, 305)


def addresses(level, box=BOX):
    found = grid("WebMercatorQuad")
    matrix = found.matrices[level]
    left, top, right, bottom = found.span(matrix, box)
    return [serve.Address(found, matrix, row, column) for row in range(top, bottom + 1) for column in range(left, right + 1)]


def features():
    view = access.decide(access.Principal(zone=2), "parcels", "query")
    return rows.items(view, rows.RowQuery(bounds=BOX, limit=1000)).body


def units(drawing, places):
    return {(unit.column, unit.row): drawing.box(at.matrix, at.column, at.row)
            for at in places for unit in [drawing.unit(at.matrix, at.column, at.row)]}  # fmt: skip


@pytest.fixture
def parcels(town, monkeypatch):
    monkeypatch.setattr(generalise, "NEEDED_VERTICES", 100)
    return {f"{number:04}": shape for number, shape in enumerate(lattice(3, SIDE, STEP))}


def redelivered(parcels):
    """One parcel in a hundred: two swap a strip of ground, two get another class."""
    made = dict(parcels)
    one, two, *others = (f"{number:04}" for number in CHANGED)
    strip = shapely.box(made[one].bounds[2] - 0.0006, 0, 180, 90)
    made[two] = shapely.union(made[two], shapely.intersection(made[one], strip)).normalize()
    made[one] = shapely.difference(made[one], strip).normalize()
    for name in others:
        made[f"9{name[1:]}"] = made.pop(name)
    return made


@pytest.mark.parametrize(("slug", "symbolizers"), [("parcels", (FILL,)), ("parcels", (FILL, LABEL)), ("vec", (FILL,))])
def test_one_parcel_in_a_hundred_changed_redraws_what_it_touches_and_comes_back_byte_for_byte(town, parcels, slug, symbolizers):
    town.make(*symbolizers).publish_shapes(parcels.items())
    if slug == "vec":
        services.make_layer("tester", services.LayerDraft("vec", Title("电子地图", "Map"), "land", kind="map", public=True, level=0))
        base, layer = models.Layer.objects.get(slug="vec"), models.Layer.objects.get(slug="parcels")
        services.save("tester", models.Member(map=base, layer=layer, order=1))
    asked = [(at, extension) for level in LEVELS for at in addresses(level) for extension in ("png", "pbf")]
    before = {place: serve.tile_bytes(access.whole(slug), place[0], place[1]) for place in asked}
    were = features()

    done = town.publish_shapes(redelivered(parcels).items())

    assert done.added + done.changed <= len(CHANGED)
    with connection.cursor() as cursor:
        cursor.execute(f"SELECT count(*) FILTER (WHERE since = 2), count(*) FILTER (WHERE until = 2) FROM {town.view.spec.table}")
        assert cursor.fetchone() == (len(CHANGED), len(CHANGED))
    changed = shapely.union_all([parcels[f"{number:04}"] for number in CHANGED])
    view = access.whole(slug)
    needed = redrawn = 0
    for level in LEVELS:
        for extension in ("png", "pbf"):
            drawing = plan(view, grid("WebMercatorQuad"), extension)
            places = addresses(level)
            touched = {name for name, box in units(drawing, places).items() if shapely.box(*box).intersects(changed)}
            stale = units(drawing, [at for at in places if serve.cached(view, at, extension) is None])
            assert touched <= stale.keys()
            needed, redrawn = needed + len(touched), redrawn + len(stale)
    assert redrawn <= 2 * needed
    for (at, extension), was in before.items():
        if found := serve.cached(view, at, extension):
            assert found == was
    after = {place: serve.tile_bytes(view, place[0], place[1]) for place in asked}
    assert after != before
    assert features() != were

    services.rollback("tester", ["parcels"], {"parcels": 1})
    assert features() == were
    for (at, extension), was in before.items():
        assert serve.tile_bytes(access.whole(slug), at, extension) == was


def sheet(number, digest):
    west = 116.8 + number * 0.02
    return StagedFile(
        "ortho", f"sheet-{number}.tif", digest * 64, digest * 64, f"{digest}{number}.tif", "EPSG:4490",
        shapely.box(west, 38.2, west + 0.02, 38.28).wkb, 100, 100, 3, "uint8", 1.0, survey_date=datetime.date(2026, 5, 1),
    )  # fmt: skip


def test_a_sheet_surveyed_anew_makes_the_tiles_over_it_stale_and_no_others(town):
    services.make_layer("tester", services.LayerDraft("ortho", Title("影像", "Imagery"), "land", kind="imagery", public=True, level=0))
    services.publish("tester", None, [], [sheet(number, "a") for number in range(4)])
    places = addresses(15)
    first = plan(access.whole("ortho"), grid("WebMercatorQuad"), "jpg")
    first.store.put((at.matrix.level, at.column, at.row, cache.stored(first.versions, b"drawn")) for at in places)

    services.publish("tester", None, [], [sheet(number, "b" if number == 1 else "a") for number in range(4)])

    view = access.whole("ortho")
    again = plan(view, grid("WebMercatorQuad"), "jpg")
    footprint = shapely.box(116.82, 38.2, 116.84, 38.28)
    touched = [shapely.box(*again.box(at.matrix, at.column, at.row)).intersects(footprint) for at in places]
    stale = [serve.cached(view, at, "jpg") is None for at in places]
    assert all(old or not new for old, new in zip(stale, touched, strict=True))
    assert 0 < sum(touched) <= sum(stale) <= 2 * sum(touched)
    services.rollback("tester", ["ortho"], {"ortho": 1})
    assert access.whole("ortho").version == 3
