#!/usr/bin/env bash
# Real ibverbs between two hosts: tests/rdma/hosts.sh BUILD_DIR runs the tests below in two guests concurrently, connected by
# two rails. A test counts once on each host. The last line is "N passed, N failed"; if there can be no guests, it prints why
# and skips the tests.
set -euo pipefail
cd "$(dirname "$0")/../.."
build=${1:?usage: tests/rdma/hosts.sh BUILD_DIR}

suites=(
  tests/rdma/pair/pingpong.sh
  tests/rdma/pair/rail.sh
  tests/rdma/pair/conformance.sh
)

log=$(mktemp)
trap 'rm -f "$log"' EXIT
rc=0
tests/rdma/hosts -t 600 env JOBS=1 LIMIT=300 tests/run "$build" "${suites[@]}" | tee "$log" || rc=${PIPESTATUS[0]}
if [ "$rc" = 77 ]; then
  echo "0 passed, 0 failed, ${#suites[@]} skipped"
  exit 0
fi
# Each host prints its own counts; a host without counts has failed.
awk '/^[ab]: [0-9]+ passed, / { passed += $2; failed += $4; ++hosts }
     END { print passed + 0 " passed, " failed + 2 - hosts " failed" }' "$log"
exit "$rc"
