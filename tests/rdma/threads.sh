#!/usr/bin/env bash
# The conformance suite over rdma:// only, with the transports of two ranks in one process: for TSan, which checks one process.
set -euo pipefail
build=${1:?usage: tests/rdma/threads.sh BUILD_DIR}
[ -e "$build/lib/ub/libub-rdma.so" ] || { echo "this build has no libub-rdma.so"; exit 77; }
exec "$build/bin/conformance" --transport='rdma://threads?ranks=4&provider=tcp' --no-colors
