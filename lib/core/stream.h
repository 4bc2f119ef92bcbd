// A stream: an op table over a lane of the fabric's transport, with its window for homes that this process acts for.
// Owner: a queue, or a member for the blocking ops of a thread.  Thread safety: one thread at a time.
// Units: host time of the transport.
// Errors: see OpTable; the attachment determines why an op failed.
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

  /// Adds the op and sends it if its order allows. Returns false when full. Keeps the attachment until the op is collected.
  bool post(const std::shared_ptr<detail::Attachment>&, const NewOp&);
  /// The same for a list; each piece is an op.
  bool post(const std::shared_ptr<detail::Attachment>&, std::span<const NewOp> pieces);
  /// Receives endings, applies deadlines, sends ready ops.
  void progress();
  /// `*places`: how many slots it used.
  std::optional<Completion> collect(std::size_t* places);
  /// Waits until something happens or the instant passes.
  void wait(Instant until);
  /// One blocking op, from post to completion. Reads the clock only if the lane has no immediate completion.
  transport::Ending run(detail::Attachment&, NewOp&, Deadline, std::uint16_t& attempts);
  /// Ends all ops in flight; buffers are safe when it returns.
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
  std::vector<std::shared_ptr<detail::Attachment>> kept_;  // until a posted op is collected
  std::vector<transport::Ending> endings_;                 // room for one poll
  recovery::Window::Header window_header_;
  std::vector<recovery::Window::Memory> window_;
};

}  // namespace ub::core
