// ub-topo compare: the figures of two machines side by side.
#include <cstdio>

#include "tools/common/cli.h"
#include "tools/common/print.h"
#include "tools/common/units.h"
#include "tools/ub-topo/command.h"
#include "tools/ub-topo/figures.h"
#include "tools/ub-topo/nouns.h"
#include "tools/ub-topo/subject.h"

namespace tools::topo {
namespace {

std::string ratio(double p, double q) {
  return p > 0 ? (q / p < 1000 ? format("%.3g", q / p) : number_text(q / p)) : "-";
}

class Rows {
 public:
  Rows(const Machine& p, const Machine& q)
      : table_({"", ">" + p.profile().name, ">" + q.profile().name, ">ratio"}) {}
  void add(const std::string& what, double p, double q, const char* how = "%.0f") {
    table_.add({what, format_one(how, p), format_one(how, q), ratio(p, q)});
  }
  std::string text() const { return table_.text(); }

 private:
  static std::string format_one(const char* how, double v) {
    return std::string(how) == "%.0f" ? format("%.0f", v) : number_text(v);
  }
  Table table_;
};

void print(const Machine& p, const Machine& q) {
  const Figures a = figures_of(p), b = figures_of(q);
  const auto per = [](double v, std::uint64_t npus) { return v / double(npus); };
  Rows rows(p, q);
  rows.add("NPUs", double(a.npus), double(b.npus));
  rows.add("switches", double(a.switches), double(b.switches));
  rows.add("cables", double(a.cables), double(b.cables));
  rows.add("optical cables", double(a.optical_cables), double(b.optical_cables));
  rows.add("lanes", double(a.lanes), double(b.lanes));
  rows.add("optical lanes", double(a.optical_lanes), double(b.optical_lanes));
  rows.add("lanes an NPU", per(double(a.lanes), a.npus), per(double(b.lanes), b.npus), "");
  rows.add("bisection, TB/s", a.bisection_bytes_per_s / 1e12, b.bisection_bytes_per_s / 1e12, "");
  rows.add("bisection an NPU, GB/s", per(a.bisection_bytes_per_s, a.npus) / 1e9,
           per(b.bisection_bytes_per_s, b.npus) / 1e9, "");
  rows.add("mean hops", a.far.mean_hops, b.far.mean_hops, "");
  rows.add("mean links crossed", a.far.mean_links(), b.far.mean_links(), "");
  rows.add("mean switches passed", a.far.mean_switches, b.far.mean_switches, "");
  rows.add("most hops", a.far.max_hops, b.far.max_hops);
  rows.add("failures a year", a.failures_per_year, b.failures_per_year, "");
  rows.add("MTBF, hours", a.mtbf_hours(), b.mtbf_hours(), "");
  std::fputs(rows.text().c_str(), stdout);
  say("ratio: the second divided by the first; a way over switches is one hop; failures of cables and "
      "switches");
}

}  // namespace

int compare(int argc, char** argv) {
  bool as_json = false;
  std::string first, second;
  Cli cli("ub-topo compare", "MACHINE MACHINE", "Shows two machines' figures side by side.");
  cli.argument("MACHINE", first).argument("OTHER", second);
  cli.group("Options");
  cli.flag("--json", as_json, "one document");
  cli.example("ubmesh-superpod fat-tree", "a mesh and a tree");
  cli.example("ubmesh-rack mesh:4x16", "another shape of as many NPUs");
  cli.example("ubmesh-rack ./mine.toml --json", "for scripts");
  if (const auto code = cli.parse(argc, argv)) return *code;
  const auto p = machine_of(first);
  if (!p.ok()) return complain(kTool, p.error().message()), kNotRun;
  if (second.empty())
    return complain(kTool, "a second machine is missing; name the one to compare with"), kNotRun;
  const auto q = machine_of(second);
  if (!q.ok()) return complain(kTool, q.error().message()), kNotRun;
  if (!as_json) return print(p.value(), q.value()), kGood;
  Json machines = Json::array();
  for (const Machine* m : {&p.value(), &q.value()}) {
    Json one;
    machines.add(one.set("machine", m->profile().name)
                     .set("summary", m->profile().summary)
                     .set("figures", json(figures_of(*m))));
  }
  say(opening().set("machines", machines).document());
  return kGood;
}

}  // namespace tools::topo
