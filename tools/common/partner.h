// The peer that a tool measures against: found, or started as a helper process where nobody is.
// Owner: move-only; its end stops the helper.  Threads: one.
// Units: none.
// Errors: Expected, with advice; a helper that cannot start has said why itself.
#pragma once

#include <functional>
#include <optional>
#include <string>
#include <vector>

#include "tools/common/child.h"
#include "tools/common/join.h"
#include "tools/common/service.h"

namespace tools {

struct Partner {
  ub::Rank rank;
  std::string name;          // "rank 5 (board0.npu5)"
  std::string segment_name;  // "ub-ping"
  ub::RemoteSegment segment;
  std::optional<ServiceHeader> header;  // empty: the segment is not a responder's
  std::optional<Child> helper;

  /// Attaches again to whoever holds the rank now, without waiting for somebody to come.
  ub::Status attach_again(ub::Fabric&, const JoinOptions&, const Service&);
};

/// The rank that `o.target` names, or one to talk to: a rank with a responder, else the first that is free.
ub::Expected<ub::Rank> find_target(const ub::Fabric&, const JoinOptions&, const Service&);

/// Starts a responder at a rank: this program with `arguments` and what it takes to join there.
ub::Expected<Child> start_responder(const ub::Fabric&, ub::Rank, const JoinOptions&, const Service&,
                                    std::vector<std::string> arguments);

/// Finds the target, starts a responder there if need be, and attaches. `fabric` may be joined anew, as another
/// rank, if it happened to sit on the target. An error with Code::cancelled has been explained already.
ub::Expected<Partner> meet(ub::Fabric& fabric, const JoinOptions&, const Service&,
                           std::vector<std::string> arguments);

}  // namespace tools
