// All events of a member's fabric are collected here and delivered once to each watch.
// Owner: the member.
// Thread safety: members may be called concurrently. A waiting thread collects for all; there is no background thread.
// Units: time of the member's transport.
// Errors: none; events that do not fit are counted and reported as one event.
//
// There are two sources: the transport's events, and the ranks in the directory, compared with their state at the last
// call. A peer that both report as gone is reported once.
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

/// Events that a watch has not returned yet.
class EventBox {
 public:
  static constexpr std::size_t kRoom = 256;  // 256 simultaneous failures have one cause
  void put(const FabricEvent&);
  std::optional<FabricEvent> take();

 private:
  std::deque<FabricEvent> events_;
};

/// Which of the ranks' incarnations (rank and epoch) have been reported. Pure.
class Incarnations {
 public:
  using NodeName = std::function<std::string(NodeId)>;
  /// `now` is the directory's state of every rank, in ascending order. Returns a peer_joined for each epoch that has begun
  /// since the last call and a peer_gone for each that has ended, in order. An epoch that was skipped between two calls has
  /// begun and ended. If a rank skipped more epochs than a watch has room for, the rest is one `missed`.
  /// `complete`: a rank that `now` shows for the first time had no epoch before; else its earlier epochs are unknown, and not
  /// reported.
  std::vector<FabricEvent> compare(const std::vector<directory::Incarnation>& now, bool complete,
                                   const NodeName&);
  /// The transport reports this incarnation as gone. Returns its event if that has not been reported.
  std::optional<FabricEvent> gone(Rank, std::uint32_t epoch);

 private:
  struct Reported {
    std::uint32_t epoch = 0;  // 0: none
    bool joined = false;      // and peer_gone has not been reported
    std::string node;
  };
  std::map<Rank, Reported> all_;
};

class Events {
 public:
  explicit Events(detail::Member& m) : member_(m) {}

  /// The box receives every event from now on, until it is destroyed.
  std::shared_ptr<EventBox> watch();
  /// Collects what has happened. Never blocks.
  void take_in();
  std::optional<FabricEvent> take(EventBox&);

  /// How often events were delivered; see wait().
  std::uint32_t rung() const { return rung_.load(std::memory_order_acquire); }
  /// Waits until something may have happened since `rung`. Returns true if the transport's descriptor is readable; if there
  /// is no event then, the next wait must be `in_vain`.
  bool wait(Waiting&, std::uint32_t rung, bool in_vain);
  /// Wakes all waiting threads.
  void ring();

 private:
  void take_in_locked();
  std::optional<FabricEvent> tell(const transport::Event&);
  void hand_out(const FabricEvent&);

  detail::Member& member_;
  std::mutex mutex_;  // guards what follows
  std::vector<std::weak_ptr<EventBox>> boxes_;
  Incarnations incarnations_;
  std::atomic<std::uint32_t> rung_{0};
  std::atomic<bool> at_descriptor_{false};  // a thread waits at the transport's, and wakes the others
};

}  // namespace ub::core
