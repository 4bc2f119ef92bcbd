// The initiator's side of the control plane. A peer is another process of the fabric, reached through one control
// connection. A way is an attachment's connection to one segment of a peer under one grant.
// Owner: the transport owns the peers; core owns the ways.
// Thread safety: under the service's lock, which connect(), seal(), begin_traffic(), end_traffic() and ~Way() take. Lanes
// access atomic members without it.
// Units: time of the host's steady clock.
// Errors: connect() returns why a peer does not respond, if the caller waits for it.
#pragma once

#include <atomic>
#include <cstring>
#include <deque>
#include <map>

#include "event_box.h"
#include "exposures.h"
#include "service.h"
#include "traffic.h"
#include "wire.h"

namespace ub::rdma {

class Peers;
class Way;

class Peer {
 public:
  enum class State : std::uint8_t {
    connecting,
    ready,        ///< lanes may connect
    unreachable,  ///< still connecting, but for so long that no thread waits for it
    gone,         ///< the process no longer listens, or another process does
  };
  State state() const { return state_.load(std::memory_order_acquire); }
  /// Of the session with it: lanes connected under an older generation connect again.
  std::uint32_t generation() const { return generation_.load(std::memory_order_acquire); }
  const Whereabouts& whereabouts() const { return where_; }
  std::uint32_t number() const { return number_; }  ///< from 0, for tables
  /// Something that depends on the peer has failed: check soon whether it is reachable.
  void doubt() { doubted_.store(true, std::memory_order_release); }

 private:
  friend class Peers;
  friend class Way;
  class Control;
  Peer(const Whereabouts& w, std::uint32_t number) : where_(w), number_(number) {}

  const Whereabouts where_;
  const std::uint32_t number_;
  std::atomic<State> state_{State::connecting};
  std::atomic<std::uint32_t> generation_{0};
  std::atomic<bool> doubted_{false};
  std::unique_ptr<Endpoint> control_;  // a Control
  Failure trouble_;
  bool was_ready_ = false, down_ = false, told_gone_ = false;  // the last two: an event was sent
  unsigned unanswered_ = 0;                                    // beats
  Instant heard_{}, next_beat_{};
  Instant next_try_{};
  Duration pause_{};
  std::vector<Way*> ways_;
  struct Seal {
    Way* way;
    std::uint16_t path;
    std::uint32_t generation;
  };
  std::vector<Seal> seals_;                        // reported when the next control connection is established
  std::vector<std::shared_ptr<Traffic>> traffic_;  // of the lanes
  std::vector<std::uint32_t> ended_lanes_;         // the home has not been notified of these
  struct Owed {
    Withdrawal what;
    Instant until;
  };
  std::vector<Owed> withdrawing_;  // confirmed once nothing is in flight to the segment, or at `until`
  std::deque<Withdrawal>
      withdrawn_;  // the latest: an outdated directory entry may give an attachment these keys
};

class Way final : public transport::Connection {
 public:
  Way(Peers&, std::shared_ptr<Peer>, const transport::Destination&);
  ~Way() override;
  Peer& peer() const { return *peer_; }
  SegmentId segment() const { return segment_; }
  const Keys& keys() const { return keys_; }

  /// Counts an op that goes to the NIC with this way's keys. False: they have ended. Call end() once for each true.
  bool begin(Traffic& t) {
    t.of(segment_).fetch_add(1, std::memory_order_seq_cst);
    if (!ended_.load(std::memory_order_seq_cst)) return true;
    end(t);
    return false;
  }
  void end(Traffic& t) { t.of(segment_).fetch_sub(1, std::memory_order_release); }

 private:
  friend class Peers;
  bool goes_by(const Withdrawal&) const;
  Peers& peers_;
  std::shared_ptr<Peer> peer_;
  SegmentId segment_;
  Keys keys_;
  std::atomic<bool> ended_{false};
};

class Peers {
 public:
  /// `native_words`: the NIC executes loads and stores; homes whose NIC does not move whole words are refused.
  Peers(Service&, EventBox&, std::uint64_t fabric, bool native_words);
  ~Peers();

  Expected<std::unique_ptr<Way>> connect(const transport::Destination&, Instant until);
  /// Begins a newer generation of the session with the peer. Event::sealed reports that nothing older can be executed.
  void seal(Way&, std::uint16_t path, std::uint32_t generation);

  std::uint64_t fabric() const { return fabric_; }
  std::uint64_t session() const { return session_; }
  /// Begins a lane's traffic to a peer; end_traffic() ends it.
  std::shared_ptr<Traffic> begin_traffic(Peer&, std::uint32_t lane);
  void end_traffic(Peer&, const std::shared_ptr<Traffic>&);
  std::uint32_t new_lane() { return lanes_.fetch_add(1, std::memory_order_relaxed); }
  Service& service() const { return service_; }

 private:
  friend class Peer;
  friend class Way;
  Expected<std::shared_ptr<Peer>> find(const transport::Address&);
  void begin_control(Peer&);
  void gained_control(Peer&);
  void lost_control(Peer&, std::span<const std::byte> refusal, int error);
  void failed_control(Peer&, const Failure&);
  void gone(Peer&, const Failure&);
  void retry_later(Peer&, const Failure&);
  void set(Peer&, Peer::State);
  Instant try_again(Peer&, Instant now);
  Instant beat(Peer&, Instant now);
  void say_bye(Peer&);
  void heard(Peer&);
  void went_down(Peer&);
  bool tell(Peer&, EventKind);
  void tell_sealed(Peer&);
  Instant tick(Instant now);
  void withdraw(Peer&, const Withdrawal&);
  bool answer_withdrawals(Peer&, Instant now);
  bool answer(Peer&, const Peer::Owed&, Instant now);

  Service& service_;
  EventBox& events_;
  std::uint64_t fabric_, session_;
  bool native_words_;
  std::atomic<std::uint32_t> lanes_{0};
  std::map<std::uint64_t, std::shared_ptr<Peer>> peers_;  // by home
  std::shared_ptr<bool> alive_;
};

}  // namespace ub::rdma
