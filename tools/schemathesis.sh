#!/usr/bin/env bash
# Fuzzes the HTTP interface by its own OpenAPI document: starts the program on a demo city in a
# temporary folder, signs in as several roles, and lets schemathesis look for server errors and
# for answers that the document does not foresee. Needs python3 with venv and pip, curl, and
# target/debug/dengbu (or DENGBU_BIN).
#
#   tools/schemathesis.sh [examples per operation, default 6] [seed]
set -euo pipefail

cd "$(dirname "$0")/.."
examples=${1:-6}
seed=${2:-20261123}
version=4.32.5
program=$(realpath "${DENGBU_BIN:-target/debug/dengbu}")
home=$PWD/target/schemathesis
venv=$home/venv-$version
checks=not_a_server_error,status_code_conformance,content_type_conformance
checks=$checks,response_headers_conformance,response_schema_conformance

missing() {
    echo "$1" >&2
    exit 2
}
for tool in python3 curl; do
    command -v "$tool" >/dev/null || missing "没有找到 $tool，接口模糊测试无法进行，请先安装 (not found: $tool)"
done
[ -x "$program" ] || missing "没有找到 $program，请先运行 cargo build -p dengbu-cli"
mkdir -p "$home"
if ! [ -x "$venv/bin/st" ]; then
    python3 -m pip --version >/dev/null 2>&1 && python3 -m venv "$venv.new" ||
        missing "没有 pip 或 venv，无法安装 schemathesis，请先安装：apt-get install python3-pip python3-venv (pip is not available)"
    "$venv.new/bin/python" -m pip install --quiet --disable-pip-version-check "schemathesis==$version" ||
        missing "schemathesis $version 安装失败，请检查 Python 软件包源是否可用 (pip install failed)"
    # a venv keeps its own path in its scripts, so it is run as a module and may be moved
    rm -rf "$venv"
    mv "$venv.new" "$venv"
fi

work=$(mktemp -d)
# the database runs as another user when this runs as root
chmod 711 "$work"
server=
stop() {
    [ -z "$server" ] || { kill -INT "$server" 2>/dev/null && wait "$server" || true; }
    rm -rf "$work"
}
trap stop EXIT
env -u DATABASE_URL "$program" serve --demo --data "$work/data" --port 0 >"$work/out" 2>"$work/err" &
server=$!
for _ in $(seq 240); do
    grep -q '登簿已启动' "$work/out" && break
    kill -0 "$server" 2>/dev/null || { cat "$work/err" >&2; exit 1; }
    sleep 0.5
done
address=$(sed -n 's|.*登簿已启动：\(http://[^/]*\)/.*|\1|p' "$work/out")
[ -n "$address" ] || { echo "程序没有启动 (the program did not start)" >&2; cat "$work/err" >&2; exit 1; }
api=$address/api/v1

# pick EXPRESSION: of a JSON document d on standard input
pick() { python3 -c "import json,sys; d=json.load(sys.stdin); print($1)"; }

# Signs in; sets cookie and csrf.
sign_in() {
    local answer
    answer=$(curl -fsS -D "$work/head" -H 'Content-Type: application/json' \
        -d "{\"username\":\"$1\",\"password\":\"$2\"}" "$api/session")
    cookie=$(sed -n 's/^set-cookie: \([^;]*\);.*/\1/ip' "$work/head")
    csrf=$(pick 'd["csrf_token"]' <<<"$answer")
}

# call METHOD PATH [BODY]
call() {
    curl -fsS -X "$1" -H 'Content-Type: application/json' -H "Cookie: $cookie" -H "X-CSRF-Token: $csrf" \
        ${3:+-d "$3"} "$api$2"
}

password=Quer-durch-2026
# hire USERNAME ROLE...: opens an account with its final password. One for each round: what a
# round does to its session, its password or its account harms no other.
hire() {
    local username=$1 first grants
    shift
    grants=$(python3 -c 'import json,sys; print(json.dumps([{"role": r, "business": "*", "authority": "510400", "valid_from": "2024-01-01"} for r in sys.argv[1:]]))' "$@")
    sign_in city-admin Dengbu-2026-demo
    first=$(call POST /staff "{\"authority\":\"510400\",\"username\":\"$username\",\"name\":\"测试\",\"grants\":$grants}" | pick 'd["initial_password"]')
    sign_in "$username" "$first"
    call POST /session/password "{\"current\":\"$first\",\"new\":\"$password\"}" >/dev/null
}

failed=0
phases=coverage,fuzzing
# round NAME CONFIG-OR-EMPTY FILTER...
round() {
    local name=$1 config=$2
    shift 2
    echo "━━ $name ━━"
    local options=()
    [ -z "$config" ] || options=(--config-file "$config")
    # one worker: CPython's parser, which hypothesis calls, is not safe for several (gh-106905)
    (cd "$home" && "$venv/bin/python" -m schemathesis.cli "${options[@]}" run "$api/openapi.json" --url "$address" \
        --checks "$checks" --phases "$phases" --max-examples "$examples" --seed "$seed" \
        --workers 1 --no-shrink --suppress-health-check all --warnings off --generation-database none \
        --request-timeout 30 --continue-on-failure --no-color \
        -H "Cookie: $cookie" -H "X-CSRF-Token: $csrf" "$@") || failed=1
}

# operations that take a whole application: the coverage phase would go through every combination
# of the parts of every kind of business, for minutes
whole=(--include-operation-id save_application --include-operation-id take_instant_case)
parts=(--exclude-operation-id save_application --exclude-operation-id take_instant_case)
office='/(staff|offices|roles|authority)'
session='/session'

hire fuzz-daily reception first_reviewer reviewer registrar certificate_maker cashier archivist cadastre
hire fuzz-auditor auditor
hire fuzz-session reception
hire fuzz-admin administrator

sign_in fuzz-daily $password
round '日常业务：任意参数' '' --exclude-path-regex "$office|$session" "${parts[@]}"

# the same with objects that are there, so that requests get past the first look-up
building=$(call GET '/buildings?limit=1' | pick 'd["items"][0]["building_code"]')
unit=$(call GET "/buildings/$building/table" | pick '[c["unit_code"] for s in d["storeys"] for c in s["cells"] if c][0]')
case_no=$(call POST /cases "{\"business\":\"800-00-01\",\"units\":[\"$unit\"]}" | pick 'd["case_no"]')
cat >"$work/real.toml" <<TOML
[parameters]
"path.unit_code" = "$unit"
"path.building_code" = "$building"
"path.parcel_code" = "${unit:0:19}"
"path.case_no" = "$case_no"
"path.paper" = "application"
"path.serial" = "D510400000001"
"header.If-Match" = "\"1\""
TOML
round '日常业务：实有对象' "$work/real.toml" --include-path-regex '\{(unit_code|building_code|parcel_code|case_no|serial)\}' "${parts[@]}"
phases=fuzzing
round '日常业务：整份申请' "$work/real.toml" "${whole[@]}"
phases=coverage,fuzzing

sign_in fuzz-auditor $password
round '审计' '' --include-path-regex '/(audit|register/)'

# another authority's rules of sign-in, because they hold for everybody in it
sign_in miyi-admin Dengbu-2026-demo
round '登录规则' '' --include-path-regex '/authority'

# the administrator signs in first: the round of sessions uses up the attempts of this address,
# and the administrator's round gives other people new passwords
sign_in fuzz-admin $password
admin_cookie=$cookie admin_csrf=$csrf
sign_in fuzz-session $password
# but for signing out and changing the password, which end the round
round '会话' '' --include-path-regex "$session" --exclude-operation-id sign_out --exclude-operation-id change_password

cookie=$admin_cookie csrf=$admin_csrf
round '机构与人员' '' --include-path-regex "$office" --exclude-path-regex '/authority/'

if grep -q 'panicked' "$work/err"; then
    grep 'panicked' "$work/err" >&2
    failed=1
fi
exit $failed
