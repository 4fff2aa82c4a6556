"""Deliveries in the trade's habits, taken by the pipeline on real PostGIS."""

import json
import warnings
import zipfile
from pathlib import Path

import numpy as np
import pyogrio
import pytest
import rasterio
import shapely
from django.db import connection
from rasterio.transform import from_origin

from ingest.pipeline import Options, Report, run
from layers import access, changes, crs, models, pixels, registry, rows

pytestmark = pytest.mark.django_db(transaction=True)
NOBODY = access.Principal(zone=2)
SQUARE = [shapely.box(116.8 + n * 0.01, 38.2, 116.805 + n * 0.01, 38.205) for n in range(3)]
NAMES = ["捷地回族乡", "大龚堤口村", "伊润新城"]


@pytest.fixture(autouse=True)
def _world(transactional_db, folders, monkeypatch):
    changes.forget()
    registry.reset()
    monkeypatch.setattr(registry, "POLL_S", 0.0)
    with connection.cursor() as cursor:
        cursor.execute("INSERT INTO layers_revision VALUES (1, 1, 1) ON CONFLICT DO NOTHING")
        cursor.execute(
            "INSERT INTO layers_theme (slug, title_zh, title_en, \"order\") SELECT s, s, s, 0 FROM "
            "unnest(ARRAY['base', 'imagery', 'terrain', 'land']) AS s ON CONFLICT DO NOTHING"
        )


def shapefile(folder: Path, shapes=SQUARE, srs="EPSG:4490", names=NAMES, name="cun") -> Path:
    """Write a GBK shapefile as old programs do: no .cpg, language byte 0."""
    folder.mkdir(parents=True, exist_ok=True)
    path = folder / f"{name}.shp"
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        pyogrio.raw.write(
            path, geometry=shapely.to_wkb(shapes), field_data=[np.array(names, dtype=object)],
            fields=["名称"], geometry_type="Polygon", crs=srs, driver="ESRI Shapefile", encoding="GB18030",
        )  # fmt: skip
    path.with_suffix(".cpg").unlink(missing_ok=True)
    with path.with_suffix(".dbf").open("r+b") as dbf:
        dbf.seek(29)
        dbf.write(b"\x00")
    return path


def take(path: Path, **choices) -> Report:
    return run(path, Options(**{"as_layer": "cun", "level": 0, **choices}))


def items(slug="cun"):
    view = access.decide(NOBODY, slug, "query")
    assert view is not None
    return json.loads(f"[{rows.items(view, rows.RowQuery()).body.decode()}]")


def test_a_gbk_table_without_cpg_comes_out_as_right_chinese(tmp_path):
    report = take(shapefile(tmp_path / "a"))
    assert not report.is_blocked
    assert [each["properties"]["名称"] for each in items()] == NAMES
    assert "encoding-detected" in {each.id for each in report.findings}


def test_plane_coordinates_without_prj_are_put_in_their_place(tmp_path):
    plane = crs.transformer(4490, 4548)
    shapes = shapely.transform(SQUARE, lambda xy: np.column_stack(plane.transform(xy[:, 0], xy[:, 1])))
    report = take(shapefile(tmp_path / "a", shapes, srs=None))
    assert "crs-inferred" in {each.id for each in report.findings}
    ring = items()[0]["geometry"]["coordinates"][0]
    assert shapely.Polygon(ring).normalize().equals_exact(SQUARE[0].normalize(), 1e-8)


def test_a_declared_crs_that_contradicts_the_numbers_stops_publication(tmp_path):
    report = take(shapefile(tmp_path / "a", srs="EPSG:4548"))
    assert "crs-contradiction" in {each.id for each in report.findings}
    assert report.published == ()
    assert access.decide(NOBODY, "cun", "discover") is None


def test_a_datum_without_public_parameters_is_refused(tmp_path):
    report = take(shapefile(tmp_path / "a", srs="EPSG:4214"))
    assert "datum-refused" in {each.id for each in report.findings}


def test_the_same_delivery_again_publishes_nothing_and_a_change_only_itself(tmp_path):
    take(shapefile(tmp_path / "a"))
    again = take(tmp_path / "a" / "cun.shp").published[0]
    assert (again.version, again.added, again.changed, again.removed) == (1, 0, 0, 0)
    changed = take(shapefile(tmp_path / "b", names=["捷地回族乡", "大龚堤口村", "新村"])).published[0]
    assert (changed.version, changed.added, changed.removed) == (2, 1, 1)


def test_a_zip_with_gbk_names_is_opened_and_a_slip_refused(tmp_path):
    path = shapefile(tmp_path / "a")
    packed = tmp_path / "汇交.zip"
    with zipfile.ZipFile(packed, "w") as archive:
        for part in sorted(path.parent.iterdir()):
            archive.write(part, f"成果/{part.name}")
    assert take(packed).published[0].added == 3
    slip = tmp_path / "slip.zip"
    with zipfile.ZipFile(slip, "w") as archive:
        archive.writestr("../../evil.geojson", "{}")
    assert "zip-slip" in {each.id for each in take(slip).findings}


def test_what_is_no_geojson_inside_is_refused(tmp_path):
    fake = tmp_path / "a.geojson"
    fake.write_text("<OGRVRTDataSource><OGRVRTLayer name='a'/></OGRVRTDataSource>")
    assert "disguised" in {each.id for each in take(fake).findings}


def test_a_dry_run_checks_the_rows_and_writes_nothing(tmp_path):
    bowtie = shapely.Polygon([(116.8, 38.2), (116.81, 38.21), (116.81, 38.2), (116.8, 38.21)])
    report = take(shapefile(tmp_path / "a", shapes=[*SQUARE[:2], bowtie]), dry_run=True)
    assert report.rows == {"cun": 3}
    assert next(each for each in report.findings if each.id == "geometry-invalid").samples[0].row == 3
    assert access.views(NOBODY, "discover") == ()


def test_a_tif_with_a_world_file_becomes_a_cog_whose_pixels_can_be_asked(tmp_path):
    data = np.zeros((3, 64, 64), dtype="uint8")
    data[0] = 200
    path = tmp_path / "4230.0-485.0.tif"
    profile = {"driver": "GTiff", "width": 64, "height": 64, "count": 3, "dtype": "uint8", "crs": "EPSG:4548"}
    with rasterio.open(path, "w", transform=from_origin(485_000, 4_231_000, 10, 10), **profile) as file:
        file.write(data)
    report = run(path, Options(as_layer="ortho", level=0))
    assert [each.added for each in report.published] == [1]
    view = access.decide(NOBODY, "ortho", "query")
    assert view is not None
    found = pixels.sample(view, [(116.8325, 38.2107), (110.0, 30.0)])
    assert found[0] is not None
    assert abs((found[0].values[0] or 0) - 200) < 6
    assert found[1] is None


def test_a_well_known_layer_gets_its_style_its_fields_names_and_code_list(tmp_path):
    path = tmp_path / "DLTB.geojson"
    parcel = {"type": "Feature", "geometry": json.loads(shapely.to_geojson(SQUARE[0])),
              "properties": {"BSM": "1", "DLBM": "0102", "DLMC": "水浇地", "TBMJ": 12.5}}  # fmt: skip
    path.write_text(json.dumps({"type": "FeatureCollection", "features": [parcel]}, ensure_ascii=False))
    assert not run(path, Options()).is_blocked
    (layer,) = [view.spec for view in access.views(NOBODY, "view")]
    assert (layer.slug, layer.title.zh, layer.identity, layer.title_field) == ("dltb", "地类图斑（三调变更）", "BSM", "DLMC")
    code, area = layer.field("DLBM"), layer.field("TBMJ")
    assert code is not None
    assert area is not None
    assert (code.title.zh, code.title.en, code.codes) == ("地类编码", "Land-use code", "landuse_sandiao")
    assert area.unit == "m²"
    assert [style.name for style in layer.styles] == ["default"]
    assert "0102 水浇地" in layer.styles[0].body


def test_a_layer_whose_policy_blocks_a_rule_is_not_published_and_the_report_says_where(tmp_path):
    take(shapefile(tmp_path / "a"))
    models.Layer.objects.filter(slug="cun").update(check_policy={"duplicate-geometry": "blocking"})
    twice = shapefile(tmp_path / "b", shapes=[SQUARE[0], SQUARE[0], SQUARE[2]])
    report = take(twice)
    found = next(each for each in report.findings if each.id == "duplicate-geometry")
    assert (found.severity, found.layer, found.count, found.samples[0].row) == ("blocking", "cun", 1, 2)
    assert found.samples[0].file == "cun.shp"
    assert report.published == ()
    kept = models.Delivery.objects.get(sha256=report.delivery)
    assert kept.status == "refused"
    assert "duplicate-geometry" in {each["id"] for each in kept.report["findings"]}
    models.Layer.objects.filter(slug="cun").update(check_policy={})
    assert take(twice).published[0].version == 2
