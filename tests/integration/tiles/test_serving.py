"""Tiles as they are kept and served: fresh, unmoved where nothing changed, cut to the caller's area."""

import io
import sqlite3

import mapbox_vector_tile
import numpy as np
import pytest
import shapely
from django.contrib.gis.geos import MultiPolygon, Polygon
from django.core.management import call_command
from django_tasks_db.models import DBTaskResult
from PIL import Image

from layers import access, models, services
from layers.spec import Title
from tests.integration.tiles.conftest import FILL, LABEL
from tiles import cache, jobs, proxy, render, serve
from tiles.grids import grid, grids

NOBODY = access.Principal(zone=2)


def addresses(name="WebMercatorQuad", level=15, box=(116.8, 38.2, 116.82, 38.22)):
    found = grid(name)
    matrix = found.matrices[level]
    left, top, right, bottom = found.span(matrix, box)
    return [serve.Address(found, matrix, row, column) for row in range(top, bottom + 1) for column in range(left, right + 1)]


def picture(tile):
    return Image.open(io.BytesIO(tile.body)).convert("RGBA")


@pytest.fixture
def drawings(monkeypatch):
    made = []
    draw = render.draw
    monkeypatch.setattr(render, "draw", lambda query: made.append(query) or draw(query))
    return made


@pytest.mark.parametrize("name", list(grids()))
@pytest.mark.parametrize("extension", ["png", "webp", "jpg", "pbf"])
def test_every_grid_and_format_shows_the_town_and_answers_again_from_the_cache(town, squares, drawings, name, extension):
    town.make().publish(squares)
    level = 8 if name.startswith("CGCS") else 15
    places = addresses(name, level, (116.808, 38.208, 116.812, 38.212))
    at = places[len(places) // 2]
    first = serve.tile_bytes(town.view, at, extension)
    assert first.body
    assert first.body != proxy.empty(extension)
    count = len(drawings)
    assert serve.tile_bytes(town.view, at, extension) == first
    cache.close()
    assert serve.cached(town.view, at, extension) == first
    assert len(drawings) == count
    if extension != "pbf":
        colours = np.asarray(picture(first))[..., :3].reshape(-1, 3)
        assert (np.abs(colours.astype(int) - (0x88, 0xCC, 0x66)).sum(axis=1) < 30).any()


@pytest.mark.parametrize("extension", ["png", "pbf"])
@pytest.mark.parametrize("symbolizers", [(FILL,), (FILL, LABEL)])
def test_after_a_publication_only_what_it_touches_is_drawn_again(town, squares, drawings, extension, symbolizers):
    town.make(*symbolizers).publish(squares)
    places = addresses(level=17)
    before = [serve.tile_bytes(town.view, at, extension) for at in places]
    town.publish({**squares, (2, 3): "9999"})
    stale = [serve.cached(town.view, at, extension) is None for at in places]
    changed = (116.804, 38.206, 116.8058, 38.2078)
    for at, is_stale in zip(places, stale, strict=True):
        west, south, east, north = at.grid.lonlat(at.matrix.bounds(at.column, at.row))
        touched = west <= changed[2] and changed[0] <= east and south <= changed[3] and changed[1] <= north
        assert is_stale or not touched
    units = {(at.column // 4, at.row // 4) for at in places}
    if extension == "pbf" or len(symbolizers) == 1:
        assert 0 < sum(stale) <= len(places) / 3
    else:
        redrawn = {(at.column // 4, at.row // 4) for at, is_stale in zip(places, stale, strict=True) if is_stale}
        assert 0 < len(redrawn) < len(units)
    after = [serve.tile_bytes(town.view, at, extension) for at in places]
    for was, now, is_stale in zip(before, after, stale, strict=True):
        assert is_stale or was == now
    services.rollback("tester", ["parcels"], {"parcels": 1})
    assert [serve.tile_bytes(town.view, at, extension) for at in places] == before


def test_a_tile_drawn_from_an_older_version_is_kept_as_that_one(town, squares, monkeypatch):
    """The race: version 2 is published while a tile is being drawn from version 1."""
    town.make().publish(squares)
    old = town.view
    (at, *_) = addresses()
    draw = render.draw

    def slow(query):
        body = draw(query)
        if town.view.version == 1:
            town.publish({})
        return body

    monkeypatch.setattr(render, "draw", slow)
    first = serve.tile_bytes(old, at, "png")
    assert first.body != proxy.empty("png")
    assert town.view.version == 2
    assert serve.cached(town.view, at, "png") is None
    assert serve.tile_bytes(town.view, at, "png").body == proxy.empty("png")
    assert serve.tile_bytes(old, at, "png").body == first.body
    assert serve.tile_bytes(town.view, at, "png").body == proxy.empty("png")


def test_a_damaged_tile_is_drawn_again_to_the_same_bytes(town, squares):
    town.make().publish(squares)
    (at, *_) = addresses()
    first = serve.tile_bytes(town.view, at, "png")
    (path,) = cache._open
    cache.close()
    with sqlite3.connect(path) as file:
        file.execute("UPDATE tile SET body = substr(body, 1, 40)")
    file.close()
    assert serve.tile_bytes(town.view, at, "png") == first


def test_another_style_never_answers_with_the_first_ones_tiles(town, squares):
    town.make().publish(squares)
    (at, *_) = addresses()
    first = serve.tile_bytes(town.view, at, "png")
    name = serve.version_name(town.view)
    style = models.Style.objects.get(name="plain")
    style.body = style.body.replace("#88cc66", "#ff0000")
    services.save("tester", style)
    assert serve.tile_bytes(town.view, at, "png") != first
    assert serve.version_name(town.view) != name


def grant(**choices):
    layer = models.Layer.objects.get(slug="parcels")
    models.Grant.objects.filter(layer=layer).delete()
    services.save("tester", models.Grant(subject="everyone", layer=layer, operations=["discover", "view"], **choices))
    return access.decide(NOBODY, "parcels", "view")


AREA = ((116.8, 38.2), (116.812, 38.203), (116.809, 38.2111), (116.8, 38.2))


@pytest.mark.parametrize("extension", ["png", "webp"])
@pytest.mark.parametrize("symbolizers", [(FILL,), (FILL, LABEL)])
def test_no_pixel_outside_the_callers_area_is_shown(town, squares, extension, symbolizers):
    town.make(*symbolizers).publish(squares)
    view = grant(area=MultiPolygon(Polygon(AREA), srid=4490))
    assert view.policy
    inside = shapely.Polygon(AREA)
    shown = 0
    for at in addresses(level=16, box=(116.796, 38.196, 116.824, 38.224)):
        whole = serve.tile_bytes(town.view, at, extension)
        narrowed = serve.tile_bytes(view, at, extension)
        assert narrowed.etag != whole.etag
        west, south, east, north = at.grid.lonlat(at.matrix.bounds(at.column, at.row))
        alpha = np.asarray(picture(narrowed))[..., 3]
        x, y = np.meshgrid(west + (np.arange(256) + 0.5) / 256 * (east - west), north - (np.arange(256) + 0.5) / 256 * (north - south))
        outside = ~shapely.contains_xy(inside.buffer((east - west) / 512), x, y)
        assert not alpha[outside].any()
        shown += int((alpha > 0).sum())
        if not inside.intersects(shapely.box(west, south, east, north)):
            assert narrowed.body == proxy.empty(extension)
    assert shown > 10_000


def test_a_tile_outside_the_area_is_the_one_of_no_data_etag_and_all(town, squares):
    town.make().publish(squares)
    view = grant(area=MultiPolygon(Polygon(AREA), srid=4490))
    for extension in ("png", "pbf", "jpg"):
        outside = serve.tile_bytes(view, addresses(box=(116.8195, 38.2195, 116.82, 38.22))[-1], extension)
        nothing = serve.tile_bytes(view, addresses(box=(110.0, 30.0, 110.0, 30.0))[0], extension)
        assert outside == nothing


def test_vector_tiles_give_only_the_rows_fields_and_parts_granted(town, squares):
    town.make().publish(squares)
    (at,) = addresses(level=13, box=(116.801, 38.201, 116.801, 38.201))
    serve.tile_bytes(town.view, at, "pbf")
    view = grant(area=MultiPolygon(Polygon(AREA), srid=4490), columns=["面积"], filter="地类 LIKE '00%'")
    tile = mapbox_vector_tile.decode(serve.tile_bytes(view, at, "pbf").body)["parcels"]
    assert 0 < len(tile["features"]) <= 10
    assert all(set(each["properties"]) == {"面积"} for each in tile["features"])


def test_an_attribute_filter_is_drawn_for_its_policy_and_not_kept_for_others(town, squares):
    town.make().publish(squares)
    (at, *_) = addresses()
    view = grant(filter="地类 = '0101'")
    narrowed = serve.tile_bytes(view, at, "png")
    assert serve.cached(town.view, at, "png") is None
    assert narrowed.body != serve.tile_bytes(town.view, at, "png").body
    assert serve.tile_bytes(view, at, "png") == narrowed


def test_a_composed_map_is_as_fresh_as_its_members(town, squares):
    town.make().publish(squares)
    services.make_layer("tester", services.LayerDraft("vec", Title("电子地图", "Map"), "land", kind="map", public=True, level=0))
    base = models.Layer.objects.get(slug="vec")
    services.save("tester", models.Member(map=base, layer=models.Layer.objects.get(slug="parcels"), order=1))
    (at, *_) = addresses()
    view = access.whole("vec")
    first = serve.tile_bytes(view, at, "png")
    assert first.body != proxy.empty("png")
    town.publish({})
    assert serve.cached(access.whole("vec"), at, "png") is None
    assert serve.tile_bytes(access.whole("vec"), at, "png").body == proxy.empty("png")


def test_after_a_publication_a_worker_redraws_what_was_kept_and_is_stale(town, squares, monkeypatch):
    town.make(FILL, LABEL).publish(squares)
    services.make_layer("tester", services.LayerDraft("vec", Title("电子地图", "Map"), "land", kind="map", public=True, level=0))
    base, parcels = models.Layer.objects.get(slug="vec"), models.Layer.objects.get(slug="parcels")
    services.save("tester", models.Member(map=base, layer=parcels, order=1))
    places = addresses(level=15)

    def views():
        return access.whole("parcels"), access.whole("vec")

    for view in views():
        for at in places:
            serve.tile_bytes(view, at, "png")
    DBTaskResult.objects.all().delete()
    town.publish({})
    assert not all(serve.cached(view, at, "png") for view in views() for at in places)
    waiting = DBTaskResult.objects.filter(status="READY", task_path=jobs.REFRESH)
    assert [each.args_kwargs["args"] for each in waiting.all()] == [["parcels"]]
    jobs.want(["parcels"])
    assert waiting.count() == 1
    monkeypatch.setattr(jobs, "SLICE_S", 0.0)
    call_command("db_worker", batch=True, worker_id="w", verbosity=0)
    assert not waiting.all().exists()
    assert DBTaskResult.objects.filter(status="SUCCESSFUL", task_path=jobs.REFRESH).count() > 1
    assert all(serve.cached(view, at, "png") for view in views() for at in places)


def test_seeding_draws_what_is_not_fresh_and_goes_on_where_it_was(town, squares, capsys):
    town.make(FILL, LABEL).publish(squares)
    call_command("seed", "parcels", levels="14-16")
    assert "drawn" in capsys.readouterr().out
    assert all(serve.cached(town.view, at, "png") for level in (14, 15, 16) for at in addresses(level=level))
    call_command("seed", "parcels", levels="14-16")
    assert " 0 drawn" in capsys.readouterr().out
    town.publish({**squares, (2, 3): "9999"})
    call_command("seed", "parcels", kept=True)
    assert " 0 drawn" not in capsys.readouterr().out
    assert all(serve.cached(town.view, at, "png") for level in (14, 15, 16) for at in addresses(level=level))
