// The home of a segment, acted for by whoever maps its state: checks generation, rights and range, then applies the op.
// Owner: an attachment has one.  Threads: any, at once; it only points at the board and the memory.
// Units: bytes.
// Errors: stale_epoch when the gate is not what the request expects: the initiator finds out why, and goes on from
// Response::moved if nothing speaks against it; access_denied, misaligned, out_of_range, unsupported.
#pragma once

#include <atomic>

#include "board/transport.h"

namespace ub::core {

class SegmentHome final : public board::Home {
 public:
  SegmentHome() = default;
  SegmentHome(const std::atomic<std::uint64_t>* gate, std::byte* memory, std::uint64_t size)
      : gate_(gate), memory_(memory), size_(size) {}

  board::Response execute(const board::Request&) override;

 private:
  const std::atomic<std::uint64_t>* gate_ = nullptr;
  std::byte* memory_ = nullptr;
  std::uint64_t size_ = 0;
};

/// Rights, alignment and range of an op on a segment of `size` bytes; ok, or the code that refuses it.
Code check_op(const board::Request&, std::uint64_t size);
/// The right that an op needs.
Access needed(Op);

}  // namespace ub::core
