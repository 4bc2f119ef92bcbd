// The peer that a tool measures against: found, or started as a helper process at a free rank.
// Owner: move-only; destroying it stops the helper.  Thread safety: one thread.
// Units: none.
// Errors: Expected, with advice; a helper that cannot start reports why itself.
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

  /// Attaches again to the process that holds the rank now, without waiting for one to join.
  ub::Status attach_again(ub::Fabric&, const JoinOptions&, const Service&);
};

/// The rank that `o.target` names; without a target, a rank with a responder, else the first free one.
ub::Expected<ub::Rank> find_target(const ub::Fabric&, const JoinOptions&, const Service&);

/// Starts a responder at a rank: this program with `arguments` and those by which it joins there.
ub::Expected<Child> start_responder(const ub::Fabric&, ub::Rank, const JoinOptions&, const Service&,
                                    std::vector<std::string> arguments);

/// Finds the target, starts a responder there if needed, and attaches. Joins `fabric` again as another rank
/// if it holds the target. An error with Code::cancelled has been reported already.
ub::Expected<Partner> meet(ub::Fabric& fabric, const JoinOptions&, const Service&,
                           std::vector<std::string> arguments);

}  // namespace tools
