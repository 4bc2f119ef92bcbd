#!/usr/bin/env bash
# ub-ping among others: Ctrl-C, Ctrl-\, responders that die and come back, two terminals, other people's segments.
set -euo pipefail
# shellcheck source=tests/tools/lib.bash
. "$(dirname "$0")/lib.bash" "$1"
shm=shm://$mark-a

started run ub-ping --fabric "$shm" -i 10ms
until_true said run '^seq=5 '
kill -QUIT "$pid"
until_true said run.err 'sent, .* received'
kill -INT "$pid"
ended 0
has '^--- rank' run
has ' 0 lost' run
nothing_left
ok "SIGQUIT prints a line and goes on, Ctrl-C ends with the summary, the responder ends too"

started run ub-ping --fabric "$shm" -i 10ms
until_true said run '^seq=2 '
kill -KILL "$pid"
ended 137
until_true no_process
run 0 ub-info --clean
nothing_left
ok "after SIGKILL the responder goes, and --clean removes the rest"

started run ub-ping --fabric "$shm" -i 10ms 7
until_true said run '^seq=3 '
responder=$(sed -n 's/^started a responder .* process //p' "$work/run")
kill -KILL "$responder"
until_true said run 'is gone \(peer_gone; the responder was killed by signal 9\)'
ping=$pid pinger=$timer
started again ub-ping --fabric "$shm" --listen --rank 7
until_true said run 'is back'
kill -INT "$ping"
wait "$pinger" && fail "loss, but exit code 0" || [ $? = 1 ] || fail "not exit code 1"
has 'lost to a peer that was gone, attached again 1 times' run
kill -INT "$pid"
ended 0
nothing_left
ok "a responder that is killed is missed, one that comes in its place is found; exit code 1"

status_says() { kill -QUIT "$pid" && said run.err "$1"; }
started run ub-ping --fabric "$rack" -f -q --json 7
until_true pgrep -f "respond-to $pid " >/dev/null
until_true status_says ' [1-9][0-9]* received'
kill -KILL "$(pgrep -f "respond-to $pid ")"
until_true status_says ' [1-9][0-9]* lost'
kill -INT "$pid"
ended 1
json 'd["peer_gone"] > 0 and d["lost"] == d["peer_gone"] and not d["good"] and d["longest_gap_ns"] > 0' run
ok "a flood outlives its peer and says so"
run 0 ub-info --clean

started listen ub-ping --fabric "$shm" --listen --token 0x2a -s 64K
listener=$pid
until_true said listen 'in another terminal'
line=$(sed -n 's/^in another terminal: ub-ping \(.*[0-9]\) .*/\1/p' "$work/listen")
# shellcheck disable=SC2086  # the options as it says to type them
run 0 ub-ping $line -c 2 -i 0 --op pingpong
hasnot 'started a responder'
run 0 ub-ping --fabric "$shm" --token 42 -c 2 -i 0 --op write -s 64K --verify
refuses 2 'token' ub-ping --fabric "$shm" -c 1
refuses 2 'token' ub-ping --fabric "$shm" -c 1 --token 43
refuses 2 'an op takes 128 KiB' ub-ping --fabric "$shm" --token 42 -c 1 --op read -s 128K
ok "two terminals: what the first says to type works; the wrong token and too large a size are refused"

started playing ub-ping --fabric "$shm" --token 42 -i 10ms --op pingpong
until_true said playing '^seq=2 '
refuses 2 'works alone with segment' ub-ping --fabric "$shm" --token 42 -c 1 --op pingpong
kill -KILL "$pid"
ended 137
run 0 ub-ping --fabric "$shm" --token 42 -c 2 -i 0 --op pingpong
ok "ping-pong is for one at a time; the claim of a killed one is taken over"

python3 - "$UB_SHM_DIR" <<'PY'
import os, sys
for folder, _, names in os.walk(sys.argv[1]):
    for name in names:
        with open(os.path.join(folder, name), "r+b") as f:
            if f.read(8) == b"\x01\x00ubping":
                f.seek(0)
                f.write(b"\x63")
PY
refuses 2 'version 99 of ub-ping.s protocol, this one version 1; use the same version' ub-ping --fabric "$shm" --token 42 -c 1
kill -INT "$listener"
until_true said listen 'answered$'
nothing_left
ok "a responder of another version is refused by its number"

started listen ub-bw --fabric "$shm" --listen -s 4K
until_true said listen 'in another terminal'
refuses 2 "exposes no segment 'ub-ping'; run .ub-ping --listen. there, name one of its segments with --segment" \
  ub-ping --fabric "$shm" 0 -c 1
run 0 ub-ping --fabric "$shm" 0 -c 2 -i 0 --segment ub-bw
refuses 2 'is not a ub-ping responder' ub-ping --fabric "$shm" 0 -c 1 --segment ub-bw --op pingpong
kill -INT "$pid"
ended 0
nothing_left
ok "who exposes something else is not taken for a responder; --segment names it"

rc=0
timeout 60 "$bin/ub-ping" --fabric "$shm" -c 2 -i 0 >/dev/full 2>"$work/err" || rc=$?
[ $rc = 2 ] || fail "exit code $rc with a full disk"
has 'cannot write the output: No space left'  err
timeout 60 "$bin/ub-ping" --fabric "$shm" -i 1ms 2>"$work/err" | head -2 >"$work/out" || :
[ ! -s "$work/err" ] || fail "words about a closed pipe"
nothing_left
ok "a full disk is an error, a closed pipe an end"
