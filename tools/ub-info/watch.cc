#include "tools/ub-info/watch.h"

#include <ctime>

#include "tools/common/json.h"
#include "tools/common/print.h"
#include "tools/common/signals.h"
#include "ub/fabric.h"
#include "ub/inspect.h"

namespace tools::info {
namespace {

constexpr const char* kTool = "ub-info";
constexpr ub::Duration kLook = std::chrono::milliseconds(100);  // between checks for Ctrl-C

// Converts the event's time, which is the fabric's, to the time of day.
std::chrono::nanoseconds time_of_day(const ub::Fabric& f, ub::Instant when) {
  return std::chrono::system_clock::now().time_since_epoch() - (f.now() - when);
}

std::string clock_text(std::chrono::nanoseconds since_1970) {
  const std::time_t seconds = std::chrono::duration_cast<std::chrono::seconds>(since_1970).count();
  std::tm local{};
  localtime_r(&seconds, &local);
  return format("%02d:%02d:%02d.%03d", local.tm_hour, local.tm_min, local.tm_sec,
                int(since_1970.count() / 1'000'000 % 1000));
}

std::string line(const ub::Fabric& f, const ub::FabricEvent& e, bool json) {
  const auto time = time_of_day(f, e.when);
  if (!json) return clock_text(time) + "  " + e.describe();
  Json j;
  j.set("event", ub::name(e.kind)).set("unix_ns", time.count());
  if (e.peer)
    j.set("peer", e.peer->value);
  else
    j.set_null("peer");
  if (e.epoch != 0)
    j.set("epoch", e.epoch);
  else
    j.set_null("epoch");
  return j.set("about", e.about).set("missed", e.missed).line();
}

}  // namespace

int watch(const std::string& fabric, bool json) {
  auto f = ub::Fabric::open(fabric);
  if (!f) return complain(kTool, f.error().message()), kNotRun;
  auto w = f->watch();
  if (!w) return complain(kTool, w.error().message()), kNotRun;
  Json head;
  head.set("schema", 1).set("tool", kTool).set("version", ub::version()).set("fabric", f->url());
  bool heard =
      say(json ? head.set("rank", f->rank().value).line()
               : "watching " + f->url() + " as rank " + std::to_string(f->rank().value) + "; Ctrl-C ends");
  while (heard && !interrupted()) {
    const auto e = w->next(ub::Deadline::in(kLook));
    if (e)
      heard = say(line(*f, e.value(), json));
    else if (e.error().code() != ub::Code::timed_out)
      return complain(kTool, e.error().message()), kBad;
  }
  return kGood;
}

}  // namespace tools::info
