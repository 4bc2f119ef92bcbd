# Shared by the tests that run in a guest, which source it: a place for what programs print, checks that say what they
# have seen, and an end of all they started. Not a test itself.
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

trap 'fail "time was up"' TERM

# until_true COMMAND...: for as long as it takes; the suite's watchdog bounds it.
until_true() { until "$@"; do sleep 0.1; done; }
# port DEVICE STATE: whether its first port is PORT_ACTIVE or PORT_DOWN, as libibverbs sees it.
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
# Between two guests, which share a folder: tell NAME, and told NAME, which waits for the other to tell. One guest has
# a tale of its own in each suite.
tell() { touch "$UB_SHARED/${0##*/}.$1"; }
told() { until_true [ -e "$UB_SHARED/${0##*/}.$1" ]; }
# across NAME DEVICE HERE PEER: 10 rounds between the two, by ibverbs.
across() {
  local index
  index=$(gid "$2" "$3") || fail "no GID for $3"
  if [ "$UB_GUEST" = a ]; then
    ibv_rc_pingpong -d "$2" -g "$index" -n 10 -c >"$work/$1" 2>&1 &
    until_true sh -c 'ss -ltn | grep -q :18515'
    tell "$1"
    wait $! || fail "$1 over $2"
  else
    told "$1"
    ibv_rc_pingpong -d "$2" -g "$index" -n 10 -c "$4" >"$work/$1" 2>&1 || fail "$1 over $2"
  fi
  grep -q '^10 iters in' "$work/$1" || fail "$1 over $2: not 10 rounds"
}
