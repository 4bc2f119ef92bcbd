// ub-topo node: one node and its links.
#include <cstdio>

#include "tools/common/cli.h"
#include "tools/common/print.h"
#include "tools/common/units.h"
#include "tools/ub-topo/command.h"
#include "tools/ub-topo/nouns.h"
#include "tools/ub-topo/subject.h"

namespace tools::topo {
namespace {

std::string wire_text(const Machine& m, const Link& l) {
  std::string dimension;
  if (l.kind == LinkKind::mesh) dimension = m.profile().dimensions[l.dimension].name;
  return std::string(name(l.kind)) + (dimension.empty() ? "" : " " + dimension);
}

void print(const Machine& m, NodeId n) {
  say(m.name(n) +
      format(": node %u of %s, %s", n.value, m.profile().name.c_str(), std::string(name(m.kind(n))).c_str()));
  say(format("  lanes  %u used, over %zu links", m.lanes_used(n), std::size_t(m.links_from(n).size())));
  say("  hop    " + time_text(double(m.hop_ps(n)) / 1e3) + " to pass through (model)");
  Table table({">port", "to", "link", ">lanes", ">GB/s", ">length", "medium", ">propagation"});
  for (const LinkId id : m.links_from(n)) {
    const Link l = m.link(id);
    table.add({std::to_string(l.from_port), m.name(l.to), wire_text(m, l), format("x%u", l.lanes),
               gigabytes(l.bytes_per_s), metres(l.length_mm), std::string(ub::topology::name(l.medium)),
               time_text(double(l.propagation_ps) / 1e3)});
  }
  std::fputs(table.text().c_str(), stdout);
}

Json document(const Machine& m, NodeId n) {
  Json all = Json::array();
  for (const LinkId id : m.links_from(n)) all.add(link_json(m, id));
  Json node;
  node.set("id", n.value).set("name", m.name(n)).set("kind", name(m.kind(n)));
  node.set("lanes_used", m.lanes_used(n)).set("hop_ps", m.hop_ps(n)).set("links", all);
  return opening(m).set("node", node);
}

}  // namespace

int node(int argc, char** argv) {
  bool json = false;
  std::string machine, name;
  Cli cli("ub-topo node", "MACHINE NODE", "Shows a node and what each of its ports is wired to.");
  cli.argument("MACHINE", machine).argument("NODE", name);
  cli.group("Options");
  cli.flag("--json", json, "one document");
  cli.example("ubmesh-rack 0", "the first NPU: 14 peers and its 4 groups of switches");
  cli.example("ubmesh-rack backup", "what the backup hangs on");
  cli.example("ubmesh-rack lrs.g0.f0 --json", "a switch, for scripts");
  if (const auto code = cli.parse(argc, argv)) return *code;
  const auto m = machine_of(machine);
  if (!m.ok()) return complain(kTool, m.error().message()), kNotRun;
  const auto n = node_of(m.value(), name);
  if (!n.ok()) return complain(kTool, n.error().message()), kNotRun;
  if (json)
    say(document(m.value(), n.value()).document());
  else
    print(m.value(), n.value());
  return kGood;
}

}  // namespace tools::topo
