#include "tools/ub-bw/report.h"

#include <algorithm>

#include "tools/common/json.h"
#include "tools/common/print.h"
#include "tools/common/units.h"
#include "ub/inspect.h"

namespace tools::bw {

void Report::opening(const ub::Fabric& fabric, const std::vector<Partner>& partners) {
  if (options_->json) return;
  for (const Partner& p : partners)
    if (p.helper && partners.size() == 1)
      say(format("started a responder at %s, process %d", p.name.c_str(), int(p.helper->pid())));
  const std::string self = rank_text(fabric, fabric.rank());
  const Traffic t = options_->traffic(1);
  const std::string streams = t.streams == 1 ? "1 stream" : std::to_string(t.streams) + " streams";
  if (options_->all_to_all())
    say(format("%s, all-to-all among %u processes, %s each: %s to %s on %s", options_->op.c_str(),
               options_->member_count(), streams.c_str(), self.c_str(), partners.back().name.c_str(),
               fabric.url().c_str()));
  else
    say(format("%s, %s%s: %s to %s on %s", options_->op.c_str(), streams.c_str(),
               options_->both_ways ? " both ways, summed" : "", self.c_str(), partners.front().name.c_str(),
               fabric.url().c_str()));
  say(std::string("GB = 10^9 bytes; host: this computer's own") +
      (modelled_ ? "; model: a single stream on the idle emulated machine" : "") +
      (options_->verify ? "; every op's data is checked, which takes its time" : ""));
  say(format("%10s %12s %12s %12s", "size", "ops", "host GB/s", "host ops/s") +
      (options_->interval ? format(" %14s", "slowest GB/s") : "") +
      (modelled_ ? format(" %12s %12s", "model an op", "model GB/s") : ""));
}

void Report::window(std::uint64_t size, ub::Duration since_begin, double gb_per_s) {
  if (!options_->json)
    say(format("%10s %12s %12.4g", size_text(size).c_str(), ("+" + time_text(since_begin)).c_str(),
               gb_per_s));
}

void Report::status(std::uint64_t size, std::uint64_t ops, ub::Duration since_begin) {
  complain(kTool, format("%s: %s ops in %s", size_text(size).c_str(), count_text(double(ops)).c_str(),
                         time_text(since_begin).c_str()));
}

void Report::row(const Row& r) {
  rows_.push_back(r);
  if (options_->json || !r.complete) return;
  std::string line =
      format("%10s %12llu %12.4g %12s", size_text(r.size).c_str(), static_cast<unsigned long long>(r.ops),
             r.gb_per_s, count_text(r.ops_per_s).c_str());
  if (options_->interval)
    line += r.slowest_window ? format(" %14.4g", *r.slowest_window) : format(" %14s", "-");
  if (modelled_) line += format(" %12s %12.4g", time_text(r.model_ns_per_op).c_str(), r.model_gb_per_s);
  if (r.wrong) line += format("  %llu WRONG", static_cast<unsigned long long>(r.wrong));
  say(line);
}

double Report::best() const {
  double best = 0;
  for (const Row& r : rows_) best = std::max(best, r.judged());
  return best;
}

void Report::closing(const ub::Fabric& fabric, const std::vector<Partner>& partners, bool good,
                     bool was_interrupted, const ub::Failure* failure) {
  if (!options_->json) return;
  Json peers = Json::array(), rows = Json::array();
  for (const Partner& p : partners) {
    const std::string node = node_name(fabric, p.rank);
    peers.add(Json().set("rank", p.rank.value).set("node", node).set("started", p.helper.has_value()));
  }
  for (const Row& r : rows_) {
    Json j;
    j.set("bytes", r.size).set("ops", r.ops).set("seconds", std::chrono::duration<double>(r.elapsed).count());
    j.set("host_gb_per_s", r.gb_per_s).set("host_ops_per_s", r.ops_per_s);
    if (r.slowest_window)
      j.set("host_slowest_gb_per_s", *r.slowest_window);
    else
      j.set_null("host_slowest_gb_per_s");
    if (modelled_)
      j.set("model_ns_per_op", r.model_ns_per_op).set("model_gb_per_s", r.model_gb_per_s);
    else
      j.set_null("model_ns_per_op").set_null("model_gb_per_s");
    rows.add(j.set("wrong", r.wrong).set("complete", r.complete));
  }
  Json j;
  j.set("schema", 1).set("tool", kTool).set("version", ub::version()).set("fabric", fabric.url());
  j.set("rank", fabric.rank().value).set("node", fabric.node_name()).set("peers", peers);
  j.set("op", options_->op).set("pattern", options_->pattern).set("both_ways", options_->both_ways);
  j.set("streams", options_->traffic(1).streams).set("verify", options_->verify).set("rows", rows);
  j.set("best_gb_per_s", best()).set("interrupted", was_interrupted);
  say(set_error(j, failure).set("good", good).document());
}

}  // namespace tools::bw
