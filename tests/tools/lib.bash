# Shared by the tools' tests, which source it with the build folder as $1: a world of their own, and checks that say
# what they have seen. Not a test itself.
set -eu
bin=$(cd "$1" && pwd)/bin
work=$(mktemp -d)
UB_SHM_DIR=$(mktemp -d -p /dev/shm ub-tools-test.XXXXXX)
export UB_SHM_DIR
unset UB_FABRIC UB_RANK
mark=t$$  # in every fabric's name, so that left-over processes can be told from others'
rack="emu://$mark-rack?machine=ubmesh-rack"

finish() {
  local rc=$?
  [ -z "${JUDGE_PID-}" ] || { exec {JUDGE[1]}>&- && wait "$JUDGE_PID"; } || :
  # The tools by the mark they carry: to kill only the watchdogs around them would leave them running.
  # shellcheck disable=SC2046  # a list of process ids
  kill -KILL $(pgrep -f "$mark-") $(jobs -p) 2>/dev/null || :
  rm -rf "$work" "$UB_SHM_DIR"
  exit $rc
}
trap finish EXIT

ok() { echo "ok: $*"; }
fail() {
  echo "FAILED: $*"
  for f in "$work"/*; do echo "--- ${f##*/}"; tail -n 40 "$f"; done
  exit 1
}

# run CODE TOOL ARGS...: its output in $work/out and $work/err.
run() {
  local want=$1 rc=0
  shift
  timeout 120 "$bin/$1" "${@:2}" >"$work/out" 2>"$work/err" </dev/null || rc=$?
  [ $rc = "$want" ] || fail "exit code $rc instead of $want: $*"
}

# refuses CODE PATTERN TOOL ARGS...: one line on stderr that matches, nothing on stdout.
refuses() {
  run "$1" "${@:3}"
  [ "$(wc -l <"$work/err")" = 1 ] || fail "not one line on stderr: ${*:3}"
  grep -qE -- "^$3: .*$2" "$work/err" || fail "not \"$2\" but: $(cat "$work/err")"
  [ ! -s "$work/out" ] || fail "an error, but something on stdout: ${*:3}"
}

# help_fits LINES TOOL [COMMAND]: its help has so many lines at most, and three examples at the end.
help_fits() {
  run 0 "${@:2}" --help
  [ "$(wc -l <"$work/out")" -le "$1" ] || fail "help of ${*:2} does not fit a screen"
  [ "$(sed '1,/^Examples:/d' "$work/out" | wc -l)" = 3 ] || fail "not three examples: ${*:2}"
}
has() { grep -qE -- "$1" "$work/${2:-out}" || fail "no \"$1\" in ${2:-out}"; }
hasnot() { ! grep -qE -- "$1" "$work/${2:-out}" || fail "\"$1\" in ${2:-out}"; }

# Kinds of documents: a Python function for each, from a file's path to the names that an expression of it may use.
kinds='
import json
def of_json(path):
    text = open(path).read()
    try:
        return {"d": json.loads(text), "l": None}
    except ValueError:
        return {"d": None, "l": [json.loads(line) for line in text.splitlines()]}
'
judge='
import sys
for kind in sys.stdin:
    path, expression = (next(sys.stdin).rstrip("\n") for _ in range(2))
    try:
        answer = eval(expression, globals()["of_" + kind.strip()](path))
    except Exception as e:
        answer = print(repr(e), file=sys.stderr)
    print("yes" if answer else "no", flush=True)
'
# holds KIND FILE EXPRESSION: asks a Python that stays, since starting one takes longer than a hundred answers.
holds() {
  local answer
  if [ -z "${JUDGE_PID-}" ]; then coproc JUDGE { exec python3 -c "$kinds$judge"; }; fi
  printf '%s\n' "$@" >&"${JUDGE[1]}"
  read -r answer <&"${JUDGE[0]}" && [ "$answer" = yes ]
}
# json EXPRESSION [FILE]: a document d (or its lines, l) of which the expression holds.
json() { holds json "$work/${2:-out}" "$1" || fail "JSON: not $1"; }

# until_true COMMAND...: waits for a condition, not for a time.
until_true() {
  local tries=0
  until "$@"; do
    tries=$((tries + 1))
    [ $tries -lt 3000 ] || fail "never came true: $*"
    sleep 0.02
  done
}
said() { grep -qE -- "$2" "$work/$1" 2>/dev/null; }

# started NAME TOOL ARGS...: in the background; its output in $work/NAME and $work/NAME.err, its process id in $pid.
started() {
  timeout -k 5 600 "$bin/$2" "${@:3}" >"$work/$1" 2>"$work/$1.err" </dev/null &
  timer=$!
  until_true tool_of "$timer"
}
tool_of() { pid=$(pgrep -P "$1" -f "$bin" | head -1) && [ -n "$pid" ]; }
# ended CODE: of what was started last.
ended() {
  local rc=0
  { wait "$timer" || rc=$?; } 2>/dev/null
  [ $rc = "$1" ] || fail "exit code $rc instead of $1 of process $pid"
}

# Nothing may be left: no process, no shared memory.
nothing_left() {
  until_true no_process
  local left
  left=$(find "$UB_SHM_DIR" -type f ! -name .lock)
  [ -z "$left" ] || fail "left behind: $left"
}
no_process() { ! pgrep -f "$mark-" >/dev/null; }
