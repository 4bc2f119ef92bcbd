// ub-topo path: the paths from one node to another.
#include <cstdio>

#include "routing/paths/path_set.h"
#include "tools/common/cli.h"
#include "tools/common/print.h"
#include "tools/ub-topo/command.h"
#include "tools/ub-topo/nouns.h"
#include "tools/ub-topo/path_options.h"
#include "tools/ub-topo/subject.h"

namespace tools::topo {
namespace {

using ub::routing::Path;
using ub::routing::PathSet;

constexpr std::uint64_t kShown = 1000;  // two NPUs of a rack have more paths of few hops than are readable

struct Found {
  std::vector<Path> paths;
  bool more = false;
};

Found find(const Machine& m, NodeId from, NodeId to, const PathOptions& o, std::uint64_t most) {
  Found found;
  PathSet set(m, from, to, o.policy());
  while (const Path* p = set.next()) {
    if (!o.path_class.empty() && name(p->path_class) != o.path_class) continue;
    if (found.paths.size() == most) return found.more = true, found;
    found.paths.push_back(*p);
  }
  return found;
}

std::string lanes_text(const Path& p) {
  std::string s;
  for (std::size_t i = 0; i < p.route.count; ++i) s += p.lanes >> i & 1 ? '1' : '0';
  return s;
}

std::uint64_t slowest(const Machine& m, const Path& p) {
  std::uint64_t rate = ~std::uint64_t(0);
  for (const LinkId l : p.route) rate = std::min(rate, m.link(l).bytes_per_s);
  return rate;
}

void print(const Machine& m, const Found& f) {
  Table table({">", "class", ">hops", ">switches", "lanes", ">GB/s", "path"});
  for (std::size_t i = 0; i < f.paths.size(); ++i) {
    const Path& p = f.paths[i];
    table.add({std::to_string(i + 1), std::string(name(p.path_class)), std::to_string(p.hops),
               std::to_string(p.switches), lanes_text(p), gigabytes(slowest(m, p)),
               text_of(m, p.route.begin(), p.route.end())});
  }
  std::fputs(table.text().c_str(), stdout);
  if (f.more) say("  and more; --count N shows N of them");
}

Json document(const Machine& m, NodeId from, NodeId to, const PathOptions& o, const Found& f) {
  Json paths = Json::array();
  for (const Path& p : f.paths) {
    Json nodes = Json::array(), links = Json::array();
    nodes.add(m.name(from));
    for (std::size_t i = 0; i < p.route.count; ++i) {
      nodes.add(m.name(m.to(p.route.links[i])));
      links.add(link_json(m, p.route.links[i]).set("lane", unsigned(p.lanes >> i & 1)));
    }
    Json one;
    one.set("class", name(p.path_class)).set("hops", p.hops).set("switches", p.switches);
    one.set("bytes_per_s", slowest(m, p)).set("nodes", nodes).set("links", links);
    paths.add(one);
  }
  return opening(m)
      .set("from", m.name(from))
      .set("to", m.name(to))
      .set("policy", o.json())
      .set("paths", paths)
      .set("more", f.more);
}

}  // namespace

int path(int argc, char** argv) {
  bool json = false;
  std::string machine, a, b;
  PathOptions o;
  std::optional<std::uint64_t> count;
  Cli cli("ub-topo path", "MACHINE A B",
          "Shows the paths from node A to node B, the shortest and most disjoint first.");
  cli.argument("MACHINE", machine).argument("A", a).argument("B", b);
  cli.group("Options");
  o.add_to(cli);
  cli.number("--count", "N", count, {1}, "at most so many (1000)");
  cli.flag("--json", json, "one document");
  cli.example("ubmesh-rack 0 63", "the two shortest paths from corner to corner");
  cli.example("ubmesh-rack 0 7 --max-hops 2", "over the other six of the board, too");
  cli.example("cloudmatrix384 0 700 --json", "112 paths, for scripts");
  if (const auto code = cli.parse(argc, argv)) return *code;
  auto m = machine_of(machine);
  if (!m.ok()) return complain(kTool, m.error().message()), kNotRun;
  const auto from = node_of(m.value(), a), to = node_of(m.value(), b);
  if (!from.ok()) return complain(kTool, from.error().message()), kNotRun;
  if (!to.ok()) return complain(kTool, to.error().message()), kNotRun;
  const Found f = find(m.value(), from.value(), to.value(), o, count.value_or(kShown));
  if (json) say(document(m.value(), from.value(), to.value(), o, f).document());
  if (!f.paths.empty()) {
    if (!json) print(m.value(), f);
    return kGood;
  }
  if (!json)
    complain(kTool, from.value() == to.value() ? "from a node to itself there is no path; name two nodes"
                                               : "there are no such paths from " + m->name(from.value()) +
                                                     " to " + m->name(to.value()) + " (" + o.text() +
                                                     "); ask for others with --all, --class or --max-hops");
  return kBad;
}

}  // namespace tools::topo
