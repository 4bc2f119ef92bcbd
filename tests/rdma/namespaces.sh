#!/usr/bin/env bash
# Two network namespaces as two hosts, connected by a cable, each with its own shared memory: the commands of the README's
# section "Two hosts", word for word; the cable is pulled under load and plugged in again.
set -euo pipefail
# shellcheck source=tests/rdma/two-hosts.bash
. "$(dirname "$0")/two-hosts.bash" "$1"

# readme PATTERN: the line of the section that begins with the pattern, without its comment.
readme() {
  local line
  line=$(sed -n '/^## Two hosts/,/^## The API/s/^    //p' README.md | grep -E -- "^$1") || fail "the README has no line $1"
  echo "${line%%#*}"
}
fabric="'rdma://job?directory=peer:10.0.0.1:7000'"

begun "$one" listen "$(readme 'ub-ping .*--listen')"
until_true said listen 'listening as rank 0'
on "$two" ping "$(readme 'ub-ping .*-c')" || fail "ub-ping"
has ' 5 sent, 5 received, 0 lost|^5 sent, 5 received, 0 lost' ping
has 'path tcp eth0 ' ping
on "$one" info "$(readme ub-info)" || fail "ub-info"
has '^ +0 +node0 +joined' info
has "^ +0 +ub-ping " info
ok "ub-ping between two hosts, and ub-info beside it, as the README has them"

begun "$two" pulled "ub-ping --fabric $fabric -i 10ms -W 100ms --op fetch_add"
pinger=$timer
until_true said pulled '^seq=5 '
cable down
until_true said pulled 'timed_out|outcome_unknown'
cable up
after=$(grep -cE '^seq=.* host ' "$work/pulled")
goes_on() { [ "$(grep -cE '^seq=.* host ' "$work/pulled")" -gt $((after + 20)) ]; }
until_true goes_on
timer=$pinger
interrupt "$two" 1
has 'sent, ' pulled
ok "with the cable pulled, ops meet their deadlines; once it is back they are answered again"
# shellcheck disable=SC2046  # a list of process ids
kill -INT $(ip netns pids "$one")
until_true nobody_on "$one"

begun "$one" home "sleep 120 | live --child rdma-home 0 $fabric"
until_true said home ready
begun "$two" onlooker "sleep 120 | live --child rdma-onlooker $fabric"
until_true said onlooker attached
cable down
until_true said onlooker 'path_down: rank 0 .tcp eth0'
until_true said onlooker '^plain: fetch_add on rank 0: outcome_unknown'
until_true said onlooker '^certain: fetch_add on rank 0: outcome_unknown'
cable up
until_true said onlooker 'path_up: rank 0 .tcp eth0'
ok "with the cable pulled the path is down, ops without a deadline still end, and the path is up when it is back"
for host in "$one" "$two"; do
  # shellcheck disable=SC2046  # a list of process ids
  kill -KILL $(ip netns pids "$host")
done
{ wait || :; } 2>/dev/null

begun "$one" listen "$(readme 'ub-bw .*--listen')"
until_true said listen 'listening as rank 0'
on "$two" before "$(readme 'ub-bw .*64K') --json" || fail "ub-bw"
begun "$two" load "ub-bw --fabric $fabric --op write -s 64K -D 4s -i 100ms"
until_true said load ' [+].* ms '
cable down
sleep 1  # the time that the cable is down; the test waits for nothing
cable up
wait "$timer" || fail "ub-bw does not outlive a pulled cable"
on "$two" after "$(readme 'ub-bw .*64K') --json" || fail "ub-bw after the cable is back"
speed() { python3 -c 'import json, sys; print(json.load(open(sys.argv[1]))["rows"][0]["host_gb_per_s"])' "$work/$1"; }
echo "note: $(speed before) GB/s before the cable was pulled, $(speed after) after"
python3 -c "import sys; sys.exit($(speed after) < $(speed before) / 10)" || fail "slow since the cable was pulled"
ok "ub-bw between two hosts outlives a cable that is pulled for a second, and is as fast as before"
# shellcheck disable=SC2046
kill -INT $(ip netns pids "$one")
until_true nobody_on "$one"
