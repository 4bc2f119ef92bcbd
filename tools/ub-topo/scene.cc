#include "tools/ub-topo/scene.h"

#include <algorithm>

#include "tools/ub-topo/nouns.h"

namespace tools::topo {

// Without a mesh: the nodes of one domain of the lowest tier, or of the second tier if each plane of the lowest has a single
// switch; then the outer dimensions, one by one.
std::vector<Level> levels_of_tiers(const Machine& m) {
  const auto& p = m.profile();
  std::size_t last = 0;
  if (!p.tiers.empty()) last = p.tiers[0].scope;
  if (p.tiers.size() > 1 && p.tiers[0].switches == 1) last = p.tiers[1].scope;
  std::vector<Level> all{{last, p.dimensions.size(), 1, 1, false, true}};
  for (; last > 0; --last) all.push_back({last - 1, last, 1, p.dimensions[last - 1].size, false});
  return all;
}

std::vector<Level> levels_of(const Machine& m) {
  std::vector<Level> all;
  const auto& dims = m.profile().dimensions;
  if (dims.back().reach == Reach::clos) return levels_of_tiers(m);
  for (std::size_t last = dims.size(); last > 0;) {
    const Reach reach = dims[last - 1].reach;
    const bool two = last > 1 && reach != Reach::clos && dims[last - 2].reach == reach;
    const std::size_t first = last - (two ? 2 : 1);
    all.push_back({first, last, two ? dims[first].size : 1, dims[last - 1].size, reach != Reach::clos});
    last = first;
  }
  return all;
}

std::size_t dimensions_of(const Machine& m, std::size_t segments) {
  std::size_t d = 0;
  for (std::size_t s = 0; s < segments; ++s) d += m.layout().segments[s].dimensions;
  return d;
}

Home home_of(const Machine& m, NodeId n) {
  for (const NodeGroup& g : m.layout().groups) {
    if (n.value < g.first || n.value - g.first >= g.count) continue;
    if (g.kind == NodeKind::npu) return {n, m.dimensions()};
    const std::size_t d = dimensions_of(m, g.segments);
    std::uint64_t domains = 1;
    for (std::size_t i = 0; i < d; ++i) domains *= m.profile().dimensions[i].size;
    const std::uint64_t domain = (n.value - g.first) / (g.count / domains);
    return {NodeId(std::uint32_t(domain * (m.npu_count() / domains))), d};
  }
  return {n, 0};
}

bool same(const Machine& m, NodeId a, NodeId b, std::size_t dimensions) {
  for (std::size_t d = 0; d < dimensions; ++d)
    if (m.coordinate(a, d) != m.coordinate(b, d)) return false;
  return true;
}

std::string prefix(const Machine& m, NodeId npu, std::size_t dimensions) {
  const std::string whole = m.name(npu);
  std::size_t end = 0;
  for (std::size_t s = 0, d = 0; s < m.layout().segments.size(); ++s) {
    d += m.layout().segments[s].dimensions;
    if (d > dimensions) break;
    end = std::min(whole.find('.', end + (end > 0)), whole.size());
  }
  return whole.substr(0, end);
}

}  // namespace tools::topo
