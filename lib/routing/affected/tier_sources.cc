#include "routing/affected/tier_sources.h"

#include <algorithm>

#include "routing/paths/mesh_walk.h"

namespace ub::routing {

using topology::Link;
using topology::LinkId;
using topology::LinkKind;
using topology::Machine;
using topology::NodeKind;
using topology::Reach;

TierSources::TierSources(const Machine& m, LinkId id) : machine_(m), link_(id), up_(topology::up(id)) {
  const topology::Profile& p = m.profile();
  if (p.tiers.empty()) return;
  while (scope_ < m.dimensions() && m.reach(scope_) == Reach::clos) ++scope_;
  const Link l = m.link(id);
  if (l.kind == LinkKind::mesh) land(l);
  if (l.kind != LinkKind::npu_switch && l.kind != LinkKind::tier_link) return;
  // Levels of switches up to the lower end; the levels of a rack's plane are not tiers.
  const std::size_t level = descend(up_ ? l.from : l.to), tiers = level - (p.plane && level > 0 ? 1 : 0);
  if (tiers > 0) scope_ = std::min(scope_, p.tiers[tiers - 1].scope);
}

// A path to a target on a first-level switch of another number than its source's ends with a mesh link.
void TierSources::land(const Link& l) {
  if (!machine_.profile().plane) return;
  const auto switch_of = [&](NodeId n) { return machine_.steps().place(n.value).first_level; };
  const auto passes = [&](std::uint32_t group) {
    return forwards(machine_, reverse(machine_.plane_link(l.from, group)), link_);
  };
  bool comes_down = false;
  for (std::uint32_t g = 0; g < machine_.profile().plane->groups; ++g) comes_down = comes_down || passes(g);
  if (!comes_down || switch_of(l.from) == switch_of(l.to)) return;
  landing_ = true, up_ = false;
  below_ = {l.from};
}

std::size_t TierSources::descend(NodeId n) {
  if (machine_.kind(n) != NodeKind::switch_) {
    if (machine_.kind(n) == NodeKind::npu) below_.push_back(n);
    return 0;
  }
  std::size_t level = 0;
  for (LinkKind k : {LinkKind::npu_switch, LinkKind::tier_link})
    for (LinkId l : machine_.links_from(n, k))
      if (!topology::up(l)) level = descend(machine_.to(l)) + 1;
  return level;
}

bool TierSources::outside(NodeId npu) const {
  for (std::size_t d = 0; d < scope_; ++d)
    if (machine_.coordinate(npu, d) != machine_.coordinate(below_[0], d)) return true;
  return false;
}

bool TierSources::like(NodeId npu) const {
  return !machine_.profile().plane ||
         machine_.steps().place(npu.value).first_level == machine_.steps().place(below_[0].value).first_level;
}

// A rack is inside or outside as a whole, and all racks have the same wiring.
template <typename Take> void TierSources::for_all_outside(Take take) const {
  const std::uint32_t per_rack = machine_.npus_per_rack();
  for (std::uint32_t rack = 0; rack < machine_.rack_count(); ++rack)
    if (outside(NodeId(rack * per_rack)))
      for (std::uint32_t n = 0; n < per_rack; ++n) take(NodeId(rack * per_rack + n), NodeId(n));
}

void TierSources::sources(NodeSet& all) const {
  if (below_.empty()) return;
  if (!up_) {
    std::vector<std::uint8_t> likes(machine_.npus_per_rack());
    for (std::uint32_t n = 0; n < likes.size(); ++n) likes[n] = like(NodeId(n));
    for_all_outside([&](NodeId n, NodeId in_rack) {
      if (likes[in_rack.value]) all.add(n);
    });
  } else if (std::any_of(machine_.profile().dimensions.begin(),
                         machine_.profile().dimensions.begin() + std::ptrdiff_t(scope_),
                         [](const topology::Dimension& d) { return d.size > 1; })) {
    for (NodeId n : below_) all.add(n);
  }
}

void TierSources::targets(NodeId from, std::vector<NodeId>& all) const {
  if (below_.empty()) return;
  if (up_) {
    if (std::find(below_.begin(), below_.end(), from) != below_.end())
      for_all_outside([&](NodeId n, NodeId) { all.push_back(n); });
    return;
  }
  if (!outside(from) || !like(from)) return;
  if (landing_) return all.push_back(machine_.to(link_));
  for (NodeId n : below_) {
    all.push_back(n);
    if (!machine_.profile().plane) continue;
    for (std::size_t d = 0; d < machine_.dimensions(); ++d)
      for (std::uint32_t c = 0;
           machine_.reach(d) == Reach::direct && c < machine_.steps().along[d].size.divisor(); ++c)
        all.push_back(machine_.moved(n, d, c));
  }
}

}  // namespace ub::routing
