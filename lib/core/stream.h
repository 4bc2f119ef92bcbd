// A stream: an op table over a lane of the fabric's transport, with the window that its homes in this process keep of it.
// Owner: a queue, or a member for the blocking ops of a thread.  Threads: one at a time.
// Units: host time of the transport.
// Errors: see OpTable; an op's reason to end is found by its attachment.
#pragma once

#include <memory>
#include <vector>

#include "core/guard.h"
#include "core/home.h"
#include "core/op_table.h"

namespace ub::detail {
class Attachment;
class Member;
}  // namespace ub::detail

namespace ub::core {

class Stream final : public Windows {
 public:
  Stream(detail::Member&, std::uint64_t id, std::uint32_t depth);
  ~Stream();

  /// Takes the op in and sends it if its order allows. False when full. The attachment lives until the op has ended.
  bool post(const std::shared_ptr<detail::Attachment>&, const NewOp&);
  /// The same for a list, whose pieces are ops.
  bool post(const std::shared_ptr<detail::Attachment>&, std::span<const NewOp> pieces);
  /// Sends what is ready, takes endings in, passes time.
  void progress();
  /// `*places`: how many of the table's it had.
  std::optional<Completion> collect(std::size_t* places);
  /// Waits for something to happen, at most until the instant.
  void wait(Instant until);
  /// One blocking op, from post to completion. Looks at the clock only if the lane does not answer at once.
  transport::Ending run(detail::Attachment&, NewOp&, Deadline, std::uint16_t& attempts);
  /// Ends everything in flight: buffers are safe when it returns.
  void give_up();

  OpTable& table() { return table_; }
  const OpTable& table() const { return table_; }
  recovery::Window of(std::uint64_t stream, std::uint32_t in_flight) override;

 private:
  OpTable::Slot* take(const NewOp&, std::uint32_t number = 0, std::uint32_t count = 1);
  std::size_t place(std::uint64_t sequence) const { return base::ring_index(sequence, attachments_.size()); }
  bool lossy() const;
  Instant now();
  void send();
  void take_in();
  void take_in(const transport::Ending&);

  detail::Member& member_;
  std::unique_ptr<transport::Lane> lane_;
  OpTable::Storage storage_;
  OpTable table_;
  Guard guard_;
  std::uint64_t id_;
  std::vector<detail::Attachment*> attachments_;           // of the ops, by slot
  std::vector<std::shared_ptr<detail::Attachment>> kept_;  // alive until a posted op is collected
  std::vector<transport::Ending> endings_;                 // room for one poll
  recovery::Window::Header window_header_;
  std::vector<recovery::Window::Memory> window_;
};

}  // namespace ub::core
