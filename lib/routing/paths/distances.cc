#include "routing/paths/distances.h"

#include <algorithm>

#include "routing/paths/path_set.h"

namespace ub::routing {

using topology::Machine;
using topology::Reach;

namespace {

class Sums {
 public:
  explicit Sums(const Machine& m) : machine_(m) {
    while (outer_ < m.dimensions() && m.reach(outer_) != Reach::direct) ++outer_;
    for (std::size_t d = outer_; d < m.dimensions(); ++d) in_rack_ *= size(d);
  }

  Distances all() {
    over_tiers();
    over_trunks(0, {}, 1);
    if (pairs_ > 0) d_.mean_hops = double(hops_ / pairs_), d_.mean_switches = double(switches_ / pairs_);
    return d_;
  }

 private:
  using Moves = std::vector<std::size_t>;  // the dimensions in which the two racks differ
  std::uint32_t size(std::size_t d) const { return machine_.profile().dimensions[d].size; }

  // The outermost dimension in which two racks differ determines the tier that connects them.
  void over_tiers() {
    long double outside = 1;
    for (std::size_t d = 0; d < outer_ && machine_.reach(d) == Reach::clos; outside *= size(d++)) {
      long double inside = 1;
      for (std::size_t i = d + 1; i < outer_; ++i) inside *= size(i);
      if (size(d) > 1) add({d}, outside * size(d) * (size(d) - 1) * inside * inside);
    }
  }

  // Racks that trunks connect: adds each set of trunk dimensions in which they differ; the empty set is the same rack.
  void over_trunks(std::size_t d, const Moves& moves, long double times) {
    if (d == outer_) return add(moves, times);
    over_trunks(d + 1, moves, times * size(d));
    if (machine_.reach(d) == Reach::clos || size(d) < 2) return;
    Moves more = moves;
    more.push_back(d);
    over_trunks(d + 1, more, times * size(d) * (size(d) - 1));
  }

  void add(const Moves& moves, long double times) {
    const std::uint32_t sources = in_rack_ <= kMostInRack ? in_rack_ : 1;
    times *= (long double)(in_rack_) / sources;
    for (std::uint32_t a = 0; a < sources; ++a)
      for (std::uint32_t b = 0; b < in_rack_; ++b) {
        NodeId to(b);
        for (std::size_t d : moves) to = machine_.moved(to, d, 1);
        PathSet set(machine_, NodeId(a), to, kShortest, 1);
        const Path* p = set.next();
        if (!p) continue;
        pairs_ += times, hops_ += times * p->hops, switches_ += times * p->switches;
        d_.max_hops = std::max<unsigned>(d_.max_hops, p->hops);
        d_.max_links = std::max<unsigned>(d_.max_links, p->route.count);
      }
  }

  const Machine& machine_;
  std::size_t outer_ = 0;  // dimensions outside a rack
  std::uint32_t in_rack_ = 1;
  long double pairs_ = 0, hops_ = 0, switches_ = 0;
  Distances d_;
};

}  // namespace

Distances distances(const Machine& m) { return Sums(m).all(); }

}  // namespace ub::routing
