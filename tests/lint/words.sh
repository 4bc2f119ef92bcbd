#!/usr/bin/env bash
# What does not belong in the project: places on somebody's machine, documents that it does not have, unfinished business.
set -euo pipefail
bad=0
all=(-co --exclude-standard)
found() { echo "$1"; bad=1; }
! git ls-files "${all[@]}" ':!tests/lint/words.sh' | xargs grep -nIE '/(home|root|work|Users)/|\b(TODO|FIXME|XXX|HACK)\b' || found "^ not here"
while IFS=: read -r file doc; do
  [ -n "$(git ls-files "${all[@]}" "$doc" "*/$doc")" ] || found "$file names $doc, which is not part of the project"
done < <(git ls-files "${all[@]}" | xargs grep -oIE '\b[A-Za-z0-9_-]+\.md\b' | sort -u)
! git ls-files "${all[@]}" '*.cc' '*.h' '*.sh' Makefile | xargs grep -nE '[[:blank:]]+$' || found "^ blanks at the end of a line"

# One thought may be long; two thoughts are two files.
git ls-files "${all[@]}" '*.cc' '*.h' | xargs wc -l | awk '$1 > 450 && $2 != "total" {print "note: " $2 " has " $1 " lines"}'
exit $bad
