#!/usr/bin/env bash
# Scripts stop at the first error and pass shellcheck (but for SC2016: code in single quotes is
# for another shell to expand).
set -euo pipefail
bad=0
scripts=()
while read -r f; do case $(head -c 20 "$f" | head -1) in '#!'*sh) scripts+=("$f") ;; esac; done < <(git ls-files -co --exclude-standard)
for f in "${scripts[@]}"; do
  grep -q '^set -euo pipefail$' "$f" || { echo "$f: wants set -euo pipefail"; bad=1; }
  [ -x "$f" ] || { echo "$f: not executable"; bad=1; }
done
shellcheck -x -e SC2016 "${scripts[@]}" || bad=1
exit $bad
