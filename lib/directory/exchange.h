// The interface of a directory other than the board: it grants ranks and notifies each process of the other ranks.
// Owner: the member that opened it; one per member.
// Thread safety: any thread; the exchange's own thread calls `deliver`, one call at a time.
// Units: host time.
// Errors: Expected. After the link to the other processes is cut, the known records stay and claims fail.
//
// Core reads a board as usual, private to the process; deliveries are mirrored on it (mirror.h). Every implementation must
// pass tests/unit/exchange_test.cc.
#pragma once

#include <functional>
#include <memory>
#include <string>

#include "directory/snapshot.h"
#include "ub/status.h"

namespace ub::directory {

/// Must be equal in all processes of a fabric.
struct Terms {
  std::string fabric, transport;
  Bounds bounds;
};

/// A rank granted to a process: its next epoch, and the counters that continue from the last epoch, so that nothing of the
/// last epoch matches this one.
struct Claim {
  std::uint32_t epoch = 0;
  std::uint32_t generation = 0;  // of the gate
  std::uint32_t serial = 0;      // of the last segment
};

class Exchange {
 public:
  using Deliver = std::function<void(const Snapshot&)>;

  /// Destroying it without leave() makes the rank held here dead for the other processes.
  virtual ~Exchange() = default;
  /// Random; distinguishes this directory from earlier ones.
  virtual std::uint64_t incarnation() const = 0;
  /// The numeric address by which other processes reach this host.
  virtual std::string host() const = 0;
  /// Returns when all known snapshots of other ranks have been delivered; later changes are delivered as they arrive. Each
  /// snapshot is checked, complete, and newer than the last one of its rank; snapshots in between may be skipped.
  virtual void start(Deliver) = 0;
  /// Claims a rank and a node that no living process holds. At most one per process. Before this fails with `taken`, the
  /// holder's snapshot has been delivered.
  virtual Expected<Claim> claim(Rank, NodeId, Instant deadline) = 0;
  /// Sends the claimed rank's snapshot to the others, without waiting for them. The exchange fills in `sequence`.
  virtual void publish(Snapshot) = 0;
  /// Returns the rank in good order and stops the exchange; nothing is delivered afterwards.
  virtual void leave() = 0;
  /// In a forked child, which has no exchange thread: releases the pointer without touching the object.
  static void abandon(std::unique_ptr<Exchange>);
};

}  // namespace ub::directory
