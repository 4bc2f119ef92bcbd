#include "tools/ub-ping/report.h"

#include "tools/common/json.h"
#include "tools/common/print.h"
#include "tools/common/units.h"
#include "ub/inspect.h"

namespace tools::ping {
namespace {

std::string number(std::uint64_t n) { return std::to_string(n); }

void row(Table& table, const char* what, const Samples& s, double unit_ns) {
  const auto t = [unit_ns](double v) { return time_text(v * unit_ns); };
  const auto p = [&](double percent) { return t(double(s.percentile(percent))); };
  table.add({what, t(double(s.min())), p(50), t(s.mean()), p(90), p(99), p(99.9), t(double(s.max()))});
}

std::string host_label(double nanoseconds) { return time_text(nanoseconds); }
std::string model_label(double picoseconds) { return time_text(picoseconds / 1e3); }

}  // namespace

void Report::say_line(const std::string& line) {
  clear_progress();
  broken_ |= !say(line);
}

void Report::clear_progress() {
  if (progress_shown_) std::fputs("\r\033[K", stderr);
  progress_shown_ = false;
}

void Report::opening() {
  if (!options_->text()) return;
  if (scene_.helper)
    say_line(format("started a responder at %s, process %d", scene_.peer.c_str(), int(*scene_.helper)));
  say_line(format("%s of %s: %s to %s on %s, %s", options_->op.c_str(), size_text(options_->bytes()).c_str(),
                  scene_.self.c_str(), scene_.peer.c_str(), scene_.fabric.c_str(),
                  scene_.direct ? "direct" : "through the library"));
  say_line(format("host times include two readings of the clock (%s)%s", time_text(scene_.clock).c_str(),
                  scene_.modelled ? "; model times are the emulated machine's" : ""));
}

void Report::op(std::uint64_t seq, const Outcome& out, const std::string& path) {
  if (options_->json_stream) {
    Json j;
    j.set("schema", 1)
        .set("type", "op")
        .set("seq", seq)
        .set("op", options_->op)
        .set("bytes", options_->bytes());
    j.set("peer_rank", scene_.peer_rank.value).set("peer_node", scene_.peer_node);
    j.set("status", ub::name(out.status.code())).set("wrong", out.wrong).set("path", path);
    j.set("attempts", std::uint64_t(out.report.attempts)).set("host_ns", std::int64_t(out.host.count()));
    if (scene_.modelled) j.set("model_ps", out.report.model.picoseconds);
    say_line(j.line());
  } else if (options_->lines()) {
    std::string line =
        format("seq=%-4llu %s %s  %s  ", static_cast<unsigned long long>(seq), options_->op.c_str(),
               size_text(options_->bytes()).c_str(), scene_.peer.c_str());
    if (!out.status.ok()) {
      say_line(line + out.status.describe());
      return;
    }
    line += format("path %s  host %8s", path.c_str(), time_text(out.host).c_str());
    if (scene_.modelled) line += format("  model %8s", time_text(out.report.model).c_str());
    if (out.report.attempts > 1) line += format("  attempts %u", out.report.attempts);
    say_line(line + (out.wrong ? "  WRONG DATA" : ""));
  }
}

void Report::news(const std::string& what, const char* event) {
  if (options_->json_stream) {
    Json j;
    say_line(j.set("schema", 1)
                 .set("type", "event")
                 .set("event", event)
                 .set("peer_rank", scene_.peer_rank.value)
                 .set("text", scene_.peer + " " + what)
                 .line());
  } else if (options_->text() && !options_->quiet) {
    say_line(scene_.peer + " " + what);
  }
}

void Report::status(const Tally& t, ub::Instant now) {
  clear_progress();
  complain(kTool,
           format("%llu sent, %llu received, %llu lost, %llu in doubt in %s; min/median/max %s/%s/%s",
                  static_cast<unsigned long long>(t.sent), static_cast<unsigned long long>(t.received),
                  static_cast<unsigned long long>(t.lost), static_cast<unsigned long long>(t.in_doubt),
                  time_text(now - t.begin).c_str(), time_text(double(t.host.min())).c_str(),
                  time_text(double(t.host.median())).c_str(), time_text(double(t.host.max())).c_str()));
}

void Report::progress(const Tally& t, ub::Instant now) {
  const double seconds = std::chrono::duration<double>(now - t.begin).count();
  std::fprintf(stderr, "\r\033[K%s ops, %s/s, %s lost", count_text(double(t.sent)).c_str(),
               count_text(seconds > 0 ? double(t.sent) / seconds : 0).c_str(),
               count_text(double(t.sent - t.received)).c_str());
  std::fflush(stderr);
  progress_shown_ = true;
}

void Report::summary(const Tally& t, bool was_interrupted) {
  clear_progress();
  if (options_->text()) return summary_text(t);
  say_line(summary_json(t, was_interrupted, options_->json_stream));
}

void Report::summary_text(const Tally& t) {
  say_line(format("%s--- %s: %s, %s", options_->quiet ? "" : "\n", scene_.peer.c_str(), options_->op.c_str(),
                  size_text(options_->bytes()).c_str()));
  std::string counts = number(t.sent) + " sent, " + number(t.received) + " received, " + number(t.lost) +
                       " lost, " + number(t.in_doubt) + " in doubt, " + number(t.retried) + " retried, ";
  if (options_->verify) counts += number(t.wrong) + " wrong, ";
  say_line(counts + format("%.4g %% loss, in %s", t.loss_percent(), time_text(t.end - t.begin).c_str()));
  if (t.gone)
    say_line(format("%s lost to a peer that was gone, attached again %s times", number(t.gone).c_str(),
                    number(t.attached_again).c_str()));
  if (t.received) {
    Table table({"", ">min", ">median", ">mean", ">p90", ">p99", ">p99.9", ">max"});
    row(table, "host", t.host, 1);
    if (scene_.modelled) row(table, "model", t.model, 1e-3);
    std::string text = table.text();
    text.pop_back();
    say_line(text);
  }
  say_line("longest gap between successes " + time_text(t.longest_gap));
  if (options_->histogram && t.received) {
    say_line("\nhost time");
    say_line(histogram_text(t.host, host_label));
    if (scene_.modelled) say_line("model time\n" + histogram_text(t.model, model_label));
  }
}

std::string Report::summary_json(const Tally& t, bool was_interrupted, bool one_line) const {
  const auto bars = [](const Samples& s) {
    Json all = Json::array();
    for (const auto& b : s.bars(16))
      all.add(Json().set("from", b.from).set("to", b.to).set("count", b.count));
    return all;
  };
  Json j;
  j.set("schema", 1).set("type", "summary").set("tool", kTool).set("version", ub::version());
  j.set("fabric", scene_.fabric).set("rank", scene_.self_rank.value).set("node", scene_.self_node);
  j.set("peer_rank", scene_.peer_rank.value).set("peer_node", scene_.peer_node);
  j.set("op", options_->op).set("bytes", options_->bytes()).set("verify", options_->verify);
  j.set("direct", scene_.direct).set("started_responder", scene_.helper.has_value());
  j.set("sent", t.sent).set("received", t.received).set("lost", t.lost).set("in_doubt", t.in_doubt);
  j.set("retried", t.retried)
      .set("wrong", t.wrong)
      .set("peer_gone", t.gone)
      .set("attached_again", t.attached_again);
  j.set("seconds", std::chrono::duration<double>(t.end - t.begin).count());
  j.set("longest_gap_ns", std::int64_t(t.longest_gap.count()))
      .set("clock_ns", std::int64_t(scene_.clock.count()));
  j.set("host_ns", figures(t.host));
  if (scene_.modelled)
    j.set("model_ps", figures(t.model));
  else
    j.set_null("model_ps");
  if (options_->histogram) {
    j.set("host_ns_histogram", bars(t.host));
    if (scene_.modelled) j.set("model_ps_histogram", bars(t.model));
  }
  const ub::Failure failure{t.failed, scene_.peer + ": " + t.failed.describe(), {}};
  set_error(j.set("interrupted", was_interrupted), t.failed.ok() ? nullptr : &failure).set("good", t.good());
  return one_line ? j.line() : j.document();
}

}  // namespace tools::ping
