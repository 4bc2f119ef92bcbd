#!/usr/bin/env bash
# ub-info: what it shows of fabrics that live, are stale, or are in trouble; --json, --clean.
set -euo pipefail
# shellcheck source=tests/tools/lib.bash
. "$(dirname "$0")/lib.bash" "$1"
shm=shm://$mark-a

run 0 ub-info --help
[ "$(wc -l <"$work/out")" -le 40 ] || fail "--help does not fit a screen"
run 0 ub-info
has '^  shm \(built in\)'
has '^  emu \(built in\), model time'
has 'no fabric of this user'
run 0 ub-info --json
json 'd["schema"] == 1 and d["fabrics"] == [] and {t["name"] for t in d["transports"]} >= {"shm", "emu"}'
json 'all(t["ops"]["load"] in ("native", "responder", "refused") for t in d["transports"])'
ok "transports and what they can do; no fabric yet"

started listen ub-ping --fabric "$rack" --listen --rank 5 --token 9
until_true said listen 'in another terminal'
run 0 ub-ping --fabric "emu://$mark-rack" --token 9 -c 10 -i 0 5
run 0 ub-info
has "emu://$mark-rack +ubmesh-rack +live +1 +0 +[0-9]+ +1 "
run 0 ub-info "$mark-rack"
has ' 5 +board0.npu5 +joined +1 +[0-9]+ +1 '
has ' 5 +ub-ping +.*read\+write\+atomic +asked for'
has 'board0.npu0 +> board0.npu5 +[0-9]+ +[0-9]+'
run 0 ub-info "emu://$mark-rack" --json
json 'd["fabric"]["live"] and d["fabric"]["machine"] == "ubmesh-rack" and d["fabric"]["trouble"] is None'
json '[(r["rank"], r["node"], r["state"]) for r in d["fabric"]["ranks"] if r["state"] == "joined"] == [(5, "board0.npu5", "joined")]'
json '[(s["rank"], s["name"], s["asks_token"]) for s in d["fabric"]["segments"]] == [(5, "ub-ping", True)]'
json 'any(l["from"] == "board0.npu0" and l["to"] == "board0.npu5" and l["packets"] >= 10 for l in d["fabric"]["links"])'
ok "ranks, segments, counters and links of a live fabric, for people and scripts"

run 0 ub-info --clean
has 'nothing to clean'
kill -KILL "$pid"
ended 137
until_true no_process
run 0 ub-info
has "emu://$mark-rack +ubmesh-rack +stale"
run 0 ub-info --clean --json
json 'd["schema"] == 1 and len(d["removed"]) >= 1'
nothing_left
run 0 ub-info --clean
has 'nothing to clean'
ok "--clean leaves the living alone and removes what the killed have left"

started listen ub-ping --fabric "$shm" --listen
until_true said listen 'in another terminal'
kill -KILL "$pid"
ended 137
board=$(find "$UB_SHM_DIR" -name board)
printf 'scribble' | dd of="$board" conv=notrunc status=none
run 1 ub-info
has trouble
[ ! -s "$work/err" ] || fail "trouble belongs into the table"
run 1 ub-info --json
json 'd["fabrics"][0]["trouble"]'
run 0 ub-info --clean
nothing_left
ok "a scribbled board is shown as trouble, exit code 1, and can be cleaned"

refuses 1 'no fabric' ub-info nobody
refuses 2 'bad fabric name|url' ub-info a/b
refuses 2 '' ub-info ..
refuses 2 'takes no name' ub-info --clean x
refuses 2 'nonsense' ub-info --nonsense
ok "no such fabric is a bad answer, a bad name a mistake"
