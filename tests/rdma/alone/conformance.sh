#!/usr/bin/env bash
# rdma:// over real ibverbs keeps the promises: words and bulk by the responder and by the device, rights, endings, order.
set -euo pipefail
. tests/rdma/lib.bash

# try BUILD_DIR OPTIONS COLUMN TEST_CASES: and what each op was done by is what the table of ub-rdma(7) has in the column.
try() {
  "$1/bin/conformance" --transport="rdma://verbs?ranks=4&provider=verbs$2" --table="$work/table" -tc="$4" >"$work/out" 2>&1 ||
    { tail -60 "$work/out"; fail "conformance over verbs$2"; }
  grep -qE 'test cases: +[1-9][0-9]* .*\| +0 failed' <(sed 's/\x1b\[[0-9;]*m//g' "$work/out") || fail "nothing ran"
  tests/rdma/column ops "$3" <"$work/table" || fail "ub-rdma(7) has another column for $3"
}
try "$1" '' verbs 'words*,bulk*,rights: when*,endings: a home*,order: the worked*,signals: who*'
ok "the conformance suite's words, bulk, rights, endings, order and signals over verbs"
try "$1" '&words=nic' 'verbs, words=nic' 'words*,bulk: any*,signals: who*'
ok "loads and stores by the device itself"
