#!/usr/bin/env bash
# ub-topo: what it says of machines, nodes, links and paths, for people and scripts; pictures; every mistake in one line.
set -euo pipefail
# shellcheck source=tests/tools/lib.bash
. "$(dirname "$0")/lib.bash" "$1"
# Of a picture e(TAG, CLASS) counts elements, and t is every text; all of it lies inside.
kinds+='
import xml.etree.ElementTree
def of_svg(path):
    root = xml.etree.ElementTree.parse(path).getroot()
    ns = "{http://www.w3.org/2000/svg}"
    assert root.tag == ns + "svg"
    def e(tag, css): return sum(css in i.get("class", "").split() for i in root.iter(ns + tag))
    texts = list(root.iter(ns + "text"))
    w, h = float(root.get("width")), float(root.get("height"))
    assert all(0 <= float(i.get("x")) <= w and 0 <= float(i.get("y")) <= h for i in texts)
    return {"root": root, "e": e, "t": [i.text for i in texts]}
'
machines='ubmesh-board8 ubmesh-rack ubmesh-pod ubmesh-superpod ubmesh-165k cloudmatrix384 nvl72 fat-tree mesh:4x4'
case $1 in */asan | */tsan) machines=${machines/ ubmesh-superpod ubmesh-165k/} ;; esac  # the largest take minutes there

# --- help, mistakes -----------------------------------------------------------------------------------------------
for c in '' show node links path notify check compare draw; do
  # shellcheck disable=SC2086  # none or one word
  help_fits 30 ub-topo $c
done
run 0 ub-topo --version
has '^ub-topo [0-9]'
refuses 2 'a command is missing' ub-topo
refuses 2 "'draws' is no command; write show, .* or draw" ub-topo draws
for c in show node links path notify check compare draw; do
  refuses 2 'a machine is missing; known are .*ubmesh-rack' ub-topo $c
  refuses 2 "no machine 'nosuch'; known are" ub-topo $c nosuch
done
refuses 2 'a second machine is missing' ub-topo compare nvl72
refuses 2 'a node is missing; .*board0.npu0' ub-topo node ubmesh-rack
refuses 2 "ubmesh-rack has no node 'board2.npu55'; near it are .*board2.npu5" ub-topo node ubmesh-rack board2.npu55
refuses 2 "ubmesh-pod has no node 'rack3.board2.npu9'; near it are .*rack3.board2.npu" ub-topo path ubmesh-pod 0 rack3.board2.npu9
refuses 2 'ubmesh-rack has no NPU 64; they are 0 to 63' ub-topo path ubmesh-rack 0 64
refuses 2 'a link is missing; write A:B' ub-topo notify ubmesh-rack
refuses 2 "'bla' is no link; write A:B" ub-topo notify ubmesh-rack bla
refuses 2 'board0.npu0 has no link to board1.npu1; it is wired to board0.npu1, .* and 14 more' ub-topo notify ubmesh-rack 0:9
run 2 ub-topo path ubmesh-rack 0 1 --class far
has "^ub-topo path: --class: 'far' is not one of shortest.detour.borrow" err
run 2 ub-topo path ubmesh-rack 0 1 --max-hops 13
has "'13' is not a number from 1 to 12" err
refuses 2 'add --deadlock' ub-topo check ubmesh-rack --lanes 1
printf 'format = 1\nname = "toy"\nsummary = "s"\n[link]\nlane_rate_gbit_s = "fast"\n' >"$work/toy.toml"
for c in show check; do refuses 2 'toy.toml:5: link.lane_rate_gbit_s' ub-topo $c "$work/toy.toml"; done
source=$(cd "$(dirname "$0")/../.." && pwd)/emu/profiles/ubmesh-rack.toml
sed 's/^lanes = 72 .*/lanes = 71/' "$source" >"$work/sum.toml"
refuses 2 'sum.toml:[0-9]+: npu.lanes: an NPU has x71, but x56 in the mesh' ub-topo check "$work/sum.toml"
ok "help, and every mistake in one line with what to do"

# --- show, node, links ------------------------------------------------------------------------------------------------
for m in $machines; do
  run 0 ub-topo show "$m"
  has "^$m: "
  run 0 ub-topo show "$m" --json
  json "d['schema'] == 1 and d['tool'] == 'ub-topo' and d['machine'] == '$m' and sum(f['number'] for f in d['families']) == sum(d['cables'].values())"
done
run 0 ub-topo show ubmesh-rack
has '64 NPUs, 1 backup, 8 CPUs, 48 LRS'
run 0 ub-topo show cloudmatrix384
has '^  nodes      768 dies, 192 CPUs, 336 L1 switches, 112 L2 switches$'
run 0 ub-topo show mesh:64x64x64
hasnot '[0-9]e[+][0-9]'
run 0 ub-topo show ubmesh-rack --json
json 'd["nodes"] == {"npu": 64, "backup": 1, "cpu": 8, "switch": 48} and d["cables"]["mesh"] == 448'
json '(d["figures"]["max_hops"], round(d["figures"]["mean_hops"], 3)) == (2, 1.778)'
json 'd["figures"]["bisection_bytes_per_s"] == 2 * 512 * 14e9'  # over the mesh, and over the plane
run 0 ub-topo show ubmesh-pod --json
json '(d["figures"]["max_hops"], round(d["figures"]["mean_hops"], 3)) == (4, 3.253) and d["cables"]["trunk"] == 48 * 32'
run 0 ub-topo show ubmesh-superpod --json
json 'round(d["figures"]["failures_per_year"], 1) == 88.9 and round(d["figures"]["mtbf_hours"], 1) == 98.5'
json 'd["figures"]["bisection_bytes_per_s"] == 32768 / 2 * 14e9'
json '(round(d["figures"]["mean_hops"], 2), round(d["figures"]["mean_links"], 2)) == (2.05, round(d["figures"]["mean_hops"] + d["figures"]["mean_switches"], 2))'
run 0 ub-topo show cloudmatrix384 --json
json 'd["figures"]["nodes"] == {"dies": 768, "CPUs": 192, "L1 switches": 336, "L2 switches": 112} and d["cables"]["tier"] == 5376'
run 0 ub-topo node ubmesh-rack backup
has '^backup: .*64'
has '^ +31 +lrs.g3.f7 +backup-switch +x2 +28 '
run 0 ub-topo node ubmesh-rack backup --json
json 'len(d["node"]["links"]) == 32 and d["node"]["lanes_used"] == 64 and d["node"]["links"][0]["from"] == "backup"'
run 0 ub-topo node ubmesh-superpod pod7.rack15.board7.npu7 --json
json 'd["node"]["id"] == 8191 and sum(l["lanes"] for l in d["node"]["links"]) == 72'
run 0 ub-topo links ubmesh-rack
[ "$(wc -l <"$work/out")" = 992 ] || fail "not 992 links"
run 0 ub-topo links ubmesh-rack --json
json 'len(d["links"]) == 992 and len({l["id"] for l in d["links"]}) == 992'
json 'sum(l["kind"] == "mesh" for l in d["links"]) == 448'
ok "show, node and links"

# --- path ---------------------------------------------------------------------------------------------------------------
# paths N MACHINE A B OPTIONS...: so many there are.
paths() {
  run 0 ub-topo path "${@:2}" --json
  json "len(d['paths']) == $1 and not d['more']"
  json 'all(p["nodes"][0] == d["from"] and p["nodes"][-1] == d["to"] and len(p["links"]) + 1 == len(p["nodes"]) for p in d["paths"])'
}
run 0 ub-topo path ubmesh-rack 0 63
has '^ +1 +shortest +2 +0 +00 +56 +board0.npu0 > board0.npu7 > board7.npu7$'
has '^ +2 +shortest +2 +0 +01 +56 +board0.npu0 > board7.npu0 > board7.npu7$'
paths 2 ubmesh-rack 0 63
paths 6 mesh:8x8 0 1 --class detour --max-hops 2
paths 36 mesh:8x8 0 1 --class detour --max-hops 3  # 6 of two hops, 30 of three
paths 43 mesh:8x8 0 1 --class detour --max-hops 3 --illegal  # 37 of three
paths 30 mesh:8x8 0 63 --class detour --max-hops 3  # and 27 on average over all pairs that differ in both
paths 24 mesh:8x8 0 9 --class detour --max-hops 3
paths 36 mesh:8x8 0 63 --class detour --max-hops 3 --illegal
paths 8 mesh:2x2x2x2 0 15
paths 24 mesh:2x2x2x2 0 15 --illegal
paths 7 cloudmatrix384 0 3
paths 112 cloudmatrix384 0 700
json '{(p["hops"], p["switches"]) for p in d["paths"]} == {(1, 3)} and len({p["nodes"][2] for p in d["paths"]}) == 112'
run 0 ub-topo path ubmesh-rack 0 63 --all --count 3
has 'and more; --count'
run 0 ub-topo path ubmesh-rack 0 1 --class borrow --json
json 'd["paths"] and all(p["class"] == "borrow" and p["switches"] > 0 for p in d["paths"])'
run 0 ub-topo path ubmesh-superpod 0 8191 --json
json 'd["paths"] and all(any(n.startswith("hrs") for n in p["nodes"]) for p in d["paths"])'
refuses 1 'from a node to itself' ub-topo path mesh:4x4 3 3
refuses 1 'no such paths from n0.0 to n0.1 .*--all' ub-topo path mesh:4x4 0 1 --class borrow
run 1 ub-topo path mesh:4x4 3 3 --json
json 'd["paths"] == []'
ok "path: the counts of known machines, by class and hops; none is a bad answer"

# --- notify ---------------------------------------------------------------------------------------------------------------
for l in 0:1 board0.npu0:board1.npu0 'board7.npu0>board7.npu7'; do
  run 0 ub-topo notify ubmesh-rack "$l" --json
  json 'len(d["notices"]) == 16 and len({n["told"] for n in d["notices"]}) == 16'
  json 'sum(n["told"] == n["teller"] for n in d["notices"]) == 2 and {n["hops"] for n in d["notices"] if n["told"] != n["teller"]} == {1}'
done
run 0 ub-topo notify ubmesh-rack 0:1
has '16 nodes change their paths: 2 at its ends, 14 told'
run 0 ub-topo notify mesh:8x8 0:1 --class detour --max-hops 3 --json
json 'len({n["told"] for n in d["notices"]}) > 16 and d["policy"]["max_hops"] == 3'
run 0 ub-topo notify ubmesh-rack board0.npu0:lrs.g0.f0 --json
json '[n["told"] for n in d["notices"] if n["told"] == n["teller"]] == ["board0.npu0"]'
json '{(n["told"], n["hops"], n["switches"]) for n in d["notices"] if n["teller"] == "lrs.g0.f0"} == {("backup", 1, 0), *((f"cpu{i}", 1, 1) for i in range(8))}'
run 0 ub-topo notify ubmesh-rack cpu3:lrs.g2.s1
has '73 nodes change their paths: 1 at its ends, 72 told by them; flooding would reach all 73'
ok "notify: 2 nodes at a rack's link and 14 told, one hop away; more with detours; backups and CPUs, of links of theirs"

# --- check, compare ---------------------------------------------------------------------------------------------------------
for m in $machines; do
  [ "$m" != ubmesh-165k ] || continue  # it takes 20 s
  run 0 ub-topo check "$m" --deadlock --json
  json 'd["rules"] and d["acyclic"] and d["ring"] == [] and d["lanes"] == 2 and d["channels"] > 0'
done
run 0 ub-topo check ubmesh-rack --deadlock
has '^  npu +64 +x72 +x72 +x0$'
has '^no deadlock: 1984 links with 2 virtual lanes'
run 1 ub-topo check mesh:4x4 --deadlock --lanes 1
has '^DEADLOCK: .* 3 channels'
[ "$(grep -c '^n[0-9.]*>n[0-9.]* lane 0$' "$work/out")" = 3 ] || fail "not a ring of three"
run 1 ub-topo check mesh:3x3x3 --deadlock --lanes 1 --json
json 'not d["acyclic"] and all(a["link"].split(">")[1] == b["link"].split(">")[0] for a, b in zip(d["ring"], d["ring"][1:] + d["ring"][:1]))'
run 0 ub-topo compare ubmesh-superpod fat-tree
has '^ +ubmesh-superpod +fat-tree +ratio$'
has '^  failures a year +88.93 '
run 0 ub-topo compare ubmesh-rack mesh:4x4 --json
json '[m["machine"] for m in d["machines"]] == ["ubmesh-rack", "mesh:4x4"] and d["machines"][1]["figures"]["switches"] == 0'
ok "check: rules, lanes and the proof; with one lane a ring; compare"

# --- draw -----------------------------------------------------------------------------------------------------------
# drawn EXPRESSION: of the picture in $work/m.svg.
drawn() { holds svg "$work/m.svg" "$1" || fail "picture: not $1"; }
for m in $machines mesh:2x3x4 mesh:70 mesh:1 mesh:65536 mesh:2x2x2x2x2x2 mesh:40x1x30; do
  run 0 ub-topo draw "$m" "$work/m.svg"
  drawn "'$m' in t"
done
run 0 ub-topo draw ubmesh-rack "$work/m.svg"
drawn 'e("path", "x") == 224 + 1 and e("path", "y") == 224 + 1'  # and the legend's
drawn 'e("rect", "npu") == 64 + 1 and e("rect", "lrs") == 48 + 1 and e("rect", "cpu") == 8 + 1 and e("rect", "backup") == 1 + 1'
run 0 ub-topo draw ubmesh-superpod "$work/m.svg"
drawn 'e("rect", "hrs") == 64 + 1 and all("pod%d" % i in t for i in range(8)) and all("rack%d" % i in t for i in range(16))'
run 0 ub-topo draw nvl72 "$work/m.svg"
drawn 'e("rect", "npu") == 72 + 1 and e("rect", "hrs") == 18 + 1 and e("path", "s") == 1296 + 2'
run 0 ub-topo draw ubmesh-rack "$work/m.svg" --path 0 63 --fail 1:2 --fail 'board0.npu1>board0.npu3'
drawn 'e("path", "route") == 2 + 1 and e("path", "dead") == 2 + 1 and t.count("A") == t.count("B") == 1'
drawn 'any(i.endswith("board0.npu0 > board0.npu7 > board7.npu7") for i in t)'
run 0 ub-topo draw ubmesh-rack "$work/m.svg" --path 0 63 --fail 0:7
drawn 'any(i.endswith("board0.npu0 > board7.npu0 > board7.npu7") for i in t)'
run 0 ub-topo draw ubmesh-superpod "$work/m.svg" --path 70 5000
drawn 'e("path", "route") >= 4 and any(i.startswith("pod4.rack14: ") for i in t)'  # where it ends is opened up, too
run 0 ub-topo draw ubmesh-pod "$work/m.svg" --spare rack5.board5.npu3 --path 0 rack5.board5.npu3
drawn 'all(any(i.startswith(r + ": ") for i in t) for r in ("rack0", "rack5")) and "in place of rack5.board5.npu3" in t'
run 0 ub-topo draw ubmesh-rack "$work/m.svg" --spare board5.npu3 --json
drawn 'e("rect", "gone") == 1 + 1 and e("path", "lost") == 14 + 1 and e("path", "spare") == 14 * 4 * 2 + 1'
json 'd["file"].endswith("m.svg") and "14 direct links" in d["said"][0]'
sed 's/^name = "ubmesh-rack"/name = "<\&\\">"/' "$source" >"$work/odd.toml"
run 0 ub-topo draw "$work/odd.toml" "$work/m.svg"
drawn "'<&\">' in t"
# The picture that the documentation shows is the one that is drawn now.
run 0 ub-topo draw ubmesh-rack "$work/m.svg"
cmp "$work/m.svg" "${source%/emu/*}/man/ubmesh-rack.svg" || fail "man/ubmesh-rack.svg is out of date: ub-topo draw ubmesh-rack man/ubmesh-rack.svg"
run 0 ub-topo draw mesh:4x4 -
has '^</svg>'
refuses 2 'a file is missing' ub-topo draw mesh:4x4
refuses 2 'name a file' ub-topo draw mesh:4x4 - --json
refuses 2 'cannot write .*nosuch/m.svg' ub-topo draw mesh:4x4 "$work/nosuch/m.svg"
refuses 2 'cannot write /dev/full: No space' ub-topo draw mesh:4x4 /dev/full
refuses 2 'no backup can take the place of n0.0: ' ub-topo draw mesh:4x4 - --spare 0
refuses 2 'draw one path at a time' ub-topo draw mesh:4x4 - --path 0 1 --path 1 2
refuses 1 'no path from n0 to n1 that works' ub-topo draw mesh:2 - --path 0 1 --fail 0:1
refuses 1 'no path from n0 to n0; name two' ub-topo draw mesh:2 - --path 0 0
ok "draw: pictures that are XML, with every NPU, switch and link, and what is marked in them"
