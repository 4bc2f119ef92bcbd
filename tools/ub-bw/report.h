// What ub-bw says, to people or as JSON.
// Owner: main's.  Threads: one.
// Units: sizes in bytes, GB = 10^9 bytes; host and model in columns of their own.
// Errors: writing that fails shows in finish() of print.h.
#pragma once

#include <optional>
#include <vector>

#include "tools/common/partner.h"
#include "tools/ub-bw/options.h"

namespace tools::bw {

struct Row {
  std::uint64_t size = 0, ops = 0, wrong = 0;
  ub::Duration elapsed{};
  double gb_per_s = 0, ops_per_s = 0;    // host
  std::optional<double> slowest_window;  // host GB/s, with --interval
  double model_ns_per_op = 0, model_gb_per_s = 0;
  bool complete = true;  // else it has what was moved until the run failed

  double judged() const { return slowest_window.value_or(gb_per_s); }
};

class Report {
 public:
  Report(const Options& o, bool modelled) : options_(&o), modelled_(modelled) {}

  void opening(const ub::Fabric&, const std::vector<Partner>&);
  void window(std::uint64_t size, ub::Duration since_begin, double gb_per_s);
  void status(std::uint64_t size, std::uint64_t ops, ub::Duration since_begin);
  void row(const Row&);
  /// The JSON document, where asked for; with the failure that ended the run, if one did.
  void closing(const ub::Fabric&, const std::vector<Partner>&, bool good, bool was_interrupted,
               const ub::Failure*);
  const std::vector<Row>& rows() const { return rows_; }
  double best() const;

 private:
  const Options* options_;
  bool modelled_;
  std::vector<Row> rows_;
};

}  // namespace tools::bw
