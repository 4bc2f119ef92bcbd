// The ledger: what ran on which transport, what was skipped and why, and which faults occurred. Printed and checked at the end.
// Owner: one for the program.  Thread safety: members may run concurrently.
// Units: ops.
// Errors: complaints() returns what did not run without being reported as skipped.
#pragma once

#include <map>
#include <mutex>
#include <set>
#include <string>
#include <vector>

#include "ub/ub.h"

namespace ub::conformance {

/// A check that a transport may skip, because of one of its Caps.
struct Skip {
  std::string transport, check, bit;
  auto operator<=>(const Skip&) const = default;
};

class Ledger {
 public:
  /// Records that an op of a group has ended on a transport, with its code.
  void ran(const std::string& transport, const std::string& group, Op, Code);
  /// Records the skip, and prints it once.
  void skipped(const Skip&);
  void counted(const std::string& transport, const std::vector<std::pair<std::string, std::uint64_t>>&);

  void print() const;
  /// The op's support by the Caps ("native", "responder", "refused"), if one was done or refused here; otherwise "unseen".
  std::string_view seen(const std::string& transport, const Caps&, Op) const;
  /// What is missing on a transport: every op that `caps` offer must have ended ok; each of its counters whose name ends with
  /// one of `faults` must have counted something.
  std::vector<std::string> complaints(const std::string& transport, const Caps&,
                                      const std::vector<std::string>& faults) const;
  /// What is missing for the committed list as a whole: its skips must be those of skips.h, and every ending must be seen.
  std::vector<std::string> complaints() const;

 private:
  using Row = std::map<std::string, std::uint64_t>;  // by transport
  static void print(const char* title, const std::map<std::string, Row>&, const std::set<std::string>&);

  mutable std::mutex mutex_;
  std::set<std::string> transports_;
  std::map<std::string, Row> groups_, ops_, done_, endings_, faults_;
  std::set<Skip> skips_;
};

Ledger& ledger();

}  // namespace ub::conformance
