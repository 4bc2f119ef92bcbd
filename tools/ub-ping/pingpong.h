// The initiator's half of --op pingpong: a word there, and the same word back into a segment of our own.
// Owner: one per run; borrows its fabric.  Threads: one.
// Units: model time in picoseconds: the way there plus the way back.
// Errors: Expected and Status; a reply that does not come in time is `timed_out`.
#pragma once

#include "tools/ub-ping/layout.h"
#include "ub/fabric.h"

namespace tools::ping {

class PingPong {
 public:
  static ub::Expected<PingPong> make(ub::Fabric&);
  /// Tells the responder where to answer, and has it answer once.
  ub::Status open(const ub::RemoteSegment& to, ub::Duration patience);
  /// Once there and back; adds the way back to the report's model time.
  ub::Status run(const ub::RemoteSegment& to, ub::OpOptions);

 private:
  PingPong(ub::Segment pong, bool model) : pong_(std::move(pong)), model_(model) {}
  ub::Segment pong_;
  bool model_;
  std::uint64_t last_ = 0;
};

}  // namespace tools::ping
