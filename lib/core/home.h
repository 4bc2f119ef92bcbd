// The home of a segment, acted for by whoever maps its state: checks generation, rights and range, asks the stream's window,
// applies the op, remembers.
// Owner: an attachment has one for the initiator that acts for the home itself; an exposure one for responders.
// Threads: any, at once; the ops of one stream one at a time.
// Units: bytes.
// Errors: stale_epoch when the gate is not what the request expects: the initiator finds out why, and goes on from
// Ending::moved if nothing speaks against it; cancelled for a late copy, whose op has ended; access_denied, misaligned,
// out_of_range, unsupported.
#pragma once

#include <atomic>

#include "core/doorbell.h"
#include "recovery/window.h"
#include "ub/transport.h"

namespace ub::core {

/// Where the windows of streams are kept.
class Windows {
 public:
  /// The stream's, made when it is new; an empty one when there is no room.
  virtual recovery::Window of(std::uint64_t stream, std::uint32_t in_flight) = 0;
  /// It has ended. For who keeps windows of others' streams.
  virtual void forget(std::uint64_t) {}

 protected:
  ~Windows() = default;
};

class SegmentHome final : public transport::Home {
 public:
  SegmentHome() = default;
  /// For the initiator: in front of the memory lie its marks and the gate (ub/detail/in_op.h), and its streams keep their
  /// windows.
  SegmentHome(const std::atomic<std::uint64_t>* gate, std::byte* memory, std::uint64_t size)
      : gate_(gate), memory_(memory), size_(size) {}
  /// For responders, who wake the home's sleepers; `executing` counts those that are at it, as an atomic_ref.
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

/// A transfer looks at the gate again after each piece: a longer one may end with some of it done.
inline constexpr std::uint64_t kPiece = detail::kDirectCopy;
/// Rights, alignment and range of an op on a segment of `size` bytes; ok, or the code that refuses it.
Code check_op(const transport::Request&, std::uint64_t size);
/// The right that an op needs.
Access needed(Op);

}  // namespace ub::core
