#!/usr/bin/env bash
# Every benchmark runs, and each row is in the table and in the JSON document. Every row has libub's figure, also where its peer
# is not installed. No figure is compared with its target.
set -euo pipefail
build=$1
out=$(mktemp)
place=$(mktemp -d -p /dev/shm ub-bench.XXXXXX)
trap 'rm -rf "$out" "$place"' EXIT

# rows JSON MINIMUM: checks the document and the table in $out. A difference of two short figures may be below 0.
rows() {
  python3 - "$1" "$out" "$2" <<'PY'
import json, sys
document, table = json.load(open(sys.argv[1])), open(sys.argv[2]).read()
rows = document["rows"]
assert document["schema"] == 1 and len(rows) >= int(sys.argv[3]), len(rows)
for row in rows:
    assert table.count(f"| {row['name']} |") == 1, row
    assert row["ours"] is not None and (row["ours"] > 0 or row["unit"] == "KiB"), row
    assert (row["peer"] is None) == (row["ratio"] is None), row
    if "unavailable" in row:
        reason = row["unavailable"].split(":")[0]
        assert reason in ("not installed", "not run"), row
        assert row["peer"] is None and row["met"] is None, row
        assert any(f"| {row['name']} |" in line and f"| {reason} |" in line for line in table.splitlines()), row
    else:
        assert (row["peer"] is None) == (row["beside"] == ""), row
        assert (row["met"] is None) == (row["target"] is None), row
PY
}
# check PROGRAM ROWS OPTION...: runs the benchmark program, which has at least ROWS rows.
check() {
  tests/bench/run "$build" "${@:3}" --quick --markdown | tee "$out"
  rows "$build/$1.json" "$2"
  grep -qE '"met": ?(true|false)' "$build/$1.json"
}
# No peer can run when the program is started without tests/bench/run: libub's own figures are there nevertheless.
env -u BENCH_PEERS -u UB_FABRIC -u UB_RANK UB_SHM_DIR="$place" "$build/bin/bench" --quick --markdown --json "$place/bench.json" \
  --benchmark_filter='8-byte writes of a queue' >"$out"
rows "$place/bench.json" 1
grep -q '"unavailable"' "$place/bench.json"
check bench 21
check bench-rdma 16 --rdma
check bench-map 63 --map
