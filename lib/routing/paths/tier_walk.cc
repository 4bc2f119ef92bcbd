#include "routing/paths/tier_walk.h"

#include "base/check.h"
#include "routing/deadlock/lanes.h"

namespace ub::routing {

using topology::LinkId;
using topology::Machine;
using topology::Steps;

TierWalk::TierWalk(const Machine& m, NodeId from, NodeId to, const Policy& policy)
    : machine_(m),
      from_(from),
      to_(to),
      unit_(from.value),
      other_(to.value),
      q_(from.value),
      illegal_(policy.illegal) {
  const Steps& s = m.steps();
  std::uint32_t turn = 0;
  if (s.has_plane) {
    climb(s.groups, s.plane_first, 1);
    const Steps::Place here = s.place(from.value), there = s.place(to.value);
    unit_ = here.rack, other_ = there.rack;
    first_level_ = here.first_level;
    turn = s.first_level.remainder(here.first_level + s.first_level.divisor() - there.first_level);
  }
  // Up to the first tier whose switches reach both.
  for (unsigned t = 0; unit_ != other_; ++t) {
    if (t == s.tiers) return;
    climb(s.tier[t].switches, s.tier[t].first, s.tier[t].numbers);
    unit_ = s.tier[t].units.quotient(unit_), other_ = s.tier[t].units.quotient(other_);
  }
  total_ = 1;
  if (turn != 0) land_aside(turn), total_ = landings_;
  if (total_ == 0) return;
  for (unsigned k = 0; k < levels_; ++k) total_ *= level_[k].ways->divisor();
  links_ = std::uint8_t(2 * levels_ + (turn != 0));
}

void TierWalk::climb(const topology::Divider& ways, std::uint32_t first, std::uint32_t nodes) {
  const std::uint32_t cables = nodes * ways.divisor();
  level_[levels_++] = {&ways, first + unit_ * cables, first + other_ * cables,
                       ways.remainder(q_ + to_.value)};
  q_ = ways.quotient(q_) + from_.value;
}

// An NPU's first-level switch is the sum of its coordinates in the rack, so the NPU at which a path comes down beside the
// target differs from it by `turn` along one of them.
void TierWalk::land_aside(std::uint32_t turn) {
  const Steps& s = machine_.steps();
  const std::uint32_t switches = s.first_level.divisor();
  for (std::uint32_t d = s.dimensions, rest = to_.value; d-- > s.rack_dimension;) {
    const Steps::Along& a = s.along[d];
    const std::uint32_t here = a.size.remainder(rest);
    rest = a.size.quotient(rest);
    for (std::uint32_t c = s.first_level.remainder(here + turn); c < a.size.divisor(); c += switches) {
      if (landings_ == landing_.size()) return;
      landing_[landings_++] = {to_.value + (c - here) * a.stride.divisor(), d, c, here};
    }
  }
}

void TierWalk::route(std::uint32_t n, Route& r) const {
  const Steps& s = machine_.steps();
  r.count = links_;
  std::uint32_t down = 0;  // offset from the target's links to those of the NPU at which the path comes down
  if (landings_ > 0) {
    const Landing& l = landing_[(n + from_.value) % landings_];
    n /= landings_;
    down = (l.npu - to_.value) * level_[0].ways->divisor();
    r.links[links_ - 1] = LinkId(s.along[l.dimension].mesh_link(l.npu, l.coordinate, l.target));
  }
  std::uint32_t number = 0;
  for (unsigned k = 0; k < levels_; ++k) {
    const Level& level = level_[k];
    const std::uint32_t ways = level.ways->divisor();
    const std::uint32_t way = level.ways->remainder(n + level.turn);
    n = level.ways->quotient(n);
    number = number * ways + way;
    r.links[k] = LinkId(2 * (level.up + number));
    r.links[2 * levels_ - 1 - k] = reverse(LinkId(2 * (level.down + down + number)));
    if (k == 0 && s.has_plane) number = way * s.first_level.divisor() + first_level_;
    down = 0;
  }
}

// All paths take the same kinds of links up, down and, on a separate lane, aside; so they have the same lanes, except with
// router_islands.
bool TierWalk::next(Path& path) {
  const bool islands = !machine_.profile().router_islands.empty();
  while (done_ < total_) {
    route(done_++, path.route);
    path.switches = std::uint8_t(2 * levels_ - 1);
    path.hops = std::uint8_t(links_ - path.switches);
    if (!lanes_ || islands) lanes_ = lanes_of(machine_, path.route);
    path.lanes = lanes_->value_or(0);
    if (*lanes_ || illegal_) return true;
  }
  return false;
}

}  // namespace ub::routing
