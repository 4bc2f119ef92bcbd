#include "routing/selection/path_group.h"

#include <numeric>

namespace ub::routing {

using topology::LinkId;
using topology::Machine;

namespace {

std::uint32_t mix(std::uint32_t x) {  // 0 too
  x += 0x9e3779b9;
  x = (x ^ x >> 16) * 0x85ebca6b;
  x = (x ^ x >> 13) * 0xc2b2ae35;
  return x ^ x >> 16;
}

// Accepts each route that shares no link with those accepted before.
class Apart {
 public:
  bool take(const Route& r) {
    if (std::any_of(r.begin(), r.end(),
                    [&](LinkId l) { return std::find(taken_.begin(), taken_.end(), l) != taken_.end(); }))
      return false;
    taken_.insert(taken_.end(), r.begin(), r.end());
    return true;
  }

 private:
  std::vector<LinkId> taken_;
};

}  // namespace

PathGroup::PathGroup(const Machine& m, std::vector<Path> paths)
    : machine_(&m), paths_(std::move(paths)), every_({}, 0) {
  if (paths_.size() > kMaxGroup) paths_.resize(kMaxGroup);
  std::array<std::uint64_t, kMaxGroup> rates;
  std::uint64_t common = 0, fastest = 0;
  for (std::size_t i = 0; i < size(); ++i) {
    rates[i] = bytes_per_s(i);
    common = std::gcd(common, rates[i]), fastest = std::max(fastest, rates[i]);
  }
  for (std::size_t i = 0; i < size(); ++i) {
    const double scaled = double(rates[i]) / double(fastest) * WeightedSpread::kMaxWeight;
    weights_[i] = std::uint32_t(fastest / common <= WeightedSpread::kMaxWeight ? rates[i] / common
                                                                               : std::max(1.0, scaled));
  }
  every_ = spread();
}

std::uint64_t PathGroup::bytes_per_s(std::size_t path) const {
  std::uint64_t rate = ~std::uint64_t(0);
  for (LinkId l : paths_[path].route) rate = std::min(rate, rate_of(l));
  return rate;
}

// A flow selects among all paths, usable or not, and selects again if the path is not usable. So only the flows of a failed
// path move, and they spread as all flows do.
std::optional<std::size_t> PathGroup::by_flow(std::uint32_t flow, Mask usable) const {
  if (there(usable) == 0) return {};
  for (int tries = 0; tries < 16; ++tries, flow = mix(flow))
    if (const std::size_t i = every_.turn(flow); has(usable, i)) return i;
  return spread(usable).turn(flow);
}

Mask PathGroup::disjoint(Mask usable) const {
  Apart apart;
  Mask mask = 0;
  for (std::size_t i = 0; i < size(); ++i)
    if (has(usable, i) && apart.take(paths_[i].route)) mask |= Mask(1) << i;
  return mask;
}

PathGroup disjoint_paths(const Machine& m, NodeId from, NodeId to, const Policy& policy) {
  const std::size_t ports = std::min(m.links_from(from).size(), m.links_from(to).size());
  Apart apart;
  std::vector<Path> found;
  PathSet set(m, from, to, policy, 2 * kDisjointSearch);
  for (std::size_t seen = 0; found.size() < std::min<std::size_t>(ports, kMaxGroup); ++seen) {
    if (seen >= kDisjointSearch && found.size() > 1) break;
    const Path* p = set.next();
    if (!p) break;
    if (apart.take(p->route)) found.push_back(*p);
  }
  return {m, std::move(found)};
}

}  // namespace ub::routing
