#!/usr/bin/env bash
# Put the backup in FOLDER into this server, whose database must be empty: nothing that exists is overwritten.
set -euo pipefail
folder=$(cd "$1" && pwd)
cd "$(dirname "${BASH_SOURCE[0]}")/../.."
[ -n "${DATABASE_URL:-}" ] || .venv/bin/python -m config.database start >/dev/null
url=$(.venv/bin/python -m config.database url | sed 's/^postgis:/postgresql:/')
tables=$(psql "$url" -At -c "SELECT count(*) FROM information_schema.tables WHERE table_name = 'layers_layer'")
[ "$tables" = 0 ] || { echo "数据库不是空的，未恢复 · the database is not empty, nothing was restored" >&2; exit 1; }
var=$(.venv/bin/python -c 'import os; from config import environment as e; s = e.read(os.environ); print(s.store, s.deliveries, sep="\n")')
{ read -r store; read -r deliveries; } <<<"$var"
for target in "$store" "$deliveries"; do
  [ -d "$folder/$(basename "$target")" ] || continue
  mkdir -p "$target"
  cp --archive --no-target-directory "$folder/$(basename "$target")" "$target"
done
pg_restore --dbname="$url" --no-owner --exit-on-error --single-transaction "$folder/geobase.dump"
