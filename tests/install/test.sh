#!/usr/bin/env bash
# A program builds with an installed copy by pkg-config and by CMake. Uninstalling leaves no file.
set -euo pipefail
build=$1 mode=${1##*/}
case $mode in *asan* | *tsan*) echo "a sanitized library needs a sanitized program"; exit 77 ;; esac

root=$(mktemp -d)
trap 'rm -rf "$root"' EXIT
export DESTDIR=$root/stage
prefix=/opt/outside
# Installs what has been built (-o: without building again), by a make that is independent of the one that runs this test.
tree=(-o all "B=$build" "PREFIX=$prefix")
unset MAKEFLAGS MAKELEVEL MFLAGS
quiet() { "$@" >"$root/log" 2>&1 || { cat "$root/log"; exit 1; }; }
quiet make "${tree[@]}" install
[ "$(readlink "$DESTDIR$prefix/lib/libub.so")" = libub.so.0.1.0 ] || { echo "libub.so points elsewhere"; exit 1; }
for tool in "$build"/bin/ub-*; do "$DESTDIR$prefix/bin/${tool##*/}" --version; done

echo "by pkg-config:"
export PKG_CONFIG_PATH=$DESTDIR$prefix/lib/pkgconfig PKG_CONFIG_SYSROOT_DIR=$DESTDIR
read -ra flags < <(pkg-config --cflags --libs ub)
g++ -std=c++20 -O2 -Wall -Wextra -Werror tests/install/outside.cc -o "$root/outside" "${flags[@]}"
LD_LIBRARY_PATH=$DESTDIR$prefix/lib "$root/outside"

echo "by CMake:"
command -v cmake >/dev/null || { echo "cmake is not installed: only pkg-config was tested"; exit 77; }
mkdir "$root/project"
cp tests/install/outside.cc "$root/project"
cat >"$root/project/CMakeLists.txt" <<'END'
cmake_minimum_required(VERSION 3.16)
project(outside CXX)
find_package(ub 0.1 REQUIRED)
find_package(ub 0.2 QUIET)
if(ub_FOUND)
  message(FATAL_ERROR "version 0.1 was accepted as 0.2")
endif()
find_package(ub 0.1 REQUIRED)
add_executable(outside outside.cc)
target_link_libraries(outside ub::ub)
END
quiet cmake -S "$root/project" -B "$root/project/build" -DCMAKE_PREFIX_PATH="$DESTDIR$prefix"
quiet cmake --build "$root/project/build"
"$root/project/build/outside"

quiet make "${tree[@]}" uninstall
left=$(find "$DESTDIR" -not -type d -o -name "ub*")
[ -z "$left" ] || { echo "left after uninstall:"; echo "$left"; exit 1; }
