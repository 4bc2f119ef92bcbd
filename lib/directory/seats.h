// The latest snapshot of every rank: the table from which the listening side grants ranks. Pure.
// Owner: the exchange.  Thread safety: one thread at a time.  Units: none.
// Errors: taken, invalid_argument.
#pragma once

#include <map>
#include <string>

#include "directory/exchange.h"

namespace ub::directory {

class Seats {
 public:
  explicit Seats(std::uint32_t ranks) : ranks_(ranks) {}

  /// Grants the rank to a process. Until its holder publishes a snapshot, the entry has a living gate and no segments.
  Expected<Claim> claim(Rank, NodeId, const std::string& host, std::int32_t pid);
  /// Stores the snapshot and returns true if it is newer than the stored one.
  bool update(const Snapshot&);
  const Snapshot* find(Rank) const;
  const std::map<Rank, Snapshot>& all() const { return all_; }

 private:
  std::uint32_t ranks_;
  std::map<Rank, Snapshot> all_;
};

}  // namespace ub::directory
