// The home's side of a segment: its memory, its record, its doorbell.
// Owner: Segment handles share it; it keeps its member's board alive.
// Thread safety: members may be called concurrently from any thread.
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
  /// Exposes new memory, or the caller's memory in `pinned` if there is any.
  static Expected<Segment> make(std::shared_ptr<Member>, std::string_view name, std::uint64_t size,
                                const Pinned& pinned, const ExposeOptions&);
  ~Exposure();
  /// Retires the segment, once. A peer's next op on it ends with segment_gone.
  void close();

  Result<std::uint64_t> wait(std::uint64_t offset, unsigned size, bool is_signed, Compare,
                             std::uint64_t value, const WaitOptions&);
  /// The process that a wait waits for. It may not have joined yet.
  struct Awaited {
    Rank rank;
    std::uint32_t epoch = 0;
  };
  /// Waits on the doorbell until `reached` holds. Returns ok, not_joined, timed_out or peer_gone.
  Code wait_for(const std::function<bool()>& reached, const WaitOptions&, std::optional<Awaited>);
  /// Changes the rights of peers. If it takes a right away, waits until the ops that began before have ended.
  Status change(const std::function<Code(directory::Rights&)>&, bool takes_away, Deadline);
  Access access() const;
  /// Wakes every waiter to check its conditions again.
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
  std::shared_ptr<Pin> pin_;  // released after the memory
  std::mutex changing_;       // one thread at a time changes memory_.grant, at the transport and on the board
  transport::Memory memory_;
  core::WindowTable windows_;
  core::SegmentHome home_;
  std::uint64_t executing_ = 0;  // running responders
  std::uint64_t born_ = 0;       // the home's gate when exposed, if the memory is the caller's
  SegmentId id_;
  std::uint64_t size_ = 0;
  std::string name_;
  std::atomic<bool> closed_{false};
};

}  // namespace ub::detail
