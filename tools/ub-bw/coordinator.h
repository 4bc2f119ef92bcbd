// The rows of a run: starts the traffic, watches it, adds up.
// Owner: main's; borrows fabric, options, members and report.  Threads: one.
// Units: GB/s are 10^9 bytes a second; host and model apart.
// Errors: Expected; a member that dies ends the run with its name.
#pragma once

#include <memory>
#include <optional>
#include <vector>

#include "tools/ub-bw/members.h"
#include "tools/ub-bw/report.h"
#include "tools/ub-bw/worker.h"

namespace tools::bw {

class Coordinator {
 public:
  static ub::Expected<Coordinator> make(ub::Fabric&, const Options&, Members&, Report&);
  /// An interruption ends a row early: it has what was moved until then, or is Code::cancelled if nothing was.
  ub::Expected<Row> row(std::uint64_t size);
  /// Of a row that failed: what was moved until then, if anything was.
  const std::optional<Row>& unfinished() const { return unfinished_; }

 private:
  Coordinator(ub::Fabric& f, const Options& o, Members& m, Report& r)
      : fabric_(&f), options_(&o), members_(&m), report_(&r) {}
  ub::Expected<bool> expose_own();
  ub::Expected<bool> start(const Traffic&);
  ub::Expected<bool> send_orders(const Traffic&);
  ub::Expected<bool> watch(const Traffic&, Row&);
  ub::Expected<Row> add_up(Row);
  ub::Failure fail(Row, ub::Status);
  Streams& mine() { return options_->others_act() ? worker_->streams() : *alone_; }
  std::uint64_t ops(const Traffic&) const;
  bool results_in() const;
  void stop_all();
  Result result_of(std::size_t index) const;

  ub::Fabric* fabric_;
  const Options* options_;
  Members* members_;
  Report* report_;
  ub::Segment own_;  // where others act: for their data, progress and results
  std::unique_ptr<Worker> worker_;
  std::unique_ptr<Order> order_;
  std::uint64_t number_ = 0;
  std::vector<std::uint64_t> progress_;  // where they do not
  std::unique_ptr<Streams> alone_;
  std::optional<Row> unfinished_;
};

}  // namespace tools::bw
