# Sourced by the tests that run in a guest: a folder for the output of programs, checks that print what was seen, and cleanup
# of all processes that a test started. Not a test itself.
set -eu
work=$(mktemp -d)

finish() {
  local rc=$? children
  children=$(jobs -p)
  # shellcheck disable=SC2086  # a list of process ids
  [ -z "$children" ] || { kill -KILL $children && wait; } 2>/dev/null || :
  rm -rf "$work"
  exit $rc
}
trap finish EXIT

ok() { echo "ok: $*"; }
fail() {
  echo "FAILED: $*"
  for f in "$work"/*; do echo "--- ${f##*/}"; tail -n 40 "$f"; done
  exit 1
}

# When the suite's watchdog ends a test: its position, what it waited for, and the state of its processes, also in the kernel.
awaited=''
time_was_up() {
  local i p
  echo "time was up at: $1${awaited:+, awaiting: $awaited}"
  for ((i = 1; i < ${#FUNCNAME[@]} - 1; i++)); do echo "  in ${FUNCNAME[i]}, called at line ${BASH_LINENO[i]}"; done
  for p in $(jobs -p); do
    [ ! -r "/proc/$p/cmdline" ] || { echo "process $p: $(tr '\0' ' ' <"/proc/$p/cmdline")"; cat "/proc/$p/stack"; } 2>/dev/null || :
  done
  rdma link 2>/dev/null || :
  fail "time was up${awaited:+, awaiting: $awaited}"
}
trap 'time_was_up "$BASH_COMMAND"' TERM

# A wait for a peer that may have failed ends before the watchdog ends the test: bounded COMMAND..., and answered PID for a
# command in the background.
bound=60
bounded() {
  local rc=0
  timeout --foreground -k 5 "$bound" "$@" || rc=$?
  [ $rc != 124 ] || echo "ended after $bound s without its peer's answer: $*"
  return $rc
}
answered() {
  local i
  for ((i = 0; i < bound * 10; i++)); do
    kill -0 "$1" 2>/dev/null || { wait "$1"; return; }
    sleep 0.1
  done
  echo "no end after $bound s, without its peer's answer: $(tr '\0' ' ' <"/proc/$1/cmdline")"
  return 124
}

# until_true COMMAND...: repeats the command until it succeeds; the suite's watchdog bounds it.
until_true() {
  awaited=$*
  until "$@"; do sleep 0.1; done
  awaited=''
}
# port DEVICE STATE: whether libibverbs reports its first port as PORT_ACTIVE or PORT_DOWN.
port() { ibv_devinfo -d "$1" | grep -qE "^\s+state:\s+$2 "; }
# gid DEVICE ADDRESS: the index of the RoCEv2 GID made from an IPv4 address.
gid() {
  local f hex
  printf -v hex '%02x%02x:%02x%02x' ${2//./ }
  for f in /sys/class/infiniband/"$1"/ports/1/gids/*; do
    if [[ $(cat "$f") = *:ffff:$hex ]]; then echo "${f##*/}"; return; fi
  done
  return 1
}
# Signals between two guests, through their shared folder: tell NAME sends one, told NAME waits for it. A name belongs to one
# test script.
tell() { touch "$UB_SHARED/${0##*/}.$1"; }
told() { until_true [ -e "$UB_SHARED/${0##*/}.$1" ]; }
# across NAME DEVICE HERE PEER: 10 round trips between the two guests, by ibverbs.
across() {
  local index
  index=$(gid "$2" "$3") || fail "no GID for $3"
  if [ "$UB_GUEST" = a ]; then
    ibv_rc_pingpong -d "$2" -g "$index" -n 10 -c >"$work/$1" 2>&1 &
    until_true sh -c 'ss -ltn | grep -q :18515'
    tell "$1"
    answered $! || fail "$1 over $2"
  else
    told "$1"
    bounded ibv_rc_pingpong -d "$2" -g "$index" -n 10 -c "$4" >"$work/$1" 2>&1 || fail "$1 over $2"
  fi
  grep -q '^10 iters in' "$work/$1" || fail "$1 over $2: not 10 rounds"
}
