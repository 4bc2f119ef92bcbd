// ub-bw: moves data to or from a peer's memory and tells how much a second.
#include <optional>

#include "tools/common/child.h"
#include "tools/common/json.h"
#include "tools/common/print.h"
#include "tools/common/signals.h"
#include "tools/common/units.h"
#include "tools/ub-bw/coordinator.h"

namespace tools::bw {
namespace {

int no(const ub::Failure& f, int code) {
  // A helper that could not start has said why; an interruption needs no word.
  if (f.code() != ub::Code::cancelled) complain(kTool, f.message());
  return code;
}

int respond(const Options& o) {
  auto fabric = join(o.where);
  if (!fabric) return no(fabric.error(), kNotRun);
  ub::ExposeOptions options;
  options.token = o.where.segment_token();
  const std::string name = o.where.segment.empty() ? kService.name : o.where.segment;
  auto segment = fabric->expose(name, kData + o.data_room(), options);
  if (!segment) return no(segment.error(), kNotRun);
  greet(*segment, kService, kData, o.data_room());
  if (o.where.parent) {
    tell_ready();
  } else {
    say(format("listening as %s on %s: segment '%s', %s for data", rank_text(*fabric, fabric->rank()).c_str(),
               fabric->url().c_str(), name.c_str(), size_text(o.data_room()).c_str()));
    say(format("in another terminal: %s --fabric %s %u%s%s    (Ctrl-C ends this one)", kTool,
               shell_word(url_for_others(*fabric, o.where)).c_str(), fabric->rank().value,
               o.where.segment.empty() ? "" : (" --segment " + name).c_str(),
               o.where.token ? (" --token " + std::to_string(*o.where.token)).c_str() : ""));
  }
  obey(*fabric, *segment);
  return kGood;
}

int measure(const Options& o) {
  const auto not_run = [&](const ub::Failure& f) {
    if (o.json) say(failure_document(kTool, f));
    return no(f, kNotRun);
  };
  auto fabric = join(o.where);
  if (!fabric) return not_run(fabric.error());
  auto members = Members::gather(*fabric, o);
  if (!members) return not_run(members.error());
  Report report(o, fabric->caps().model_time);
  auto coordinator = Coordinator::make(*fabric, o, *members, report);
  if (!coordinator) return not_run(coordinator.error());
  report.opening(*fabric, members->partners());
  std::uint64_t wrong = 0;
  std::optional<ub::Failure> failed;
  for (const std::uint64_t size : o.sizes()) {
    if (interrupted()) break;
    const auto row = coordinator->row(size);
    if (!row) {
      if (row.error().code() == ub::Code::cancelled) break;
      if (coordinator->unfinished()) report.row(*coordinator->unfinished());
      failed = row.error();
      complain(kTool, failed->message());
      break;
    }
    report.row(row.value());
    wrong += row.value().wrong;
  }
  bool good = wrong == 0 && !failed && !report.rows().empty();
  if (wrong) complain(kTool, format("%llu ops moved wrong data", static_cast<unsigned long long>(wrong)));
  if (!failed && o.min_bw && report.best() < *o.min_bw) {
    good = false;
    complain(kTool, format("%.4g GB/s is below the %.4g asked for with --min-bw", report.best(), *o.min_bw));
  }
  report.closing(*fabric, members->partners(), good, interrupted(), failed ? &*failed : nullptr);
  return good ? kGood : kBad;
}

int run(int argc, char** argv) {
  Options o;
  if (const auto code = parse(argc, argv, o)) return *code;
  catch_signals();
  return o.where.listen ? respond(o) : measure(o);
}

}  // namespace
}  // namespace tools::bw

int main(int argc, char** argv) { return tools::guarded(tools::bw::kTool, tools::bw::run, argc, argv); }
