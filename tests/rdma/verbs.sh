#!/usr/bin/env bash
# Real ibverbs: tests/rdma/verbs.sh BUILD_DIR runs the tests below in a guest with soft-RoCE, one after the other, for
# they share its device. Ends with a line "N passed, N failed"; where there can be no guest, it says why and skips them.
set -euo pipefail
cd "$(dirname "$0")/../.."
build=${1:?usage: tests/rdma/verbs.sh BUILD_DIR}

suites=(
  tests/rdma/alone/devices.sh
  tests/rdma/alone/providers.sh
  tests/rdma/alone/pingpong.sh
  tests/rdma/alone/port.sh
  tests/rdma/alone/errors.sh
  tests/rdma/alone/watch.sh
  tests/rdma/alone/conformance.sh
)

rc=0
tests/rdma/guest -t 600 env JOBS=1 LIMIT=300 tests/run "$build" "${suites[@]}" || rc=$?
[ $rc = 77 ] || exit $rc
echo "0 passed, 0 failed, ${#suites[@]} skipped"
