// 64+1: a rack's backup in the place of an NPU that has failed. As a map: where the NPU's links went, paths over the rack's
// switch plane go to the backup.
// Owner: the caller; the machine must outlive it.  Thread safety: const members may run concurrently; replace() and restore() need exclusive access.
// Units: none.
// Errors: a place that no backup can take is refused, with the reason.
//
// A mesh link x-k becomes x-LRS-B, over any of the groups: x's own first-level switches have a link to the backup each, so
// its way there is part of the x16 over which x reaches the plane, and shared with what else it sends there. A link from k
// into the plane becomes the backup's to the same switch. Nothing else changes. In the rack of 64 the 14 links of
// x4 become 14 times 4 groups, where two peers share the x2 of a switch to the backup: x4 for each.
#pragma once

#include <optional>
#include <string_view>
#include <utility>
#include <vector>

#include "routing/paths/path_set.h"

namespace ub::routing {

class BackupMap {
 public:
  enum class Refusal : std::uint8_t {
    not_an_npu,
    no_backup,   ///< the machine has none
    taken,       ///< it stands for another NPU of the rack: a second failure there cannot be masked
    backup_lost  ///< it has failed itself
  };

  explicit BackupMap(const topology::Machine& m) : machine_(m) {}

  /// The backup of its rack takes the NPU's place. Of a backup: it will take none. Nothing: done.
  std::optional<Refusal> replace(NodeId failed);
  /// The node is well again.
  void restore(NodeId);

  /// The node in an NPU's place: the NPU itself, or its backup. Every failed NPU here has been replaced by its backup.
  NodeId in_place_of(NodeId npu) const;
  /// Whose place a backup has; other nodes have their own.
  NodeId place_of(NodeId) const;

  /// What becomes of a path of the machine: itself, or the same over the plane, by every group. Empty if it would have more
  /// than 12 links or none of the lanes (lanes.h).
  std::vector<Path> moved(const Path&) const;

  /// The paths between two places (NPUs of the machine): those of the path set, moved.
  std::vector<Path> paths(NodeId from, NodeId to, const Policy& = {}, std::size_t cap = PathSet::kAll) const;

 private:
  const topology::Machine& machine_;
  std::vector<std::pair<NodeId, NodeId>> placed_;  // failed, backup; a failed backup with itself
};

/// "its rack's backup already stands for another NPU"; never null.
std::string_view describe(BackupMap::Refusal);

}  // namespace ub::routing
