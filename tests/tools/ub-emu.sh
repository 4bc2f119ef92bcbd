#!/usr/bin/env bash
# ub-emu: machines up and down, adopted, listed; ranks started, signalled, counted; SIGKILL at anybody; nothing left.
# shellcheck disable=SC2016  # what is quoted is for eval, or another shell, to expand
set -euo pipefail
# shellcheck source=tests/tools/lib.bash
. "$(dirname "$0")/lib.bash" "$1"
name=$mark-m

# Background holders are not our children: whatever goes wrong, they end with us.
end_holders() {
  local rc=$? pid
  while read -r pid; do kill -KILL "$pid" 2>/dev/null || :; done < <("$bin/ub-emu" list --json | sed -n 's/.*"holder_pid": \([1-9][0-9]*\),/\1/p')
  return $rc
}
trap 'if end_holders; then finish; else finish; fi' EXIT  # which hands the exit code on, either way

holder() { timeout 60 "$bin/ub-emu" status "$1" --json >"$work/holder" && sed -n 's/.*"holder_pid": \([0-9]*\),/\1/p' "$work/holder"; }
gone() { ! kill -0 "$1" 2>/dev/null || grep -q '^State:.Z' "/proc/$1/status" 2>/dev/null; }
joined() { timeout 60 "$bin/ub-emu" status "$1" --json >"$work/joined" && grep -q "\"ranks_joined\": $2," "$work/joined"; }
# Nobody has it any more. A process that can no longer be found by what it was called may still be on its way out.
stale() { timeout 60 "$bin/ub-emu" list >"$work/out" && grep -qE "^$1 .* stale +none" "$work/out"; }
is_free() { [ ! -e "$UB_SHM_DIR/ub-$(id -u)/$1" ]; }
# A rank that stays until it is told to end.
member() { started "$1" ub-ping --fabric "emu://$2" --listen --rank "$3"; until_true said "$1" 'in another terminal'; }

# --- help, mistakes -----------------------------------------------------------------------------------------------
for c in '' up down list status exec; do
  # shellcheck disable=SC2086  # none or one word
  help_fits 24 ub-emu $c
done
run 0 ub-emu --version
has '^ub-emu [0-9]'
refuses 2 'a command is missing' ub-emu
refuses 2 "'halt' is no command" ub-emu halt
refuses 2 'profile is missing' ub-emu up
refuses 2 "no machine 'nosuch'; known are .*ubmesh-rack" ub-emu up nosuch
refuses 2 'mesh:4x4' ub-emu up mesh:4x
refuses 2 "bad fabric name '../x'" ub-emu up mesh:2x2 --name ../x
refuses 2 "bad fabric name 'a/b'" ub-emu up mesh:2x2 --name a/b --daemon
refuses 2 "bad fabric name '\.\.'" ub-emu down ..
refuses 2 "bad fabric name 'a/b'" ub-emu status a/b
refuses 2 "ranks='17'.*1 to 16" ub-emu up mesh:4x4 --ranks 17 --daemon
refuses 2 'no emulated fabric' ub-emu down
refuses 2 "no emulated fabric '$name'" ub-emu down "$name"
refuses 2 "no emulated fabric '$name'" ub-emu status "$name"
refuses 2 "no emulated fabric '$name'; .*--machine" ub-emu exec "$name" -n 2 -- true
printf 'format = 1\nname = "toy"\nsummary = "s"\n[link]\nlane_rate_gbit_s = "fast"\n' >"$work/toy.toml"
refuses 2 'toy.toml:5: link.lane_rate_gbit_s' ub-emu up "$work/toy.toml"
refuses 2 'toy.toml:5: link.lane_rate_gbit_s' ub-emu up "$work/toy.toml" --daemon
refuses 2 'cannot read profile .*nosuch.toml' ub-emu up "$work/nosuch.toml"
for a in '-n 0 -- true' '-n 2' '-n 2 --' '--ranks 3-1 -- true' '--ranks 1,1 -- true' '--ranks 0-99999 -- true' '--ranks 1, -- true' \
  '--ranks 1 -n 2 -- true' 'x --fabric shm://y -- true'; do
  # shellcheck disable=SC2086  # words
  run 2 ub-emu exec $a
  [ "$(wc -l <"$work/err")" = 1 ] || fail "not one line: exec $a"
done
run 0 ub-emu list
has 'no emulated machine is up'
run 0 ub-emu list --json
json 'd["schema"] == 1 and d["tool"] == "ub-emu" and d["fabrics"] == []'
nothing_left
ok "help, and every mistake in one line with what to do"

# --- up, Ctrl-C, list, status, down ---------------------------------------------------------------------------------
started up ub-emu up ubmesh-rack --name "$name"
until_true said up 'ub-emu status'
has '64 NPUs, 1 backup, 8 CPUs, 48 LRS' up
has '992: 448 mesh' up
has "UB_FABRIC=emu://$name ub-ping 3" up
[ "$(holder "$name")" = "$pid" ] || fail "the holder is not $pid"
refuses 2 "emu://$name is up already, held by process $pid" ub-emu up ubmesh-rack --name "$name"
refuses 2 "emu://$name is up already, held by process $pid" ub-emu up ubmesh-rack --name "$name" --daemon
refuses 2 "emu://$name is a ubmesh-rack, not mesh:2x2" ub-emu up mesh:2x2 --name "$name"
kill -QUIT "$pid"
until_true said up.err "emu://$name is up, 0 ranks joined"
kill -INT "$pid"
ended 0
has "emu://$name is down" up
nothing_left
ok "up holds until Ctrl-C; a second up names the holder"

run 0 ub-emu up mesh:4x4 --daemon
has 'emu://mesh-4x4 is up'
run 0 ub-emu up ubmesh-rack --name "$name" --daemon --ranks 65
first=$(holder mesh-4x4) second=$(holder "$name")
[ "$(ps -o sid= -p "$second" | tr -d ' ')" = "$second" ] || fail "the holder has not a session of its own"
[ "$(readlink "/proc/$second/fd/1")" = /dev/null ] || fail "the holder keeps our output"
[ "$(readlink "/proc/$second/cwd")" = / ] || fail "the holder keeps our folder"
refuses 2 '2 emulated fabrics; name one of mesh-4x4, ' ub-emu status
run 0 ub-emu list
has "^mesh-4x4 +mesh:4x4 +live +$first +0 +16 "
has "^$name +ubmesh-rack +live +$second +0 +65 "
run 0 ub-emu list --json
json '[(f["name"], f["state"], f["ranks_joined"]) for f in d["fabrics"]][0] == ("mesh-4x4", "live", 0) and len(d["fabrics"]) == 2'
run 0 ub-ping --fabric "emu://$name" -c 20 -i 0 -s 4 5
run 0 ub-ping --fabric "emu://$name" -c 20 -i 0 backup
run 0 ub-emu status "$name" --top 1
has 'busiest 1 \(--all'
has 'board0.npu. +board0.npu. +[0-9]+ +[0-9]+'
run 0 ub-emu status "$name" --all
has 'lrs.g[0-3].f[0-7] +backup'
hasnot 'busiest'
refuses 2 'exclude' ub-emu status "$name" --all --top 2
run 0 ub-emu status "$name" --json
json 'd["schema"] == 1 and d["nodes"] == {"npu": 64, "backup": 1, "cpu": 8, "switch": 48} and d["fabric"]["capacity"] == 65'
json 'd["links"] == sorted(d["links"], key=lambda l: -l["wire_bytes"]) and d["counters"][0]["ops"] >= 40'
UB_FABRIC=emu://$name run 0 ub-emu status
has "^emu://$name: "
run 0 ub-emu down mesh-4x4
has 'emu://mesh-4x4 is down'
gone "$first" || fail "the holder still runs"
is_free mesh-4x4 || fail "mesh-4x4 is still there"
run 0 ub-emu down
has "emu://$name is down"
nothing_left
ok "two at once, in the background; list, status and traffic for people and scripts; down takes the only one there"

# --- paths ----------------------------------------------------------------------------------------------------------
run 2 ub-emu up mesh:4x4 --name "$name" --spread both
has "^ub-emu up: --spread: 'both' is not one of flow.packet" err
refuses 2 'option spread for emu:// says nothing without routing=all' ub-emu up mesh:4x4 --name "$name" --spread packet --daemon
run 0 ub-emu up mesh:4x4 --name "$name" --daemon --routing all --spread packet --extra-hops 2
has '^  paths +routing=all, spread=packet, extra_hops=2, borrow=yes$'
refuses 2 'has routing=all.*, not routing=shortest; leave routing out' ub-ping --fabric "emu://$name?routing=shortest" 1
run 0 ub-ping --fabric "emu://$name" -c 64 -i 0 1
has 'path n0.0 > n0.1  '
has 'path n0.0 > n0.2 > n0.1  '
has 'path n0.0 > n0.3 > n0.1  '
run 0 ub-emu status "$name" --all
has '^  paths +routing=all'
has '^ *n0.3 +n0.1 '
run 0 ub-emu status "$name" --json
json 'd["paths"].startswith("routing=all, spread=packet")'
run 0 ub-info "emu://$name"
has 'n0.3 +> n0.1 '
run 0 ub-emu down "$name"
nothing_left
ok "paths are chosen when a machine comes up, are shown, taken and counted"

# --- ranks: down refuses or kills; a holder sweeps ------------------------------------------------------------------
run 0 ub-emu up mesh:4x4 --name "$name" --daemon
member one "$name" 3
one=$pid one_timer=$timer
run 0 ub-emu status "$name"
has " 3 +n0.3 +joined +1 +$one "
has ' 3 +ub-ping +'
refuses 1 "rank 3 \(process $one\) is joined; .*--force" ub-emu down "$name"
kill -KILL "$one"
timer=$one_timer ended 137
segments_gone() { joined "$name" 0 && [ -z "$(find "$UB_SHM_DIR" -type f -path "*$name*" ! -name board)" ]; }
until_true segments_gone
run 0 ub-emu status "$name" --json
until_true eval 'timeout 60 "$bin/ub-emu" status "$name" --json >"$work/out" && grep -q "\"ranks\": \[\]" "$work/out"'
json 'd["ranks"] == [] and d["segments"] == []'
ok "what a killed rank leaves goes while the machine is held"

member two "$name" 7
two=$pid two_timer=$timer
kill -STOP "$two"
run 0 ub-emu down "$name" --force
has "killed rank 7, process $two"
has "emu://$name is down"
timer=$two_timer ended 137
nothing_left
ok "down --force kills a rank, even a stopped one"

# --- SIGKILL of the holder ------------------------------------------------------------------------------------------
run 0 ub-emu up mesh:4x4 --name "$name" --daemon
kill -KILL "$(holder "$name")"
until_true stale "$name"
has "^$name +mesh:4x4 +stale +none"
run 1 ub-emu status "$name"
has 'nobody is left'
refuses 2 'is stale: nobody is left' ub-emu exec "$name" -- true
run 0 ub-emu up mesh:4x4 --name "$name" --daemon
hasnot adopted
kill -KILL "$(holder "$name")"
until_true stale "$name"
run 0 ub-emu down "$name"
has "emu://$name is down"
nothing_left
ok "what a killed holder leaves goes with the next up, or with down"

run 0 ub-emu up mesh:4x4 --name "$name" --daemon
member three "$name" 2
three=$pid three_timer=$timer
dead=$(holder "$name")
kill -KILL "$dead"
until_true gone "$dead"
run 0 ub-emu status "$name"
has 'without a holder'
run 0 ub-ping --fabric "emu://$name" -c 3 -i 0 2
refuses 2 "emu://$name is a mesh:4x4, not mesh:2x2" ub-emu up mesh:2x2 --name "$name"
refuses 2 'room for 16 ranks, not 4' ub-emu up mesh:4x4 --name "$name" --ranks 4
started adopter ub-emu up mesh:4x4 --name "$name"
until_true said adopter 'ub-emu status'
has "adopted: rank 2 \(process $three\) was joined already" adopter
[ "$(holder "$name")" = "$pid" ] || fail "not adopted"
kill -TERM "$pid"
ended 0
has "rank 2 \(process $three\) may go on" adopter
run 0 ub-ping --fabric "emu://$name" -c 3 -i 0 2
kill -TERM "$three"
timer=$three_timer ended 0
nothing_left
ok "ranks go on without their holder, are adopted by the next up, and take the machine along at last"

# --- a board that nobody can read ----------------------------------------------------------------------------------
run 0 ub-emu up mesh:4x4 --name "$name" --daemon
victim=$(holder "$name")
kill -KILL "$victim"
until_true gone "$victim"
printf scribble | dd of="$UB_SHM_DIR/ub-$(id -u)/$name/board" conv=notrunc status=none
run 0 ub-emu list
has "^$name +unreadable"
run 0 ub-emu down "$name"
has "removed '$name'"
nothing_left
ok "down removes a scribbled board"

# --- exec: environment, output, exit codes --------------------------------------------------------------------------
cat >"$work/say" <<'END'
#!/bin/sh
echo "$UB_FABRIC $UB_RANK"; echo "error of $UB_RANK" >&2
[ "$1" != tail ] || printf 'no end'
END
chmod +x "$work/say"
run 0 ub-emu up ubmesh-rack --name "$name" --daemon
run 0 ub-emu exec "$name" --ranks 0-2,63 -- "$work/say" tail
[ "$(sort "$work/out")" = "$(for r in 0 1 2 63; do printf '[%s] emu://%s %s\n[%s] no end\n' $r "$name" $r $r; done | sort)" ] || fail "output"
[ "$(sort "$work/err")" = "$(for r in 0 1 2 63; do echo "[$r] error of $r"; done | sort)" ] || fail "errors"
run 0 ub-emu exec -n 2 --first 5 -- "$work/say"
has "^\[5\] emu://$name 5$"
has "^\[6\] emu://$name 6$"
UB_FABRIC=emu://$name run 0 ub-emu exec -- "$work/say"
has "^\[0\] emu://$name 0$"
run 0 ub-emu exec --fabric shm://any -n 2 -- "$work/say"
has '^\[1\] shm://any 1$'
run 7 ub-emu exec -n 4 -- sh -c 'exit $((UB_RANK == 2 ? 7 : UB_RANK))'
run 137 ub-emu exec -n 3 -- sh -c '[ $UB_RANK != 1 ] || kill -KILL $$'
has 'rank 1, process [0-9]+, was killed by signal 9' err
refuses 2 "cannot run './nosuch': No such file" ub-emu exec -n 3 -- ./nosuch
refuses 2 'has no place for rank 64' ub-emu exec --first 60 -n 5 -- true
ok "exec: ranks, environment, prefixed output, worst exit code"

# Lines of a mebibyte from four ranks at once: each whole, none mixed.
run 0 ub-emu exec -n 4 -- sh -c 'for i in 1 2 3; do head -c 1000000 /dev/zero | tr "\0" $UB_RANK; echo; done'
right='{ mark = substr($0, 1, 4); text = substr($0, 5); gsub(substr(mark, 2, 1), "", text); n += length($0) == 1000004 && text == "" } END { print n }'
[ "$(awk "$right" "$work/out")" = 12 ] || { rm "$work/out"; fail "long lines"; }
timeout 60 "$bin/ub-emu" exec -n 2 -- sh -c 'yes $UB_RANK' 2>"$work/err" | head -1000 >"$work/out" || :
[ "$(grep -cE '^\[([01])\] \1$' "$work/out")" = 1000 ] || fail "a reader that stops"
rc=0
timeout 60 "$bin/ub-emu" exec -n 1 -- echo something 2>"$work/err" >/dev/full || rc=$?
[ $rc = 2 ] || fail "exit code $rc on a full disk"
has 'cannot pass on what the ranks say: No space left' err
ok "exec: long lines, a reader that has enough"

member four "$name" 1
refuses 2 "rank 1 \(process $pid\) is joined already" ub-emu exec "$name" -n 2 -- true
kill -TERM "$pid"
ended 0
run 0 ub-emu exec "$name" -n 8 -- "$bin/demo" 0 1 2 3 4 5 6 7
[ "$(grep -c 'counter at 8' "$work/out")" = 8 ] || fail "eight ranks do not meet"
ok "exec: ranks reach each other's memory"

# --- exec: signals ----------------------------------------------------------------------------------------------------
cat >"$work/trap" <<'END'
#!/bin/sh
trap 'echo "got INT"; n=$((n + 1))' INT
trap 'echo "got TERM"; exit 3' TERM
trap 'echo "got HUP"; exit 4' HUP
echo "ready as $UB_RANK"
: $MARK
while :; do tail --pid=$$ -f "$0" >/dev/null & wait $!; done
END
chmod +x "$work/trap"
no_trap() { ! pgrep -f "$work/trap" >/dev/null; }
both_ready() { said "$1" 'ready as 0' && said "$1" 'ready as 1'; }
for s in TERM:3 HUP:4; do
  started "t$s" ub-emu exec "$name" -n 2 -- "$work/trap" "$mark-"
  until_true both_ready "t$s"
  kill "-${s%:*}" "$pid"
  ended "${s#*:}"
  [ "$(grep -c "got ${s%:*}" "$work/t$s")" = 2 ] || fail "${s%:*} did not arrive once at each"
done
started int ub-emu exec "$name" -n 2 -- "$work/trap" "$mark-"
until_true both_ready int
kill -INT "$pid"
until_true eval '[ "$(grep -c "got INT" "$work/int")" = 2 ]'
kill -INT "$pid"
ended 137
[ ! -s "$work/int.err" ] || fail "a second Ctrl-C is no news"
until_true no_trap
started lost ub-emu exec "$name" -n 2 -- "$work/trap" "$mark-"
until_true both_ready lost
kill -KILL "$pid"
ended 137
until_true no_trap
ok "exec passes TERM, HUP and INT on, once; a second Ctrl-C kills; ranks end with a killed exec"

# --- exec: a machine for the run ---------------------------------------------------------------------------------------
run 0 ub-emu exec --machine mesh:2x2 -n 4 -- "$work/say"
has '^\[3\] emu://run-[0-9]+ 3$'
run 0 ub-emu exec "$mark-own" --machine mesh:2x2 -n 2 -- "$work/say"
has "^\[1\] emu://$mark-own 1$"
refuses 2 'no place for rank 4: it has 4' ub-emu exec --machine mesh:2x2 -n 5 -- true
refuses 2 "emu://$name is up already" ub-emu exec "$name" --machine ubmesh-rack -- true
started killed ub-emu exec "$mark-own" --machine mesh:2x2 -n 2 -- "$bin/ub-ping" --fabric "emu://$mark-own" --listen
until_true joined "$mark-own" 2
kill -KILL "$pid"
ended 137
until_true stale "$mark-own"
no_process_of() { ! pgrep -f "listen.*$1|$1.*listen" >/dev/null; }
no_process_of "$mark-own" || fail "a rank is left"
run 0 ub-emu down "$mark-own"
is_free "$mark-own" || fail "$mark-own is still there"
run 0 ub-emu down "$name"
nothing_left
ok "exec --machine: there for the run, gone after it"
