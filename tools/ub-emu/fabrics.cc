#include "tools/ub-emu/fabrics.h"

#include <algorithm>
#include <cstdlib>
#include <iterator>

#include "base/url.h"
#include "board/process.h"
#include "core/hold.h"
#include "directory/ranks.h"
#include "tools/common/print.h"
#include "tools/ub-emu/command.h"
#include "topology/profile.h"

namespace tools::emu {

using ub::topology::Machine;

namespace {

constexpr const char* kTransport = "emu";
constexpr std::size_t kNamed = 4;  // names in a list on one line; the others are counted

ub::Failure none_of(const std::string& name) {
  return failure(ub::Code::not_found, "there is no emulated fabric '" + name + "'",
                 "ub-emu list shows those there are, ub-emu up PROFILE --name " + name + " makes it");
}

std::optional<std::string> name_of_environment() {
  const char* text = std::getenv("UB_FABRIC");
  const auto url = ub::base::parse_url(text ? text : "");
  if (!url.ok() || url.value().transport != kTransport) return std::nullopt;
  return url.value().name;
}

}  // namespace

ub::Expected<std::vector<ub::FabricInfo>> emulated() {
  auto all = ub::inspect();
  if (all.ok())
    std::erase_if(*all,
                  [](const ub::FabricInfo& f) { return f.trouble.empty() && f.transport != kTransport; });
  return all;
}

ub::Expected<std::string> which(const std::string& given) {
  if (!given.empty()) {
    if (auto bad = ub::base::check_name("fabric", given, ub::base::kMaxFabricName)) return *bad;
    return given;
  }
  if (auto name = name_of_environment()) return *name;
  const auto all = emulated();
  if (!all.ok()) return all.error();
  // A stale fabric is chosen only if no live one exists.
  for (const bool live : {true, false}) {
    std::vector<std::string> names;
    for (const ub::FabricInfo& f : all.value())
      if (f.live == live) names.push_back(f.name);
    if (names.size() == 1) return names[0];
    if (names.empty()) continue;
    std::string list;
    for (const std::string& n : names) list += (list.empty() ? "" : ", ") + n;
    return failure(ub::Code::invalid_argument,
                   "there are " + std::to_string(names.size()) + " emulated fabrics", "name one of " + list);
  }
  return failure(ub::Code::not_found, "there is no emulated fabric", "start one with: ub-emu up PROFILE");
}

const char* state_of(const ub::FabricInfo& f) {
  return !f.trouble.empty() ? "unreadable" : f.live ? "live" : "stale";
}

std::size_t joined(const ub::FabricInfo& f) {
  const auto here = [](const ub::Peer& p) { return p.state == ub::Peer::State::joined; };
  return std::size_t(std::count_if(f.ranks.begin(), f.ranks.end(), here));
}

std::string holder_text(const ub::FabricInfo& f) {
  return f.holder_pid ? std::to_string(f.holder_pid) : "none";
}

Json opening() {
  Json j;
  return j.set("schema", 1).set("tool", kTool).set("version", ub::version());
}

Json head(const ub::FabricInfo& f) {
  Json j;
  j.set("name", f.name).set("url", f.url).set("machine", f.machine).set("state", state_of(f));
  if (f.holder_pid)
    j.set("holder_pid", f.holder_pid);
  else
    j.set_null("holder_pid");
  j.set("ranks_joined", joined(f));
  j.set("capacity", f.capacity).set("shm_bytes", f.shm_bytes);
  if (f.trouble.empty())
    j.set_null("trouble");
  else
    j.set("trouble", f.trouble);
  return j;
}

std::vector<Occupant> occupants_of(const ub::board::Board& b) {
  std::vector<Occupant> all;
  for (std::uint32_t r = 0; r < b.ranks(); ++r) {
    const ub::directory::RankState s = ub::directory::look(b, r);
    // The gate shows the end of one thread; the rank's memory is in use until its process has exited.
    if (s.state != ub::Peer::State::free && !ub::board::has_exited(s.record.process))
      all.push_back({r, s.record.process});
  }
  return all;
}

ub::Expected<Machine> machine_of(const ub::board::Board& b) {
  const auto profile = ub::topology::parse_profile(b.profile(), "the board of '" + b.name() + "'");
  if (!profile.ok()) return profile.error();
  return Machine(profile.value());
}

std::string paths_text(const ub::board::Board& b) {
  std::string text;
  for (const char c : b.options())
    if (c == '&')
      text += ", ";
    else
      text += c;
  return text;
}

ub::Expected<Seen> look(const std::string& name) {
  const auto place = ub::board::Place::open();
  if (!place.ok()) return place.error();
  bool live = false;
  auto board = ub::board::observe_board(place.value(), name, live);
  if (!board.ok()) {
    if (board.error().code() == ub::Code::not_found) return none_of(name);
    return board.error();
  }
  if (std::string_view((*board)->header().transport) != kTransport) return none_of(name);
  auto machine = machine_of(**board);
  if (!machine.ok()) return machine.error();
  const ub::board::ProcessId holder = ub::core::holder_of(**board);
  return Seen{std::move(*board), live, std::move(*machine), holder};
}

std::string occupants_text(const std::vector<Occupant>& all) {
  std::string text;
  for (std::size_t i = 0; i < std::min(all.size(), kNamed); ++i)
    text +=
        format("%srank %u (process %d)", i ? ", " : "", unsigned(all[i].rank.value), int(all[i].process.pid));
  if (all.size() > kNamed) text += format(" and %zu more", all.size() - kNamed);
  return text;
}

}  // namespace tools::emu
