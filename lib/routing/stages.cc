#include "routing/stages.h"

#include <algorithm>
#include <optional>

#include "routing/spans.h"

namespace ub::routing {

using topology::LinkKind;
using topology::Machine;
using topology::Reach;

namespace {

bool same_stage(const Move& a, const Move& b) { return a.first == b.first && a.last == b.last; }

std::optional<Span> some_run(const Machine& m) {
  const NodeId npu(0);
  if (!m.profile().plane) return {};
  for (topology::LinkId l : m.links_from(m.to(m.plane_link(npu, 0)), LinkKind::npu_switch))
    if (m.to(l) != npu) return run_over(m, npu, m.to(l), 0);
  return {};
}

}  // namespace

// A span can stay on one lane: what begins on the lower and ends on the higher one has no advantage of either. Where legality
// does not count, any order goes: all is one stage.
Stages::Stages(const Machine& m, const Policy& policy) {
  const auto add = [&](const Span& s, Move move) {
    for (unsigned lane = 0; lane < (policy.illegal ? 1 : kLanes); ++lane) {
      move.first = policy.illegal ? std::uint8_t(0) : lane_rank(m, s.links[0], lane);
      move.last = policy.illegal ? std::uint8_t(0) : lane_rank(m, s.links[s.count - 1], lane);
      moves_[count_++] = move;
    }
  };
  for (std::size_t d = 0; d < m.dimensions(); ++d)
    for (unsigned up = 0; up < 2 && m.reach(d) != Reach::clos && m.steps().along[d].size.divisor() > 1; ++up)
      add(mesh_span(m, m.moved(NodeId(0), d, !up), d, up, 0), {0, 0, std::uint8_t(d), up == 1, false});
  if (const auto run = policy.borrow ? some_run(m) : std::nullopt) add(*run, {0, 0, 0, false, true});
  std::stable_sort(moves_.begin(), moves_.begin() + std::ptrdiff_t(count_), [](const Move& a, const Move& b) {
    return std::pair(a.last, a.first) > std::pair(b.last, b.first);
  });
}

const Move* Stages::end_of(const Move* stage) const {
  return std::find_if(stage, end(), [&](const Move& m) { return !same_stage(m, *stage); });
}

std::uint8_t latest_before(const Machine& m, topology::LinkId first) {
  return lane_rank(m, first, kLanes - 1);
}

}  // namespace ub::routing
