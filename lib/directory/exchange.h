// What a directory other than the board does for a fabric: gives out its ranks, and tells each process of the others'.
// Owner: the member that opened it, one each.  Threads: any; `deliver` is called by the exchange's own, one call at a time.
// Units: host time.
// Errors: Expected. Once the link to the others is cut, what is known stays as it is, and claims fail.
//
// Core goes on reading a board, which is private to the process then: what is delivered is mirrored there (mirror.h). Whatever
// implements this is held to tests/unit/exchange_test.cc.
#pragma once

#include <functional>
#include <memory>
#include <string>

#include "directory/snapshot.h"
#include "ub/status.h"

namespace ub::directory {

/// What all processes of a fabric have to agree on.
struct Terms {
  std::string fabric, transport;
  Bounds bounds;
};

/// A rank that has been given to a process: its next life, and what has to go on where the last one ended, so that nothing
/// of the old life fits the new one.
struct Claim {
  std::uint32_t epoch = 0;
  std::uint32_t generation = 0;  // of the gate
  std::uint32_t serial = 0;      // of the last segment
};

class Exchange {
 public:
  using Deliver = std::function<void(const Snapshot&)>;

  /// Without leave(): a rank that is held here is dead for the others.
  virtual ~Exchange() = default;
  /// Random; tells this directory from its predecessors.
  virtual std::uint64_t incarnation() const = 0;
  /// The address by which the other processes reach this one's host, in numbers.
  virtual std::string host() const = 0;
  /// Returns when everything that is known of other ranks has been delivered; from then on changes are, as they come. Each
  /// snapshot is checked, whole, and newer than the last of its rank; between two, others may have been skipped.
  virtual void start(Deliver) = 0;
  /// Takes a rank that nobody alive holds, on a node that nobody alive sits on. At most one a process. `taken`: whoever has it
  /// has been delivered before this returns.
  virtual Expected<Claim> claim(Rank, NodeId, Instant deadline) = 0;
  /// Tells the others of the claimed rank; `sequence` is the exchange's to fill in. Does not wait for them.
  virtual void publish(Snapshot) = 0;
  /// Gives the rank back in good order, and ends the exchange: nothing is delivered after it.
  virtual void leave() = 0;
  /// In a forked child, which has no thread of the exchange's: forgets it without touching anything.
  static void abandon(std::unique_ptr<Exchange>);
};

}  // namespace ub::directory
