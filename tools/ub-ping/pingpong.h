// The initiator's half of --op pingpong: a word there, and the same word back into the initiator's segment.
// Owner: one per run; borrows its fabric.  Thread safety: one thread.
// Units: model time in picoseconds: the way there plus the way back.
// Errors: Expected and Status; `timed_out` if no pong arrives in time.
#pragma once

#include "tools/ub-ping/layout.h"
#include "ub/fabric.h"

namespace tools::ping {

class PingPong {
 public:
  static ub::Expected<PingPong> make(ub::Fabric&);
  /// Sends the return address to the responder, and waits for a first pong.
  ub::Status open(const ub::RemoteSegment& to, ub::Duration patience);
  /// One round trip; adds the way back to the report's model time.
  ub::Status run(const ub::RemoteSegment& to, ub::OpOptions);

 private:
  PingPong(ub::Segment pong, bool model) : pong_(std::move(pong)), model_(model) {}
  ub::Segment pong_;
  bool model_;
  std::uint64_t last_ = 0;
};

}  // namespace tools::ping
