#!/usr/bin/env bash
# The conformance suite between two hosts: homes in one network namespace, initiators in the other, over a peer directory.
set -euo pipefail
# shellcheck source=tests/rdma/two-hosts.bash
. "$(dirname "$0")/two-hosts.bash" "$1"

# Shared with tests/rdma/two-hosts.bash.
# shellcheck disable=SC2034
patience=200
on "$two" out "conformance --transport='rdma://far?ranks=4&directory=peer:10.0.0.1:7000' \
  --far='UB_SHM_DIR=$UB_SHM_DIR/$one exec ip netns exec $one $bin/conformance --home'" || {
  grep -haE -A4 'ERROR:|^conformance: ' "$work/out" "$work/out.err" | head -60
  fail "the promises are not kept"
}
has 'test cases: +[1-9][0-9]* .*\| +0 failed'
grep '^not with a home on another host' "$work/out" | sort | uniq -c | sed 's/^ *\([0-9]*\) /\1 x /'
ok "the rest of the suite, with homes on another host"
