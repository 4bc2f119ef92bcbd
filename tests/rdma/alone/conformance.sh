#!/usr/bin/env bash
# rdma:// over real ibverbs keeps the promises: words and bulk by the responder and by the device, rights, endings, order.
set -euo pipefail
. tests/rdma/lib.bash

try() {
  "$1/bin/conformance" --transport="rdma://verbs?ranks=4&provider=verbs$2" -tc="$3" >"$work/out" 2>&1 ||
    { tail -60 "$work/out"; fail "conformance over verbs$2"; }
  grep -qE 'test cases: +[1-9][0-9]* .*\| +0 failed' <(sed 's/\x1b\[[0-9;]*m//g' "$work/out") || fail "nothing ran"
}
try "$1" '' 'words*,bulk*,rights: when*,endings: a home*,order: the worked*,signals: who*'
ok "the conformance suite's words, bulk, rights, endings, order and signals over verbs"
try "$1" '&words=nic' 'words*,signals: who*'
ok "loads and stores by the device itself"
