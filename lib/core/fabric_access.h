// The library's way from public handles to what is behind them.
// Owner: none.  Threads: as the handle's.  Units: none.  Errors: none; null for handles of nothing.
#pragma once

#include <memory>

#include "ub/fabric.h"
#include "ub/remote_segment.h"

namespace ub::detail {

struct FabricAccess {
  static std::shared_ptr<Member> member(const Fabric& f) { return f.member_; }
  static const std::shared_ptr<Attachment>& attachment(const RemoteSegment& s) { return s.attachment_; }
};

}  // namespace ub::detail
