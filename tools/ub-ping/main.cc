// ub-ping: accesses a peer's memory repeatedly and reports how long each access takes.
#include <algorithm>
#include <vector>

#include "tools/common/json.h"
#include "tools/common/print.h"
#include "tools/common/signals.h"
#include "tools/ub-ping/layout.h"
#include "tools/ub-ping/report.h"
#include "tools/ub-ping/responder.h"

namespace tools::ping {
namespace {

using Clock = std::chrono::steady_clock;

constexpr std::chrono::milliseconds kProgressInterval(250);
// Even a flood tries a peer that is gone no more often than this.
constexpr std::chrono::milliseconds kGonePause(10);
// From the peer's death, as the fabric detects it, to the exit of its process.
constexpr std::chrono::milliseconds kDeathTime(500);

// The median difference of two successive readings of the clock.
ub::Duration clock_cost() {
  std::vector<ub::Duration> cost(1001);
  for (ub::Duration& d : cost) {
    const auto begin = Clock::now();
    d = Clock::now() - begin;
  }
  std::nth_element(cost.begin(), cost.begin() + 500, cost.end());
  return cost[500];
}

class Run {
 public:
  Run(const Options& o, ub::Fabric& fabric, Partner& partner, Probe& probe, Report& report)
      : o_(o),
        fabric_(fabric),
        partner_(partner),
        probe_(probe),
        report_(report),
        modelled_(fabric.caps().model_time) {}

  Tally all() {
    const bool show_progress = o_.flood && !o_.quiet && o_.text() && on_terminal(stderr);
    tally_.start(Clock::now());
    auto next = tally_.begin, shown = tally_.begin;
    const auto end = o_.total ? tally_.begin + *o_.total : ub::Instant::max();
    while (!interrupted() && !report_.broken() && (!o_.count || tally_.sent < *o_.count)) {
      const auto now = Clock::now();
      if (now >= end) break;
      if (status_wanted()) report_.status(tally_, now);
      if (show_progress && now - shown >= kProgressInterval) report_.progress(tally_, shown = now);
      if (now < next) {
        sleep_until(std::min(next, end));
        continue;
      }
      one();
      // An op that took longer than the interval delays the next ones; no burst follows.
      next = std::max(next + o_.pause(), Clock::now());
      if (gone_) next = std::max(next, Clock::now() + kGonePause);
    }
    tally_.finish();
    return tally_;
  }

 private:
  void one() {
    const Outcome out = probe_.run(tally_.sent + 1);
    tally_.add(out, modelled_, Clock::now());
    if (o_.lines() || o_.json_stream)
      report_.op(tally_.sent, out, partner_.segment.path_name(out.report.path));
    if (out.status.ok())
      gone_ = false;
    else if (peer_lost(out.status.code()))
      find_again(out.status);
  }

  void find_again(ub::Status why) {
    if (!gone_) {
      std::string how;
      if (partner_.helper)
        if (const auto end = partner_.helper->ended(kDeathTime)) how = "; the responder was " + *end;
      report_.news(
          format("is gone (%s%s); asking on", std::string(ub::name(why.code())).c_str(), how.c_str()),
          "gone");
    }
    gone_ = true;
    if (!partner_.attach_again(fabric_, o_.where, kService).ok() || !probe_.move_to(partner_).ok()) return;
    ++tally_.attached_again;
    gone_ = false;
    report_.news("is back; attached again", "back");
  }

  const Options& o_;
  ub::Fabric& fabric_;
  Partner& partner_;
  Probe& probe_;
  Report& report_;
  Tally tally_;
  bool modelled_, gone_ = false;
};

int ping(const Options& o) {
  const auto no = [&](const ub::Failure& f) {
    if (o.json) say(failure_document(kTool, f));
    if (f.code() != ub::Code::cancelled) complain(kTool, f.message());
    return kNotRun;
  };
  auto fabric = join(o.where);
  if (!fabric) return no(fabric.error());
  // Room for the bytes of one op of any kind.
  auto partner =
      meet(*fabric, o.where, kService, {"--size", std::to_string(std::max<std::uint64_t>(o.bytes(), 4096))});
  if (!partner) return no(partner.error());
  // Ping-pong has one return address, and no other initiator may change checked data.
  std::optional<Claim> alone;
  if (partner->header && (o.kind == Kind::pingpong || (o.verify && o.bulk()))) {
    auto claim = Claim::take(*fabric, partner->segment);
    if (!claim) return no(claim.error());
    alone.emplace(std::move(*claim));
  }
  auto probe = Probe::make(*fabric, o, *partner);
  if (!probe) return no(probe.error());

  Scene scene;
  scene.fabric = fabric->url();
  scene.self = rank_text(*fabric, fabric->rank());
  scene.peer = partner->name;
  scene.self_rank = fabric->rank();
  scene.peer_rank = partner->rank;
  scene.self_node = fabric->node_name();
  scene.peer_node = node_name(*fabric, partner->rank);
  scene.modelled = fabric->caps().model_time;
  scene.direct = fabric->caps().direct && partner->segment.direct() && !o.bulk() && o.kind != Kind::pingpong;
  scene.clock = clock_cost();
  if (partner->helper) scene.helper = partner->helper->pid();
  Report report(o, scene);
  report.opening();
  const Tally tally = Run(o, *fabric, *partner, *probe, report).all();
  report.summary(tally, interrupted());
  return tally.good() ? kGood : kBad;
}

int run(int argc, char** argv) {
  Options o;
  if (const auto code = parse(argc, argv, o)) return *code;
  catch_signals();
  return o.where.listen ? respond(o) : ping(o);
}

}  // namespace
}  // namespace tools::ping

int main(int argc, char** argv) { return tools::guarded(tools::ping::kTool, tools::ping::run, argc, argv); }
