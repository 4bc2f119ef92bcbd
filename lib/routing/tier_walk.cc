#include "routing/tier_walk.h"

#include "base/check.h"
#include "routing/lanes.h"

namespace ub::routing {

using topology::LinkId;
using topology::Machine;
using topology::Steps;

TierWalk::TierWalk(const Machine& m, NodeId from, NodeId to, const Policy& policy)
    : machine_(m), from_(from), to_(to), illegal_(policy.illegal) {
  const Steps& s = m.steps();
  std::uint32_t unit = from.value, other = to.value;
  if (s.has_plane) {
    here_ = s.place(unit), there_ = s.place(other);
    unit = here_.rack, other = there_.rack;
    ++levels_;
  }
  // Up to the first tier whose switches see both.
  unsigned t = 0;
  do {
    if (t == s.tiers) return;
    unit = s.tier[t].units.quotient(unit), other = s.tier[t].units.quotient(other);
    ++t, ++levels_;
  } while (unit != other);

  land();
  if (landings_ == 0) return;
  links_ = std::uint8_t(2 * levels_ + (landing_[0].npu != to));
  total_ = landings_;
  std::uint32_t q = from.value;
  for (unsigned k = 0; k < levels_; ++k) {
    total_ *= ways(k).divisor();
    turn_[k] = ways(k).remainder(q + to.value);
    q = ways(k).quotient(q) + from.value;
  }
}

const topology::Divider& TierWalk::ways(unsigned level) const {
  const Steps& s = machine_.steps();
  return s.has_plane && level == 0 ? s.groups : s.tier[level - s.has_plane].switches;
}

// Where a path may come down: at the target, or at its neighbours that hang on the right switch. An NPU hangs on the one
// that the sum of its coordinates in the rack says.
void TierWalk::land() {
  const Steps& s = machine_.steps();
  if (here_.first_level == there_.first_level) {
    landing_[landings_++] = {to_, 0, 0};
    return;
  }
  const std::uint32_t switches = s.first_level.divisor();
  const std::uint32_t turn = s.first_level.remainder(here_.first_level + switches - there_.first_level);
  for (std::uint32_t d = s.dimensions; d-- > s.rack_dimension;) {
    const Steps::Along& a = s.along[d];
    const std::uint32_t here = a.coordinate(to_.value);
    for (std::uint32_t c = s.first_level.remainder(here + turn); c < a.size.divisor(); c += switches) {
      if (landings_ == landing_.size()) return;
      landing_[landings_++] = {NodeId(to_.value + (c - here) * a.stride.divisor()), d, c};
    }
  }
}

Route TierWalk::route(std::uint32_t n) const {
  const Steps& s = machine_.steps();
  const Landing& landing = landing_[landings_ == 1 ? 0 : (n + from_.value) % landings_];
  n /= landings_;
  Route r;
  r.count = links_;
  std::uint32_t unit = from_.value, other = landing.npu.value, number = 0;
  for (unsigned k = 0; k < levels_; ++k) {
    const topology::Divider& choices = ways(k);
    const std::uint32_t digit = choices.remainder(n + turn_[k]);
    n = choices.quotient(n);
    LinkId& up = r.links[k];
    LinkId& down = r.links[2 * levels_ - 1 - k];
    if (s.has_plane && k == 0) {
      up = LinkId(s.plane_link(unit, digit)), down = reverse(LinkId(s.plane_link(other, digit)));
      unit = here_.rack, other = there_.rack;
      number = digit * s.first_level.divisor() + here_.first_level;
      continue;
    }
    const Steps::Tier& t = s.tier[k - s.has_plane];
    up = LinkId(t.link_up(unit, number, digit)), down = reverse(LinkId(t.link_up(other, number, digit)));
    unit = t.units.quotient(unit), other = t.units.quotient(other);
    number = number * choices.divisor() + digit;
  }
  UB_ASSERT(unit == other);
  if (landing.npu == to_) return r;
  const Steps::Along& a = s.along[landing.dimension];
  r.links[links_ - 1] = LinkId(a.mesh_link(landing.npu.value, landing.coordinate, a.coordinate(to_.value)));
  return r;
}

// All of them take the same kinds of links up, down and, on a lane of its own, aside: they have the same lanes, unless dies
// come into it.
bool TierWalk::next(Path& path) {
  const bool islands = !machine_.profile().router_islands.empty();
  while (done_ < total_) {
    path = {};
    path.route = route(done_++);
    path.switches = std::uint8_t(2 * levels_ - 1);
    path.hops = std::uint8_t(links_ - path.switches);
    if (!lanes_ || islands) lanes_ = lanes_of(machine_, path.route);
    path.lanes = lanes_->value_or(0);
    if (*lanes_ || illegal_) return true;
  }
  return false;
}

}  // namespace ub::routing
