#include "routing/tier_walk.h"

#include "base/check.h"
#include "routing/lanes.h"

namespace ub::routing {

using topology::LinkId;
using topology::LinkKind;
using topology::LinkRange;
using topology::Machine;

std::uint32_t place_in_plane(const Machine& m, NodeId npu) {
  const NodeId first_of_rack(npu.value - npu.value % m.npus_per_rack());
  return m.to(m.plane_link(npu, 0)).value - m.to(m.plane_link(first_of_rack, 0)).value;
}

TierWalk::TierWalk(const Machine& m, NodeId from, NodeId to, const Policy& policy)
    : machine_(m), from_(from), to_(to), illegal_(policy.illegal) {
  const topology::Profile& p = m.profile();
  if (p.plane) ways_[levels_++] = p.plane->groups;
  // Up to the first tier whose switches see both.
  std::size_t common = 0;
  while (common < m.dimensions() && m.coordinate(from, common) == m.coordinate(to, common)) ++common;
  std::size_t t = 0;
  do {
    if (t == p.tiers.size()) {
      total_ = 0;
      return;
    }
    ways_[levels_++] = p.tiers[t].switches;
  } while (p.tiers[t++].scope > common);

  land();
  links_ = std::uint8_t(2 * levels_ + (landing_[0].npu != to));
  total_ = landings_;
  std::uint32_t q = from.value;
  for (unsigned k = 0; k < levels_; ++k) {
    total_ *= ways_[k];
    turn_[k] = (q + to.value) % ways_[k];
    q = q / ways_[k] + from.value;
  }
}

// Where a path may come down: at the target, or at its neighbours that hang on the right switch. An NPU hangs on the one
// that the sum of its coordinates in the rack says.
void TierWalk::land() {
  const Machine& m = machine_;
  if (!m.profile().plane || place_in_plane(m, from_) == place_in_plane(m, to_)) {
    landing_[landings_++] = {to_, {}};
    return;
  }
  const std::uint32_t switches = m.profile().plane->first_level;
  const std::uint32_t turn = (place_in_plane(m, from_) + switches - place_in_plane(m, to_)) % switches;
  for (std::size_t d = m.dimensions(); d-- > 0;) {
    if (m.reach(d) != topology::Reach::direct) continue;
    const std::uint32_t here = m.coordinate(to_, d), size = m.profile().dimensions[d].size;
    for (std::uint32_t c = (here + turn) % switches; c < size; c += switches) {
      if (landings_ == landing_.size()) return;
      const NodeId npu = m.moved(to_, d, c);
      landing_[landings_++] = {npu, m.mesh_link(npu, d, here)};
    }
  }
}

LinkId TierWalk::up(NodeId n, unsigned level, std::uint32_t digit) const {
  if (level == 0)
    return machine_.profile().plane ? machine_.plane_link(n, digit) : machine_.links_from(n)[digit];
  const LinkRange links = machine_.links_from(n, LinkKind::tier_link);  // those down, if any, are first
  return links[links.size() - ways_[level] + digit];
}

Route TierWalk::route(std::uint32_t n) const {
  const Landing& landing = landing_[(n + from_.value) % landings_];
  n /= landings_;
  Route r;
  NodeId here = from_, there = landing.npu;
  for (unsigned k = 0; k < levels_; ++k) {
    const std::uint32_t digit = (n + turn_[k]) % ways_[k];
    n /= ways_[k];
    const LinkId mine = up(here, k, digit), its = up(there, k, digit);
    r.links[k] = mine;
    r.links[2 * levels_ - 1 - k] = topology::reverse(its);
    here = machine_.to(mine);
    there = machine_.to(its);
  }
  UB_ASSERT(here == there);
  r.count = links_;
  if (landing.npu != to_) r.links[links_ - 1] = landing.last;
  return r;
}

bool TierWalk::next(Path& path) {
  while (done_ < total_) {
    path = {};
    path.route = route(done_++);
    path.switches = std::uint8_t(2 * levels_ - 1);
    path.hops = std::uint8_t(links_ - path.switches);
    const auto lanes = lanes_of(machine_, path.route);
    path.lanes = lanes.value_or(0);
    if (lanes || illegal_) return true;
  }
  return false;
}

}  // namespace ub::routing
