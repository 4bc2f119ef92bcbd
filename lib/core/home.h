// The home of a segment, run by any process that maps its state: checks generation, rights and range, consults the stream's
// window, applies the op, remembers the result.
// Owner: an attachment has one for an initiator that acts for the home itself; an exposure has one for responders.
// Thread safety: ops may run concurrently; the ops of one stream one at a time.
// Units: bytes.
// Errors: stale_epoch when the gate differs from the request's: the initiator finds the reason and, if the op may continue,
// resumes at Ending::moved; cancelled for a late copy of an op that has ended; access_denied, misaligned, out_of_range,
// unsupported.
#pragma once

#include <atomic>

#include "core/doorbell.h"
#include "recovery/window.h"
#include "ub/transport.h"

namespace ub::core {

/// Stores the windows of streams.
class Windows {
 public:
  /// Returns the stream's window, made when it is new; an empty one when there is no room.
  virtual recovery::Window of(std::uint64_t stream, std::uint32_t in_flight) = 0;
  /// The stream has ended: frees its window, unless the stream itself owns it.
  virtual void forget(std::uint64_t) {}

 protected:
  ~Windows() = default;
};

class SegmentHome final : public transport::Home {
 public:
  SegmentHome() = default;
  /// For the initiator: its marks and the gate precede the memory (ub/detail/in_op.h), and its streams own their windows.
  SegmentHome(const std::atomic<std::uint64_t>* gate, std::byte* memory, std::uint64_t size)
      : gate_(gate), memory_(memory), size_(size) {}
  /// For responders, which wake the home's sleepers; `executing` counts running ones, as an atomic_ref.
  SegmentHome(const std::atomic<std::uint64_t>* gate, std::byte* memory, std::uint64_t size, Windows* windows,
              std::uint64_t* executing, board::Bell* bell = nullptr)
      : gate_(gate), memory_(memory), size_(size), windows_(windows), executing_(executing), bell_(bell) {}

  transport::Ending execute(const transport::Request&, Instant now) override;
  void forget(std::uint64_t stream) override {
    if (windows_) windows_->forget(stream);
  }

 private:
  Code apply(const transport::Request&, transport::Ending&);
  Code remembered(const transport::Request&, transport::Ending&);

  const std::atomic<std::uint64_t>* gate_ = nullptr;
  std::byte* memory_ = nullptr;
  std::uint64_t size_ = 0;
  Windows* windows_ = nullptr;
  std::uint64_t* executing_ = nullptr;
  board::Bell* bell_ = nullptr;
};

/// A transfer checks the gate again after each piece, so a longer one may end partly done.
inline constexpr std::uint64_t kPiece = detail::kDirectCopy;
/// Checks rights, alignment and range of an op on a segment of `size` bytes. Returns ok, or why it is refused.
Code check_op(const transport::Request&, std::uint64_t size);
/// The right that an op needs.
Access needed(Op);

}  // namespace ub::core
