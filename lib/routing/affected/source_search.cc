#include "routing/affected/source_search.h"

#include <algorithm>
#include <utility>

#include "routing/paths/spans.h"

namespace ub::routing {

using topology::Machine;
using topology::Steps;

namespace {

constexpr std::uint8_t kNever = 0xff;

}  // namespace

SourceSearch::SourceSearch(const Machine& m, const Policy& policy)
    : machine_(m),
      illegal_(policy.illegal),
      order_(m, policy),
      ports_(m, policy),
      coordinate_classes_(m, !ports_.alike()                        ? 0
                             : policy.borrow && m.steps().has_plane ? m.steps().rack_dimension
                                                                    : m.dimensions()),
      distance_(m, policy, coordinate_classes_) {
  if (!policy.borrow || !m.steps().has_plane) return;
  hanging_.resize(m.steps().first_level.divisor());
  for (std::uint32_t n = 0; n < m.npus_per_rack(); ++n) hanging_[m.steps().place(n).first_level].push_back(n);
}

// A path of `hops` hops passes at most hops - 2 NPUs that may be other targets: the traversal's own NPU is none. If more
// targets than that are within reach, one of them is not on the path.
void SourceSearch::add(const LinkTraversal& c, NodeSet& found) {
  coordinate_classes_.see(c);
  starts_.clear();
  fewest_.assign(coordinate_classes_.cells() * ports_.classes(), {kNever, kNever});
  search(c, c.to);
  if (c.to.size() == 1) {
    for (const Start& s : starts_) coordinate_classes_.add(s.cell, found);
    return;
  }
  std::vector<Start> doubtful;
  for (const Start& s : starts_)
    for (const std::uint8_t hops : fewest(s)) {
      if (hops == kNever) continue;
      const unsigned enough = std::max(2u, unsigned(hops)) - 1;
      if (const unsigned n = distance_.reached(s.cell, hops, enough); n == enough)
        coordinate_classes_.add(s.cell, found);
      else if (n > 0)
        doubtful.push_back(s);
    }
  for (NodeId to : c.to) {
    std::erase_if(doubtful, [&](const Start& s) { return found.has(coordinate_classes_.npu(s.cell)); });
    if (doubtful.empty()) return;
    search(c, {to});
    for (const Start& s : starts_) coordinate_classes_.add(s.cell, found);
  }
}

// Within a stage of one rank hops could follow each other. But two hops along a dimension are no better than one, also with
// dies: the ports between the two hops are on the die of both.
void SourceSearch::search(const LinkTraversal& c, const std::vector<NodeId>& to) {
  for (const Start& s : starts_) fewest(s) = {kNever, kNever};
  starts_.clear();
  distance_.at(to);
  const std::uint16_t port = ports_.class_of(c.first);
  for (NodeId n : c.from) take({start(coordinate_classes_.cell(n), port), 1, c.borrows()});
  const std::uint8_t rank = latest_before(machine_, c.first);
  for (const ChannelClass *stage = order_.begin(), *end; stage != order_.end(); stage = end) {
    end = order_.end_of(stage);
    if (stage->last > rank) continue;
    at_once_ = stage->first == stage->last;
    do {
      changed_ = false;
      for (std::size_t i = 0, before = starts_.size(); i < before; ++i)
        for (const ChannelClass* m = stage; m != end; ++m) look_before(starts_[i], *m);
      for (const Way& w : ways_) take(w);
      ways_.clear();
    } while (changed_ && illegal_);
  }
}

void SourceSearch::look_before(Start s, const ChannelClass& m) {
  m.transit ? look_before_run(s) : look_before_hop(s, m);
}

void SourceSearch::look_before_hop(const Start& s, const ChannelClass& m) {
  const Fewest behind = fewest(s);
  const CoordinateClasses::Axis& axis = coordinate_classes_.axis(m.dimension);
  const std::uint32_t here = coordinate_classes_.zone(s.cell, m.dimension);
  const unsigned others = s.apart - distance_.apart(m.dimension, here);
  const std::uint32_t begin = m.up ? 0 : here + 1, end = m.up ? here : axis.size.divisor();
  for (std::uint32_t c = begin; c < end; ++c) {
    Start before{s.cell + (c - here) * axis.stride.divisor(), 0,
                 std::uint8_t(others + distance_.apart(m.dimension, c))};
    if (ports_.alike()) {
      offer(before, behind);
      continue;
    }
    for (std::uint32_t way = 0; way < machine_.ways(m.dimension); ++way) {
      const Span span = mesh_span(machine_, coordinate_classes_.npu(before.cell), m.dimension, here, way);
      if (!ports_.forwards(ports_.class_of(reverse(span.links[span.count - 1])), s.port)) continue;
      before.port = ports_.class_of(span.links[0]);
      offer(before, behind);
    }
  }
}

void SourceSearch::look_before_run(const Start& s) {
  const Fewest behind = {kNever, fewest(s)[0]};
  if (behind[1] == kNever) return;
  const topology::Divider& per_rack = machine_.steps().rack;
  const std::uint32_t rack = s.cell - per_rack.remainder(s.cell);
  const NodeId npu = coordinate_classes_.npu(s.cell);
  const std::uint32_t groups = ports_.alike() ? 1 : machine_.profile().plane->groups;
  for (std::uint32_t g = 0; g < groups; ++g) {
    const std::uint16_t port = ports_.class_of(machine_.plane_link(npu, g));
    if (!ports_.forwards(port, s.port)) continue;
    for (std::uint32_t in_rack : hanging_[machine_.steps().place(npu.value).first_level])
      if (rack + in_rack != s.cell) offer(start(rack + in_rack, port), behind);
  }
}

void SourceSearch::offer(const Start& s, const Fewest& behind) {
  for (unsigned borrows = 0; borrows < 2; ++borrows) {
    if (behind[borrows] == kNever) continue;
    const Way way{s, std::uint8_t(behind[borrows] + 1), borrows == 1};
    at_once_ ? take(way) : ways_.push_back(way);
  }
}

// A way without a run is never worse than one with a run and the same hops.
void SourceSearch::take(const Way& w) {
  if (!distance_.in_reach(w.start.cell, w.start.apart, w.hops)) return;
  Fewest& f = fewest(w.start);
  if (f[0] <= w.hops || f[w.borrows] <= w.hops) return;
  if (f[0] == kNever && f[1] == kNever) starts_.push_back(w.start);
  f[w.borrows] = w.hops;
  changed_ = true;
}

}  // namespace ub::routing
