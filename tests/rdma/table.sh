#!/usr/bin/env bash
# The tables of ub-rdma(7) match what the conformance suite sees over tcp, and what libfabric's providers report. In a guest,
# alone/conformance.sh and alone/providers.sh compare the columns of verbs.
set -euo pipefail
build=${1:?usage: tests/rdma/table.sh BUILD_DIR}
[ -e "$build/lib/ub/libub-rdma.so" ] || { echo "this build has no libub-rdma.so"; exit 77; }
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT

"$build/bin/conformance" --transport='rdma://table?ranks=4&provider=tcp' --table="$work/ops" \
  -tc='words*,bulk: any*,signals: who*' >"$work/out" || { tail -n 40 "$work/out"; exit 1; }
tests/rdma/column ops tcp <"$work/ops"
tests/rdma/column ops words=nic </dev/null >/dev/null 2>&1 && { echo "a column that is not there is not missed"; exit 1; }

# The table of libfabric's providers is for one version.
version=$(pkg-config --modversion libfabric 2>/dev/null || :)
case $version in
  1.17.*) ;;
  *) echo "what libfabric offers is compared for 1.17 only, and this is ${version:-unknown}"; exit 77 ;;
esac
for provider in tcp 'tcp;ofi_rxm' shm; do
  ASAN_OPTIONS=${ASAN_OPTIONS:-}:detect_leaks=0 "$build/bin/offers" "$provider" >"$work/offers"  # frees nothing before exit
  tests/rdma/column offers "$provider" <"$work/offers"
done
