// The order in which a legal path can take hops and runs. A path takes channels of ranks that never decrease (lanes.h), so
// the ranks of two spans decide whether one may follow the other. Few classes of spans exist: by dimension, direction, lane.
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

/// The classes, the latest first. Adjacent classes with equal first and last ranks are a stage. A path takes at most one span
/// of a stage through the plane, but any number of hops of a stage within a dimension.
class ChannelOrder {
 public:
  ChannelOrder(const topology::Machine&, const Policy&);
  const ChannelClass* begin() const { return classes_.data(); }
  const ChannelClass* end() const { return classes_.data() + count_; }
  /// One past the last class of a stage.
  const ChannelClass* end_of(const ChannelClass* stage) const;

 private:
  static constexpr std::size_t kMost = kLanes * (2 * topology::kMaxDimensions + 1);
  std::array<ChannelClass, kMost> classes_;
  std::size_t count_ = 0;
};

/// The highest rank that may come before a span that begins with this link.
std::uint8_t latest_before(const topology::Machine&, topology::LinkId first);

}  // namespace ub::routing
