#!/usr/bin/env bash
# A direct 8-byte load, store or fetch_add adds at most 12 instructions to the raw one, as callgrind counts them:
# the average of a loop, as the difference of two lengths, so that start and end fall out.
set -euo pipefail
build=$1
case $build in *release) ;; *) echo "only the release build is counted"; exit 77 ;; esac
command -v valgrind >/dev/null || { echo "valgrind is not installed"; exit 77; }

dir=$(mktemp -d -p /dev/shm)
trap 'rm -rf "$dir"' EXIT
export UB_SHM_DIR=$dir
here=$(dirname "$0")
g++ -std=c++20 -O2 -I"$here/../../include" "$here/instructions.cc" -o "$dir/program" \
  -L"$build/lib" -lub -Wl,-rpath,"$(realpath "$build")/lib"

count() { valgrind --tool=callgrind --callgrind-out-file=/dev/null "$dir/program" "$1" "$2" 2>&1 | sed -n 's/.*Collected : //p'; }
# Hundredths of an instruction an op; the loop is long, so that what the other thread does at start is lost in it.
each() { echo $((($(count "$1" 3000000) - $(count "$1" 1000000) + 10000) / 20000)); }

failed=0
for op in load store fetch_add; do
  added=$(($(each $op) - $(each raw-$op)))
  echo "note: $op adds $((added / 100)).$(printf %02d $((added % 100))) instructions"
  [ $added -le 1200 ] || { echo "$op adds more than 12 instructions"; failed=1; }
  [ $added -ge 300 ] || { echo "$op adds fewer than its mark and gate need: not counted right"; failed=1; }
done
exit $failed
