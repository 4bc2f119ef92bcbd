#include "routing/users.h"

#include <algorithm>

#include "routing/lanes.h"
#include "routing/mesh_walk.h"
#include "routing/spans.h"
#include "routing/tier_walk.h"

namespace ub::routing {

using topology::Link;
using topology::LinkId;
using topology::LinkKind;
using topology::Machine;
using topology::NodeKind;
using topology::Reach;

namespace {

// Backwards from a span, from NPU to NPU: a breadth-first search, in which an NPU counts again only where it is found with
// a higher rank left, for then more may come before it.
class Upstream {
 public:
  Upstream(const Machine& m, const Policy& p)
      : machine_(m),
        policy_(p),
        islands_(std::max<std::size_t>(1, m.profile().router_islands.size())),
        best_(m.npu_count() * islands_ * 2),
        is_found_(m.npu_count()) {
    if (!m.profile().plane) policy_.borrow = false;
    for (std::size_t d = 0; d < m.dimensions(); ++d)
      if (m.reach(d) != Reach::clos && m.profile().dimensions[d].size > 1)
        for (unsigned up : {0, 1}) ranks(mesh_span(m, m.moved(NodeId(0), d, !up), d, up, 0), hop_[d][up]);
  }

  void add(const Span& span) {
    if (span.borrows && !policy_.borrow) return;
    end_ = span.to;
    for (std::size_t d = 0; d < machine_.dimensions(); ++d) end_at_[d] = machine_.coordinate(end_, d);
    for (const Found& f : queue_) best(f.npu, f.out)[0] = best(f.npu, f.out)[1] = 0;
    queue_.clear();
    Ranks of_span;
    ranks(span, of_span);
    if (const int rank = before(of_span, 0xff); rank >= 0)
      reach(span.from, std::uint8_t(rank), 1, apart(span.from), span.borrows, span.links[0]);
    for (std::size_t i = 0; i < queue_.size(); ++i) look_before(queue_[i]);
  }
  /// Nobody whom the mesh joins is left to be found.
  bool complete() const { return found_.size() == machine_.steps().joined.divisor(); }
  std::vector<NodeId> found() { return std::move(found_); }

 private:
  struct Ranks {
    std::array<std::array<std::uint8_t, kLanes>, 4> of_link{};
    std::uint8_t count = 0;
  };
  struct Found {
    NodeId npu;
    std::uint8_t rank, hops, fewest;
    bool borrowed;
    LinkId out;
  };

  void ranks(const Span& s, Ranks& r) const {
    r.count = s.count;
    for (unsigned i = 0; i < s.count; ++i)
      for (unsigned lane = 0; lane < kLanes; ++lane)
        r.of_link[i][lane] = lane_rank(machine_, s.links[i], lane);
  }

  // The highest rank that a span can have before channels of that rank; -1: it cannot come before them.
  int before(const Ranks& span, std::uint8_t rank) const {
    for (unsigned i = span.count; i-- > 0;) {
      unsigned lane = kLanes;
      while (lane > 0 && span.of_link[i][lane - 1] > rank) --lane;
      if (lane > 0)
        rank = span.of_link[i][lane - 1];
      else if (!policy_.illegal)
        return -1;
    }
    return rank;
  }
  unsigned apart(NodeId npu) const {
    unsigned n = 0;
    for (std::size_t d = 0; d < machine_.dimensions(); ++d) n += machine_.coordinate(npu, d) != end_at_[d];
    return n;
  }
  bool allowed(unsigned hops, unsigned fewest) const {
    if (hops <= fewest) return true;
    return (policy_.detours || policy_.borrow) && hops <= fewest + policy_.extra_hops &&
           hops <= policy_.max_hops;
  }
  std::uint8_t* best(NodeId npu, LinkId out) { return &best_[2 * (npu.value * islands_ + island(out))]; }

  void reach(NodeId npu, std::uint8_t rank, unsigned hops, unsigned fewest, bool borrowed, LinkId out) {
    if (npu == end_ || !allowed(hops, fewest)) return;
    // One more than the rank, since 0 is for not found. Without a run is better than with.
    std::uint8_t* const b = best(npu, out);
    if (b[0] > rank || b[borrowed] > rank) return;
    if (!is_found_[npu.value]) is_found_[npu.value] = 1, found_.push_back(npu);
    b[borrowed] = std::uint8_t(rank + 1);
    queue_.push_back({npu, rank, std::uint8_t(hops), std::uint8_t(fewest), borrowed, out});
  }

  void look_before(const Found f) {
    if (f.hops == kMaxHops) return;
    const bool islands = islands_ > 1;
    for (std::size_t d = 0; d < machine_.dimensions(); ++d) {
      if (machine_.reach(d) == Reach::clos) continue;
      const std::uint32_t here = machine_.coordinate(f.npu, d), size = machine_.profile().dimensions[d].size;
      const unsigned others = f.fewest - (here != end_at_[d]);
      if (!allowed(f.hops + 1u, others + 1)) continue;
      const std::uint32_t stride = std::uint32_t(machine_.layout().strides[d]);
      const int rank[2] = {size > 1 ? before(hop_[d][0], f.rank) : -1,
                           size > 1 ? before(hop_[d][1], f.rank) : -1};
      const std::uint32_t begin = rank[1] < 0 ? here + 1 : 0, end = rank[0] < 0 ? here : size;
      for (std::uint32_t c = begin; c < end; ++c) {
        if (c == here) continue;
        const NodeId npu(f.npu.value + (c - here) * stride);
        LinkId in;
        if (islands) {
          const Span s = mesh_span(machine_, npu, d, here, 0);
          if (!forwards(machine_, s.links[s.count - 1], f.out)) continue;
          in = s.links[0];
        }
        reach(npu, std::uint8_t(rank[here > c]), f.hops + 1u, others + (c != end_at_[d]), f.borrowed, in);
      }
    }
    if (!policy_.borrow || f.borrowed) return;
    for (LinkId l : machine_.links_from(machine_.to(machine_.plane_link(f.npu, 0)), LinkKind::npu_switch)) {
      const NodeId npu = machine_.to(l);
      if (npu == f.npu || npu == end_) continue;
      const Span s = run_over(machine_, npu, f.npu, 0);
      if (islands && !forwards(machine_, s.links[1], f.out)) continue;
      if (run_.count == 0) ranks(s, run_);
      if (const int rank = before(run_, f.rank); rank >= 0)
        reach(npu, std::uint8_t(rank), f.hops + 1u, apart(npu), true, s.links[0]);
    }
  }

  std::size_t island(LinkId out) const {
    if (islands_ == 1) return 0;
    const Link l = machine_.link(out);
    return machine_.island(l.from, l.from_port);
  }

  const Machine& machine_;
  Policy policy_;
  std::size_t islands_;
  NodeId end_;
  std::array<std::uint32_t, topology::kMaxDimensions> end_at_{};
  Ranks hop_[topology::kMaxDimensions][2];  // by dimension and whether up
  Ranks run_;
  std::vector<std::uint8_t> best_;  // by NPU, die and whether with a run
  std::vector<Found> queue_;
  std::vector<NodeId> found_;
  std::vector<std::uint8_t> is_found_;  // by NPU
};

// Over tiers of switches. What is below the link's lower end goes up it to all that is outside the lower end's domain, and
// all outside comes down it; under a rack's plane only what hangs on the like of the same first-level switch.
class Tiers {
 public:
  Tiers(const Machine& m, LinkId id) : machine_(m), up_(topology::up(id)) {
    const topology::Profile& p = m.profile();
    if (p.tiers.empty()) return;
    const Link l = m.link(id);
    const std::size_t clos = std::size_t(std::count_if(p.dimensions.begin(), p.dimensions.end(),
                                                       [](const auto& d) { return d.reach == Reach::clos; }));
    if (l.kind == LinkKind::mesh) {  // the last link of a path that has come down beside its target
      landing_ = true;
      below_ = {l.from};
      scope_ = clos;
      up_ = false;
    } else if (l.kind == LinkKind::npu_switch || l.kind == LinkKind::tier_link) {
      const std::size_t level = descend(up_ ? l.from : l.to);
      scope_ = p.plane ? (level < 2 ? clos : p.tiers[level - 2].scope)
                       : (level < 1 ? m.dimensions() : p.tiers[level - 1].scope);
    }
  }

  void users(std::vector<NodeId>& all) const {
    if (below_.empty()) return;
    if (up_ && std::any_of(p().begin(), p().begin() + std::ptrdiff_t(scope_),
                           [](const auto& d) { return d.size > 1; }))
      all.insert(all.end(), below_.begin(), below_.end());
    for (std::uint32_t n = 0; !up_ && n < machine_.npu_count(); ++n)
      if (comes_from(NodeId(n))) all.push_back(NodeId(n));
  }
  void targets(NodeId from, LinkId id, std::vector<NodeId>& all) const {
    if (below_.empty()) return;
    if (up_) {
      if (std::find(below_.begin(), below_.end(), from) == below_.end()) return;
      for (std::uint32_t n = 0; n < machine_.npu_count(); ++n)
        if (outside(NodeId(n))) all.push_back(NodeId(n));
    } else if (comes_from(from)) {
      if (landing_) {
        all.push_back(machine_.to(id));
        return;
      }
      for (NodeId n : below_) {
        all.push_back(n);
        if (!machine_.profile().plane) continue;
        for (std::size_t d = 0; d < machine_.dimensions(); ++d)
          for (std::uint32_t c = 0; machine_.reach(d) == Reach::direct && c < p()[d].size; ++c)
            all.push_back(machine_.moved(n, d, c));
      }
    }
  }

 private:
  const std::vector<topology::Dimension>& p() const { return machine_.profile().dimensions; }

  std::size_t descend(NodeId n) {
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
  bool outside(NodeId n) const {
    for (std::size_t d = 0; d < scope_; ++d)
      if (machine_.coordinate(n, d) != machine_.coordinate(below_[0], d)) return true;
    return false;
  }
  bool comes_from(NodeId n) const {
    return outside(n) &&
           (!machine_.profile().plane || machine_.steps().place(n.value).first_level ==
                                             machine_.steps().place(below_[0].value).first_level);
  }

  const Machine& machine_;
  bool up_, landing_ = false;
  std::size_t scope_ = 0;
  std::vector<NodeId> below_;  // NPUs
};

void sort(std::vector<NodeId>& nodes) {
  std::sort(nodes.begin(), nodes.end());
  nodes.erase(std::unique(nodes.begin(), nodes.end()), nodes.end());
}

unsigned apart(const Machine& m, NodeId a, NodeId b) {
  unsigned n = 0;
  for (std::size_t d = 0; d < m.dimensions(); ++d) n += m.coordinate(a, d) != m.coordinate(b, d);
  return n;
}

}  // namespace

std::vector<NodeId> users(const Machine& m, LinkId l, const Policy& policy) {
  Upstream upstream(m, policy);
  // Parallel runs over the second level follow each other, and are as one.
  const Span* last = nullptr;
  const std::vector<Span> spans = spans_over(m, l, policy.borrow);
  for (const Span& s : spans) {
    const bool parallel = last && s.from == last->from && s.to == last->to && s.borrows && last->borrows &&
                          s.links[0] == last->links[0];
    if (!parallel && !upstream.complete()) upstream.add(s);
    last = &s;
  }
  std::vector<NodeId> all = upstream.found();
  Tiers(m, l).users(all);
  sort(all);
  return all;
}

// A path to the span, over it and on has at least these hops; a run saves one at most.
std::vector<NodeId> targets_over(const Machine& m, NodeId from, LinkId l, const Policy& policy) {
  std::vector<NodeId> all;
  if (m.kind(from) != NodeKind::npu) return all;
  const bool longer = policy.detours || policy.borrow;
  for (const Span& s : spans_over(m, l, policy.borrow)) {
    if (!mesh_joins(m, from, s.from)) continue;
    const unsigned before = apart(m, from, s.from) + 1;
    const auto consider = [&](NodeId to) {
      const unsigned hops = before + apart(m, s.to, to), fewest = apart(m, from, to);
      const unsigned most = fewest + (longer ? policy.extra_hops : 0u) + (policy.borrow ? 1u : 0u);
      if (to != from && mesh_joins(m, from, to) && hops <= most) all.push_back(to);
    };
    if (s.last) {
      consider(s.to);
      continue;
    }
    for (std::uint32_t n = 0; n < m.npu_count(); ++n) consider(NodeId(n));
  }
  Tiers(m, l).targets(from, l, all);
  sort(all);
  return all;
}

std::vector<Notice> notices(const Machine& m, LinkId l, const Policy& policy) {
  std::vector<Notice> all;
  for (LinkId direction : {l, topology::reverse(l)})
    for (NodeId n : users(m, direction, policy)) all.push_back({m.from(direction), n});
  return all;
}

}  // namespace ub::routing
