"""A shapefile of parcels to indexed staged rows, every row checked, beside `ogr2ogr` with COPY to an indexed table.

Both transform to EPSG:4490 and read the same GBK attributes; rows, vertices and extent must agree.
"""

import shutil
import subprocess
from pathlib import Path

from django.conf import settings
from django.db import connection

from ingest import read, target
from ingest.georeference import georeference
from ingest.load import Stage, load
from ingest.rules.sources import row_checks
from layers import pairing, services, versions
from layers.services import LayerDraft
from tests.bench import world as worlds
from tests.bench.line import Line, Unequal, at_most, medians

STAGE, _PEER = "s_bench", "bench_ogr"


def run(shapefile: Path, *, is_compared: bool) -> list[Line]:
    """Stage the parcels; leave them staged for the publication that follows."""
    if not is_compared:
        stage(shapefile, STAGE)
        return []
    if not shutil.which("ogr2ogr"):
        stage(shapefile, STAGE)
        return [Line("ingest", "left out", note="no ogr2ogr on this machine")]
    dsn = worlds.dsn()
    times = medians({"geobase": lambda: stage(shapefile, STAGE), "ogr2ogr": lambda: _ogr2ogr(shapefile, dsn)})
    _compare()
    note = f"{times['geobase']:.1f} s, ogr2ogr {times['ogr2ogr']:.1f} s; transformed, checked, hashed, indexed"
    return [at_most("ingest of the shapefile", times["geobase"] / times["ogr2ogr"], 1.0, "the time of ogr2ogr COPY", note)]


def draft(shapefile: Path) -> LayerDraft:
    """Describe the layer to be made."""
    (layer,), _ = read.layers(shapefile)
    with read.batches(layer) as found:
        return target.draft(layer, next(found).schema, worlds.SLUG, level=0, is_sample=True)


def stage(shapefile: Path, name: str) -> None:
    """Do what the pipeline's check does with a source, and index the stage as publication does."""
    (layer,), _ = read.layers(shapefile)
    where, _ = georeference(layer.crs, layer.bounds, settings.GEOBASE.city_bounds, layer.file)
    with read.batches(layer) as found:
        spec = services.spec_of(target.draft(layer, next(found).schema, worlds.SLUG, level=0, is_sample=True))
    table = versions.create_table(0, spec.fields, name)
    load(layer, where, target.matched(layer, spec.fields), Stage(table, 1), row_checks(spec, layer), lambda _: None)
    versions.prepare(table, pairing.identity_column(spec))


def _ogr2ogr(shapefile: Path, dsn: str) -> None:
    command = ["ogr2ogr", "-f", "PostgreSQL", f"PG:{dsn}", str(shapefile), "-nln", _PEER, "-nlt", "POLYGON", "-overwrite", "-t_srs", "EPSG:4490",
               "-oo", "ENCODING=GBK", "--config", "PG_USE_COPY", "YES", "-lco", "SPATIAL_INDEX=GIST", "-lco", "GEOMETRY_NAME=geom"]  # fmt: skip
    subprocess.run(command, check=True, capture_output=True)


def _compare() -> None:
    answers = set()
    with connection.cursor() as cursor:
        for table, code in ((f"geodata.{STAGE}", "c5"), (_PEER, "dlmc")):
            cursor.execute(
                f"SELECT count(*), sum(ST_NPoints(geom)), round(ST_XMin(ST_Extent(geom))::numeric, 7), "
                f"round(ST_YMax(ST_Extent(geom))::numeric, 7), count(DISTINCT {code}), max({code} COLLATE \"C\") FROM {table}"
            )
            answers.add(cursor.fetchone())
        cursor.execute(f"DROP TABLE {_PEER}")
    if len(answers) != 1:
        raise Unequal(f"ingest: {answers}")
