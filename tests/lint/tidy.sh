#!/usr/bin/env bash
# clang-tidy on the public headers, which outsiders compile with their own warnings; .clang-tidy says with which checks.
set -euo pipefail
tmp=$(mktemp -d); trap 'rm -rf "$tmp"' EXIT
cp .clang-tidy "$tmp"
for h in include/ub/*.h; do echo "#include \"${h#include/}\""; done >"$tmp/all.cc"
# Templates are checked as far as somebody instantiates them.
cat >>"$tmp/all.cc" <<'END'
ub::Result<std::uint64_t> use(const ub::RemoteSegment& s, ub::RemotePtr<std::uint32_t> p, const ub::Segment& home) {
  (void)s.store<double>(0, 1.0);
  (void)s.fetch_add<std::int32_t>(8, 1);
  (void)s.masked_compare_swap<std::uint64_t>(8, 1, 2, 3, 4);
  (void)(p + 1).compare_swap(1, 2);
  (void)home.wait_until<std::int16_t>(0, ub::Compare::less, -1);
  return s.load<std::uint64_t>(16).value_or(0) == 0 ? ub::Result<std::uint64_t>{} : s.load<std::uint64_t>(0);
}
END
clang-tidy --quiet --header-filter='include/ub/' "$tmp/all.cc" -- -std=c++20 -Iinclude -Wall -Wextra -Wshadow \
  2>"$tmp/err" || { cat "$tmp/err"; exit 1; }
