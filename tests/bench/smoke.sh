#!/usr/bin/env bash
# The benchmarks still run: every row is there, as often as people and as programs read it. No figure is judged.
set -euo pipefail
build=$1
out=$(mktemp)
trap 'rm -f "$out"' EXIT

# PROGRAM ROWS OPTION...: it has at least so many rows. A difference of two short figures may be below 0.
check() {
  tests/bench/run "$build" "${@:3}" --quick --markdown | tee "$out"
  python3 - "$build/$1.json" "$out" "$2" <<'PY'
import json, sys
document, table = json.load(open(sys.argv[1])), open(sys.argv[2]).read()
rows = document["rows"]
assert document["schema"] == 1 and len(rows) >= int(sys.argv[3]), len(rows)
for row in rows:
    assert table.count(f"| {row['name']} |") == 1, row
    assert ("trouble" in row) == (row["ours"] is None), row
    assert (row["peer"] is None) == (row["ratio"] is None), row
    assert "trouble" not in row or "not installed" in row["trouble"], row
    if "trouble" not in row:
        assert row["ours"] > 0 or row["unit"] == "KiB", row
        assert (row["met"] is None) == (row["target"] is None), row
assert any(row["met"] is not None for row in rows)
PY
}
check bench 21
check bench-rdma 16 --rdma
check bench-map 63 --map
