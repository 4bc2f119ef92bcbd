// The home's side: who may come in, the calls that initiators send, and the end of their keys.
// Owner: the transport.  Threads: under the service's lock, which withdraw() takes itself.
// Units: time of the host's steady clock.
// Errors: a stranger is refused with a verdict; a connection that sends nonsense is closed.
//
// A session is one initiator process. Its control connection comes first; its lanes' connections live no longer than that
// one. A lane that connects anew ends its older connection, and a session of a newer generation everything older: that is
// the seal. Once an endpoint is closed here, nothing that was on its way to it reaches memory.
#pragma once

#include <deque>
#include <map>
#include <set>

#include "exposures.h"
#include "memories.h"
#include "service.h"
#include "wire.h"

namespace ub::rdma {

class Server final : public Door {
 public:
  /// Listens on the rail's address, at any port. `whole_words`: what Whereabouts say.
  static Expected<std::unique_ptr<Server>> open(Service&, Exposures&, std::uint64_t fabric, bool whole_words);
  ~Server();

  const Whereabouts& whereabouts() const { return where_; }
  /// Tells every session that the segment's keys end, and waits until none goes by them any more. Who has not said so by
  /// `until` is disconnected. The lock is not held.
  void withdraw(SegmentId, const Keys&, Instant until);
  /// The segment has no windows any more. With the lock held.
  void conceal(SegmentId);
  void knock(Info, std::span<const std::byte> hello) override;

 private:
  friend class Served;
  class Served;
  struct Session {
    std::uint32_t generation = 0;
    Served* control = nullptr;
    std::map<std::uint32_t, Served*> lanes;
    std::set<std::uint64_t> owes;  // withdrawals that it has not answered
    unsigned unheard = 0;          // looks since its last beat
  };

  Server(Service& s, Exposures& e, std::uint64_t fabric)
      : service_(s),
        exposures_(e),
        memories_([&e](SegmentId id, std::uint64_t stream) { e.forget(id, stream); }),
        fabric_(fabric) {}
  Verdict judge(const std::optional<Hello>&) const;
  void forget(Served*);
  void end(std::uint64_t session);
  Instant look(Instant now);
  void end_lanes(Session&);

  Service& service_;
  Exposures& exposures_;
  Memories memories_;
  std::uint64_t fabric_;
  Whereabouts where_;
  Fid<fid_pep> passive_;
  std::map<std::uint64_t, Session> sessions_;
  std::map<Served*, std::unique_ptr<Endpoint>> served_;
  std::uint64_t withdrawals_ = 0;
  std::deque<Withdrawal> withdrawing_, withdrawn_;  // the latest of those that are over
  Instant next_look_ = Instant::max();
  std::shared_ptr<bool> alive_ = std::make_shared<bool>(true);
};

}  // namespace ub::rdma
