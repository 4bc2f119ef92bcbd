#!/usr/bin/env bash
# Each public header compiles by itself, with both compilers, under an outsider's stricter warnings; shows no third-party
# header and no macro; makes its own names visible; and is in ub/ub.h.
set -euo pipefail
bad=0
complain() { echo "$1: $2"; bad=1; }
strict=(-std=c++20 -Iinclude -Wall -Wextra -Wpedantic -Wshadow -Wold-style-cast -Werror -fsyntax-only)

for h in include/ub/*.h; do
  for cxx in g++ clang++; do
    echo "#include \"${h#include/}\"" | $cxx "${strict[@]}" -x c++ - || complain "$h" "$cxx does not compile it by itself"
  done
  [ "$h" != include/ub/ub.h ] || continue
  # transport.h is for those who write transports, not for those who use them.
  [ "$h" = include/ub/transport.h ] || grep -qF "\"${h#include/}\"" include/ub/ub.h || complain "$h" "not in ub/ub.h"
  [ "$(grep '^#pragma GCC' "$h")" = $'#pragma GCC visibility push(default)\n#pragma GCC visibility pop' ] ||
    complain "$h" "wants its declarations between #pragma GCC visibility push(default) and pop"
done
for h in include/ub/*.h include/ub/detail/*.h; do
  # The standard library's headers have neither a slash nor a dot in their names.
  ! grep -nE '^ *# *include +(<[^>]*[./]|"([^u]|u[^b]|ub[^/]))' "$h" || complain "$h" "includes what is neither ours nor standard"
  ! grep -nE '^ *# *define|^ *using namespace' "$h" || complain "$h" "no macro and no using namespace in the API"
done
exit $bad
