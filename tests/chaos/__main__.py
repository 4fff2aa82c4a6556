"""`python -m tests.chaos KILLS SECONDS FOLDER SEED [STATE]`: write the tally as JSON; exit 1 when something was wrong."""

import json
import sys
from pathlib import Path

import django

django.setup()

from ingest import presence  # noqa: E402 - Django first
from layers import registry  # noqa: E402
from tests.chaos import kills  # noqa: E402

registry.POLL_S = 0.0
# Here a job's worker is killed on purpose, again and again: nobody waits for that to end.
presence._QUIET_TAKES = 10**6
number, seconds, folder, seed, *state = sys.argv[1:]
tally = kills.sweep(int(number), float(seconds), Path(folder), int(seed), Path(state[0]) if state else None)
sys.stdout.write(json.dumps(tally.__dict__, ensure_ascii=False) + "\n")
sys.exit(1 if tally.wrong else 0)
