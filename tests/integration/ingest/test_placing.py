"""Old datums and web maps' shifts: refused unless someone chose what to do, and put in place when they did."""

import json
import warnings
from pathlib import Path

import numpy as np
import pyogrio
import pytest
import shapely
from django.db import connection
from pyproj import Transformer

from ingest import shift
from ingest.pipeline import Options, Report, run
from layers import access, changes, datums, models, registry, rows, services

pytestmark = pytest.mark.django_db(transaction=True)
NOBODY = access.Principal(zone=2)
VALUES = {"dx": 24.3, "dy": -123.9, "dz": -94.2, "rx": -0.02, "ry": 0.25, "rz": 0.13, "scale_ppm": -1.1}
ROADS = [shapely.LineString([(116.80 + n * 0.0013, 38.20), (116.802 + n * 0.0013, 38.23), (116.80 + n * 0.0013, 38.26)]) for n in range(60)]


@pytest.fixture(autouse=True)
def _world(transactional_db, folders, monkeypatch):
    changes.forget()
    registry.reset()
    monkeypatch.setattr(registry, "POLL_S", 0.0)
    with connection.cursor() as cursor:
        cursor.execute("INSERT INTO layers_revision VALUES (1, 1, 1) ON CONFLICT DO NOTHING")
        cursor.execute("INSERT INTO layers_theme (slug, title_zh, title_en, \"order\") VALUES ('base', 's', 's', 0) ON CONFLICT DO NOTHING")


def write(path: Path, shapes, srs: str) -> Path:
    path.parent.mkdir(parents=True, exist_ok=True)
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        pyogrio.raw.write(path, geometry=shapely.to_wkb(shapes), field_data=[np.arange(len(shapes))], fields=["n"],
                          geometry_type="LineString", crs=srs, driver="GPKG", layer="lu")  # fmt: skip
    return path


def take(path: Path, **choices) -> Report:
    return run(path, Options(**{"as_layer": "lu", "level": 0, **choices}))


def ids(report: Report) -> set[str]:
    return {each.id for each in report.findings}


def coordinates() -> list:
    view = access.decide(NOBODY, "lu", "query")
    assert view is not None
    return json.loads(f"[{rows.items(view, rows.RowQuery()).body.decode()}]")[0]["geometry"]["coordinates"]


def in_xian_80(shapes):
    """Give the plane coordinates these places have in Xian 1980 by the parameters above, backwards."""
    local = datums.Local("x", "x", 7, "EPSG:4610", "EPSG:4490", list(VALUES.values()))
    back = Transformer.from_pipeline(datums.pipeline(local, datums.crs.read("EPSG:4610")))
    plane = Transformer.from_crs(4610, 2384, always_xy=True)

    def turn(xy):
        return np.column_stack(plane.transform(*back.transform(xy[:, 0], xy[:, 1], direction="INVERSE")))

    return shapely.transform(shapes, turn)


@pytest.fixture
def registered() -> models.LocalTransformation:
    row = models.LocalTransformation(
        name="xian80-cangzhou", title_zh="西安80转CGCS2000（示例）", kind=7, source_crs="EPSG:4610", rms_m=0.03, max_residual_m=0.07, points=12, **VALUES
    )
    row.full_clean()
    services.save("steward", row)
    return row


def test_an_old_datum_is_refused_without_a_transformation(tmp_path):
    report = take(write(tmp_path / "a.gpkg", in_xian_80(ROADS), "EPSG:2384"))
    assert "datum-refused" in ids(report)
    assert not report.published


def test_a_registered_transformation_puts_an_old_datum_in_its_place(tmp_path, registered):
    report = take(write(tmp_path / "a.gpkg", in_xian_80(ROADS), "EPSG:2384"), transformation="xian80-cangzhou")
    assert not report.is_blocked
    assert np.allclose(coordinates(), ROADS[0].coords, atol=2e-9)
    part = models.DeliveryPart.objects.get()
    assert "xian80-cangzhou" in part.facts["georeference"]
    said = json.dumps([each.as_json() for each in report.findings])
    assert not any(str(value) in said for value in VALUES.values())
    assert models.AuditEntry.objects.filter(action="use").exists()


def test_a_transformation_nobody_registered_or_others_may_not_use_is_the_same_answer(tmp_path, registered):
    models.User.objects.create(username="zhang", role="consumer")
    path = write(tmp_path / "a.gpkg", in_xian_80(ROADS), "EPSG:2384")
    hidden = take(path, transformation="xian80-cangzhou", actor="zhang", dry_run=True)
    absent = take(path, transformation="nothing-such", dry_run=True)
    assert [each.zh.replace("xian80-cangzhou", "") for each in hidden.findings] == [each.zh.replace("nothing-such", "") for each in absent.findings]
    assert "transformation-unknown" in ids(hidden)


@pytest.mark.parametrize("name", ["gcj02", "bd09"])
def test_a_web_maps_shift_is_recognised_by_what_is_published_and_undone_by_choice(tmp_path, name):
    assert not take(write(tmp_path / "a.gpkg", ROADS, "EPSG:4490")).is_blocked
    forward = {"gcj02": shift.to_gcj02, "bd09": shift.to_bd09}[name]
    # Another survey of the same roads: half of them, some metres off.
    off = np.random.default_rng(7).normal(0, 2e-5, (180, 2))
    again = [shapely.LineString(np.array(each.coords) + off[3 * n : 3 * n + 3]) for n, each in enumerate(ROADS[:40])]
    path = write(tmp_path / "b.gpkg", shapely.transform(again, forward), "EPSG:4326")
    refused = take(path, as_layer="yao")
    assert "shift-recognised" in ids(refused)
    assert name in next(each.zh for each in refused.findings if each.id == "shift-recognised")
    taken = take(path, as_layer="yao", shift=name)
    assert not taken.is_blocked
    assert "shift-undone" in ids(taken)
    assert name in models.DeliveryPart.objects.filter(target="yao").latest("pk").facts["georeference"]


def test_data_in_their_true_place_and_data_where_nothing_is_published_pass(tmp_path):
    assert not take(write(tmp_path / "a.gpkg", ROADS, "EPSG:4490")).is_blocked
    elsewhere = shapely.transform(ROADS, lambda xy: xy + np.array((0.3, 0.2)))
    for place, shapes in enumerate(([shapely.transform(each, lambda xy: xy + 1e-5) for each in ROADS], elsewhere)):
        report = take(write(tmp_path / f"b{place}.gpkg", shapes, "EPSG:4490"), as_layer=f"yao{place}")
        assert not report.is_blocked


def test_places_that_would_only_come_to_lie_on_a_built_up_area_were_not_shifted(tmp_path):
    corner, step = np.array((116.84, 38.20)), 2.2e-4
    houses = [shapely.box(116.84 + x * step, 38.20 + y * step, 116.8401 + x * step, 38.2001 + y * step) for x in range(20) for y in range(20)]
    assert not take(write(tmp_path / "a.gpkg", houses, "EPSG:4490")).is_blocked
    scattered = np.random.default_rng(3).uniform(corner, corner + 20 * step, (300, 2))
    beside = [shapely.Point(each) for each in shift.to_bd09(scattered)]
    report = take(write(tmp_path / "b.gpkg", beside, "EPSG:4490"), as_layer="yao")
    assert not report.is_blocked, ids(report)
