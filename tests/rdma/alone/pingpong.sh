#!/usr/bin/env bash
# Two processes move data through the device: over ibverbs alone, and over libfabric's connected endpoints.
set -euo pipefail
. tests/rdma/lib.bash

index=$(gid rxe0 "$UB_HERE") || fail "no GID for $UB_HERE"
ibv_rc_pingpong -d rxe0 -g "$index" -s 65536 -n 50 -c >"$work/target" 2>&1 &
target=$!
until_true sh -c 'ss -ltn | grep -q :18515'
ibv_rc_pingpong -d rxe0 -g "$index" -s 65536 -n 50 -c "$UB_HERE" >"$work/initiator" 2>&1 || fail "ibv_rc_pingpong: the initiator"
wait $target || fail "ibv_rc_pingpong: the target"
grep -q '^50 iters in' "$work/initiator" || fail "not 50 rounds"
ok "ibverbs: 50 rounds of 64 KiB, contents checked"

fi_pingpong -p verbs -e msg -d rxe0 -c -I 10 -S 65536 >"$work/target" 2>&1 &
target=$!
until_true sh -c 'ss -ltn | grep -q :47592'
fi_pingpong -p verbs -e msg -d rxe0 -c -I 10 -S 65536 "$UB_HERE" >"$work/initiator" 2>&1 || fail "fi_pingpong: the initiator"
wait $target || fail "fi_pingpong: the target"
grep -qE '^64k +10 +=10 ' "$work/initiator" || fail "not 20 rounds, all acknowledged"
ok "libfabric: 10 rounds of 64 KiB, contents checked"
