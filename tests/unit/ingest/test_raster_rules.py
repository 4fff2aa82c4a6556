"""Each rule of rasters finds its defect in a real GeoTIFF, and nothing in clean ones."""

import numpy as np
import pytest
import rasterio
import shapely
from rasterio.transform import from_origin

from ingest.raster import measure
from ingest.rules import mosaic
from ingest.rules.policy import Policy
from layers import crs
from layers.mosaics import StagedFile

SIZE = 200
EAST, NORTH = 485_000.0, 4_232_000.0


@pytest.fixture
def store(folders):
    """Give the store's folder."""
    (folders / "store").mkdir()
    return folders / "store"


@pytest.fixture(autouse=True)
def _in_this_process(request, monkeypatch):
    """Measure without the caged process, save where that is what is tried."""
    if "caged" not in request.node.name:
        monkeypatch.setattr(mosaic, "_child", measure.measured)


def relief(column=0, row=0, pixel=2.0):
    """Return heights in metres that run on from sheet to sheet: a gentle slope with small waves."""
    x = (np.arange(SIZE) + column * SIZE) * pixel
    y = (np.arange(SIZE) + row * SIZE) * pixel
    return (12 + x[None, :] / 500 + y[:, None] / 900 + 0.2 * np.sin(x[None, :] / 40)).astype("float32")


def photo(seed=1):
    """Return a 3-band image without black."""
    return np.random.default_rng(seed).integers(40, 220, size=(3, SIZE, SIZE), dtype=np.uint8)


def sheet(store, name, pixels, place=(0, 0), **profile):
    """Write a GeoTIFF at its place in the grid of sheets and return it as staged."""
    pixels = pixels if pixels.ndim == 3 else pixels[None]
    column, row = place
    pixel, told = profile.pop("pixel", 2.0), profile.pop("told", {"declared": "EPSG:4548"})
    left, top = EAST + column * SIZE * 2.0, NORTH - row * SIZE * 2.0
    profile |= {"driver": "GTiff", "count": len(pixels), "height": pixels.shape[1], "width": pixels.shape[2], "dtype": pixels.dtype,
               "crs": "EPSG:4548", "transform": from_origin(left, top, pixel, pixel)}  # fmt: skip
    with rasterio.open(store / name, "w", **profile) as target:
        target.write(pixels)
    box = shapely.segmentize(shapely.box(left, top - pixel * pixels.shape[1], left + pixel * pixels.shape[2], top), 50)
    footprint = shapely.transform(box, crs.to_storage(crs.read("EPSG:4548")).transform)
    return StagedFile(
        slug="x", name=name, sha256="", source_sha256="", path=name, srs="EPSG:4548", footprint=shapely.to_wkb(footprint),
        width=pixels.shape[2], height=pixels.shape[1], bands=len(pixels), dtype=str(pixels.dtype), pixel_size_m=pixel, nodata=profile.get("nodata"),
    ), told  # fmt: skip


def look(kind, *files, policy=None):
    """Run the rules and return {rule id: finding}."""
    made = mosaic.of_files("x", kind, files, 0)
    return {each.id: each for each in mosaic.check(made, Policy(frozenset({"raster", kind}), policy or {}))}


def test_clean_sheets_that_join_have_no_finding(store):
    images = [sheet(store, f"i{n}.tif", photo(n), (n % 2, n // 2)) for n in range(4)]
    heights = [sheet(store, f"d{n}.tif", relief(n % 2, n // 2), (n % 2, n // 2)) for n in range(4)]
    assert look("imagery", *images) == {}
    assert look("elevation", *heights) == {}


def test_a_sheet_that_declares_no_crs_is_found(store):
    found = look("imagery", sheet(store, "a.tif", photo(), told={"declared": ""}))
    assert "a.tif" in found["raster-crs"].zh


def test_other_pixels_and_other_bands_than_the_rest_are_found(store):
    usual = [sheet(store, f"{n}.tif", photo(n), (n, 0)) for n in range(2)]
    coarse = sheet(store, "coarse.tif", photo(5)[:, :100, :100], (2, 0), pixel=4.0)
    grey = sheet(store, "grey.tif", photo(6)[:1], (3, 0))
    found = look("imagery", *usual, coarse, grey)
    assert found["raster-pixel-size"].samples[0].file == "coarse.tif"
    assert found["raster-bands"].samples[0].file == "grey.tif"


def test_a_black_border_is_found_and_is_the_place_to_zoom_to(store):
    pixels = photo()
    pixels[:, :, :20] = 0
    pixels[:, 100:104, 100:104] = 0  # a dark roof is no border
    found = look("imagery", sheet(store, "a.tif", pixels))["raster-black-border"]
    assert "10.0%" in found.samples[0].value
    west = shapely.from_wkb(sheet(store, "b.tif", photo())[0].footprint).bounds[0]
    assert found.bounds[0] == pytest.approx(west, abs=1e-5)


def test_a_border_declared_as_no_data_is_no_fault_and_an_empty_sheet_is_said(store):
    pixels = photo()
    pixels[:, :, :150] = 0
    assert look("imagery", sheet(store, "a.tif", pixels, nodata=0)).keys() == {"raster-nodata"}


def test_a_blank_sheet_is_found(store):
    assert look("imagery", sheet(store, "a.tif", np.full((3, SIZE, SIZE), 255, dtype=np.uint8))).keys() == {"raster-blank"}


def test_sheets_that_overlap_and_sheets_round_a_hole_are_found(store):
    ring = [sheet(store, f"{c}{r}.tif", photo(3 * c + r), (c, r)) for c in range(3) for r in range(3) if (c, r) != (1, 1)]
    twice = sheet(store, "twice.tif", photo(77))
    found = look("imagery", *ring, twice)
    assert found.keys() == {"mosaic-overlap", "mosaic-hole"}
    assert found["mosaic-hole"].count == 1
    assert "100%" in found["mosaic-overlap"].samples[0].value


def test_holes_and_spikes_of_heights_are_found_where_they_are(store):
    heights = relief()
    heights[50:60, 50:60] = -9999
    heights[150, 120] = 400
    found = look("elevation", sheet(store, "a.tif", heights, nodata=-9999))
    assert found.keys() == {"dem-hole", "dem-spike"}
    x, y = crs.transformer(4548, 4490).transform(EAST + 120.5 * 2, NORTH - 150.5 * 2)
    assert shapely.from_wkt(found["dem-spike"].samples[0].wkt).distance(shapely.Point(x, y)) < 1e-6
    assert "400 m" in found["dem-spike"].samples[0].value


@pytest.mark.parametrize(("change", "rule"), [
    (lambda z: z + 3, "dem-step"), (lambda z: z / 0.3048, "dem-feet"), (lambda z: -z, "dem-inverted"),
])  # fmt: skip
@pytest.mark.parametrize("place", [(1, 0), (0, 1)])
def test_a_neighbour_that_does_not_fit_is_found_with_its_likely_cause(store, change, rule, place):
    found = look("elevation", sheet(store, "a.tif", relief()), sheet(store, "b.tif", change(relief(*place)), place))
    assert found.keys() == {rule}


def test_a_sheet_below_the_sea_and_impossible_heights_are_found_without_a_neighbour(store):
    assert look("elevation", sheet(store, "a.tif", -relief())).keys() == {"dem-inverted"}
    assert "dem-range" in look("elevation", sheet(store, "b.tif", relief() + 20_000))


def test_a_new_survey_of_the_same_place_is_compared_with_the_old(store):
    found = look("elevation", sheet(store, "a.tif", relief()), sheet(store, "b.tif", relief() / np.float32(0.3048)), policy={"mosaic-overlap": "off"})
    assert found.keys() == {"dem-feet"}


def test_the_caged_process_measures_the_same(store):
    assert look("elevation", sheet(store, "a.tif", relief()), sheet(store, "b.tif", relief(1) + 3, (1, 0))).keys() == {"dem-step"}


def test_real_heights_have_no_spike_and_strips_change_nothing(shared_data, monkeypatch):
    with rasterio.open(shared_data / "dem" / "dem_hills.tif") as source:
        whole = measure.elevation(source)
        monkeypatch.setattr(measure, "_ROWS", 7)
        assert measure.elevation(source) == whole
    assert whole["levels"][0] < whole["levels"][4]
