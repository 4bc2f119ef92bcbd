#!/usr/bin/env bash
# C++ is laid out by clang-format. To mend: clang-format -i FILE.
set -euo pipefail
git ls-files -co --exclude-standard '*.cc' '*.h' | xargs clang-format --dry-run 2>&1 |
  awk -F: '/ warning: /{n[$1]++} END{for (f in n) print f ": " n[f] " places"; exit length(n) > 0}'
