// ub-topo path: the ways from one node to another.
#include <cstdio>

#include "routing/route.h"
#include "tools/common/cli.h"
#include "tools/common/print.h"
#include "tools/ub-topo/command.h"
#include "tools/ub-topo/subject.h"

namespace tools::topo {

int path(int argc, char** argv) {
  bool json = false;
  std::string machine, a, b;
  Cli cli("ub-topo path", "MACHINE A B", "Shows the way from node A to node B.");
  cli.argument("MACHINE", machine).argument("A", a).argument("B", b);
  cli.group("Options");
  cli.flag("--json", json, "one document");
  cli.example("ubmesh-rack 0 63", "from corner to corner");
  cli.example("ubmesh-rack board0.npu0 backup", "over the switch plane");
  cli.example("mesh:4x4 0 5 --json", "for scripts");
  if (const auto code = cli.parse(argc, argv)) return *code;
  auto m = machine_of(machine);
  if (!m.ok()) return complain(kTool, m.error().message()), kNotRun;
  const auto from = node_of(m.value(), a), to = node_of(m.value(), b);
  if (!from.ok()) return complain(kTool, from.error().message()), kNotRun;
  if (!to.ok()) return complain(kTool, to.error().message()), kNotRun;
  const auto route = ub::routing::shortest(m.value(), from.value(), to.value());
  if (!route) {
    complain(kTool, "there is no way from " + m->name(from.value()) + " to " + m->name(to.value()));
    return kBad;
  }
  say(text_of(m.value(), route->begin(), route->end()));
  return kGood;
}

}  // namespace tools::topo
