// The home's side of a segment: its memory, its record, its doorbell.
// Owner: Segment handles share it; it keeps its member's board alive.
// Threads: any, at once.
// Units: bytes.
// Errors: see Segment.
#pragma once

#include <atomic>
#include <functional>
#include <memory>
#include <mutex>
#include <optional>
#include <string>

#include "core/home.h"
#include "core/member.h"
#include "core/window_table.h"
#include "directory/segments.h"
#include "ub/segment.h"

namespace ub::detail {

struct Pin;

class Exposure {
 public:
  /// Of new memory, or of the user's own where `pinned` has some.
  static Expected<Segment> make(std::shared_ptr<Member>, std::string_view name, std::uint64_t size,
                                const Pinned& pinned, const ExposeOptions&);
  ~Exposure();
  /// Retires the segment, once. Peers' next op on it ends with segment_gone.
  void close();

  Result<std::uint64_t> wait(std::uint64_t offset, unsigned size, bool is_signed, Compare,
                             std::uint64_t value, const WaitOptions&);
  /// The process that a wait waits for. One that has not joined yet is waited for, too.
  struct Awaited {
    Rank rank;
    std::uint32_t epoch = 0;
  };
  /// Waits on the doorbell until `reached` holds. Returns ok, not_joined, timed_out or peer_gone.
  Code wait_for(const std::function<bool()>& reached, const WaitOptions&, std::optional<Awaited>);
  /// Changes what peers may do; then, where something is taken away, waits until nobody is doing it any more.
  Status change(const std::function<Code(directory::Rights&)>&, bool takes_away, Deadline);
  Access access() const;
  /// Wakes every waiter, for them to look around.
  void wake();

  Member& member() const { return *member_; }
  SegmentId id() const { return id_; }
  std::uint64_t size() const { return size_; }
  const std::string& name() const { return name_; }
  const transport::Memory& memory() const { return memory_; }

 private:
  Exposure() = default;
  Code publish(const std::function<Code(directory::Rights&)>& change, Instant deadline);
  bool runs_before(std::uint64_t gate);
  void settle();
  board::Bell& bell() const { return member_->board().segment(board::slot_of(id_)).bell; }

  std::shared_ptr<Member> member_;
  std::shared_ptr<Pin> pin_;  // goes after the memory
  std::mutex changing_;  // one thread at a time moves on memory_.grant, at the transport and on the board
  transport::Memory memory_;
  core::WindowTable windows_;
  core::SegmentHome home_;
  std::uint64_t executing_ = 0;  // responders
  std::uint64_t born_ = 0;       // the home's gate at our birth, if the memory is the user's own
  SegmentId id_;
  std::uint64_t size_ = 0;
  std::string name_;
  std::atomic<bool> closed_{false};
};

}  // namespace ub::detail
