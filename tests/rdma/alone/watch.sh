#!/usr/bin/env bash
# ub-info shows soft-RoCE's device, its port and its GIDs; a watch gets an event, from ibverbs' asynchronous events, when the
# link goes down, comes up, and gets another address.
set -euo pipefail
. tests/rdma/lib.bash
bin=$1/bin
[ -e "$1/lib/ub/libub-rdma.so" ] || { echo "libub-rdma.so has not been built"; exit 77; }

shows() { "$bin/ub-info" >"$work/info" && grep -qE -- "$1" "$work/info"; }
shows '^  rxe0 \(rdma\), software, .*GUID [0-9a-f:]{19}, atomics: device$' || fail "not the device"
shows '^ +1 +active +Ethernet +[0-9.]+ +4096$' || fail "not the port"
shows "^ +1 +[0-9]+ +::ffff:${UB_HERE//./\\.} +RoCE v2 +dummy0\$" || fail "not the GID"
"$bin/ub-info" --json >"$work/json"
python3 - "$work/json" "$UB_HERE" <<'PY' || fail "not in JSON"
import json, sys
(device,) = [d for d in json.load(open(sys.argv[1]))["devices"] if d["name"] == "rxe0"]
(port,) = device["ports"]
assert device["transport"] == "rdma" and device["software"] and device["trouble"] == "", device
assert port["state"] == "active" and port["mtu_bytes"] == 4096 and port["gigabits_per_second"] > 0, port
assert ("::ffff:" + sys.argv[2], "RoCE v2", "dummy0") in [(g["gid"], g["type"], g["netdev"]) for g in port["gids"]], port
PY
ok "ub-info shows the device, its port and its addresses"

url="rdma://watched?provider=verbs&device=rxe0"
"$bin/ub-info" --watch "$url" >"$work/first" 2>&1 &
until_true grep -q '^watching' "$work/first"
"$bin/ub-info" --watch "$url" >"$work/second" 2>&1 &
until_true grep -q '^watching' "$work/second"

told() { until_true grep -qE "$1" "$work/first"; until_true grep -qE "$1" "$work/second"; }
ip link set dummy0 down
told 'port_down: rxe0 port 1$'
shows '^ +1 +down ' || fail "still not down"
ok "down: each watch is told"
ip link set dummy0 up
told 'port_up: rxe0 port 1$'
shows '^ +1 +active ' || fail "still not active"
ok "up: each watch is told"
ip address add 10.70.0.99/24 dev dummy0
told 'gid_change: rxe0 port 1$'
shows '::ffff:10\.70\.0\.99 ' || fail "not the new address"
ok "an address more: each watch is told"

for watch in first second; do
  for event in port_down port_up; do
    [ "$(grep -c "$event" "$work/$watch")" = 1 ] || fail "$event not once in $watch"
  done
done
for pid in $(jobs -p); do
  kill -INT "$pid"
  wait "$pid" || fail "a watch did not end well"
done
ok "once each, until Ctrl-C"
