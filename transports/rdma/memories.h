// The streams for which this home keeps windows, and their quota: an initiator that begins stream after stream is refused more
// windows, and other initiators are not affected.
// Owner: the server.  Thread safety: the caller holds the service's lock.
// Units: entries of windows, 48 bytes each; time of the host's steady clock.
// Errors: busy for a stream that is not admitted; cancelled, which ends as outcome_unknown, for a result that was forgotten.
//
// A stream belongs to a lane. Its windows are freed when the initiator reports that the lane has ended, or long after the
// session's connection has ended. If the session connects after that, repeats of its ops in flight are not executed.
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

  /// `forget` frees a stream's window in a segment.
  explicit Memories(std::function<void(SegmentId, std::uint64_t stream)> forget)
      : forget_(std::move(forget)) {}

  /// The session is connected. `again`: it reports that it was connected before.
  void come(std::uint64_t session, bool again);
  /// Its connection has ended; the session is remembered for kRemembered.
  void part(std::uint64_t session, Instant now);
  /// Called before a call that the home must remember. Returns ok, busy or cancelled.
  Code admit(std::uint64_t session, std::uint32_t lane, const Call&);
  /// The lane has ended and will not reconnect.
  void end(std::uint64_t session, std::uint32_t lane);
  void conceal(SegmentId);
  /// Forgets sessions whose time has passed. Returns when to call it again.
  Instant look(Instant now);
  std::uint64_t entries() const { return entries_; }

 private:
  struct Stream {
    std::uint64_t id = 0, sure_from = 0;  // an earlier op may have been executed: its repeat is cancelled
    std::uint32_t in_flight = 0;
    std::vector<SegmentId> segments;
  };
  struct Session {
    std::map<std::uint32_t, Stream> streams;  // by lane
    std::uint64_t entries = 0;
    Instant parted = Instant::max();
    bool forgotten = false;  // it was known earlier and has been forgotten
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
