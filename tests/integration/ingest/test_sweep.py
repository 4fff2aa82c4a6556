"""Every public file we have: taken in the right place with right Chinese, or refused with the reason; never a crash."""

import json
import shutil
import subprocess
import tarfile
import zipfile
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from pathlib import Path

import numpy as np
import pyarrow as pa
import pytest
import shapely
from django.conf import settings
from pyproj import Transformer

from ingest import archive, formats
from ingest.findings import Finding, Refused
from ingest.georeference import Georeference, georeference
from ingest.placing import place
from ingest.raster import sheets
from ingest.read import SourceLayer, batches, layers

# Two files at a time: what `placing` ignores within a block, Python cannot ignore for one thread alone.
pytestmark = pytest.mark.filterwarnings("ignore::RuntimeWarning")
METRE = 1 / 111_195
_LAYERS_READ = 3
"""A nautical chart has twenty layers, each a process of its own; three tell enough."""
COUNTIES = "admin/cangzhou_county_tianditu_4490.geojson"


@dataclass
class Outcome:
    """What became of a file: its layers or its sheet with their place, or why not."""

    findings: list[Finding]
    layers: list[tuple[SourceLayer, Georeference]]
    sheet: sheets.Sheet | None = None
    rows: int = 0

    @property
    def reasons(self) -> set[str]:
        return {each.id for each in self.findings if each.severity == "blocking"}


def look(source: formats.Source) -> Outcome:
    """Detect one file as the pipeline does, and read all its rows; what is refused is a finding."""
    done = Outcome([source.finding] if source.finding else [], [])
    try:
        if source.kind == "raster":
            done.sheet, found = sheets.examine(source.path)
            done.findings += found
        elif source.kind == "vector":
            described, found = layers(source.path)
            done.findings += found
            if not described:
                done.findings.append(Finding("no-layers", "blocking", "没有图层", "there are no layers", source.path.name))
            for layer in described[:_LAYERS_READ]:
                _read(layer, done)
    except Refused as refused:
        done.findings.append(refused.finding)
    return done


def _read(layer: SourceLayer, done: Outcome) -> None:
    try:
        where, found = georeference(layer.crs, layer.bounds, settings.GEOBASE.city_bounds, layer.file)
        done.findings += found
        done.layers.append((layer, where))
        with batches(layer) as stream:
            for batch in stream:
                done.rows += batch.num_rows
                if batch.num_columns > len(layer.fields):
                    place(batch.column(batch.num_columns - 1), where)
    except Refused as refused:
        done.findings.append(refused.finding)


def sweep(folder: Path, work: Path) -> dict[str, Outcome]:
    """Look at everything in a folder, two files at a time; what archives refuse is an outcome of theirs."""
    refused = {each.finding.file: Outcome([each.finding], []) for each in archive.unpack(folder, work, 4 << 30)}
    found = [each for each in formats.sources(work) if each.kind != "sidecar"]
    with ThreadPoolExecutor(2) as pool:
        outcomes = list(pool.map(look, found))
    return refused | {str(each.path.relative_to(work)): outcome for each, outcome in zip(found, outcomes, strict=True)}


def corners_by_system_gdal(path: Path) -> shapely.Polygon | None:
    """Ask the system's GDAL, another version than ours, where a raster lies; None where it cannot tell."""
    done = subprocess.run(["/usr/bin/gdalinfo", "-json", str(path)], capture_output=True, check=False, env={})
    told = json.loads(done.stdout or b"{}")
    if "geoTransform" not in told or not told.get("coordinateSystem", {}).get("wkt"):
        return None
    west, north = told["cornerCoordinates"]["upperLeft"]
    east, south = told["cornerCoordinates"]["lowerRight"]
    turn = Transformer.from_crs(told["coordinateSystem"]["wkt"], 4326, always_xy=True)
    return shapely.Polygon([turn.transform(x, y) for x, y in ((west, north), (east, north), (east, south), (west, south))])


@pytest.fixture(scope="module")
def swept(shared_data, tmp_path_factory):
    """Give the outcomes of a group of files, looked at once for all tests: (outcomes, the folder they lie in)."""
    known: dict[str, tuple[dict[str, Outcome], Path]] = {}

    def of(group: str) -> tuple[dict[str, Outcome], Path]:
        if group not in known:
            work = tmp_path_factory.mktemp("sweep")
            folder = shared_data / group
            if group == "broken":  # its own files; those in its folders are groups of theirs
                folder = tmp_path_factory.mktemp("loose")
                for each in (shared_data / group).iterdir():
                    if each.is_file():
                        shutil.copy(each, folder / each.name)
            known[group] = sweep(folder, work), work
        return known[group]

    return of


@pytest.fixture(scope="module")
def truth(shared_data):
    """Give the counties' names and bounds as the public file has them."""
    features = json.loads((shared_data / COUNTIES).read_text())["features"]
    return {each["properties"]["name"]: shapely.geometry.shape(each["geometry"]) for each in features}


@pytest.mark.parametrize("group", ["admin", "vector", "gazetteer", "formats/derived_cangzhou"])
def test_what_is_fit_for_use_is_taken(swept, group):
    for name, outcome in swept(group)[0].items():
        expected = {"datum-refused"} if "wrongprj" in name else set()
        assert outcome.reasons == expected, name
        assert outcome.rows or outcome.sheet or expected, name


def test_the_counties_lie_in_their_place_with_their_names_in_every_format(swept, truth):
    west, south, east, north = shapely.total_bounds(list(truth.values()))
    seen = set()
    for name, outcome in swept("formats/derived_cangzhou")[0].items():
        for layer, where in outcome.layers:
            if layer.count != 16 or layer.geometry not in ("Polygon", "MultiPolygon"):
                continue
            with batches(layer) as stream:
                table = pa.Table.from_batches(list(stream))
            shapes = shapely.transform(shapely.from_wkb(table.columns[-1].to_pylist()), where.path.transform)
            assert np.allclose(shapely.total_bounds(shapes), (west, south, east, north), atol=METRE), name
            if "name" in layer.fields:
                assert set(table.column(layer.fields.index("name")).to_pylist()) == set(truth), name
            seen.add(layer.format)
    assert seen >= {"shp", "gpkg", "gml", "fgb", "csv", "dxf"}


REFUSED_FORMATS = {
    "Building_A_Floor_0_Mapwize.dwg": "dwg-incomplete", "hatch.dxf": "dxf-unreadable", "compressed.e00": "unreadable",
    "citygml_lod2_713_5322.xml": "format-refused",
}  # fmt: skip
_UNPLACED = {"crs-unknown"}
_DRAWN = {"crs-unknown", "crs-truncated"}
_ODD = {"crs-unknown", "crs-contradiction", "datum-refused", "crs-unreadable"}
ALLOWED = {
    "aaigrid": _UNPLACED, "dxf": _DRAWN, "dwg": _DRAWN, "e00": _UNPLACED, "shp_misc": _UNPLACED, "filegdb": _ODD, "mapinfo": _ODD,
}  # fmt: skip
"""Test files of these groups have no CRS, or one of no place, and numbers of no city: refused for that, which is right."""


@pytest.mark.parametrize("group", [
    "aaigrid", "dxf", "dwg", "e00", "filegdb", "gml", "gpkg", "img", "jp2", "kml", "mapinfo", "osm", "s57", "shp_misc",
])  # fmt: skip
def test_every_format_is_taken_or_named(swept, group):
    for name, outcome in swept(f"formats/{group}")[0].items():
        expected = REFUSED_FORMATS.get(Path(name).name)
        if expected:
            assert expected in outcome.reasons, name
        else:
            assert outcome.reasons <= ALLOWED.get(group, set()), (name, outcome.reasons)


@pytest.mark.parametrize("group", ["imagery", "dem", "thematic", "formats/img", "formats/jp2"])
def test_rasters_lie_where_another_gdal_puts_them(swept, group):
    outcomes, folder = swept(group)
    for name, outcome in outcomes.items():
        if outcome.sheet is None:
            assert outcome.reasons or outcome.rows, name
            continue
        told = corners_by_system_gdal(folder / name)
        if told is None or not outcome.sheet.facts["has_transform"]:
            continue
        ours = outcome.sheet.where.path.transform(np.array(outcome.sheet.facts["corners"]))
        theirs = np.array(told.exterior.coords)[:4]
        usable = np.isfinite(ours).all(axis=1) & np.isfinite(theirs).all(axis=1)
        # Where published operations between datums differ (NAD27, NAD83, Swiss), both are right to some metres.
        same_datum = "NAD" not in outcome.sheet.where.name and "CH1903" not in outcome.sheet.where.name and group != "formats/img"
        assert np.allclose(ours[usable], theirs[usable], atol=METRE if same_datum else 60 * METRE), name


@pytest.mark.parametrize("group", [
    "", "/csv", "/dxf", "/geojson", "/gml", "/gpkg", "/handmade", "/kml", "/osm", "/shp", "/tif",
])  # fmt: skip
def test_broken_files_are_refused_or_read_and_nothing_dies(swept, group):
    outcomes, folder = swept(f"broken{group}")
    for name, outcome in outcomes.items():
        for each in outcome.findings:
            assert each.zh, name
            assert each.en, name
            assert str(folder) not in each.zh, (name, each.zh)
        assert outcome.rows or outcome.sheet or outcome.findings or outcome.layers, name


def test_attacks_are_named(swept):
    outcomes = swept("broken/handmade")[0] | swept("broken/gml")[0] | swept("broken/osm")[0]
    reasons = {Path(name).name: outcome.reasons for name, outcome in outcomes.items()}
    assert reasons["zip_ratio_64MiB.zip"] == {"zip-bomb"}
    assert reasons["zip_slip.zip"] == {"zip-slip"}
    assert reasons["billionlaugh.gml"] == reasons["billionlaugh.osm"] == {"xml-doctype"}
    assert reasons["empty.shp"] == {"empty-file"}
    assert reasons["not_a_tiff.tif"] == {"disguised"}


def test_a_vrt_by_any_other_name_reads_no_file(tmp_path):
    secret = tmp_path / "secret.csv"
    secret.write_text("id,x,y\n1,116.8,38.2\n")
    folder = tmp_path / "d"
    folder.mkdir()
    vrt = f'<OGRVRTDataSource><OGRVRTLayer name="secret"><SrcDataSource>{secret}</SrcDataSource></OGRVRTLayer></OGRVRTDataSource>'
    for name in ("a.geojson", "b.gml", "c.kml", "d.shp", "e.tab", "f.e00", "g.fgb", "h.osm", "i.000", "j.vct", "k.dxf"):
        (folder / name).write_text(vrt)
    pixels = f'<VRTDataset rasterXSize="9" rasterYSize="1"><VRTRasterBand dataType="Byte" band="1" subClass="VRTRawRasterBand"><SourceFilename>{secret}</SourceFilename></VRTRasterBand></VRTDataset>'
    for name in ("l.tif", "m.img", "n.jp2", "o.png", "p.asc", "q.grd", "r.hgt", "s.dt0", "t.dem", "u.jpg"):
        (folder / name).write_text(pixels)
    for name, outcome in sweep(folder, tmp_path / "w").items():
        assert outcome.reasons, name
        assert not outcome.rows, name
        assert outcome.sheet is None, name


def test_archives_of_every_kind_open_with_their_chinese_names(shared_data, tmp_path):
    source = shared_data / "formats/derived_cangzhou/shp_gbk_nocpg_ldid0"
    parts = sorted(source.iterdir())
    inner = tmp_path / "inner.tar.gz"
    with tarfile.open(inner, "w:gz", encoding="gb18030") as tar:
        for each in parts:
            tar.add(each, f"数据/县界{each.suffix}")
    with zipfile.ZipFile(tmp_path / "outer.zip", "w") as outer:
        outer.write(inner, "内层.tar.gz")
        outer.writestr(zipfile.ZipInfo("说明.txt".encode("gbk").decode("cp437")), "x")
    outcomes = sweep(tmp_path / "outer.zip", tmp_path / "w")
    assert list(outcomes) == ["outer/内层/数据/县界.shp"]
    assert next(iter(outcomes.values())).rows == 16


def test_a_locked_archive_is_named(tmp_path):
    path = tmp_path / "a.zip"
    with zipfile.ZipFile(path, "w") as made:
        made.writestr("a.txt", "secret")
    raw = bytearray(path.read_bytes())
    raw[6] |= 1
    raw[raw.index(b"PK\x01\x02") + 8] |= 1
    path.write_bytes(raw)
    assert sweep(path, tmp_path / "w")["a.zip"].reasons == {"zip-encrypted"}
