// ub-emu status: a machine's nodes, ranks and segments, and the traffic of its links.
#include <algorithm>
#include <map>
#include <optional>
#include <string>

#include "tools/common/cli.h"
#include "tools/common/json.h"
#include "tools/common/print.h"
#include "tools/common/units.h"
#include "tools/machine/counts.h"
#include "tools/machine/words.h"
#include "tools/ub-emu/command.h"
#include "tools/ub-emu/fabrics.h"

namespace tools::emu {
namespace {

constexpr std::uint64_t kTopLinks = 10;  // fits a screen together with the rest

std::string number(std::uint64_t n) { return std::to_string(n); }

const char* text(ub::Peer::State s) {
  return s == ub::Peer::State::joined ? "joined" : s == ub::Peer::State::dead ? "dead" : "left";
}

std::string text(ub::Access a) {
  constexpr std::pair<ub::Access, const char*> kRights[] = {
      {ub::Access::read, "read"}, {ub::Access::write, "write"}, {ub::Access::atomic, "atomic"}};
  std::string all;
  for (const auto& [right, word] : kRights)
    if (allows(a, right)) all += (all.empty() ? "" : "+") + std::string(word);
  return all.empty() ? "none" : all;
}

struct Status {
  ub::FabricInfo info;
  ub::topology::Machine machine;
  std::string paths;
  std::vector<ub::LinkInfo> busiest;  // all that carried packets, by bytes
  std::map<std::uint32_t, ub::RankCounters> counters;

  std::string ops(std::uint32_t rank) const {
    return counters.contains(rank) ? number(counters.at(rank).ops) : "0";
  }
  std::string bytes(std::uint32_t rank) const {
    return size_text(counters.contains(rank) ? counters.at(rank).bytes : 0);
  }
};

ub::Expected<Status> gather(const std::string& name) {
  auto seen = look(name);
  if (!seen.ok()) return seen.error();
  auto info = ub::inspect(name);
  if (!info.ok()) return info.error();
  Status s{std::move(*info), std::move(seen->machine), paths_text(*seen->board), {}, {}};
  s.busiest = s.info.links;
  std::stable_sort(s.busiest.begin(), s.busiest.end(),
                   [](const auto& a, const auto& b) { return a.bytes > b.bytes; });
  for (const ub::RankCounters& c : s.info.counters) s.counters.emplace(c.rank.value, c);
  return s;
}

void print_ranks(const Status& s) {
  Table ranks({">rank", "node", "state", ">epoch", ">pid", ">ops", ">payload"});
  auto gone = s.counters;
  for (const ub::Peer& p : s.info.ranks) {
    const std::uint32_t r = p.rank.value;
    gone.erase(r);
    ranks.add({number(r), p.node_name, text(p.state), number(p.epoch), std::to_string(p.pid), s.ops(r),
               s.bytes(r)});
  }
  for (const auto& [r, c] : gone)
    ranks.add({number(r), "-", text(ub::Peer::State::free), "-", "-", s.ops(r), s.bytes(r)});
  if (ranks.empty()) return;
  say("\nranks (joined, dead, or with traffic)");
  std::fputs(ranks.text().c_str(), stdout);
}

void print_segments(const Status& s) {
  Table segments({">home", "segment", ">size", "rights", "token"});
  for (const ub::SegmentInfo& g : s.info.segments)
    segments.add({number(g.home.value), g.name, size_text(g.size), text(g.access),
                  g.asks_token ? "asked for" : "none"});
  if (segments.empty()) return;
  say("\nsegments");
  std::fputs(segments.text().c_str(), stdout);
}

void print_traffic(const Status& s, std::uint64_t top) {
  if (s.busiest.empty()) {
    say("\ntraffic: none so far");
    return;
  }
  const std::size_t shown = std::min<std::size_t>(top, s.busiest.size());
  std::uint64_t bytes = 0;
  for (const ub::LinkInfo& l : s.busiest) bytes += l.bytes;
  say(format("\ntraffic: %zu link directions carried %s, headers included%s", s.busiest.size(),
             size_text(bytes).c_str(),
             shown < s.busiest.size() ? format("; the busiest %zu (--all shows all)", shown).c_str() : ""));
  Table links({"from", "to", ">packets", ">bytes"});
  for (std::size_t i = 0; i < shown; ++i)
    links.add({s.busiest[i].from, s.busiest[i].to, number(s.busiest[i].packets), number(s.busiest[i].bytes)});
  std::fputs(links.text().c_str(), stdout);
}

Json document(const Status& s) {
  Json nodes, links = Json::array(), ranks = Json::array(), segments = Json::array(),
              counters = Json::array(), cables;
  for (const Count& c : nodes_of(s.machine)) nodes.set(c.kind, c.number);
  for (const Count& c : cables_of(s.machine)) cables.set(c.kind, c.number);
  for (const ub::Peer& p : s.info.ranks)
    ranks.add(Json()
                  .set("rank", p.rank.value)
                  .set("node", p.node_name)
                  .set("state", text(p.state))
                  .set("epoch", p.epoch)
                  .set("pid", p.pid));
  for (const ub::SegmentInfo& g : s.info.segments)
    segments.add(Json()
                     .set("rank", g.home.value)
                     .set("name", g.name)
                     .set("bytes", g.size)
                     .set("access", text(g.access))
                     .set("asks_token", g.asks_token));
  for (const auto& [r, c] : s.counters)
    counters.add(Json().set("rank", r).set("ops", c.ops).set("payload_bytes", c.bytes));
  for (const ub::LinkInfo& l : s.busiest)
    links.add(
        Json().set("from", l.from).set("to", l.to).set("packets", l.packets).set("wire_bytes", l.bytes));
  Json j = opening();
  j.set("fabric", head(s.info)).set("summary", s.machine.profile().summary);
  j.set("paths", s.paths).set("nodes", nodes).set("cables", cables).set("ranks", ranks);
  j.set("segments", segments).set("counters", counters).set("links", links);
  return j;
}

}  // namespace

int status(int argc, char** argv) {
  std::string given;
  std::optional<std::uint64_t> top;
  bool all = false, json = false;
  Cli cli("ub-emu status", "[NAME]", "Shows an emulated machine: nodes, ranks, segments, traffic by link.");
  cli.argument("NAME", given);
  cli.group("Options");
  cli.number("--top", "N", top, {1}, "links to show, the busiest first (10)");
  cli.flag("--all", all, "every link that carried something");
  cli.flag("--json", json, "one document, with every link");
  cli.example("", "the only one there");
  cli.example("rack --all", "emu://rack with every link");
  cli.example("rack --json | jq '.links[0]'", "its busiest link");
  if (const auto code = cli.parse(argc, argv)) return *code;
  if (all && top)
    return complain(kTool, "--top and --all exclude each other; see ub-emu status --help"), kNotRun;
  const auto name = which(given);
  if (!name.ok()) return complain(kTool, name.error().message()), kNotRun;
  const auto s = gather(name.value());
  if (!s.ok()) {
    complain(kTool, s.error().message());
    return s.error().code() == ub::Code::not_found ? kNotRun : kBad;
  }
  const ub::FabricInfo& f = s.value().info;
  const int code = f.live && f.trouble.empty() ? kGood : kBad;
  if (json) {
    say(document(s.value()).document());
    return code;
  }
  say(f.url + ": " + s.value().machine.profile().summary);
  say("  state   " + std::string(state_of(f)) +
      (f.holder_pid ? ", held by process " + holder_text(f)
       : f.live     ? ", without a holder: the last rank to leave takes it along, or ub-emu up adopts it"
                    : ": nobody is left, ub-emu down or the next up removes it"));
  if (!f.trouble.empty()) say("  trouble " + f.trouble);
  say("  nodes   " + nodes_text(s.value().machine));
  say("  links   " + cables_text(s.value().machine));
  say("  paths   " + s.value().paths);
  say(format("  ranks   %zu joined, room for %u", joined(f), f.capacity));
  say("  memory  " + size_text(f.shm_bytes));
  print_ranks(s.value());
  print_segments(s.value());
  print_traffic(s.value(), all ? s.value().busiest.size() : top.value_or(kTopLinks));
  return code;
}

}  // namespace tools::emu
