"""Forty SIGKILLs at random moments: no delivery lost, no version half shown, nothing left over. `make chaos` does 1,000."""

import json
import os
import subprocess
import sys

import pytest
from django.conf import settings

pytestmark = pytest.mark.django_db(transaction=True)


def test_forty_kills_lose_nothing_mix_nothing_and_leave_nothing(tmp_path, database_url, folders):
    environment = {
        **os.environ, "DATABASE_URL": database_url, "GEOBASE_STORE": str(tmp_path / "store"),
        "GEOBASE_CACHE": str(tmp_path / "tiles"), "GEOBASE_DELIVERIES": str(tmp_path / "deliveries"), "DJANGO_SETTINGS_MODULE": "config.settings",
        "OPENBLAS_NUM_THREADS": "1",  # what is forked must have no threads
    }  # fmt: skip
    kills, seconds = os.environ.get("CHAOS_KILLS", "40"), os.environ.get("CHAOS_SECONDS", "240")
    command = [sys.executable, "-m", "tests.chaos", kills, seconds, str(tmp_path / "in"), os.environ.get("CHAOS_SEED", "4490")]
    command += [os.environ["CHAOS_STATE"]] if "CHAOS_STATE" in os.environ else []
    done = subprocess.run(command, cwd=settings.BASE_DIR, env=environment, capture_output=True, text=True, timeout=float(seconds) + 200, check=False)
    assert done.returncode == 0, done.stdout[-3000:] + done.stderr[-3000:]
    tally = json.loads(done.stdout.splitlines()[-1])
    assert (tally["kills"] >= int(kills), tally["wrong"]) == (True, [])
