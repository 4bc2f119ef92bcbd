// ub-emu: creates, inspects and removes emulated machines, and runs programs on them.
#include <string>
#include <string_view>

#include "tools/common/commands.h"
#include "tools/common/print.h"
#include "tools/ub-emu/command.h"
#include "topology/profile.h"

namespace tools::emu {
namespace {

constexpr const char* kHelp =
    "Usage: ub-emu COMMAND [OPTIONS] ...\n"
    "Brings emulated machines up and down, shows their traffic, starts ranks on them.\n"
    "\n"
    "Commands (ub-emu COMMAND --help says more):\n"
    "  up PROFILE                      makes emu://NAME and holds it until Ctrl-C or `down`\n"
    "  down [NAME]                     takes it down, with --force its ranks too\n"
    "  list                            which there are\n"
    "  status [NAME]                   nodes, ranks, segments, traffic by link\n"
    "  exec [NAME] -n N -- PROGRAM...  starts ranks and prefixes their output\n"
    "\n"
    "PROFILE is one of: %s.\n"
    "Without NAME: what UB_FABRIC names, else the only one there.\n"
    "\n"
    "Options:\n"
    "  -h,--help  this text\n"
    "  --version  the version\n"
    "\n"
    "Examples:\n"
    "  ub-emu up ubmesh-rack --name rack --daemon  a rack of 64 NPUs and a backup, held in the background\n"
    "  ub-emu exec rack -n 8 -- ./program          ranks 0 to 7 on it\n"
    "  ub-emu down rack                            and away with it\n";

constexpr Command kCommands[] = {
    {"up", up}, {"down", down}, {"list", list}, {"status", status}, {"exec", exec}};

int run(int argc, char** argv) {
  return run_command(kTool, kHelp, ub::topology::known_machines(), kCommands, argc, argv);
}

}  // namespace
}  // namespace tools::emu

int main(int argc, char** argv) { return tools::guarded(tools::emu::kTool, tools::emu::run, argc, argv); }
