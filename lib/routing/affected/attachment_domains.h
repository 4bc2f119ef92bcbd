// Where backups and CPUs hang, and what lies between: racks or, without planes, domains of the first tier. How far two places
// are is a matter of which coordinates differ between them.
// Owner: plain value; the machine must outlive it.  Thread safety: any thread.
// Units: links.
// Errors: none.
#pragma once

#include <array>
#include <cstdint>
#include <limits>

#include "topology/machine.h"

namespace ub::routing {

class AttachmentDomains {
 public:
  using Coordinates = std::uint8_t;  ///< a set: bit d
  static constexpr unsigned kNoWay = std::numeric_limits<unsigned>::max();

  explicit AttachmentDomains(const topology::Machine&);
  std::uint32_t count() const { return count_; }
  std::uint32_t npus() const { return npus_; }  ///< of each
  std::uint32_t place(NodeId npu) const { return npu.value / npus_; }
  Coordinates differ(std::uint32_t a, std::uint32_t b) const;

  /// Between the switches of one number of two places: the fewest; and those over the n-th tier, with trunks for the coordinates
  /// that say which of its domains.
  unsigned links(Coordinates differ) const { return fewest_[differ]; }
  unsigned links_over(unsigned tier, Coordinates differ) const;

  /// Whether a shortest way takes a link between a switch of the n-th tier and what it stands on: up from there, or down to
  /// there. `differ` is between the place where the way begins and any below the lower end.
  bool goes_up(unsigned tier, Coordinates differ) const;
  bool comes_down(unsigned tier, Coordinates differ) const;

 private:
  Coordinates domain(unsigned tier) const;  // those that say which of its domains
  Coordinates below(unsigned tier) const;   // those that say which of what it stands on
  bool shortest_over(unsigned tier, Coordinates differ) const;

  const topology::Machine& machine_;
  std::uint32_t count_ = 1, npus_ = 1;
  unsigned first_tier_;  // of those that join places
  Coordinates all_ = 0, trunks_ = 0;
  std::array<unsigned, 1u << topology::kMaxDimensions> fewest_;
};

}  // namespace ub::routing
