// What is known of every rank, and whose it is: the table from which the listening side gives out ranks. Pure.
// Owner: the exchange.  Threads: one at a time.  Units: none.
// Errors: taken, invalid_argument.
#pragma once

#include <map>
#include <string>

#include "directory/exchange.h"

namespace ub::directory {

class Seats {
 public:
  explicit Seats(std::uint32_t ranks) : ranks_(ranks) {}

  /// Gives the rank to a process, and says so: until its holder speaks for itself it has a living gate and no segments.
  Expected<Claim> claim(Rank, NodeId, const std::string& host, std::int32_t pid);
  /// Keeps what is newer than what is known; false: it is not.
  bool update(const Snapshot&);
  const Snapshot* find(Rank) const;
  const std::map<Rank, Snapshot>& all() const { return all_; }

 private:
  std::uint32_t ranks_;
  std::map<Rank, Snapshot> all_;
};

}  // namespace ub::directory
