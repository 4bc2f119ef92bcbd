// A member: this process as one rank of one fabric.
// Owner: its Fabric; segments and attachments share it, which keeps the board mapped.
// Thread safety: members may be called concurrently from any thread.
// Units: bytes.
// Errors: Expected from set-up; current() is false after leave() and in a forked child.
#pragma once

#include <array>
#include <atomic>
#include <memory>
#include <mutex>
#include <vector>

#include "board/board.h"
#include "board/kind.h"
#include "board/marks.h"
#include "core/events.h"
#include "directory/exchange.h"
#include "directory/ranks.h"
#include "ub/fabric.h"

namespace ub::core {
class Stream;
struct NewOp;
}  // namespace ub::core

namespace ub::detail {

class Attachment;
class Exposure;

class Member : public std::enable_shared_from_this<Member> {
 public:
  static Expected<std::shared_ptr<Member>> join(std::string_view url, const FabricOptions&);
  ~Member();
  void leave();

  bool current() const { return !left_.load(std::memory_order_relaxed) && !board_->lost_by_fork(); }
  board::Board& board() const { return *board_; }
  transport::Transport& transport() const { return *transport_; }
  const Caps& caps() const { return transport_->caps(); }
  Rank rank() const { return seat_.rank; }
  NodeId node() const { return seat_.node; }
  std::uint32_t epoch() const { return seat_.epoch; }
  const std::string& url() const { return url_; }
  Duration timeout() const { return timeout_; }
  /// The deadline of a call that begins now, in the transport's time; and in host time, for locks.
  Instant until(Deadline d) const { return d.from(transport_->now(), timeout_); }
  Instant host_until(Deadline) const;

  /// Moves this rank's gate to the next generation, so that every attachment to it checks its segment again; announces it.
  /// Returns the new gate.
  std::uint64_t move_gate();
  /// Sends this rank's state on the board to ranks that do not share the board.
  void announce();
  Expected<std::unique_ptr<transport::Connection>> connect(Rank peer, SegmentId, const transport::Grant&,
                                                           std::uint64_t size, Instant until) const;
  /// Runs a blocking op on this thread's implicit stream.
  transport::Ending run(Attachment&, core::NewOp&, Deadline, std::uint16_t& attempts);
  std::uint64_t new_stream() { return first_stream_ + streams_made_.fetch_add(1, std::memory_order_relaxed); }
  void adopt(const std::shared_ptr<Attachment>&);
  void adopt(const std::shared_ptr<Exposure>&);
  /// The attachment that owns the connection; null if it has been destroyed.
  std::shared_ptr<Attachment> owner_of(const transport::Connection&);
  core::Events& events() { return events_; }
  void count(std::uint64_t bytes) const {
    board::count(marks_->slots[thread_slot / kSlotStride], bytes, thread_slot == kNoSlot);
  }

 private:
  Member() = default;
  core::Stream& stream_at(std::size_t);

  std::shared_ptr<board::Board> board_;
  std::unique_ptr<transport::Transport> transport_;
  std::mutex announcing_;                          // what is read from the board later is sent later
  std::unique_ptr<directory::Exchange> exchange_;  // null: all ranks share the board
  std::uint64_t first_stream_ = 0;                 // random: ids of streams count up from it
  std::atomic<std::uint64_t> streams_made_{0};
  std::array<std::atomic<core::Stream*>, kSlots>
      streams_{};  // of blocking ops, by thread slot; the last is shared
  std::mutex shared_stream_;
  directory::Seat seat_;
  board::MarksPage* marks_ = nullptr;  // this rank's, on the board
  std::string url_;
  Duration timeout_{};
  std::atomic<bool> left_{false};
  std::mutex mutex_;  // of the lists
  std::vector<std::weak_ptr<Attachment>> attachments_;
  std::vector<std::weak_ptr<Exposure>> exposures_;
  core::Events events_{*this};
};

}  // namespace ub::detail
