#!/usr/bin/env bash
# The device of a home whose process is stopped serves reads: every read completes during the stop. With UB_WHOLE set, the stop
# lasts longer than the receives of its control connection do, at one beat a second.
set -euo pipefail
. tests/rdma/lib.bash
bin=$1/bin
[ -e "$1/lib/ub/libub-rdma.so" ] || { echo "libub-rdma.so has not been built"; exit 77; }
url='rdma://stopped?provider=verbs'
count=10
[ -z "${UB_WHOLE:-}" ] || count=80

"$bin/ub-ping" --fabric "$url" --listen >"$work/home" 2>&1 &
home=$!
until_true grep -q 'listening as rank 0' "$work/home"
"$bin/ub-ping" --fabric "$url" --op read -c $count 0 >"$work/reads" 2>&1 &
reads=$!
until_true grep -q '^seq=1 ' "$work/reads"
kill -STOP $home
wait $reads || fail "the reads"
grep -q "^State:.*stopped" "/proc/$home/status" || fail "it was not stopped"
grep -qE "^$count sent, $count received, 0 lost, 0 in doubt, 0 retried" "$work/reads" || fail "not every read was answered"
kill -CONT $home
"$bin/ub-ping" --fabric "$url" -c 1 0 >"$work/load" 2>&1 || fail "it does not go on"
kill -INT $home
wait $home || fail "the home"
ok "$count reads, a second apart, from a home that is stopped; then it goes on"
