// ub-topo: shows, checks, compares and draws machines and the paths through them.
#include <string>
#include <string_view>

#include "tools/common/commands.h"
#include "tools/common/print.h"
#include "tools/ub-topo/command.h"
#include "topology/profile.h"

namespace tools::topo {
namespace {

constexpr const char* kHelp =
    "Usage: ub-topo COMMAND MACHINE [OPTIONS] ...\n"
    "Shows machines and the paths through them. Nothing has to run.\n"
    "\n"
    "Commands (ub-topo COMMAND --help says more):\n"
    "  show MACHINE            its nodes, links, figures\n"
    "  node MACHINE NODE       a node and what it is wired to\n"
    "  links MACHINE           every link\n"
    "  path MACHINE A B        the paths from node A to node B\n"
    "  notify MACHINE LINK     who is told when a link dies\n"
    "  check MACHINE           that its lanes add up and, with --deadlock, that no paths can deadlock\n"
    "  compare MACHINE OTHER   links, optics, switches, bisection, hops, failures\n"
    "  draw MACHINE FILE.svg   a picture of it\n"
    "\n"
    "MACHINE is one of: %s.\n"
    "NODE is a name such as board2.npu5, or an NPU's number. LINK is A:B, from one node to a neighbour.\n"
    "\n"
    "Options:\n"
    "  -h,--help  this text\n"
    "  --version  the version\n"
    "\n"
    "Examples:\n"
    "  ub-topo show ubmesh-rack           what a rack is made of\n"
    "  ub-topo path ubmesh-rack 0 63      from corner to corner\n"
    "  ub-topo draw ubmesh-pod pod.svg    a picture of 1,024 NPUs\n";

constexpr Command kCommands[] = {{"show", show},     {"node", node},   {"links", links},     {"path", path},
                                 {"notify", notify}, {"check", check}, {"compare", compare}, {"draw", draw}};

int run(int argc, char** argv) {
  return run_command(kTool, kHelp, ub::topology::known_machines(), kCommands, argc, argv);
}

}  // namespace
}  // namespace tools::topo

int main(int argc, char** argv) { return tools::guarded(tools::topo::kTool, tools::topo::run, argc, argv); }
