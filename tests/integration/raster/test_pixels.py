"""The pixels door over real COGs: which file is on top, where it lies, who may see it."""

from concurrent.futures import ThreadPoolExecutor
from datetime import date
from types import SimpleNamespace

import numpy as np
import pytest
import rasterio
import rasterio.warp
from django.conf import settings
from django.contrib.gis.geos import MultiPolygon, Polygon
from django.db import connection
from rasterio.transform import from_origin

from ingest.pipeline import Options, run
from layers import access, changes, cogs, crs, models, pixels, registry, services
from layers.errors import InvalidValue, RenderFailed, TooLarge
from layers.pixels import Picture

pytestmark = pytest.mark.django_db(transaction=True)
NOBODY = access.Principal(zone=2)
WEST, NORTH = 485_000, 4_231_000


@pytest.fixture(autouse=True)
def _world(transactional_db, folders, monkeypatch):
    changes.forget()
    registry.reset()
    monkeypatch.setattr(registry, "POLL_S", 0.0)
    with connection.cursor() as cursor:
        cursor.execute("INSERT INTO layers_revision VALUES (1, 1, 1) ON CONFLICT DO NOTHING")
        cursor.execute(
            "INSERT INTO layers_theme (slug, title_zh, title_en, \"order\") SELECT s, s, s, 0 FROM "
            "unnest(ARRAY['base', 'imagery', 'terrain']) AS s ON CONFLICT DO NOTHING"
        )


def take(folder, data, day="2024-05-12", name="a.tif", layer="ortho", **more):
    home = folder / f"{day}-{name}"
    home.mkdir()
    (home / "delivery.toml").write_text(f"survey_date = {day}\n")
    data = np.asarray(data)
    profile = {"driver": "GTiff", "count": len(data), "height": data.shape[1], "width": data.shape[2], "dtype": data.dtype,
               "crs": "EPSG:4548", "transform": from_origin(WEST, NORTH, 1, 1)}  # fmt: skip
    with rasterio.open(home / name, "w", **profile | more) as file:
        file.write(data)
    report = run(home, Options(as_layer=layer, level=0))
    assert report.published, report.findings
    return report


def view(slug="ortho"):
    found = access.decide(NOBODY, slug, "query")
    assert found is not None
    return found


def place(x, y):
    return crs.transformer(4548, 4490).transform(WEST + x, NORTH - y)


def picture(x0=0, y0=0, x1=100, y1=100, size=(100, 100), **more):
    return Picture((WEST + x0, NORTH - y1, WEST + x1, NORTH - y0), 4548, *size, **more)


def numbers(size=100, bands=1, dtype="uint16"):
    return np.arange(1, bands * size * size + 1).reshape(bands, size, size).astype(dtype)


def test_a_place_has_the_value_of_the_pixel_it_lies_in(tmp_path):
    data = numbers()
    take(tmp_path, data)
    inside, outside = pixels.sample(view(), [place(70.5, 20.5), (110.0, 30.0)])
    assert inside is not None
    assert inside.values == (float(data[0, 20, 70]),)
    assert inside.date == date(2024, 5, 12)
    assert inside.file == "a.tif"
    assert outside is None


def test_a_picture_on_the_pixels_is_the_pixels(tmp_path):
    data = numbers(bands=2)
    take(tmp_path, data)
    for how in ("nearest", "bilinear"):
        found = pixels.read(view(), picture(10, 20, 60, 90, (50, 70), resampling=how))
        assert not found.mask.any()
        assert (found.data == data[:, 20:90, 10:60]).all()
    assert (pixels.read(view(), picture(bands=(2,))).data == data[1:]).all()


def test_the_later_survey_lies_on_top_and_holes_show_what_is_below(tmp_path):
    take(tmp_path, np.full((1, 100, 100), 7, "uint16"), nodata=0)
    later = np.full((1, 100, 100), 9, "uint16")
    later[:, :50] = 0
    take(tmp_path, later, "2026-05-18", nodata=0)
    take(tmp_path, np.full((1, 100, 100), 3, "uint16"), "2019-01-01", nodata=0)
    found = pixels.read(view(), picture())
    assert (found[0, :50] == 7).all()
    assert (found[0, 50:] == 9).all()
    upper, lower = pixels.sample(view(), [place(5, 5), place(5, 95)])
    assert upper is not None
    assert lower is not None
    assert (upper.values, upper.date) == ((7.0,), date(2024, 5, 12))
    assert (lower.values, lower.date) == ((9.0,), date(2026, 5, 18))


def test_an_old_version_keeps_its_pixels(tmp_path):
    take(tmp_path, np.full((1, 50, 50), 7, "uint16"))
    first = view()
    take(tmp_path, np.full((1, 50, 50), 9, "uint16"), "2026-05-18")
    assert pixels.sample(first, [place(5, 5)])[0].values == (7.0,)
    assert pixels.sample(view(), [place(5, 5)])[0].values == (9.0,)


def test_a_small_picture_of_a_large_file_is_read_from_an_overview(tmp_path, monkeypatch):
    data = np.add.outer(np.arange(3000), np.arange(3000))[None].astype("float32")
    take(tmp_path, data, layer="dem")
    read: list[int] = []
    plain = cogs.Cog.cut

    def watched(self, number, bands, window):
        read.append(window.width * window.height)
        return plain(self, number, bands, window)

    monkeypatch.setattr(cogs.Cog, "cut", watched)
    found = pixels.read(view("dem"), picture(0, 0, 3000, 3000, (100, 100), resampling="bilinear"))
    assert max(read) <= 400 * 400
    wanted = np.add.outer(np.arange(100), np.arange(100)) * 30 + 29
    assert np.abs(found[0] - wanted)[2:-2, 2:-2].max() < 4


def test_in_degrees_a_picture_agrees_with_gdals_warp(tmp_path):
    y, x = np.mgrid[0:400, 0:400]
    data = (1000 * np.sin(x / 50) * np.cos(y / 60))[None].astype("float32")
    take(tmp_path, data, layer="dem")
    west, south, east, north = crs.bounds((WEST + 50, NORTH - 350, WEST + 350, NORTH - 50), 4548, 4490)
    found = pixels.read(view("dem"), Picture((west, south, east, north), 4490, 300, 280, resampling="bilinear"))
    wanted = np.zeros((280, 300), "float32")
    rasterio.warp.reproject(
        data[0], wanted, src_transform=from_origin(WEST, NORTH, 1, 1), src_crs="EPSG:4548", dst_crs="EPSG:4490",
        dst_transform=rasterio.transform.from_bounds(west, south, east, north, 300, 280), resampling=rasterio.warp.Resampling.bilinear,
    )  # fmt: skip
    assert not found.mask.any()
    assert np.abs(found[0] - wanted).max() < 3


def test_outside_the_callers_area_there_is_nothing(tmp_path):
    take(tmp_path, numbers())
    corners = [place(*each) for each in ((0, 0), (50, 0), (50, 100), (0, 100), (0, 0))]
    models.Grant.objects.all().delete()
    area = MultiPolygon(Polygon(corners, srid=4490), srid=4490)
    services.save("test", models.Grant(
        subject="everyone", layer=models.Layer.objects.get(slug="ortho"), operations=["discover", "query"], area=area))  # fmt: skip
    narrowed = view()
    assert narrowed.pieces
    found = pixels.read(narrowed, picture())
    assert not found.mask[0, :, :50].any()
    assert found.mask[0, :, 50:].all()
    inside, outside = pixels.sample(narrowed, [place(20, 20), place(70, 20)])
    assert inside is not None
    assert outside is None


def test_a_missing_or_damaged_file_is_an_error_never_empty_data(tmp_path):
    take(tmp_path, numbers(600))
    row = models.RasterFile.objects.get()
    path = settings.GEOBASE.store / row.path
    content = bytearray(path.read_bytes())
    content[len(content) // 2 :] = bytes(len(content) - len(content) // 2)
    path.write_bytes(content)
    cogs.forget()
    with pytest.raises(RenderFailed):
        pixels.read(view(), picture(0, 0, 600, 600, (600, 600)))
    path.unlink()
    with pytest.raises(RenderFailed):
        pixels.sample(view(), [place(5, 5)])


def test_many_threads_read_the_same_values(tmp_path):
    data = numbers(700)
    take(tmp_path, data)
    narrowed = view()

    def one(n):
        try:
            found = pixels.read(narrowed, picture(n, 0, n + 300, 300, (300, 300)))
            return bool((found.data == data[:, :300, n : n + 300]).all())
        finally:
            connection.close()

    with ThreadPoolExecutor(4) as pool:
        assert all(pool.map(one, range(0, 400, 20)))


def test_what_cannot_be_answered_is_refused(tmp_path):
    take(tmp_path, numbers())
    with pytest.raises(InvalidValue):
        pixels.read(view(), picture(bands=(5,)))
    with pytest.raises(TooLarge):
        pixels.read(view(), picture(size=(20_000, 20_000)))
    with pytest.raises(TypeError):
        access.LayerView(SimpleNamespace(), 1, "query", frozenset())
