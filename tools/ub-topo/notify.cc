// ub-topo notify: the nodes to notify when a link fails, and the sender of each notice.
#include <cstdio>
#include <map>
#include <vector>

#include "routing/affected/affected_sources.h"
#include "routing/paths/path_set.h"
#include "routing/paths/switch_walk.h"
#include "tools/common/cli.h"
#include "tools/common/print.h"
#include "tools/ub-topo/command.h"
#include "tools/ub-topo/nouns.h"
#include "tools/ub-topo/path_options.h"
#include "tools/ub-topo/subject.h"

namespace tools::topo {
namespace {

using ub::routing::Notice;
using ub::routing::Path;
using ub::routing::PathSet;

constexpr std::size_t kShown = 40;  // fits on a screen

struct Told {
  Notice notice;
  unsigned hops = 0, switches = 0;  // on the notice's path
};

// The paths of the notices from one end of the link.
class Ways {
 public:
  Ways(const Machine& m, NodeId teller) : machine_(m), teller_(teller) {}

  Told to(NodeId told) {
    Told t{{teller_, told}};
    const auto is_npu = [&](NodeId n) { return machine_.kind(n) == NodeKind::npu; };
    if (told == teller_) return t;
    if (is_npu(told) && is_npu(teller_)) {
      PathSet set(machine_, teller_, told, ub::routing::kShortest);
      if (const Path* p = set.next()) t.hops = p->hops, t.switches = p->switches;
      return t;
    }
    if (links_.empty()) links_ = ub::routing::links_over_switches(machine_, teller_);
    if (const unsigned links = links_[told.value]; links != ub::routing::kFar)
      t.hops = 1, t.switches = links - 1;
    return t;
  }

 private:
  const Machine& machine_;
  NodeId teller_;
  std::vector<std::uint8_t> links_;  // over switches, by node; computed once for all nodes
};

std::vector<Told> tell(const Machine& m, LinkId l, const PathOptions& o) {
  Ways ways[] = {{m, m.from(l)}, {m, m.to(l)}};
  std::vector<Told> all;
  for (const Notice& n : ub::routing::notices(m, l, o.policy()))
    all.push_back(ways[n.teller == m.to(l)].to(n.told));
  return all;
}

void print(const Machine& m, LinkId l, const std::vector<Told>& all, const PathOptions& o) {
  std::map<NodeId, std::size_t> local, remote;
  for (const Told& t : all) (t.notice.told == t.notice.teller ? local : remote)[t.notice.told]++;
  say(format("%s dies, and %s with it (%s):", m.name(l).c_str(), m.name(reverse(l)).c_str(),
             o.text().c_str()));
  say(format("  %zu nodes change their paths: %zu at its ends, %zu told by them; flooding would reach all %u",
             local.size() + remote.size(), local.size(), remote.size(), m.endpoint_count()));
  Table table({"told", "by", ">hops", ">switches"});
  for (std::size_t i = 0; i < all.size() && i < kShown; ++i) {
    const Told& t = all[i];
    const bool self = t.notice.told == t.notice.teller;
    table.add({m.name(t.notice.told), self ? "itself" : m.name(t.notice.teller), std::to_string(t.hops),
               std::to_string(t.switches)});
  }
  if (!table.empty()) std::fputs(table.text().c_str(), stdout);
  if (all.size() > kShown) say(format("  and %zu more; --json has all", all.size() - kShown));
}

Json document(const Machine& m, LinkId l, const std::vector<Told>& all, const PathOptions& o) {
  Json notices = Json::array();
  for (const Told& t : all) {
    Json one;
    one.set("told", m.name(t.notice.told)).set("teller", m.name(t.notice.teller));
    notices.add(one.set("hops", t.hops).set("switches", t.switches));
  }
  return opening(m).set("link", link_json(m, l)).set("policy", o.json()).set("notices", notices);
}

}  // namespace

int notify(int argc, char** argv) {
  bool json = false;
  std::string machine, link;
  PathOptions o;
  Cli cli("ub-topo notify", "MACHINE LINK",
          "Shows which nodes have paths over a link, in either direction: who is told when it dies.");
  cli.argument("MACHINE", machine).argument("LINK", link);
  cli.group("Options (which paths are in use)");
  o.add_to(cli);
  cli.flag("--json", json, "one document");
  cli.example("ubmesh-rack 0:1", "16 nodes, 14 of them told");
  cli.example("ubmesh-rack 0:1 --max-hops 3", "how many more with detours");
  cli.example("ubmesh-superpod pod0.rack0.lrs.g0.f0:hrs0 --json", "a link to a switch, for scripts");
  if (const auto code = cli.parse(argc, argv)) return *code;
  const auto m = machine_of(machine);
  if (!m.ok()) return complain(kTool, m.error().message()), kNotRun;
  const auto l = link_of(m.value(), link);
  if (!l.ok()) return complain(kTool, l.error().message()), kNotRun;
  const auto all = tell(m.value(), l.value(), o);
  if (json)
    say(document(m.value(), l.value(), all, o).document());
  else
    print(m.value(), l.value(), all, o);
  return kGood;
}

}  // namespace tools::topo
