#!/usr/bin/env python
"""Run a management command, with the private database started first where it is in use."""

import os
import sys

from django.core.management import execute_from_command_line

from config import database, environment
from config.cluster import DatabaseFault

# Commands that need no database, so that they run where none is installed.
WITHOUT_DATABASE = {"", "help", "--help", "version", "--version", "makemessages", "compilemessages",
                    "collectstatic", "findstatic", "diffsettings", "demo", "serve", "stop"}  # fmt: skip


def main() -> None:
    """Set the settings module, start the private cluster if it is needed, run the command."""
    os.environ.setdefault("DJANGO_SETTINGS_MODULE", "config.settings")
    command = sys.argv[1] if len(sys.argv) > 1 else ""
    try:
        geobase = environment.read(os.environ)
        # Before Django reads its settings: a cluster made now has its address only afterwards.
        if command not in WITHOUT_DATABASE and not geobase.database_url:
            database.start(geobase.var)
    except (environment.SettingsFault, DatabaseFault) as fault:
        sys.exit(str(fault))
    execute_from_command_line(sys.argv)


if __name__ == "__main__":
    main()
