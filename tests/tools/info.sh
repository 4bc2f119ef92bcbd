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
[ -d /sys/class/infiniband ] || has '^no device'
run 0 ub-info --json
json 'd["schema"] == 1 and d["fabrics"] == [] and {t["name"] for t in d["transports"]} >= {"shm", "emu"}'
json 'all(t["ops"]["load"] in ("native", "responder", "refused") for t in d["transports"])'
ok "transports and what they can do; no fabric yet"

json 'all(x["transport"] == "rdma" for x in d["devices"])'
export UB_PLUGIN_PATH=${bin%/bin}/plugins
run 0 ub-info
has '^  loop0 \(loopback\), software, firmware 1.2.3, GUID 0200:00ff:fe00:0001, atomics: global$'
has '^ +1 +active +Ethernet +12.5 +4096$'
has '^ +1 +3 +::ffff:127.0.0.1 +RoCE v2 +lo$'
has '^    port 2: it does not answer$'
has '^  loop1 \(loopback\): cannot be opened$'
has '^  stalled: its devices cannot be looked for; ask whoever may$'
run 0 ub-info --json
json '[(x["transport"], x["name"], x["trouble"] != "") for x in d["devices"] if x["transport"] != "rdma"] == [("loopback", "loop0", False), ("loopback", "loop1", True), ("stalled", "", True)]'
json '[x for x in d["devices"] if x["name"] == "loop0"][0]["ports"][0] == {"port": 1, "trouble": "", "state": "active", "link_layer": "Ethernet", "gigabits_per_second": 12.5, "mtu_bytes": 4096, "gids": [{"index": 3, "gid": "::ffff:127.0.0.1", "type": "RoCE v2", "netdev": "lo"}]}'
unset UB_PLUGIN_PATH
ok "what transports run on, for people and scripts, and one line where that is nothing"

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

started seen ub-info --watch "$shm"
first=$pid first_timer=$timer
until_true said seen "^watching $shm as rank 0; Ctrl-C ends$"
started lines ub-info --watch "$shm" --json
until_true said seen 'peer_joined: rank 1 \(node1\)$'
until_true said lines '"rank": *1'
kill -KILL "$first"
until_true said lines peer_gone
kill -INT "$pid"
ended 0
timer=$first_timer
ended 137
json 'l[0]["schema"] == 1 and l[0]["fabric"].startswith("shm://") and l[0]["rank"] == 1' lines
json '[(e["event"], e["peer"], e["about"]) for e in l[1:]] == [("peer_gone", 0, "node0")]' lines
json 'l[1]["unix_ns"] > 1.7e18' lines
run 0 ub-info --clean
ok "--watch tells who comes and goes until Ctrl-C, a line each"

refuses 2 'joins a fabric' ub-info --watch
refuses 2 'two things' ub-info --watch --clean "$shm"
refuses 2 'no transport' ub-info --watch nothing://x
refuses 1 'no fabric' ub-info nobody
refuses 2 'bad fabric name|url' ub-info a/b
refuses 2 '' ub-info ..
refuses 2 'takes no name' ub-info --clean x
refuses 2 'nonsense' ub-info --nonsense
ok "no such fabric is a bad answer, a bad name a mistake"
