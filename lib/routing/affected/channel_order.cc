#include "routing/affected/channel_order.h"

#include <algorithm>
#include <optional>

#include "routing/paths/spans.h"

namespace ub::routing {

using topology::LinkKind;
using topology::Machine;
using topology::Reach;

namespace {

bool same_stage(const ChannelClass& a, const ChannelClass& b) {
  return a.first == b.first && a.last == b.last;
}

std::optional<Span> any_transit(const Machine& m) {
  const NodeId npu(0);
  if (!m.profile().plane) return {};
  for (topology::LinkId l : m.links_from(m.to(m.plane_link(npu, 0)), LinkKind::npu_switch))
    if (m.to(l) != npu) return switch_transit(m, npu, m.to(l), 0);
  return {};
}

}  // namespace

// Only spans on one lane are listed: a span that changes the lane has no advantage over them. With illegal paths any order is
// allowed, so that all classes are one stage.
ChannelOrder::ChannelOrder(const Machine& m, const Policy& policy) {
  const auto add = [&](const Span& s, ChannelClass channels) {
    for (unsigned lane = 0; lane < (policy.illegal ? 1 : kLanes); ++lane) {
      channels.first = policy.illegal ? std::uint8_t(0) : lane_rank(m, s.links[0], lane);
      channels.last = policy.illegal ? std::uint8_t(0) : lane_rank(m, s.links[s.count - 1], lane);
      classes_[count_++] = channels;
    }
  };
  for (std::size_t d = 0; d < m.dimensions(); ++d)
    for (unsigned up = 0; up < 2 && m.reach(d) != Reach::clos && m.steps().along[d].size.divisor() > 1; ++up)
      add(mesh_span(m, m.moved(NodeId(0), d, !up), d, up, 0), {0, 0, std::uint8_t(d), up == 1, false});
  if (const auto transit = policy.borrow ? any_transit(m) : std::nullopt)
    add(*transit, {0, 0, 0, false, true});
  std::stable_sort(classes_.begin(), classes_.begin() + std::ptrdiff_t(count_),
                   [](const ChannelClass& a, const ChannelClass& b) {
                     return std::pair(a.last, a.first) > std::pair(b.last, b.first);
                   });
}

const ChannelClass* ChannelOrder::end_of(const ChannelClass* stage) const {
  return std::find_if(stage, end(), [&](const ChannelClass& m) { return !same_stage(m, *stage); });
}

std::uint8_t latest_before(const Machine& m, topology::LinkId first) {
  return lane_rank(m, first, kLanes - 1);
}

}  // namespace ub::routing
