#!/usr/bin/env bash
# ub-bw: every option, on shared memory and on an emulated rack; a peer that dies; its words, its JSON, its exit codes.
set -euo pipefail
# shellcheck source=tests/tools/lib.bash
. "$(dirname "$0")/lib.bash" "$1"
shm=shm://$mark-a

run 0 ub-bw --help
[ "$(wc -l <"$work/out")" -le 40 ] || fail "--help does not fit a screen"
[ "$(sed -n '/^Examples/,$p' "$work/out" | grep -c 'ub-bw --fabric')" -ge 3 ] || fail "fewer than three examples"
ok "help fits a screen, with three examples"

for fabric in "$shm" "$rack"; do
  for op in write read fetch_add cas; do
    run 0 ub-bw --fabric "$fabric" --op $op -n 50 --verify -P 2 --json 3
    json 'd["schema"] == 1 and d["good"] and len(d["rows"]) == 1 and d["rows"][0]["ops"] == 100 and d["rows"][0]["wrong"] == 0'
    json 'd["peers"][0]["rank"] == 3 and d["peers"][0]["started"] and d["rows"][0]["host_gb_per_s"] > 0'
    case $fabric in
      emu*) json 'd["rows"][0]["model_ns_per_op"] > 0 and d["rows"][0]["model_gb_per_s"] > 0' ;;
      *) json 'd["rows"][0]["model_ns_per_op"] is None' ;;
    esac
  done
  ok "each op moves what it should on ${fabric%%:*}, in two streams"
  run 0 ub-bw --fabric "$fabric" -a -n 2 -b --verify
  [ "$(grep -cE '^ +[0-9]+ [KM]?i?B +4 +' "$work/out")" = 24 ] || fail "not 24 rows of 2 ops each way"
  has 'GB = 10\^9 bytes'
  ok "-a has a row from 1 B to 8 MiB, both ways, on ${fabric%%:*}"
  run 0 ub-bw --fabric "$fabric" --pattern all-to-all --ranks 4 -s 4K -n 30 -P 2 --verify --json
  json 'len(d["peers"]) == 3 and d["rows"][0]["ops"] == 4 * 2 * 30 and d["rows"][0]["wrong"] == 0 and d["good"]'
  ok "four processes, each with each, on ${fabric%%:*}"
done

run 0 ub-bw --fabric "$shm" -D 0.3 -i 50ms -s 4K
[ "$(grep -c ' [+][0-9]' "$work/out")" -ge 1 ] || fail "no interval line"
has 'slowest GB/s'
run 0 ub-bw --fabric "$shm" -D 0.3 -i 50ms -s 4K --json
json 'd["rows"][0]["host_slowest_gb_per_s"] > 0'
ok "interval lines, and the slowest interval"

run 0 ub-bw --fabric "$shm" -D 50ms --min-bw 0.000001
run 1 ub-bw --fabric "$shm" -D 50ms --min-bw 1000000
has '^ub-bw: .* GB/s is below the 1e.06 asked for' err
ok "--min-bw decides the exit code"

started run ub-bw --fabric "$shm" -D 100s -i 10ms --rank 2 5
until_true said run '[+][0-9]'
kill -QUIT "$pid"
until_true said run.err 'ops in'
kill -INT "$pid"
ended 0
[ "$(grep -vc '[+]' "$work/run")" = 5 ] || fail "no row after Ctrl-C"
started run ub-bw --fabric "$shm" -D 100s -b -i 10ms
until_true said run '[+][0-9]'
kill -INT "$pid"
ended 0
nothing_left
ok "SIGQUIT prints a line, Ctrl-C ends with the row so far, the responder ends too"

# Whether the run in $pid has moved something: SIGQUIT makes it say so.
moved() { kill -QUIT "$pid" && said run.err ': [1-9][0-9.]*[ kMG]* ops in '; }

# Mapped memory outlives its home for as long as it takes to notice; then the run ends, without a row.
for how in "" -b "--pattern all-to-all --ranks 3"; do
  for fabric in "$shm" "$rack"; do
    # shellcheck disable=SC2086  # several options
    started run ub-bw --fabric "$fabric" -D 100s -i 10ms -s 4K $how
    until_true said run '[+][0-9]'
    responder=$(pgrep -f "respond-to $pid " | head -1)
    kill -KILL "$responder"
    ended 1
    grep -qE '^ub-bw: write with rank [0-9]+ .*peer_gone.*killed by signal 9' "$work/run.err" || fail "not a clear error"
    [ "$(wc -l <"$work/run.err")" = 1 ] || fail "not one line"
    [ "$(grep -vc '[+]' "$work/run")" -le 4 ] || fail "a row after death"
  done
  ok "a peer that dies ends the run with a clear error${how:+ ($how)}"
done
for how in "" -b "--pattern all-to-all --ranks 3"; do
  # shellcheck disable=SC2086  # several options
  started run ub-bw --fabric "$shm" --json -D 100s -s 4K $how
  until_true pgrep -f "respond-to $pid " >/dev/null
  until_true moved
  kill -KILL "$(pgrep -f "respond-to $pid " | head -1)"
  ended 1
  json 'd["error"]["code"] == "peer_gone" and "died" in d["error"]["text"] and not d["good"] and not d["interrupted"]' run
  json 'len(d["rows"]) == 1 and not d["rows"][0]["complete"] and d["rows"][0]["ops"] > 0 and d["rows"][0]["host_gb_per_s"] > 0' run
  # shellcheck disable=SC2086  # several options
  started run ub-bw --fabric "$shm" --json -D 100s -s 4K $how
  until_true pgrep -f "respond-to $pid " >/dev/null
  until_true moved
  kill -INT "$pid"
  ended 0
  json 'd["error"] is None and d["interrupted"] and d["good"] and d["rows"][0]["complete"]' run
done
run 2 ub-bw --fabric "shm://$mark-b?ranks=1" --json
json 'd["schema"] == 1 and d["tool"] == "ub-bw" and d["error"]["text"] and not d["good"]'
run 2 ub-ping --fabric "shm://$mark-b?ranks=1" --json
json 'd["schema"] == 1 and d["tool"] == "ub-ping" and d["error"]["text"] and not d["good"]'
run 1 ub-info --json "shm://$mark-nowhere"
json 'd["tool"] == "ub-info" and d["error"]["code"] == "not_found"'
ok "with --json a run prints one document however it ends"
run 0 ub-info --clean
nothing_left

started listen ub-bw --fabric "$shm" --listen --token 7 -s 64K
until_true said listen 'in another terminal'
line=$(sed -n 's/^in another terminal: ub-bw \(.*[0-9]\) .*/\1/p' "$work/listen")
# shellcheck disable=SC2086  # the options as it says to type them
run 0 ub-bw $line -s 64K -n 10 -b --verify
hasnot 'started a responder'
refuses 2 'token' ub-bw --fabric "$shm" -n 1
refuses 2 'has 64 KiB for data, this run takes 1 MiB' ub-bw --fabric "$shm" --token 7 -s 1M -n 1
refuses 2 "exposes no segment 'ub-ping'" ub-ping --fabric "$shm" --token 7 0 -c 1
kill -INT "$pid"
ended 0
nothing_left
started listen ub-ping --fabric "$shm" --listen
until_true said listen 'in another terminal'
run 0 ub-bw --fabric "$shm" --segment ub-ping 0 -s 4K -n 3 --op read
refuses 2 'version|not a ub-bw' ub-bw --fabric "$shm" --segment ub-ping 0 -s 4K -n 3 -b
kill -INT "$pid"
ended 0
ok "two terminals, tokens, room, other segments"

refuses 2 'no fabric named' ub-bw
refuses 2 'is not a size' ub-bw --fabric "$shm" -s 0
refuses 2 'is not a size' ub-bw --fabric "$shm" -s 9223372036854775808
refuses 2 'is not a number' ub-bw --fabric "$shm" -P 65
refuses 2 'is not a number' ub-bw --fabric "$shm" --pattern all-to-all --ranks 1
refuses 2 'goes with --pattern all-to-all' ub-bw --fabric "$shm" --ranks 3
refuses 2 'takes no target' ub-bw --fabric "$shm" --pattern all-to-all 3
refuses 2 'exclude each other' ub-bw --fabric "$shm" -a -s 4K
refuses 2 'exclude each other' ub-bw --fabric "$shm" -n 1 -D 1
refuses 2 'takes 4 or 8' ub-bw --fabric "$shm" --op cas -s 16
refuses 2 'has free ranks for' ub-bw --fabric "shm://$mark-b?ranks=3" --pattern all-to-all --ranks 4
refuses 2 'ub-bw' ub-bw --fabric "$shm" -s 1T
nothing_left
ok "mistakes get one line and exit code 2; nothing is left"
