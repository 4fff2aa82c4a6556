#!/usr/bin/env bash
# Write a backup into FOLDER: the database first, then the files it names (they never change once written).
set -euo pipefail
folder=$(mkdir -p "$1" && cd "$1" && pwd)
cd "$(dirname "${BASH_SOURCE[0]}")/../.."
url=$(.venv/bin/python -m config.database url | sed 's/^postgis:/postgresql:/')
var=$(.venv/bin/python -c 'import os; from config import environment as e; s = e.read(os.environ); print(s.store, s.deliveries, sep="\n")')
{ read -r store; read -r deliveries; } <<<"$var"
pg_dump --dbname="$url" --format=custom --file="$folder/geobase.dump.part"
mv "$folder/geobase.dump.part" "$folder/geobase.dump"
for source in "$store" "$deliveries"; do
  [ -d "$source" ] || continue
  mkdir -p "$folder/$(basename "$source")"
  cp --archive --update --no-target-directory "$source" "$folder/$(basename "$source")"
done
sync "$folder"
