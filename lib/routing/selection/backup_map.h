// 64+1: a rack's backup in the place of a failed NPU. The map replaces the NPU's links by paths over the rack's switch plane
// to the backup.
// Owner: the caller; the machine must outlive it.
// Thread safety: const members may run concurrently; replace() and restore() need exclusive access.
// Units: none.
// Errors: replace() returns the reason if no backup can replace the node.
//
// A mesh link x-k becomes x-LRS-B, over each group: each of x's first-level switches has a link to the backup, so the path
// uses part of the x16 between x and the plane, together with x's other traffic there. A link from k into the plane becomes
// the backup's link to the same switch. Nothing else changes. In the rack of 64 the 14 links of x4 become 14 times 4 paths,
// where two peers share the x2 of a switch to the backup: x4 for each.
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
    taken,       ///< the backup already replaces another NPU of the rack: a second failure cannot be masked
    backup_lost  ///< the backup has failed
  };

  explicit BackupMap(const topology::Machine& m) : machine_(m) {}

  /// Puts the rack's backup in the NPU's place. For a backup: it will replace no NPU. Empty: success.
  std::optional<Refusal> replace(NodeId failed);
  /// The node has recovered.
  void restore(NodeId);

  /// The node in an NPU's place: the NPU itself, or its backup. Every failed NPU here has been replaced by its backup.
  NodeId in_place_of(NodeId npu) const;
  /// The NPU that a backup replaces; any other node itself.
  NodeId place_of(NodeId) const;

  /// A path of the machine with replaced NPUs: unchanged, or over the plane, one path for each group. Paths of more than 12
  /// links and paths without lanes (lanes.h) are left out.
  std::vector<Path> moved(const Path&) const;

  /// The paths between two places (NPUs of the machine): each path of the path set, moved.
  std::vector<Path> paths(NodeId from, NodeId to, const Policy& = {}, std::size_t cap = PathSet::kAll) const;

 private:
  const topology::Machine& machine_;
  std::vector<std::pair<NodeId, NodeId>> placed_;  // failed node, its backup; a failed backup with itself
};

/// "its rack's backup already stands for another NPU"; never null.
std::string_view describe(BackupMap::Refusal);

}  // namespace ub::routing
