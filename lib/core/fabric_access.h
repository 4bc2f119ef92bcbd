// Access from public handles to the objects behind them.
// Owner: none.  Thread safety: as the handle's.  Units: none.  Errors: none; null for empty handles.
#pragma once

#include <memory>

#include "ub/fabric.h"
#include "ub/remote_segment.h"

namespace ub::detail {

/// What a Pinned holds. The pin is released before the transport.
struct Pin {
  std::shared_ptr<Member> member;
  std::shared_ptr<void> pin;
};

struct FabricAccess {
  static std::shared_ptr<Member> member(const Fabric& f) { return f.member_; }
  static std::shared_ptr<Exposure> exposure(const Segment& s) { return s.exposure_; }
  static Pinned pinned(std::span<std::byte> memory, Pin pin) {
    return Pinned(memory, std::make_shared<Pin>(std::move(pin)));
  }
  static std::shared_ptr<Pin> pin(const Pinned& p) { return p.pin_; }
  static const std::shared_ptr<Attachment>& attachment(const RemoteSegment& s) { return s.attachment_; }
};

}  // namespace ub::detail
