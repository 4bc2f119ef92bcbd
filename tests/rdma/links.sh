#!/usr/bin/env bash
# A link or a host is missing between two hosts: one line with what failed, on what, and what to do; exit code 2.
set -euo pipefail
# shellcheck source=tests/rdma/two-hosts.bash
. "$(dirname "$0")/two-hosts.bash" "$1"

# refused PATTERN COMMAND [NAME]: on the second host.
refused() {
  local rc=0 name=${3:-out}
  on "$two" "$name" "$2" || rc=$?
  [ $rc = 2 ] || fail "exit code $rc instead of 2: $2"
  [ "$(wc -l <"$work/$name.err")" = 1 ] || fail "not one line on stderr: $2"
  grep -qE -- "^${2%% *}: .*$1" "$work/$name.err" || fail "not \"$1\": $2"
}
device="rdma://$mark-a?device=eth0"

cable down
refused 'network interface eth0 is down; bring it up: ip link set eth0 up$' "ub-ping --fabric '$device' -c 1"
refused 'network interface eth0 is down; bring it up: ip link set eth0 up$' "ub-info --watch '$device'"
cable up
ip -n "$two" address flush dev eth0 scope global
refused 'network interface eth0 has no address; give it one: ip address add ADDRESS/24 dev eth0$' "ub-ping --fabric '$device' -c 1"
ip -n "$two" address add 10.0.0.2/24 dev eth0
ip -n "$two" link set lo down
refused 'network interface lo is down; bring it up: ip link set lo up$' "ub-ping --fabric 'rdma://$mark-a' -c 1"
ip -n "$two" link set lo up
on "$two" out "ub-ping --fabric '$device' -c 1" || fail "not even with the link up"
ok "an interface that is down, or has no address"

# Each tries until the deadline of its open; all run concurrently.
meets() { refused "$1:7000: nobody listens there \($2\), and it is no address of this host; start a process on the host that has it; or is a firewall in between\?$" "ub-ping --fabric 'rdma://$mark-b?directory=peer:$1:7000' -c 1" "$1" & tries+=($!); }
tries=()
meets 10.0.0.1 'Connection refused'
meets 10.0.0.77 'No route to host|Connection timed out'
meets 10.99.0.1 'Network is unreachable'
for t in "${tries[@]}"; do wait "$t" || exit 1; done
ok "the directory's host has nobody listening, does not answer, or is out of reach"
