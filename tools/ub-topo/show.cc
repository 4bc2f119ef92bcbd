// ub-topo show: the parts and figures of a machine.
#include <cstdio>

#include "tools/common/cli.h"
#include "tools/common/print.h"
#include "tools/common/units.h"
#include "tools/machine/counts.h"
#include "tools/machine/words.h"
#include "tools/ub-topo/command.h"
#include "tools/ub-topo/figures.h"
#include "tools/ub-topo/nouns.h"
#include "tools/ub-topo/subject.h"

namespace tools::topo {
namespace {

std::string kind_text(const Machine& m, const Cables& c) {
  std::string text(name(c.kind));
  if (c.dimension < m.dimensions() && !m.profile().dimensions[c.dimension].name.empty())
    text += " " + m.profile().dimensions[c.dimension].name;
  return text;
}

void print_cables(const Machine& m) {
  Table table({"links", "from", "to", ">number", ">lanes", ">GB/s", ">length", "medium", ">propagation",
               ">failures/y"});
  const auto& groups = m.layout().groups;
  for (const Cables& c : m.layout().cables)
    table.add({kind_text(m, c), std::string(groups[c.group[0]].word), std::string(groups[c.group[1]].word),
               std::to_string(c.count), format("x%u", c.lanes), gigabytes(c.bytes_per_s),
               metres(c.run.length_mm), std::string(ub::topology::name(c.run.medium)),
               time_text(double(c.propagation_ps) / 1e3),
               number_text(double(c.count) * c.run.failures_per_year)});
  std::fputs(table.text().c_str(), stdout);
}

void print(const Machine& m) {
  const auto& p = m.profile();
  const Figures f = figures_of(m);
  say(p.name + ": " + p.summary);
  say("  nodes      " + nodes_text(m));
  say("  links      " + cables_text(m));
  say("  named      " + m.name(NodeId(0)) + " to " + m.name(NodeId(m.npu_count() - 1)));
  // A hop over switches crosses several links, so the two means can rank machines differently.
  say(format("  hops       %s on average between %ss, at most %u; a way over switches is one hop",
             number_text(f.far.mean_hops).c_str(), endpoint_word(m).c_str(), f.far.max_hops));
  say(format("  crossed    %s links on average, at most %u; %s switches passed on average",
             number_text(f.far.mean_links()).c_str(), f.far.max_links,
             number_text(f.far.mean_switches).c_str()));
  say("  bisection  " + number_text(f.bisection_bytes_per_s / 1e12) + " TB/s each way");
  if (f.failures_per_year > 0) {
    std::string parts;
    for (const auto& one : f.failures)
      parts += (parts.empty() ? "" : ", ") + one.first + " " + number_text(one.second);
    say("  failures   " + number_text(f.failures_per_year) + " a year, one in " +
        number_text(f.mtbf_hours()) + " hours: " + parts);
  }
  say("");
  print_cables(m);
}

Json document(const Machine& m) {
  Json nodes, cables, families = Json::array(), dimensions = Json::array();
  for (const Count& c : nodes_of(m)) nodes.set(c.kind, c.number);
  for (const Count& c : cables_of(m)) cables.set(c.kind, c.number);
  for (const auto& d : m.profile().dimensions) {
    Json one;
    dimensions.add(one.set("name", d.name).set("size", d.size));
  }
  for (const Cables& c : m.layout().cables) {
    Json one;
    one.set("kind", name(c.kind))
        .set("number", c.count)
        .set("lanes", c.lanes)
        .set("bytes_per_s", c.bytes_per_s);
    one.set("length_mm", c.run.length_mm).set("medium", ub::topology::name(c.run.medium));
    one.set("propagation_ps", c.propagation_ps);
    families.add(one.set("failures_per_year", c.run.failures_per_year));
  }
  return opening(m)
      .set("nodes", nodes)
      .set("cables", cables)
      .set("dimensions", dimensions)
      .set("families", families)
      .set("figures", json(figures_of(m)));
}

}  // namespace

int show(int argc, char** argv) {
  bool as_json = false;
  std::string machine;
  Cli cli("ub-topo show", "MACHINE", "Shows what a machine is made of, and its figures.");
  cli.argument("MACHINE", machine);
  cli.group("Options");
  cli.flag("--json", as_json, "one document");
  cli.example("ubmesh-rack", "64 NPUs, 1 backup, 8 CPUs, 48 LRS");
  cli.example("mesh:4x4", "a mesh of any shape");
  cli.example("./mine.toml --json", "a machine of your own, for scripts");
  if (const auto code = cli.parse(argc, argv)) return *code;
  const auto m = machine_of(machine);
  if (!m.ok()) return complain(kTool, m.error().message()), kNotRun;
  if (as_json)
    say(document(m.value()).document());
  else
    print(m.value());
  return kGood;
}

}  // namespace tools::topo
