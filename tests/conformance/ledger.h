// The ledger: what ran where, what was skipped and why, which faults happened; printed at the end, and judged.
// Owner: one for the program.  Threads: any.
// Units: ops.
// Errors: complaints(): whatever fell out silently.
#pragma once

#include <map>
#include <mutex>
#include <set>
#include <string>
#include <vector>

#include "ub/ub.h"

namespace ub::conformance {

/// A check that a transport is excused from, by one of its Caps.
struct Skip {
  std::string transport, check, bit;
  auto operator<=>(const Skip&) const = default;
};

class Ledger {
 public:
  /// An op of a group has ended on a transport; `code` is how.
  void ran(const std::string& transport, const std::string& group, Op, Code);
  /// Prints it, once.
  void skipped(const Skip&);
  void counted(const std::string& transport, const std::vector<std::pair<std::string, std::uint64_t>>&);

  void print() const;
  /// What the Caps say of an op, if it was done, or refused, accordingly: "native", "responder", "refused"; else "unseen".
  std::string_view seen(const std::string& transport, const Caps&, Op) const;
  /// What must have happened on a transport: every op that `caps` offer has ended ok; of each of its counters something was
  /// counted whose name ends with one of `faults`.
  std::vector<std::string> complaints(const std::string& transport, const Caps&,
                                      const std::vector<std::string>& faults) const;
  /// What must hold for the committed list as a whole: its skips are those of skips.h, and every ending was seen.
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
