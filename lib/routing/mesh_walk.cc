#include "routing/mesh_walk.h"

#include <algorithm>

#include "base/check.h"

namespace ub::routing {
MeshWalk::MeshWalk(const topology::Machine& m, NodeId from, NodeId to, const Policy& policy)
    : machine_(m),
      from_(from),
      to_(to),
      illegal_(policy.illegal),
      dimensions_(std::uint8_t(m.profile().dimensions.size())) {
  std::uint8_t dearest = 0;
  std::uint32_t stride = 1;
  for (std::size_t d = dimensions_; d-- > 0; stride *= size_[d]) {
    size_[d] = m.profile().dimensions[d].size;
    stride_[d] = stride;
    cost_[d] = 1;
    dearest = std::max(dearest, cost_[d]);
    here_[d] = from.value / stride % size_[d];
    target_[d] = to.value / stride % size_[d];
    if (here_[d] == target_[d]) continue;
    ++fewest_hops_;
    fewest_links_ = std::uint8_t(fewest_links_ + cost_[d]);
  }
  const unsigned most = std::min(unsigned(policy.max_hops), unsigned(fewest_hops_) + policy.extra_hops);
  most_hops_ =
      std::uint8_t(policy.detours ? std::clamp<unsigned>(most, fewest_hops_, kMaxHops) : fewest_hops_);
  most_links_ = std::uint8_t(
      std::min<unsigned>(kMaxHops, fewest_links_ + 2u * dearest * unsigned(most_hops_ - fewest_hops_)));
}

void MeshWalk::start(std::uint8_t links) {
  while (depth_ > 0) pop();
  goal_ = links;
  if (from_ == to_ || links < fewest_links_ || links > kMaxHops) return;
  depth_ = 1;
  stops_[0] = {.npu = from_,
               .links = 0,
               .apart = fewest_links_,
               .differ = fewest_hops_,
               .walk = {},
               .lanes = 0,
               .aside = false,
               .left = dimensions_,
               .coordinate = kFresh,
               .came_along = 0,
               .came_from = here_[0]};
}

void MeshWalk::pop() {
  const Stop& s = stops_[--depth_];
  here_[s.came_along] = s.came_from;
}

// Puts the next hop worth a try into s.left (its dimension) and s.coordinate. What is not worth one is left out here:
// hops after which the goal is too near, or the hops that remain too few.
bool MeshWalk::next_hop(Stop& s) const {
  const unsigned slack = unsigned(goal_ - s.links - s.apart), hops = depth_ + s.differ;
  if (!s.aside) {
    while (s.left-- > 0)
      if (here_[s.left] != target_[s.left]) {
        s.coordinate = target_[s.left];
        return true;
      }
    if (slack == 0 || hops > most_hops_) return false;
    s.aside = true;
    s.left = dimensions_;
    s.coordinate = kFresh;
  }
  for (;;) {
    if (s.coordinate == kFresh) {
      if (s.left-- == 0) return false;
      const bool away = here_[s.left] == target_[s.left];
      if (slack < cost_[s.left] * (1u + away) || hops + away > most_hops_) continue;
    }
    const std::uint32_t d = s.left;
    do ++s.coordinate;
    while (s.coordinate == here_[d] || s.coordinate == target_[d]);
    if (s.coordinate < size_[d]) return true;
    s.coordinate = kFresh;
  }
}

// Goes the hop that next_hop() found; false if it may not be gone.
bool MeshWalk::take(const Stop& s) {
  const std::uint32_t d = s.left, c = s.coordinate;
  const NodeId npu(s.npu.value + (c - here_[d]) * stride_[d]);
  const std::uint8_t links = std::uint8_t(s.links + cost_[d]);
  if (npu == to_ && links != goal_) return false;
  for (unsigned i = 0; i < depth_; ++i)
    if (stops_[i].npu == npu) return false;
  route_.links[s.links] = machine_.mesh_link(s.npu, d, c);
  LaneWalk walk = s.walk;
  std::uint16_t lanes = s.lanes;
  for (unsigned i = s.links; i < links; ++i)
    if (const auto lane = walk.take(machine_, route_.links[i]))
      lanes |= std::uint16_t(*lane << i);
    else if (!illegal_)
      return false;
  const bool was = here_[d] != target_[d], is = c != target_[d];
  stops_[depth_++] = {.npu = npu,
                      .links = links,
                      .apart = std::uint8_t(s.apart + (is - was) * cost_[d]),
                      .differ = std::uint8_t(s.differ + is - was),
                      .walk = walk,
                      .lanes = lanes,
                      .aside = false,
                      .left = dimensions_,
                      .coordinate = kFresh,
                      .came_along = std::uint8_t(d),
                      .came_from = here_[d]};
  here_[d] = c;
  return true;
}

bool MeshWalk::next(Path& path) {
  while (depth_ > 0) {
    Stop& s = stops_[depth_ - 1];
    if (!next_hop(s)) {
      pop();
      continue;
    }
    if (!take(s) || stops_[depth_ - 1].npu != to_) continue;
    path.route = route_;
    path.route.count = goal_;
    path.path_class = depth_ - 1 == fewest_hops_ ? PathClass::shortest : PathClass::detour;
    path.hops = std::uint8_t(depth_ - 1);
    path.switches = 0;
    path.lanes = stops_[depth_ - 1].lanes;
    pop();
    return true;
  }
  return false;
}

}  // namespace ub::routing
