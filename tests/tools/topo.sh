#!/usr/bin/env bash
# ub-topo: what it says of machines, nodes, links and paths, for people and scripts; every mistake in one line.
set -euo pipefail
# shellcheck source=tests/tools/lib.bash
. "$(dirname "$0")/lib.bash" "$1"

# --- help, mistakes -----------------------------------------------------------------------------------------------
for c in "" show node links path draw; do
  # shellcheck disable=SC2086  # none or one word
  run 0 ub-topo $c --help
  [ "$(wc -l <"$work/out")" -le 40 ] || fail "help of '$c' does not fit a screen"
  [ "$(sed '1,/^Examples:/d' "$work/out" | wc -l)" = 3 ] || fail "not three examples: '$c'"
done
run 0 ub-topo --version
has '^ub-topo [0-9]'
refuses 2 'a command is missing' ub-topo
refuses 2 "'draws' is no command" ub-topo draws
refuses 2 'a machine is missing; known are .*ubmesh-rack' ub-topo show
refuses 2 "no machine 'nosuch'; known are" ub-topo show nosuch
refuses 2 'a node is missing; .*board0.npu0' ub-topo node ubmesh-rack
refuses 2 "ubmesh-rack has no node 'board2.npu55'; near it are .*board2.npu5" ub-topo node ubmesh-rack board2.npu55
refuses 2 'ubmesh-rack has no NPU 64; they are 0 to 63' ub-topo path ubmesh-rack 0 64
printf 'format = 1\nname = "toy"\nsummary = "s"\n[link]\nlane_rate_gbit_s = "fast"\n' >"$work/toy.toml"
refuses 2 'toy.toml:5: link.lane_rate_gbit_s' ub-topo show "$work/toy.toml"
ok "help, and every mistake in one line with what to do"

# --- show, node, links, path ----------------------------------------------------------------------------------------
run 0 ub-topo show ubmesh-rack
has '64 NPUs, 1 backup, 8 CPUs, 48 switches'
run 0 ub-topo show ubmesh-rack --json
json 'd["schema"] == 1 and d["machine"] == "ubmesh-rack" and d["nodes"] == {"npu": 64, "backup": 1, "cpu": 8, "switch": 48}'
json 'd["cables"]["mesh"] == 448'
run 0 ub-topo node ubmesh-rack backup --json
json 'len(d["node"]["links"]) == 32 and d["node"]["lanes_used"] == 64'
run 0 ub-topo links ubmesh-rack --json
json 'len(d["links"]) == 992 and len({l["id"] for l in d["links"]}) == 992'
json 'sum(l["kind"] == "mesh" for l in d["links"]) == 448'
run 0 ub-topo path ubmesh-rack 0 63
has '^board0.npu0 > board0.npu7 > board7.npu7$'
ok "show, node, links and path"

# --- draw -----------------------------------------------------------------------------------------------------------
# drawn EXPRESSION: of the picture in $work/m.svg: e(TAG, CLASS) counts elements, t is every text.
drawn() {
  python3 - "$1" "$work/m.svg" <<'PY' || fail "picture: not $1"
import sys, xml.etree.ElementTree as x
root = x.parse(sys.argv[2]).getroot()
ns = "{http://www.w3.org/2000/svg}"
assert root.tag == ns + "svg"
def e(tag, css): return sum(css in i.get("class", "").split() for i in root.iter(ns + tag))
t = [i.text for i in root.iter(ns + "text")]
sys.exit(not eval(sys.argv[1], {"root": root, "e": e, "t": t}))
PY
}
for m in ubmesh-board8 mesh:4x4 mesh:2x3x4 mesh:70 mesh:1 mesh:2x2x2x2x2x2 ubmesh-rack ubmesh-pod; do
  run 0 ub-topo draw "$m" "$work/m.svg"
  drawn "'$m' in t"
done
run 0 ub-topo draw ubmesh-rack "$work/m.svg"
drawn 'e("path", "x") == 224 + 1 and e("path", "y") == 224 + 1'  # and the legend's
drawn 'e("rect", "npu") == 64 + 1 and e("rect", "lrs") == 48 + 1 and e("rect", "cpu") == 8 + 1 and e("rect", "backup") == 1 + 1'
run 0 ub-topo draw ubmesh-rack "$work/m.svg" --path 0 63 --fail 1:2 --fail 'board0.npu1>board0.npu3'
drawn 'e("path", "route") == 2 + 1 and e("path", "dead") == 2 + 1'
drawn '"Path: board0.npu0 > board0.npu7 > board7.npu7" in t'
run 0 ub-topo draw mesh:4x4 -
has '^</svg>'
refuses 2 'a file is missing' ub-topo draw mesh:4x4
refuses 2 'cannot write .*nosuch/m.svg' ub-topo draw mesh:4x4 "$work/nosuch/m.svg"
refuses 2 "has no link to board1.npu1; it is wired to board0.npu1, .* and 14 more" ub-topo draw ubmesh-rack - --fail 0:9
refuses 2 "'bla' is no link; write A:B" ub-topo draw ubmesh-rack - --fail bla
ok "draw: pictures that are XML, with every NPU, switch and link, and what is marked in them"
