// Who takes part in a run beside this process: found, or started.
// Owner: move-only; its end stops the helpers that it started.  Threads: one.
// Units: none.
// Errors: Expected, with advice; a helper that cannot start has said why itself (Code::cancelled).
#pragma once

#include <optional>
#include <vector>

#include "tools/common/partner.h"
#include "tools/ub-bw/options.h"

namespace tools::bw {

class Members {
 public:
  static ub::Expected<Members> gather(ub::Fabric&, const Options&);

  const std::vector<Partner>& partners() const { return partners_; }
  const Partner& first() const { return partners_.front(); }
  /// peer_gone for the first that has died or left since.
  ub::Status all_there() const;
  /// What an op's failure means for the run, with the helper's end if it was one.
  /// The reason in one line; a peer that has died is named as such, whatever status its last op ended with.
  ub::Failure explain(ub::Status);

 private:
  bool has_gone(ub::Status) const;
  Members(ub::Fabric& f, const Options& o) : fabric_(&f), options_(&o) {}
  ub::Expected<bool> gather_pair();
  ub::Expected<bool> gather_all();

  ub::Fabric* fabric_;
  const Options* options_;
  std::vector<Partner> partners_;
  std::vector<std::uint32_t> epochs_;  // of the partners, when we met
  std::optional<Claim> claim_;         // where nobody else may move data meanwhile
};

}  // namespace tools::bw
