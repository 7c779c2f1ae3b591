#!/bin/sh
# Programs of others that judge our certificates' files: SM2 (gmssl), PDF signatures (pyHanko), OFD
# (ofdkit, easyofd), XML schemas (lxml); and one that writes old workbooks (xlwt). Into target/ecert-python, once.
set -eu
cd "$(dirname "$0")/.."
folder="target/ecert-python"
list="gmssl==3.2.2 pyhanko==0.38.0 lxml ofdkit==0.2.0 xlwt==1.3.0"
if [ "$(cat "$folder/list" 2>/dev/null)" != "$list" ]; then
    python3 -m venv "$folder"
    # shellcheck disable=SC2086
    "$folder/bin/pip" install --quiet --disable-pip-version-check $list
    echo "$list" > "$folder/list"
fi
