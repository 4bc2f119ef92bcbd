#!/usr/bin/env bash
# Two hosts, two rails: each rail's device is active on both hosts, and data moves between the hosts over either rail, by
# ibverbs alone and by libfabric.
set -euo pipefail
. tests/rdma/lib.bash

# over DEVICE HERE PEER
over() {
  port "$1" PORT_ACTIVE || fail "$1 is not active"
  across "ibverbs-$1" "$1" "$2" "$3"
  local pingpong=(fi_pingpong -p verbs -e msg -d "$1" -c -I 5 -S 16384)
  if [ "$UB_GUEST" = a ]; then
    "${pingpong[@]}" >"$work/libfabric" 2>&1 &
    until_true sh -c 'ss -ltn | grep -q :47592'
    tell "libfabric-$1"
    answered $! || fail "fi_pingpong over $1"
  else
    told "libfabric-$1"
    bounded "${pingpong[@]}" "$3" >"$work/libfabric" 2>&1 || fail "fi_pingpong over $1"
  fi
  grep -qE '^16k +5 +=5 ' "$work/libfabric" || fail "fi_pingpong over $1: not 5 rounds, all acknowledged"
  ok "$1: ibverbs and libfabric, contents checked"
}
over rxe0 "$UB_HERE" "$UB_PEER"
over rxe1 "$UB_HERE2" "$UB_PEER2"
