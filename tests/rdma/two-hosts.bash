# Sourced, with the build folder as $1, by the tests that use two network namespaces as two hosts, connected by a cable, each
# with its own shared memory. It has what tests/tools/lib.bash has, and functions that run commands on either host. Not a test
# itself.
# shellcheck source=tests/tools/lib.bash
. "$(dirname "$0")/../tools/lib.bash" "$1"
[ -e "$bin/../lib/ub/libub-rdma.so" ] || { echo "this build has no libub-rdma.so"; exit 77; }
one=ub-$mark-one two=ub-$mark-two
apart() {
  local rc=$? host
  for host in "$one" "$two"; do
    # shellcheck disable=SC2046  # a list of process ids
    kill -KILL $(ip netns pids "$host" 2>/dev/null) 2>/dev/null || :
    ip netns del "$host" 2>/dev/null || :
  done
  (exit $rc) || :
  rm -rf "$work" "$UB_SHM_DIR"
  exit $rc
}
trap apart EXIT
for host in "$one" "$two"; do
  if ! ip netns add "$host" 2>/dev/null || ! ip netns exec "$host" true 2>/dev/null; then echo "no network namespaces here"; exit 77; fi
  mkdir "$UB_SHM_DIR/$host"
done
ip link add eth0 netns "$one" type veth peer name eth0 netns "$two" 2>/dev/null || { echo "no veth pairs here"; exit 77; }
for host in "$one 1" "$two 2"; do
  ip -n "${host% *}" link set lo up
  ip -n "${host% *}" address add "10.0.0.${host#* }/24" dev eth0
  ip -n "${host% *}" link set eth0 up
done
cable() { ip -n "$two" link set eth0 "$1"; }

# on HOST NAME COMMAND: runs a shell command on a host, for up to $patience seconds; its output is in $work/NAME and
# $work/NAME.err.
on() {
  UB_SHM_DIR=$UB_SHM_DIR/$1 PATH=$bin:$PATH timeout -k 5 "${patience:-60}" ip netns exec "$1" bash -c "$3" >"$work/$2" 2>"$work/$2.err" </dev/null
}
# begun HOST NAME COMMAND: runs it in the background; interrupt HOST CODE ends the latest one, and expects the exit code.
begun() {
  rm -f "$work/$2"  # removes the output of an earlier command
  on "$1" "$2" "exec $3" &
  timer=$!
}
interrupt() {
  local host=$1 want=$2 rc=0
  # shellcheck disable=SC2046  # a list of process ids
  kill -INT $(ip netns pids "$host")
  { wait "$timer" || rc=$?; } 2>/dev/null
  [ $rc = "$want" ] || fail "exit code $rc instead of $want"
}
nobody_on() { [ -z "$(ip netns pids "$1")" ]; }
