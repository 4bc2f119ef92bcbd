// In which order a legal path can take hops and runs. A path takes channels of never falling rank (lanes.h); so what may
// follow on what is a matter of the ranks of spans, and there are few of those: by dimension, direction and lane.
// Owner: plain values; the machine must outlive them.  Thread safety: any thread.
// Units: ranks as in lanes.h.
// Errors: none.
#pragma once

#include <array>
#include <cstdint>

#include "routing/deadlock/lanes.h"
#include "routing/paths/policy.h"
#include "topology/machine.h"

namespace ub::routing {

/// All hops along a dimension in one direction, or all runs over a first-level switch, on one lane.
struct ChannelClass {
  std::uint8_t first, last;  ///< rank of its first and its last link
  std::uint8_t dimension;
  bool up, transit;
};

/// The latest first. Those of one first and last rank, which follow each other here, are a stage: of a path that goes through
/// the plane one of them only, and of one within a dimension as many as lead on.
class ChannelOrder {
 public:
  ChannelOrder(const topology::Machine&, const Policy&);
  const ChannelClass* begin() const { return classes_.data(); }
  const ChannelClass* end() const { return classes_.data() + count_; }
  /// Behind the last of a stage.
  const ChannelClass* end_of(const ChannelClass* stage) const;

 private:
  static constexpr std::size_t kMost = kLanes * (2 * topology::kMaxDimensions + 1);
  std::array<ChannelClass, kMost> classes_;
  std::size_t count_ = 0;
};

/// The highest rank that may come before a span that begins with this link.
std::uint8_t latest_before(const topology::Machine&, topology::LinkId first);

}  // namespace ub::routing
