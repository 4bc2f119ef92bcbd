#!/usr/bin/env bash
# If a link is set down and up again, libibverbs reports its port as down and then as active, on query and in its events; data
# moves again after that.
set -euo pipefail
. tests/rdma/lib.bash

stdbuf -oL ibv_asyncwatch -d rxe0 >"$work/events" 2>&1 &
watcher=$!
until_true grep -q 'async event FD' "$work/events"
port rxe0 PORT_ACTIVE || fail "not active at first"

ip link set dummy0 down
until_true port rxe0 PORT_DOWN
until_true grep -q IBV_EVENT_PORT_ERR "$work/events"
ok "down: the port says so, and tells"

ip link set dummy0 up
until_true port rxe0 PORT_ACTIVE
until_true grep -q IBV_EVENT_PORT_ACTIVE "$work/events"
kill -0 $watcher || fail "the listener has ended"
ok "up: the port says so, and tells"

index=$(gid rxe0 "$UB_HERE") || fail "no GID for $UB_HERE"
ibv_rc_pingpong -d rxe0 -g "$index" -n 20 -c >"$work/target" 2>&1 &
until_true sh -c 'ss -ltn | grep -q :18515'
ibv_rc_pingpong -d rxe0 -g "$index" -n 20 -c "$UB_HERE" >"$work/initiator" 2>&1 || fail "no data after the link came back"
ok "data moves again"
