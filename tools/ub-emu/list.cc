// ub-emu list: lists this user's emulated machines.
#include <string>

#include "tools/common/cli.h"
#include "tools/common/json.h"
#include "tools/common/print.h"
#include "tools/common/units.h"
#include "tools/ub-emu/command.h"
#include "tools/ub-emu/fabrics.h"

namespace tools::emu {

int list(int argc, char** argv) {
  bool json = false;
  Cli cli("ub-emu list", "", "Lists this user's emulated machines.");
  cli.group("Options");
  cli.flag("--json", json, "one document");
  cli.example("", "name, machine, state, holder, ranks");
  cli.example("--json", "the same for scripts");
  cli.example("--json | jq -r '.fabrics[].name'", "their names");
  if (const auto code = cli.parse(argc, argv)) return *code;
  const auto all = emulated();
  if (!all.ok()) return complain(kTool, all.error().message()), kNotRun;

  if (json) {
    Json fabrics = Json::array();
    for (const ub::FabricInfo& f : all.value()) fabrics.add(head(f));
    say(opening().set("fabrics", fabrics).document());
    return kGood;
  }
  Table table({"name", "machine", "state", ">holder", ">ranks", ">of", ">memory"});
  for (const ub::FabricInfo& f : all.value())
    table.add({f.name, f.machine, state_of(f), holder_text(f), std::to_string(joined(f)),
               std::to_string(f.capacity), size_text(f.shm_bytes)});
  if (table.empty()) {
    say("no emulated machine is up; start one with: ub-emu up ubmesh-rack");
    return kGood;
  }
  std::fputs(table.text("").c_str(), stdout);
  for (const ub::FabricInfo& f : all.value())
    if (!f.trouble.empty()) say(f.name + ": " + f.trouble);
  return kGood;
}

}  // namespace tools::emu
