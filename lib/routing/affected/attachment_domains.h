// The domains to which backups and CPUs are attached (racks or, without planes, domains of the first tier), and the distances
// between them. A domain is called a place here. The distance of two places depends on which of their coordinates differ.
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

  /// The fewest links between the switches of one number in two places; and the links over the n-th tier, with trunks for the
  /// coordinates that select the tier's domain. kNoWay: there is no path.
  unsigned links(Coordinates differ) const { return fewest_[differ]; }
  unsigned links_over(unsigned tier, Coordinates differ) const;

  /// Whether a shortest path uses a link between a switch of the n-th tier and a node below it, upwards or downwards.
  /// `differ` is between the place where the path begins and any place below the link's lower end.
  bool goes_up(unsigned tier, Coordinates differ) const;
  bool comes_down(unsigned tier, Coordinates differ) const;

 private:
  Coordinates domain(unsigned tier) const;  // coordinates that select the tier's domain
  Coordinates below(unsigned tier) const;   // coordinates that select the domain or place below it
  bool shortest_over(unsigned tier, Coordinates differ) const;

  const topology::Machine& machine_;
  std::uint32_t count_ = 1, npus_ = 1;
  unsigned first_tier_;  // the first tier that connects places
  Coordinates all_ = 0, trunks_ = 0;
  std::array<unsigned, 1u << topology::kMaxDimensions> fewest_;
};

}  // namespace ub::routing
