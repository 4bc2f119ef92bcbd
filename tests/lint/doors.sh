#!/usr/bin/env bash
# Third-party code enters through few doors: each of these headers takes seconds to compile, many times that under
# sanitizers, so that one source file includes it.
set -euo pipefail
bad=0
complain() { echo "$1"; bad=1; }

door() {  # pattern, folder
  local files
  files=$(git grep --untracked -lE "$1" -- '*.cc' '*.h' || :)
  [ "$(wc -w <<<"$files")" -le 1 ] || complain "$1 is in more than one file: ${files//$'\n'/ }"
  case $files in '' | "$2"/*.cc) ;; *) complain "$1 belongs in a source file of $2, not in ${files//$'\n'/ }" ;; esac
}
door '^ *# *include +<spdlog/' lib/base
door '^ *# *include +<toml\+\+/' lib/topology
door '^ *# *include +<CLI/' tools/common
door '^ *# *include +<nlohmann/' tools/common
door '^ *# *define +DOCTEST_CONFIG_IMPLEMENT' tests/unit
door '^ *# *include +<benchmark/' tests/bench

! git grep --untracked -nE '^ *# *include +<[^>]*/' -- '*.cc' '*.h' | grep -vE '<(spdlog|toml\+\+|CLI|nlohmann|doctest|benchmark|sys|linux|net|netinet|arpa|infiniband|rdma)/' |
  grep -vE '^tests/install/outside\.cc:.*<ub/' || complain "a header of somebody new: give it a door in $0"
! git grep --untracked -nE '^ *# *include +<(infiniband|rdma)/' -- '*.cc' '*.h' ':!transports/rdma' ':!tests/bench/rdma' ':!tests/rdma' || complain "RDMA outside its plug-in"
! git grep --untracked -n '<doctest/' -- ':!tests' || complain "doctest outside tests"
exit $bad
