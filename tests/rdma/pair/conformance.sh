#!/usr/bin/env bash
# The conformance suite between two hosts over real ibverbs: homes on host a, initiators on host b, directory at a's address.
# Most checks of words and queues run on one host only, since each of them reads the memory of host a over the network.
set -euo pipefail
. tests/rdma/lib.bash
[ -e "$1/lib/ub/libub-rdma.so" ] || { echo "libub-rdma.so has not been built"; exit 77; }
cases=${CASES:-'words: what*,bulk: lists*,bulk: strides*,order: the worked*,rights: when*,signals: a strong*,queues: flush*,endings: what a home on*'}

if [ "$UB_GUEST" = a ]; then
  busybox nc -l -p 7900 -e /bin/sh -c "exec $1/bin/conformance --home 2>$work/home" &
  until_true sh -c 'ss -ltn | grep -q :7900'
  tell listening
  wait $! || fail "the home"
  ok "a home for host b"
else
  told listening
  "$1/bin/conformance" --transport="rdma://far?ranks=4&provider=verbs&directory=peer:$UB_PEER:7000" \
    --far="exec busybox nc $UB_PEER 7900" --no-colors -d -tc="$cases" >"$work/out" 2>&1 || fail "the promises are not kept"
  grep -qE 'test cases: +[1-9][0-9]* .*\| +0 failed' "$work/out" || fail "nothing ran"
  ok "the promises are kept towards a home on host a"
fi
