// The home's side: admits connections, serves the calls that initiators send, and withdraws their keys.
// Owner: the transport.  Thread safety: the caller holds the service's lock, except for withdraw(), which takes it.
// Units: time of the host's steady clock.
// Errors: a process of another fabric is refused with a verdict; a connection that sends an invalid message is closed.
//
// A session is one initiator process. Its control connection is made first, and its lanes' connections end with it. A lane
// that connects again ends its older connection, and a session with a newer generation ends everything older: this is the
// seal. Once an endpoint is closed here, nothing in flight to it reaches memory.
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
  /// Listens on the rail's address, at any port. `whole_words`: see Whereabouts.
  static Expected<std::unique_ptr<Server>> open(Service&, Exposures&, std::uint64_t fabric, bool whole_words);
  ~Server();

  const Whereabouts& whereabouts() const { return where_; }
  /// Notifies every session that the segment's keys end, and waits until none uses them. A session that has not confirmed
  /// this by `until` is disconnected. The caller does not hold the lock.
  void withdraw(SegmentId, const Keys&, Instant until);
  /// Drops the segment's windows. The caller holds the lock.
  void conceal(SegmentId);
  void knock(Info, std::span<const std::byte> hello) override;

 private:
  friend class Served;
  class Served;
  struct Session {
    std::uint32_t generation = 0;
    Served* control = nullptr;
    std::map<std::uint32_t, Served*> lanes;
    std::set<std::uint64_t> owes;  // withdrawals not confirmed yet
    unsigned unheard = 0;          // checks since its last beat
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
  std::deque<Withdrawal> withdrawing_, withdrawn_;  // withdrawn_: the latest completed ones
  Instant next_look_ = Instant::max();
  std::shared_ptr<bool> alive_ = std::make_shared<bool>(true);
};

}  // namespace ub::rdma
