// ub-topo show: what a machine is made of.
#include <cstdio>
#include <map>

#include "tools/common/cli.h"
#include "tools/common/print.h"
#include "tools/common/units.h"
#include "tools/machine/counts.h"
#include "tools/ub-topo/command.h"
#include "tools/ub-topo/subject.h"

namespace tools::topo {
namespace {

using ub::NodeId;
using ub::topology::Machine;

void print(const Machine& m) {
  const auto& p = m.profile();
  say(p.name + ": " + p.summary);
  say("  nodes   " + nodes_text(m));
  say("  links   " + cables_text(m));
}

Json document(const Machine& m) {
  Json nodes, cables;
  for (const Count& c : nodes_of(m)) nodes.set(c.kind, c.number);
  for (const Count& c : cables_of(m)) cables.set(c.kind, c.number);
  return opening(m).set("nodes", nodes).set("cables", cables);
}

}  // namespace

int show(int argc, char** argv) {
  bool json = false;
  std::string machine;
  Cli cli("ub-topo show", "MACHINE", "Shows what a machine is made of, and its figures.");
  cli.argument("MACHINE", machine);
  cli.group("Options");
  cli.flag("--json", json, "one document");
  cli.example("ubmesh-rack", "64 NPUs, 1 backup, 8 CPUs, 48 switches");
  cli.example("mesh:4x4", "a mesh of any shape");
  cli.example("./mine.toml --json", "a machine of your own, for scripts");
  if (const auto code = cli.parse(argc, argv)) return *code;
  const auto m = machine_of(machine);
  if (!m.ok()) return complain(kTool, m.error().message()), kNotRun;
  if (json)
    say(document(m.value()).document());
  else
    print(m.value());
  return kGood;
}

}  // namespace tools::topo
