// What happens to a member's fabric is taken in here and nowhere else, and handed to each who watches, once.
// Owner: the member.
// Threads: any; whoever waits takes in for all. There is no thread behind it.
// Units: time of the member's transport.
// Errors: none; what does not fit is counted, and told as an event.
//
// Two sources: what the transport tells, and the ranks' places in the directory, which are compared with how they were
// when somebody looked last. A peer that both know to have gone is told once.
#pragma once

#include <atomic>
#include <deque>
#include <functional>
#include <map>
#include <memory>
#include <mutex>
#include <optional>
#include <vector>

#include "directory/ranks.h"
#include "ub/fabric.h"
#include "ub/transport.h"

namespace ub::detail {
class Member;
}

namespace ub::core {

class Waiting;

/// What one watch has still to hand out.
class EventBox {
 public:
  static constexpr std::size_t kRoom = 256;  // a machine that loses 256 things at once has one problem
  void put(const FabricEvent&);
  std::optional<FabricEvent> take();

 private:
  std::deque<FabricEvent> events_;
};

/// Which of the ranks' incarnations (rank and epoch) have been reported. Pure.
class Incarnations {
 public:
  using NodeName = std::function<std::string(NodeId)>;
  /// `now` is what the directory shows of every rank, in ascending order. Returns what is new: for each epoch that began since
  /// the last call a peer_joined, and for each that is over a peer_gone, in order. An epoch that was skipped between two calls
  /// has begun and is over. Where a rank skipped more epochs than a watch has room for, the rest is one `missed`.
  /// `complete`: a rank that `now` shows for the first time had no epoch before; else its earlier epochs are unknown, and not
  /// reported.
  std::vector<FabricEvent> compare(const std::vector<directory::Incarnation>& now, bool complete,
                                   const NodeName&);
  /// The transport reports this incarnation as gone: its event, if it has not been reported.
  std::optional<FabricEvent> gone(Rank, std::uint32_t epoch);

 private:
  struct Reported {
    std::uint32_t epoch = 0;  // 0: none
    bool joined = false;      // and its end has not been reported
    std::string node;
  };
  std::map<Rank, Reported> all_;
};

class Events {
 public:
  explicit Events(detail::Member& m) : member_(m) {}

  /// Gets every event from now on, for as long as it lives.
  std::shared_ptr<EventBox> watch();
  /// Takes in what has happened. Never blocks.
  void take_in();
  std::optional<FabricEvent> take(EventBox&);

  /// How often something was handed out; see wait().
  std::uint32_t rung() const { return rung_.load(std::memory_order_acquire); }
  /// Until something may have happened since `rung`. True: the transport's descriptor says so; if then it was no event, the
  /// next wait is to be one `in_vain`.
  bool wait(Waiting&, std::uint32_t rung, bool in_vain);
  /// Wakes who waits.
  void ring();

 private:
  void take_in_locked();
  std::optional<FabricEvent> tell(const transport::Event&);
  void hand_out(const FabricEvent&);

  detail::Member& member_;
  std::mutex mutex_;  // of what follows
  std::vector<std::weak_ptr<EventBox>> boxes_;
  Incarnations incarnations_;
  std::atomic<std::uint32_t> rung_{0};
  std::atomic<bool> at_descriptor_{false};  // somebody waits at the transport's, and rings for the others
};

}  // namespace ub::core
