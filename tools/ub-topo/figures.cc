#include "tools/ub-topo/figures.h"

#include <algorithm>

#include "tools/machine/words.h"
#include "tools/ub-topo/nouns.h"
#include "tools/ub-topo/scene.h"

namespace tools::topo {

namespace {

template <class T> void add(std::vector<std::pair<std::string, T>>& all, const std::string& what, T more) {
  for (auto& one : all)
    if (one.first == what) return void(one.second += more);
  all.emplace_back(what, more);
}

void count(const Machine& m, Figures& f) {
  f.npus = m.npu_count();
  for (const NodeGroup& g : m.layout().groups) {
    const bool is_switch = g.kind == NodeKind::switch_;
    const std::string word = is_switch && g.word == "lrs" ? "LRS"
                             : is_switch                  ? switches_word(g)
                                                          : called(g.word) + "s";
    add(f.nodes, word, g.count);
    if (is_switch)
      f.switches += g.count, add(f.failures, called(g.word), double(g.count) * g.failures_per_year);
  }
  for (const Cables& c : m.layout().cables) {
    const bool optical = c.run.medium == Medium::optical;
    f.cables += c.count, f.lanes += c.count * c.lanes;
    if (optical) f.optical_cables += c.count, f.optical_lanes += c.count * c.lanes;
    add(f.failures, optical ? "optical cables" : "copper cables", double(c.count) * c.run.failures_per_year);
  }
  for (const auto& one : f.failures) f.failures_per_year += one.second;
}

// The bandwidth across the middle of a dimension: the links of its lines; and of the links that connect the halves over
// switches, those of one half.
double across(const Machine& m, std::size_t d) {
  const auto& groups = m.layout().groups;
  const std::uint64_t size = m.profile().dimensions[d].size, half = size / 2;
  const auto scope = [&](std::uint8_t g) {
    return groups[g].kind == NodeKind::npu ? m.dimensions() : dimensions_of(m, groups[g].segments);
  };
  double sum = 0;
  for (const Cables& c : m.layout().cables) {
    const double all = double(c.count) * double(c.bytes_per_s);
    if (c.dimension == d) {
      sum += all * 2 / double(size * (size - 1)) * double(half * (size - half));
      continue;
    }
    if (c.group[0] == c.group[1] || groups[c.group[0]].kind == NodeKind::backup ||
        groups[c.group[0]].kind == NodeKind::cpu)
      continue;
    if (scope(c.group[0]) > d && scope(c.group[1]) <= d) sum += all * double(half) / double(size);
  }
  return sum;
}

}  // namespace

Figures figures_of(const Machine& m) {
  Figures f;
  count(m, f);
  f.far = ub::routing::distances(m);
  for (std::size_t d = 0; d < m.dimensions(); ++d) {
    if (m.profile().dimensions[d].size < 2) continue;
    const double one = across(m, d);
    if (f.bisection_bytes_per_s == 0 || one < f.bisection_bytes_per_s) f.bisection_bytes_per_s = one;
  }
  return f;
}

Json json(const Figures& f) {
  Json nodes, failures, j;
  for (const auto& one : f.nodes) nodes.set(one.first, one.second);
  for (const auto& one : f.failures) failures.set(one.first, one.second);
  j.set("nodes", nodes).set("npus", f.npus).set("switches", f.switches).set("cables", f.cables);
  j.set("optical_cables", f.optical_cables).set("lanes", f.lanes).set("optical_lanes", f.optical_lanes);
  j.set("bisection_bytes_per_s", f.bisection_bytes_per_s);
  j.set("mean_hops", f.far.mean_hops).set("mean_switches", f.far.mean_switches);
  j.set("mean_links", f.far.mean_links());
  j.set("max_hops", f.far.max_hops).set("max_links", f.far.max_links).set("failures", failures);
  j.set("failures_per_year", f.failures_per_year);
  if (f.failures_per_year > 0)
    j.set("mtbf_hours", f.mtbf_hours());
  else
    j.set_null("mtbf_hours");
  return j;
}

}  // namespace tools::topo
