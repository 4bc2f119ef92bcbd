#!/usr/bin/env bash
# A port that is down, a device that does not exist, too little memory that may be locked: each is an error of one line that
# says what to do, with exit code 2.
set -euo pipefail
. tests/rdma/lib.bash
bin=$1/bin
[ -e "$1/lib/ub/libub-rdma.so" ] || { echo "libub-rdma.so has not been built"; exit 77; }
url='rdma://errors?provider=verbs'

# refuses PATTERN COMMAND...
refuses() {
  local rc=0
  "${@:2}" >"$work/out" 2>"$work/err" || rc=$?
  [ $rc = 2 ] || fail "exit code $rc: ${*:2}"
  [ "$(wc -l <"$work/err")" = 1 ] || fail "not one line: ${*:2}"
  grep -qE -- "$1" "$work/err" || fail "not \"$1\": ${*:2}"
}

refuses "there is no RDMA device 'nosuch'; there are rxe0$" "$bin/ub-ping" --fabric "$url&device=nosuch" -c 1
ok "no such device: those that there are"

refuses 'network interface lo has no RDMA device; there are rxe0$' "$bin/ub-ping" --fabric "$url&device=lo" -c 1
ip link add bare type dummy
ip address add 10.77.0.1/24 dev bare
ip link set bare up
refuses 'network interface bare has no RDMA device; there are rxe0$' "$bin/ub-ping" --fabric "$url&device=bare" -c 1
refuses 'no RDMA device is at the address 127.0.0.1; there are rxe0; ub-info shows their addresses$' "$bin/ub-ping" --fabric "$url&directory=peer:127.0.0.1:7000" -c 1
ok "an interface without an RDMA device, also where the connection manager would bind one to it"

refuses "bad option words='both' for rdma://; there are auto, responder and nic\$" "$bin/ub-ping" --fabric "$url&words=both" -c 1
"$bin/ub-ping" --fabric "$url" --listen >"$work/listener" 2>&1 &
listener=$!
until_true grep -q . "$work/listener"
refuses 'loads and stores go by the NIC here, and its device may move a word in parts; open the fabric with words=responder here$' "$bin/ub-ping" --fabric "$url&words=nic" --op load -c 1 0
kill -INT $listener
wait $listener || fail "the listener did not end well"
ok "words by the NIC, towards a home whose device moves them in parts"

ip link set dummy0 down
until_true port rxe0 PORT_DOWN
refuses 'port 1 of RDMA device rxe0 is down; bring its link up: ip link set dummy0 up; ub-info shows ports$' "$bin/ub-ping" --fabric "$url" -c 1
refuses 'network interface dummy0 is down; bring it up: ip link set dummy0 up$' "$bin/ub-ping" --fabric "$url&device=dummy0" -c 1
ip link set dummy0 up
until_true port rxe0 PORT_ACTIVE
ok "a port that is down at the start: whose, and how to bring it up"

refuses 'same memory the same key; leave FI_MR_CACHE_MAX_COUNT out of the environment, or set it to 0$' env FI_MR_CACHE_MAX_COUNT=1000 "$bin/ub-ping" --fabric "$url" -c 1
ok "a cache of registrations, which would make one key of all"

# limited KIB COMMAND...: as a user without privileges, with this limit on locked memory and another shared-memory folder.
limited() { UB_SHM_DIR=/dev/shm setpriv --reuid 65534 --regid 65534 --clear-groups --bounding-set -all --inh-caps -all bash -c "ulimit -l $1; exec \"\${@}\"" limited "${@:2}"; }
refuses 'cannot register [0-9]+ bytes with rxe0: Cannot allocate memory; this process may lock 64 KiB: raise it with ulimit -l, LimitMEMLOCK=' limited 64 "$bin/ub-ping" --fabric "$url" -c 1
refuses 'no_memory: .*locked memory \(ulimit -l\)' limited 512 "$bin/ub-ping" --fabric "$url" -c 1
limited unlimited "$bin/ub-ping" --fabric "$url" -c 1 >"$work/out" 2>&1 || fail "not even without a limit"
ok "too little memory to lock: for a segment, for a lane"
