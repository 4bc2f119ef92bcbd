#include "routing/affected/attachment_domains.h"

#include <algorithm>

namespace ub::routing {

using topology::Machine;
using topology::Reach;

namespace {

AttachmentDomains::Coordinates first(std::size_t n) { return AttachmentDomains::Coordinates((1u << n) - 1); }
unsigned number(AttachmentDomains::Coordinates c) { return unsigned(__builtin_popcount(c)); }

}  // namespace

AttachmentDomains::AttachmentDomains(const Machine& m)
    : machine_(m), first_tier_(m.steps().has_plane ? 0 : 1) {
  const topology::Profile& p = m.profile();
  const std::size_t own = m.steps().has_plane ? m.steps().rack_dimension
                          : p.tiers.empty()   ? 0
                                              : p.tiers[0].scope;
  for (std::size_t d = 0; d < m.dimensions(); ++d) {
    (d < own ? count_ : npus_) *= p.dimensions[d].size;
    if (d >= own || p.dimensions[d].size == 1) continue;
    all_ = Coordinates(all_ | 1u << d);
    if (m.reach(d) == Reach::trunk) trunks_ = Coordinates(trunks_ | 1u << d);
  }
  for (unsigned c = 0; c < fewest_.size(); ++c) {
    fewest_[c] = (c & ~unsigned(trunks_)) == 0 ? number(Coordinates(c)) : kNoWay;
    for (unsigned t = first_tier_; t < p.tiers.size(); ++t)
      fewest_[c] = std::min(fewest_[c], links_over(t, Coordinates(c)));
  }
}

AttachmentDomains::Coordinates AttachmentDomains::differ(std::uint32_t a, std::uint32_t b) const {
  unsigned set = 0;
  for (std::size_t d = 0; all_ >> d; ++d)
    set |= unsigned(machine_.coordinate(NodeId(a * npus_), d) != machine_.coordinate(NodeId(b * npus_), d))
           << d;
  return Coordinates(set);
}

AttachmentDomains::Coordinates AttachmentDomains::domain(unsigned tier) const {
  return first(machine_.profile().tiers[tier].scope);
}
AttachmentDomains::Coordinates AttachmentDomains::below(unsigned tier) const {
  return tier == first_tier_ ? all_ : domain(tier - 1);
}

unsigned AttachmentDomains::links_over(unsigned tier, Coordinates differ) const {
  const Coordinates by_trunks = differ & domain(tier);
  if (by_trunks & ~trunks_) return kNoWay;
  return 2 * (tier - first_tier_ + 1) + number(by_trunks);
}

bool AttachmentDomains::shortest_over(unsigned tier, Coordinates differ) const {
  return links(differ) != kNoWay && links_over(tier, differ) == links(differ);
}

// The path may end at any place below.
bool AttachmentDomains::comes_down(unsigned tier, Coordinates differ) const {
  for (unsigned c = 0; c <= all_; ++c) {
    if ((c & ~unsigned(all_)) != 0 || (c & below(tier)) != (differ & below(tier))) continue;
    for (unsigned t = tier; t < machine_.profile().tiers.size(); ++t)
      if (shortest_over(t, Coordinates(c))) return true;
  }
  return false;
}

// The path reaches the lower end by trunks, or begins below it; it may come down anywhere in its top tier's domain.
bool AttachmentDomains::goes_up(unsigned tier, Coordinates differ) const {
  for (unsigned t = tier; t < machine_.profile().tiers.size(); ++t) {
    if (differ & below(tier) & ~domain(t)) continue;
    for (unsigned c = 0; c <= all_; ++c)
      if ((c & ~unsigned(all_)) == 0 && (c & domain(t)) == (differ & domain(t)) &&
          shortest_over(t, Coordinates(c)))
        return true;
  }
  return false;
}

}  // namespace ub::routing
