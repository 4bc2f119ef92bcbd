#!/usr/bin/env bash
# The guest has a soft-RoCE device that libibverbs opens, with an active port and the address of its network interface.
set -euo pipefail
. tests/rdma/lib.bash

ibv_devices >"$work/devices"
[ "$(grep -c '^ *rxe' "$work/devices")" = 1 ] || fail "not one device"
grep -q '^ *rxe0 ' "$work/devices" || fail "no rxe0"
ibv_devinfo -v -d rxe0 >"$work/info"
grep -qE '^\s+state:\s+PORT_ACTIVE ' "$work/info" || fail "the port is not active"
grep -qE '^\s+link_layer:\s+Ethernet' "$work/info" || fail "not Ethernet"
grep -qF "$UB_HERE" "$work/info" || fail "no GID is made of $UB_HERE"
ok "rxe0 is active at $UB_HERE"
