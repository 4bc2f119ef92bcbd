#!/usr/bin/env bash
# rdma:// over real ibverbs keeps the promises: the conformance suite, with words and bulk by the responder and by the device.
# A selection, unless UB_WHOLE is set.
set -euo pipefail
. tests/rdma/lib.bash

# try BUILD_DIR OPTIONS COLUMN FILTER...: and what each op was done by is what the table of ub-rdma(7) has in the column.
try() {
  local filter=("${@:4}")
  [ -z "${UB_WHOLE:-}" ] || filter=()
  "$1/bin/conformance" --transport="rdma://verbs?ranks=4&provider=verbs$2" --table="$work/table" --no-colors "${filter[@]}" >"$work/out" 2>&1 ||
    { grep -aE -A6 '^TEST CASE|ERROR:' "$work/out" | head -80; fail "conformance over verbs$2"; }
  grep -qE 'test cases: +[1-9][0-9]* .*\| +0 failed' "$work/out" || fail "nothing ran"
  tests/rdma/column ops "$3" <"$work/table" || fail "ub-rdma(7) has another column for $3"
  echo "note: verbs$2: $(sed -n 's/.*test cases: *\([0-9]*\) .*/\1/p' "$work/out") cases"
}
try "$1" '' verbs -tc='words*,bulk*,rights: w*,rights: tokens*,endings: a home*,order: the worked*,signals: who*,alignment*'
ok "the conformance suite's words, bulk, rights, endings, order and signals over verbs"
try "$1" '&words=nic' 'verbs, words=nic' -tc='words*,bulk: any*,signals: who*,alignment*,order: the worked*,threads: masked*'
ok "loads and stores by the device itself"
