#!/usr/bin/env bash
# rdma:// over real ibverbs passes the conformance suite: with loads and stores by the responder, as on every device that the
# kernel emulates, and by the device. Runs a selection unless UB_WHOLE is set.
set -euo pipefail
. tests/rdma/lib.bash

# try BUILD_DIR OPTIONS COLUMN SELECTION [OTHERS]: also checks that what executed each op matches the column in ub-rdma(7).
try() {
  local filter=("${@:4}")
  [ -z "${UB_WHOLE:-}" ] || filter=("${@:5}")
  "$1/bin/conformance" --transport="rdma://verbs?ranks=4&provider=verbs$2" --table="$work/table" --no-colors "${filter[@]}" >"$work/out" 2>&1 || {
    sed -n '/^TEST CASE/{s/ *$//;h};/ERROR:/{x;s/^TEST CASE: */in: /p;x}' "$work/out" | sort | uniq -c
    grep -aE -A6 '^TEST CASE|ERROR:' "$work/out" | head -80
    fail "conformance over verbs$2"
  }
  grep -qE 'test cases: +[1-9][0-9]* .*\| +0 failed' "$work/out" || fail "nothing ran"
  tests/rdma/column ops "$3" <"$work/table" || fail "ub-rdma(7) has another column for $3"
  echo "note: verbs$2: $(sed -n 's/.*test cases: *\([0-9]*\) .*/\1/p' "$work/out") cases"
}
try "$1" '' verbs -tc='words*,bulk*,rights: w*,rights: tokens*,endings: a home*,order: the worked*,signals: who*,alignment*,stopped*,threads: a word*,queues: flush*,random: many*,segments: z*'
ok "the conformance suite over verbs"
# This device does not guarantee whole words.
try "$1" '&words=nic' 'verbs, words=nic' -tc='words*,bulk: any*,signals: who*,alignment*,order: the worked*,threads: masked*,stopped*,rights: w*,queues: flush*,random: many*' -tce='threads: a word is whole*'
ok "loads and stores by the device itself"
