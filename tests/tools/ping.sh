#!/usr/bin/env bash
# ub-ping: every option, on shared memory and on an emulated rack; its words, its JSON, its exit codes.
set -euo pipefail
# shellcheck source=tests/tools/lib.bash
. "$(dirname "$0")/lib.bash" "$1"
shm=shm://$mark-a

run 0 ub-ping --help
[ "$(wc -l <"$work/out")" -le 40 ] || fail "--help does not fit a screen"
[ "$(sed -n '/^Examples/,$p' "$work/out" | grep -c 'ub-ping --fabric')" -ge 3 ] || fail "fewer than three examples"
run 0 ub-ping --version
has '^ub-ping [0-9]'
ok "help fits a screen, with three examples; the version is told"

for fabric in "$shm" "$rack"; do
  for op in load store fetch_add cas read write pingpong; do
    run 0 ub-ping --fabric "$fabric" -c 4 -i 0.001 --op $op --verify 3
    has "^started a responder at rank 3 "
    [ "$(grep -c "^seq=.* $op 8 B  rank 3 (.*path .*host " "$work/out")" = 4 ] || fail "not a line an op"
    has '4 sent, 4 received, 0 lost, 0 in doubt, 0 retried, 0 wrong, 0 % loss'
    has 'min +median +mean +p90 +p99 +p99.9 +max'
    has 'longest gap between successes'
    case $fabric in
      emu*) has 'model +[0-9]' ;;
      *) hasnot model ;;
    esac
  done
  ok "each op is answered and verified on ${fabric%%:*}, with a line an op, a summary and (emu) the model's time apart"
done

for size in 1 2 4 8; do run 0 ub-ping --fabric "$shm" -c 2 -i 0 --verify -s $size --op store; done
for size in 4 8; do run 0 ub-ping --fabric "$rack" -c 2 -i 0 --verify -s $size --op cas; done
for size in 1 13 64K 1M; do
  run 0 ub-ping --fabric "$rack" -c 2 -i 0 --verify -s $size --op read
  run 0 ub-ping --fabric "$shm" -c 2 -i 0 --verify -s $size --op write
done
ok "sizes from 1 byte to 1 MiB"

run 0 ub-ping --fabric "$rack" -c 1 backup
has 'rank 64 \(backup\)'
run 0 ub-ping --fabric "$rack" -c 1 board3.npu7
has 'rank 31 \(board3.npu7\)'
run 0 ub-ping --fabric "$rack" -c 1 0
has 'rank 1 .* to rank 0 '
run 0 ub-ping --fabric "$rack" --rank 9 -c 1
has 'rank 9 .* to rank 0 '
UB_FABRIC=$rack run 0 ub-ping -c 1
ok "targets by rank, by node's name, by default; --rank; UB_FABRIC"

run 0 ub-ping --fabric "$shm" -f -c 20000 -q --histogram
hasnot '^seq='
has '####'
[ ! -s "$work/err" ] || fail "progress in a pipe"
ok "flood, quiet, histogram; no progress in a pipe"

run 0 ub-ping --fabric "$shm" -w 0.2 -i 10ms -W 100ms
hasnot ' 0 sent'
ok "-w ends it"

run 0 ub-ping --fabric "$rack" -c 5 -i 0 --json --histogram
json 'd["schema"] == 1 and d["sent"] == d["received"] == 5 and d["good"] and d["host_ns"]["samples"] == 5'
json 'd["model_ps"]["min"] == d["model_ps"]["max"] > 0 and sum(b["count"] for b in d["host_ns_histogram"]) == 5'
run 0 ub-ping --fabric "$shm" -c 5 -i 0 --json-stream
json 'len(l) == 6 and [o["seq"] for o in l[:5]] == [1, 2, 3, 4, 5] and l[5]["type"] == "summary" and l[5]["model_ps"] is None'
json 'all(o["schema"] == 1 and o["status"] == "ok" and o["host_ns"] > 0 for o in l[:5])'
ok "JSON: a document, or a line an op and a summary"

refuses 2 'no fabric named; say --fabric' ub-ping
refuses 2 "'0' is not a size" ub-ping --fabric "$shm" -s 0
refuses 2 "'9223372036854775808' is not a size" ub-ping --fabric "$shm" --op read -s 9223372036854775808
refuses 2 "'64Q' is not a size" ub-ping --fabric "$shm" -s 64Q
refuses 2 "'-1' is not a number|-c" ub-ping --fabric "$shm" -c -1
refuses 2 "'soon' is not a time" ub-ping --fabric "$shm" -i soon
refuses 2 "'5000000000' is not a number" ub-ping --fabric "$shm" --token 5000000000
refuses 2 "'x' is not a number" ub-ping --fabric "$shm" --rank x
refuses 2 "'jump' is not one of" ub-ping --fabric "$shm" --op jump
refuses 2 'takes 1, 2, 4 or 8 bytes' ub-ping --fabric "$shm" -s 3
refuses 2 'takes 4 or 8 bytes' ub-ping --fabric "$shm" -s 2 --op cas
refuses 2 'exclude each other' ub-ping --fabric "$shm" --json --json-stream
refuses 2 'nonsense' ub-ping --fabric "$shm" --nonsense
refuses 2 '256|no rank' ub-ping --fabric "$shm" 256
refuses 2 "no rank or node 'attic'" ub-ping --fabric "$rack" attic
refuses 2 'rank 4 is this ub-ping itself' ub-ping --fabric "$shm" --rank 4 4
for url in http://x shm:// shm://a/b shm://.. 'emu://nobody' 'emu://x?machine=none' 'shm://x?ranks=0' junk; do
  refuses 2 '' ub-ping --fabric "$url" -c 1
done
ok "mistakes get one line and exit code 2"

nothing_left
ok "nothing is left"
