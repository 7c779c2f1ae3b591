#!/bin/sh
# Runs DuckDB and Shapely (GEOS) on the files of a folder, for the quality benchmark. Both come
# from PyPI into a virtual environment under target/.
set -eu
root=$(cd "$(dirname "$0")/.." && pwd)
venv="$root/target/bench/venv"
if ! "$venv/bin/python" -c 'import duckdb, shapely, numpy' 2>/dev/null; then
    python3 -m venv "$venv" >&2
    "$venv/bin/pip" install --quiet --disable-pip-version-check duckdb shapely numpy >&2
fi
exec "$venv/bin/python" "$root/tools/quality_compare.py" "$1"
