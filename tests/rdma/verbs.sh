#!/usr/bin/env bash
# Real ibverbs: tests/rdma/verbs.sh BUILD_DIR runs the tests below in a guest with soft-RoCE, one after the other, since they
# share its device. With `all` as second argument it runs the whole conformance suite, which takes minutes more. The last line
# is "N passed, N failed"; if there can be no guest, it prints why and skips the tests.
set -euo pipefail
cd "$(dirname "$0")/../.."
build=${1:?usage: tests/rdma/verbs.sh BUILD_DIR [all]}

suites=(
  tests/rdma/alone/devices.sh
  tests/rdma/alone/providers.sh
  tests/rdma/alone/pingpong.sh
  tests/rdma/alone/port.sh
  tests/rdma/alone/errors.sh
  tests/rdma/alone/watch.sh
  tests/rdma/alone/stopped.sh
  tests/rdma/alone/conformance.sh
)

whole='' limit=400
[ "${2:-}" != all ] || whole=1 limit=1200
rc=0
tests/rdma/guest -t $((limit + 300)) env UB_WHOLE=$whole JOBS=1 LIMIT=$limit tests/run "$build" "${suites[@]}" || rc=$?
[ $rc = 77 ] || exit $rc
echo "0 passed, 0 failed, ${#suites[@]} skipped"
