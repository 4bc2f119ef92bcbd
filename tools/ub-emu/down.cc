// ub-emu down: ends the holder and, with --force, the ranks; afterwards nothing of the fabric is left.
#include <signal.h>

#include <algorithm>
#include <chrono>
#include <optional>
#include <string>

#include "board/place.h"
#include "board/process.h"
#include "directory/ranks.h"
#include "tools/common/cli.h"
#include "tools/common/print.h"
#include "tools/ub-emu/command.h"
#include "tools/ub-emu/fabrics.h"

namespace tools::emu {
namespace {

using std::chrono::steady_clock;
using ub::board::ProcessId;

// A holder ends within a second, unless it is stopped. With --force the time is shorter, and the holder is then killed.
constexpr std::chrono::seconds kPatience(10), kForcedPatience(2);

struct Options {
  std::string name;
  bool force = false;
};

std::optional<int> parse(int argc, char** argv, Options& o) {
  Cli cli("ub-emu down", "[NAME]",
          "Takes an emulated machine down: ends its holder and removes what is left of it.");
  cli.argument("NAME", o.name);
  cli.group("Options");
  cli.flag("--force", o.force, "kill the ranks that are joined, too (SIGKILL)");
  cli.example("", "the only one there");
  cli.example("rack", "emu://rack; refused while ranks are joined");
  cli.example("rack --force", "emu://rack and whoever is joined");
  return cli.parse(argc, argv);
}

bool is_there(const std::string& name) {
  const auto place = ub::board::Place::open();
  if (!place.ok()) return false;
  const auto names = place.value().names();
  return std::find(names.begin(), names.end(), name) != names.end();
}

// The ranks that stay joined. Waits for the processes of dead ranks to exit.
std::vector<Occupant> staying(const ub::board::Board& b, ub::Instant deadline) {
  for (const Occupant& o : occupants_of(b))
    if (ub::directory::look(b, o.rank).state == ub::Peer::State::dead)
      (void)ub::board::wait_for_exit(o.process, deadline);
  return occupants_of(b);
}

int refuse(const std::string& what) {
  complain(kTool, what);
  return kBad;
}

// Kills every rank and waits until all have exited: then their memory is freed, and none is still storing.
std::optional<std::string> end_ranks(const Seen& seen, ub::Instant deadline) {
  const auto there = occupants_of(*seen.board);
  for (const Occupant& o : there) ub::board::send_signal(o.process, SIGKILL);
  for (const Occupant& o : there) {
    if (!ub::board::wait_for_exit(o.process, deadline))
      return format("process %d of rank %u does not end; see what it waits for: cat /proc/%d/stack",
                    o.process.pid, unsigned(o.rank.value), o.process.pid);
    say(format("killed rank %u, process %d", unsigned(o.rank.value), o.process.pid));
  }
  return std::nullopt;
}

std::optional<std::string> end_holder(ProcessId holder, bool force) {
  ub::board::send_signal(holder, SIGTERM);
  if (ub::board::wait_for_exit(holder, steady_clock::now() + (force ? kForcedPatience : kPatience)))
    return std::nullopt;
  if (!force)
    return format("its holder, process %d, does not end (is it stopped?); let it go on, or add --force",
                  holder.pid);
  ub::board::send_signal(holder, SIGKILL);
  if (ub::board::wait_for_exit(holder, steady_clock::now() + kPatience)) return std::nullopt;
  return format("its holder, process %d, does not even end by SIGKILL; see what it waits for", holder.pid);
}

// An unreadable board has no ranks to name; it is removed if no process has it open.
int remove_unreadable(const std::string& name, const ub::Failure& why) {
  const auto removed = ub::clean();
  if (!removed.ok()) return complain(kTool, removed.error().message()), kNotRun;
  if (is_there(name)) return refuse(why.message());
  say("removed '" + name + "', which nobody could read: " + why.what);
  return kGood;
}

}  // namespace

int down(int argc, char** argv) {
  Options o;
  if (const auto code = parse(argc, argv, o)) return *code;
  const auto name = which(o.name);
  if (!name.ok()) return complain(kTool, name.error().message()), kNotRun;
  const std::string url = "emu://" + name.value();
  const auto cannot = "cannot take down " + url + ": ";
  // A process may join between look() and the holder's end: then the fabric still exists, and the loop repeats.
  const ub::Instant deadline = steady_clock::now() + kPatience;
  for (bool first = true;; first = false) {
    const auto seen = look(name.value());
    if (!seen.ok()) {
      if (seen.error().code() == ub::Code::not_found && !first) break;
      if (seen.error().code() == ub::Code::not_found) return complain(kTool, seen.error().message()), kNotRun;
      return remove_unreadable(name.value(), seen.error());
    }
    if (o.force) {
      if (const auto bad = end_ranks(seen.value(), deadline)) return refuse(cannot + *bad);
    } else if (const auto there = staying(*seen.value().board, deadline); !there.empty()) {
      return refuse(cannot + occupants_text(there) + (there.size() == 1 ? " is" : " are") +
                    " joined; end them, or add --force");
    }
    if (seen.value().holder.pid != 0)
      if (const auto bad = end_holder(seen.value().holder, o.force)) return refuse(cannot + *bad);
    // A holder that ends normally removes the fabric. If it still exists, it is empty or a process has joined.
    if (const auto removed = ub::clean(); !removed.ok())
      return complain(kTool, removed.error().message()), kNotRun;
    if (!is_there(name.value())) break;
    if (steady_clock::now() >= deadline)
      return refuse(
          cannot +
          "a process without a rank still has it open; end that program, and the fabric goes with it");
  }
  say(url + " is down");
  return kGood;
}

}  // namespace tools::emu
