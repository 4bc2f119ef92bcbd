#!/usr/bin/env bash
# libub.so exports what the public headers declare and nothing else: no internals, no third-party symbols, no template instances.
set -euo pipefail
build=$1
lib=$build/lib/libub.so
[ "$(readelf -d "$lib" | sed -n 's/.*SONAME.*\[\(.*\)\]/\1/p')" = libub.so.0 ] || { echo "SONAME is not libub.so.0"; exit 1; }

names=$(mktemp)
trap 'rm -f "$names"' EXIT
# "ub::Fabric::open(…)" → "Fabric open": every part of the name must be in a public header.
nm -DC --defined-only "$lib" | cut -d' ' -f3- | sed -E 's/^(typeinfo|typeinfo name|vtable) for //; s/\[abi:[^]]*\]//g' | sort -u >"$names"
bad=0
while read -r symbol; do
  name=${symbol%%(*}
  case $name in
    ub::*) ;;
    *) echo "exported, but not in namespace ub: $symbol"; bad=1; continue ;;
  esac
  for part in ${name//::/ }; do
    part=${part#\~}
    case $part in ub | operator*) continue ;; esac
    grep -qrw -- "$part" include/ub || { echo "exported, but in no public header: $symbol"; bad=1; break; }
  done
done <"$names"
[ "$(wc -l <"$names")" -gt 40 ] || { echo "only $(wc -l <"$names") symbols: is everything hidden?"; bad=1; }
exit $bad
