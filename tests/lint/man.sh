#!/usr/bin/env bash
# A man page for every tool and every public header, and none that mandoc has to warn of.
set -euo pipefail
shopt -s nullglob
bad=0
want=(man/ub.7 man/ub-decisions.7 man/ub-directory.7 man/ub-memory.7 man/ub-rdma.7 man/ub-routing.7 man/ub-transport.7 man/ub-profile.5)
for t in tools/ub-*/main.cc; do t=${t%/main.cc}; want+=("man/${t#tools/}.1"); done
for h in include/ub/*.h; do
  h=$(basename "$h" .h)
  [ "$h" = ub ] || want+=("man/ub_$h.3")  # everything at once: ub(7)
done
for m in "${want[@]}"; do [ -e "$m" ] || { echo "$m is missing"; bad=1; }; done

pages=(man/*.[1-8])
[ ${#pages[@]} = 0 ] || mandoc -T lint -W warning "${pages[@]}" || bad=1
# Every page that a page refers to exists: ours by file, others' are left alone.
while read -r from name section; do
  [ -e "man/$name.$section" ] || { echo "$from refers to $name($section), which is missing"; bad=1; }
done < <(grep -oE '^\.Xr (ub[a-zA-Z0-9_-]*) [1-8]' "${pages[@]}" /dev/null | sed 's/:\.Xr / /')
exit $bad
