#!/usr/bin/env bash
# Prose is plain: wording that a reader has to read twice is kept out. To fix a place, name the subject (rank, process, thread,
# caller, home, initiator) and use the field's verb. A pattern is an extended regular expression of whole words in one line.
set -euo pipefail
bad=0
# Patterns, then the files that they are kept out of.
keep_out() {
  local pattern=$1; shift
  ! git grep --untracked -nIwiE "$pattern" -- "$@" ':!tests/lint/prose.sh' ||
    { echo "^ plainer, please: none of $pattern"; bad=1; }
}

keep_out 'for good|looks? after|come what may|what it is that|strangers|by turns|as good as|for all that' .
# The API and its pages, but for what writers of transports read.
keep_out 'whoever|somebody|those who|its end|in doubt' include/ub 'man/*.3' ':!include/ub/transport.h' ':!man/ub_transport.3'
keep_out nobody 'man/*.3' ':!man/ub_transport.3'
exit $bad
