#!/usr/bin/env bash
# The layers hold: what a folder may not use does not compile there. $1 is the build directory with the farm of links.
set -euo pipefail
build=$1 root=$PWD bad=0
complain() { echo "$1"; bad=1; }
# Runs the preprocessor only; from elsewhere, since for its standard input a compiler looks in the current folder too.
reaches() (cd / && echo "#include \"$2\"" | g++ -std=c++20 -I"$root/include" -I"$root/$build/include/$1" -M -x c++ - >/dev/null 2>&1)

# Folder, a header that it must not reach, and a folder that may: without the latter a renamed header would pass for a wall.
while read -r folder header friend; do
  [ -d "$folder" ] || continue
  reaches "$friend" "$header" || complain "$header is not to be had in $friend: mend the table in $0"
  ! reaches "$folder" "$header" || complain "$header compiles in $folder, which must not know it"
done <<'END'
lib/base        topology/machine.h  lib/topology
lib/base        board/board.h       lib/board
lib/topology    routing/paths/route.h     lib/routing/paths
lib/routing/selection board/board.h lib/board
lib/routing/deadlock routing/paths/route.h lib/routing/paths
lib/routing/paths routing/affected/affected_sources.h lib/routing/affected
lib/routing/affected routing/selection/path_group.h lib/routing/selection
lib/routing/forwarding routing/affected/affected_sources.h lib/routing/affected
lib/board       directory/ranks.h   lib/directory
lib/directory   core/home.h         lib/core
lib/core        emu/cost/cost.h     emu/cost
emu/cost        board/board.h       lib/board
transports/shm  core/home.h         lib/core
transports/shm  topology/machine.h  lib/topology
transports/emu  core/home.h         lib/core
tools/common    base/text.h         lib/base
tools/ub-ping   base/text.h         lib/base
tools/ub-bw     core/home.h         lib/core
tools/ub-info   board/board.h       lib/board
tests/live      core/home.h         lib/core
tests/bench     core/home.h         lib/core
END

# The farm governs the include path; a relative or absolute include would go around it.
! git grep --untracked -nE '^ *# *include +"(/|[^"]*\.\./)' -- '*.cc' '*.h' || complain "includes that go around the include path"
# The core names no transport.
! git grep --untracked -nE '"(shm|emu|rdma|fault)(://)?"' -- lib/board lib/directory lib/core || complain "the core names a transport"
exit $bad
