// The common base of transports whose memory is beside the board: every process of the host can map it, and the initiator acts
// for the home immediately.
// Owner: the transport derives from it.  Thread safety: as Transport.
// Units: bytes.
// Errors: as Transport.
#pragma once

#include <array>

#include "board/memory.h"
#include "ub/transport.h"

namespace ub::transports {

class OnBoard : public transport::Transport {
 public:
  explicit OnBoard(const board::Board& b) : board_(b) {}

  Expected<transport::Memory> expose(const transport::Exposing&) override;
  Expected<std::shared_ptr<void>> pin(std::span<std::byte>) override;
  Expected<bool> map(const transport::Grant&, std::uint64_t size, bool writable, void* address) override;

 protected:
  const board::Board& board_;
};

/// Adds the Caps that they share.
inline void add_board_caps(Caps& c) {
  c.stopped_target_serves = c.stopped_responder_serves = true;
  c.coherent_atomics = true;
  c.pins = c.exposes_pinned = true;
  c.pin_alignment = detail::kPage;
  c.max_segment = board::kMaxSegmentSize;
}

/// A lane on which post() executes each op. `Carry` does it: Ending(const Request&).
template <class Carry> class ImmediateLane final : public transport::Lane {
 public:
  explicit ImmediateLane(Carry carry) : carry_(std::move(carry)) {}

  std::size_t post(std::span<const transport::Request> batch) override {
    std::size_t taken = 0;
    for (; taken < batch.size() && last_ - first_ < kRoom; ++taken)
      endings_[last_++ % kRoom] = carry_(batch[taken]);
    return taken;
  }
  std::size_t poll(std::span<transport::Ending> out) override {
    std::size_t n = 0;
    while (n < out.size() && first_ != last_) out[n++] = endings_[first_++ % kRoom];
    return n;
  }
  bool reclaim(transport::OpId) override { return true; }

 private:
  static constexpr std::size_t kRoom = 64;
  Carry carry_;
  std::array<transport::Ending, kRoom> endings_;
  std::size_t first_ = 0, last_ = 0;
};

}  // namespace ub::transports
