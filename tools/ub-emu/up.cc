// ub-emu up: creates or adopts an emulated machine, and holds it.
#include <algorithm>
#include <chrono>
#include <cstdio>
#include <optional>
#include <string>
#include <utility>

#include "base/url.h"
#include "core/hold.h"
#include "tools/common/cli.h"
#include "tools/common/print.h"
#include "tools/common/signals.h"
#include "tools/common/units.h"
#include "tools/machine/counts.h"
#include "tools/machine/words.h"
#include "tools/ub-emu/background.h"
#include "tools/ub-emu/command.h"
#include "tools/ub-emu/fabrics.h"
#include "tools/ub-emu/machine_url.h"
#include "topology/profile.h"

namespace tools::emu {
namespace {

using std::chrono::steady_clock;

// How often the remains of dead ranks are removed. Each time scans the rank table; users notice no shorter delay.
constexpr std::chrono::seconds kSweepInterval(1);
constexpr std::chrono::seconds kPatience(10);  // for locks that a stopped process may hold

struct Options {
  std::string profile, name, routing, spread, borrow;
  std::optional<std::uint64_t> ranks, extra_hops;
  bool daemon = false;
};

std::optional<int> parse(int argc, char** argv, Options& o) {
  Cli cli("ub-emu up", "PROFILE",
          "Makes the emulated machine emu://NAME and holds it until Ctrl-C or `ub-emu down`.");
  cli.argument("PROFILE", o.profile);
  cli.group("Options");
  cli.text("--name", "NAME", o.name, "of the fabric; else the profile's");
  cli.number("--ranks", "N", o.ranks, {1}, "room for ranks 0 to N-1; else for every NPU, backup and CPU");
  cli.choice("--routing", "R", o.routing, {"shortest", "all"}, "paths of a pair: shortest (one), or all");
  cli.choice("--spread", "S", o.spread, {"flow", "packet"},
             "with all: streams keep to one (flow), or packet");
  cli.number("--extra-hops", "N", o.extra_hops, {0, 11}, "with all: how much longer paths may be (1)");
  cli.choice("--borrow", "B", o.borrow, {"yes", "no"}, "with all: also over a rack's switches (yes)");
  cli.flag("--daemon", o.daemon, "return once it is up; a process in the background holds it");
  cli.example("ubmesh-rack --daemon", "64 NPUs, 1 backup, 8 CPUs, 48 LRS");
  cli.example("mesh:4x4 --name small", "16 NPUs in a 2D full mesh, until Ctrl-C");
  cli.example("./mine.toml", "a machine of your own, see ub-profile(5)");
  if (const auto code = cli.parse(argc, argv)) return code;
  if (!o.profile.empty()) return std::nullopt;
  complain(kTool, "a profile is missing; known are " + ub::topology::known_machines());
  return kNotRun;
}

void add_path_options(const Options& o, ub::base::Url& url) {
  for (const auto& [key, value] :
       {std::pair{"routing", &o.routing}, {"spread", &o.spread}, {"borrow", &o.borrow}})
    if (!value->empty()) url.options.emplace_back(key, *value);
  if (o.extra_hops) url.options.emplace_back("extra_hops", std::to_string(*o.extra_hops));
}

void introduce(const ub::core::Hold& hold, const ub::topology::Machine& machine, const Options& o) {
  const ub::board::Board& b = *hold.fabric().board;
  const std::string& name = b.name();
  say("emu://" + name + " is up: " + machine.profile().summary);
  say("  nodes   " + nodes_text(machine));
  say("  links   " + cables_text(machine));
  say("  paths   " + paths_text(b));
  say(format("  ranks   up to %u; rank r is on %s r by default", b.ranks(), endpoint_word(machine).c_str()));
  say("  memory  " + size_text(b.bytes()) + " in " + b.place().path() + "/" + name);
  say(format("  held by process %d; %s ends it", int(::getpid()),
             o.daemon ? ("ub-emu down " + name).c_str() : "Ctrl-C"));
  if (const auto there = occupants_of(b); !there.empty())
    say("  adopted: " + occupants_text(there) + (there.size() == 1 ? " was" : " were") +
        " joined already and went on");
  say("Join it with UB_FABRIC=emu://" + name + " in the environment:");
  say("  UB_FABRIC=emu://" + name + " ub-ping 3");
  say("  ub-emu exec " + name + " -n 8 -- ./program");
  say("  ub-emu status " + name);
}

void stay(ub::core::Hold& hold) {
  while (!interrupted()) {
    sleep_until(steady_clock::now() + kSweepInterval);
    if (status_wanted()) {
      const std::size_t n = occupants_of(*hold.fabric().board).size();
      complain(kTool, hold.fabric().url.plain() + " is up, " + std::to_string(n) +
                          (n == 1 ? " rank" : " ranks") + " joined");
    }
    hold.sweep();
  }
}

}  // namespace

int up(int argc, char** argv) {
  Options o;
  if (const auto code = parse(argc, argv, o)) return *code;
  auto url = machine_url(o.profile, o.name, o.ranks);
  if (!url.ok()) return complain(kTool, url.error().message()), kNotRun;
  add_path_options(o, *url);
  Background background;
  if (o.daemon)
    if (const auto code = background.enter()) return *code;
  catch_signals();
  auto held = hold_machine(url.value(), steady_clock::now() + kPatience);
  if (!held.ok()) return complain(kTool, held.error().message()), kNotRun;
  std::optional<ub::core::Hold> hold(std::move(*held));
  const auto machine = machine_of(*hold->fabric().board);
  if (!machine.ok()) return complain(kTool, machine.error().message()), kNotRun;
  introduce(*hold, machine.value(), o);
  if (o.daemon && !background.announce()) return kNotRun;
  stay(*hold);
  const auto there = occupants_of(*hold->fabric().board);
  hold.reset();
  if (there.empty())
    say(url.value().plain() + " is down");
  else
    say(url.value().plain() + " is held no more; " + occupants_text(there) +
        " may go on, and the last to leave removes it");
  return kGood;
}

}  // namespace tools::emu
