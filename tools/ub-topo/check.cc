// ub-topo check: checks that a machine's lanes add up, and that its paths cannot deadlock.
#include <cstdio>

#include "routing/deadlock/deadlock.h"
#include "routing/deadlock/lanes.h"
#include "tools/common/cli.h"
#include "tools/common/print.h"
#include "tools/ub-topo/command.h"
#include "tools/ub-topo/nouns.h"
#include "tools/ub-topo/subject.h"

namespace tools::topo {
namespace {

using ub::routing::Channel;
using ub::routing::LaneLink;

// The same legal routes, all on lane 0.
std::vector<Channel> ring_on_one_lane(const Machine& m) {
  return ub::routing::find_ring(m, 1, [&m](Channel in, Channel out) {
    const LaneLink a = ub::routing::lane_link(m, in.link), b = ub::routing::lane_link(m, out.link);
    for (unsigned lane = 0; lane < ub::routing::kLanes; ++lane)
      if (next_lane(a, lane, b)) return true;
    return false;
  });
}

void print_rules(const Machine& m) {
  say(m.profile().name + ": the profile's rules hold");
  Table table({"nodes", ">number", ">lanes", ">used", ">free"});
  for (const NodeGroup& g : m.layout().groups)
    table.add({g.word + (g.parts.empty() ? "" : g.parts.back().mark), std::to_string(g.count),
               format("x%llu", static_cast<unsigned long long>(g.lanes)),
               format("x%llu", static_cast<unsigned long long>(g.lanes_used)),
               format("x%llu", static_cast<unsigned long long>(g.lanes - g.lanes_used))});
  std::fputs(table.text().c_str(), stdout);
}

Json rules_json(const Machine& m) {
  Json groups = Json::array();
  for (const NodeGroup& g : m.layout().groups) {
    Json one;
    one.set("nodes", g.word + (g.parts.empty() ? "" : g.parts.back().mark)).set("kind", name(g.kind));
    groups.add(one.set("number", g.count).set("lanes", g.lanes).set("lanes_used", g.lanes_used));
  }
  return groups;
}

Json ring_json(const Machine& m, const std::vector<Channel>& ring) {
  Json all = Json::array();
  for (const Channel& c : ring) {
    Json one;
    all.add(one.set("link", m.name(c.link)).set("lane", c.lane));
  }
  return all;
}

}  // namespace

int check(int argc, char** argv) {
  bool json = false, deadlock = false;
  std::string machine;
  std::optional<std::uint64_t> lanes;
  Cli cli("ub-topo check", "MACHINE",
          "Checks that a machine's lanes add up and, on request, that no packets can wait in a ring.");
  cli.argument("MACHINE", machine);
  cli.group("Options");
  cli.flag("--deadlock", deadlock, "prove it of all legal paths, or print a ring that waits for itself");
  cli.number("--lanes", "N", lanes, {1, ub::routing::kLanes},
             "with so many virtual lanes (2); with 1, see why there are 2");
  cli.flag("--json", json, "one document");
  cli.example("./mine.toml", "the profile's rules: file, line and key of what is wrong");
  cli.example("ubmesh-superpod --deadlock", "8,192 NPUs, every link and what may follow it");
  cli.example("mesh:4x4 --deadlock --lanes 1", "a ring, and exit code 1");
  if (const auto code = cli.parse(argc, argv)) return *code;
  const auto m = machine_of(machine);
  if (!m.ok()) return complain(kTool, m.error().message()), kNotRun;
  if (lanes && !deadlock)
    return complain(kTool, "--lanes says what --deadlock is to check; add --deadlock"), kNotRun;
  if (deadlock && ub::routing::pairs(m.value()) > ub::routing::kMostPairs)
    return complain(kTool,
                    "the machine is too large for --deadlock: take one with fewer NPUs in a dimension"),
           kNotRun;
  std::vector<Channel> ring;
  const std::uint64_t of = lanes.value_or(ub::routing::kLanes);
  if (deadlock) ring = of == 1 ? ring_on_one_lane(m.value()) : ub::routing::find_ring(m.value());
  if (json) {
    Json j = opening(m.value()).set("rules", true).set("groups", rules_json(m.value()));
    if (deadlock)
      j.set("lanes", of)
          .set("channels", of * m.value().link_count())
          .set("acyclic", ring.empty())
          .set("ring", ring_json(m.value(), ring));
    say(j.document());
    return ring.empty() ? kGood : kBad;
  }
  print_rules(m.value());
  if (!deadlock) return kGood;
  if (ring.empty()) {
    say(format("no deadlock: %u links with %u virtual lane%s, no ring of channels that wait for each other",
               m.value().link_count(), unsigned(of), of == 1 ? "" : "s"));
    return kGood;
  }
  say(format(
      "DEADLOCK: with %u virtual lane%s these %zu channels can wait for each other, the last for the first:",
      unsigned(of), of == 1 ? "" : "s", ring.size()));
  std::fputs(describe(m.value(), ring).c_str(), stdout);
  return kBad;
}

}  // namespace tools::topo
