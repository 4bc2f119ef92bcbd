#!/usr/bin/env bash
# One rail of host b goes down: its own port is down, host a's port is not, since its NIC still has a carrier, and the other
# rail still carries data. When the rail is up again, it carries data again.
set -euo pipefail
. tests/rdma/lib.bash

if [ "$UB_GUEST" = b ]; then
  ip link set eth0 down
  until_true port rxe0 PORT_DOWN
  port rxe1 PORT_ACTIVE || fail "the other rail went down too"
  tell down
else
  told down
  port rxe0 PORT_ACTIVE || fail "the far end's port went down too"
fi
across "the-other-rail" rxe1 "$UB_HERE2" "$UB_PEER2"
ok "one rail down: the other carries data"

if [ "$UB_GUEST" = b ]; then
  ip link set eth0 up
  until_true port rxe0 PORT_ACTIVE
fi
across "the-rail-again" rxe0 "$UB_HERE" "$UB_PEER"
ok "up again: the rail carries data"
