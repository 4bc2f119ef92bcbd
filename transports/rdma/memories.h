// Which streams this home keeps windows for, of whom, and how much they may take up: an initiator that begins one stream after
// the other gets no more of them, and hurts nobody else.
// Owner: the server.  Threads: under the service's lock.
// Units: entries of windows, 48 bytes each; time of the host's steady clock.
// Errors: what is not admitted is busy; what cannot be known any more is cancelled, and ends as outcome_unknown.
//
// A stream is a lane's. Its windows go with the lane, when the initiator says that it has ended, or long after the session's
// connection has gone. If the session comes back after all, repeats of what it had in flight then are not executed.
#pragma once

#include <functional>
#include <map>
#include <vector>

#include "ub/transport.h"
#include "wire.h"

namespace ub::rdma {

class Memories {
 public:
  static constexpr std::uint64_t kMostOfSession = 1 << 18, kMost = 1 << 22;

  /// `forget` ends a stream's window in a segment.
  explicit Memories(std::function<void(SegmentId, std::uint64_t stream)> forget)
      : forget_(std::move(forget)) {}

  /// The session is connected. `again`: it says that it has been before.
  void come(std::uint64_t session, bool again);
  /// Its connection has gone; it is remembered for a while.
  void part(std::uint64_t session, Instant now);
  /// Before a call that the home has to remember: ok, busy or cancelled.
  Code admit(std::uint64_t session, std::uint32_t lane, const Call&);
  /// The lane has ended and does not come back.
  void end(std::uint64_t session, std::uint32_t lane);
  void conceal(SegmentId);
  /// Forgets whoever parted so long ago; answers when to be called again.
  Instant look(Instant now);
  std::uint64_t entries() const { return entries_; }

 private:
  struct Stream {
    std::uint64_t id = 0, sure_from = 0;  // repeats of ops before this one may have been executed
    std::uint32_t in_flight = 0;
    std::vector<SegmentId> segments;
  };
  struct Session {
    std::map<std::uint32_t, Stream> streams;  // by lane
    std::uint64_t entries = 0;
    Instant parted = Instant::max();
    bool forgotten = false;  // it was known before, and is not now
  };
  using Sessions = std::map<std::uint64_t, Session>;
  bool make_room(std::uint64_t entries);
  void drop(Session&, Stream&);
  Sessions::iterator drop(Sessions::iterator);

  std::function<void(SegmentId, std::uint64_t)> forget_;
  Sessions sessions_;
  std::uint64_t entries_ = 0;
};

}  // namespace ub::rdma
