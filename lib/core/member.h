// A member: this process as one rank of one fabric.
// Owner: its Fabric; segments and attachments share it, so that the board stays mapped under them.
// Threads: any.
// Units: bytes.
// Errors: Expected from set-up; current() is false after leave() and in a forked child.
#pragma once

#include <atomic>
#include <memory>
#include <mutex>
#include <vector>

#include "board/board.h"
#include "board/transport.h"
#include "directory/ranks.h"
#include "ub/fabric.h"

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
  board::Transport& transport() const { return *transport_; }
  const Caps& caps() const { return transport_->caps(); }
  Rank rank() const { return seat_.rank; }
  NodeId node() const { return seat_.node; }
  std::uint32_t epoch() const { return seat_.epoch; }
  const std::string& url() const { return url_; }
  Instant until(Deadline d) const { return d.is_default() ? Deadline::in(timeout_).instant() : d.instant(); }

  /// Moves this rank's gate to the next generation: every attachment to it looks again at what it is attached to.
  void move_gate();
  std::unique_ptr<board::Connection> connect(Rank peer) const;
  void adopt(const std::shared_ptr<Attachment>&);
  void adopt(const std::shared_ptr<Exposure>&);
  void count(std::uint64_t bytes) const {
    counters_->ops.fetch_add(1, std::memory_order_relaxed);
    counters_->bytes.fetch_add(bytes, std::memory_order_relaxed);
  }

 private:
  Member() = default;

  std::shared_ptr<board::Board> board_;
  std::unique_ptr<board::Transport> transport_;
  directory::Seat seat_;
  board::Counters* counters_ = nullptr;  // this rank's, on the board
  std::string url_;
  Duration timeout_{};
  std::atomic<bool> left_{false};
  std::mutex mutex_;  // of the lists
  std::vector<std::weak_ptr<Attachment>> attachments_;
  std::vector<std::weak_ptr<Exposure>> exposures_;
};

}  // namespace ub::detail
