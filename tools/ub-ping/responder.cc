#include "tools/ub-ping/responder.h"

#include <cstring>
#include <optional>

#include "tools/common/child.h"
#include "tools/common/print.h"
#include "tools/common/signals.h"
#include "tools/common/units.h"
#include "tools/ub-ping/layout.h"

namespace tools::ping {
namespace {

// A responder's longest sleep, and so its delay in detecting a request to end.
constexpr std::chrono::milliseconds kLook(100);
constexpr std::uint64_t kRoom = std::uint64_t(1) << 20;

class Answers {
 public:
  Answers(ub::Fabric& fabric, ub::Segment segment) : fabric_(fabric), segment_(std::move(segment)) {}

  /// Waits for a ping and answers it. False: none arrived.
  bool one() {
    ub::WaitOptions options;
    options.deadline = ub::Deadline::in(kLook);
    options.poll = {};  // pings ring the doorbell
    const auto ping = segment_.wait_until<std::uint64_t>(kPing, ub::Compare::not_equal, last_, options);
    if (!ping.ok()) return false;
    last_ = ping.result;
    answer();
    return true;
  }

 private:
  // A ping whose sender has gone, or sent an invalid address, gets no pong: the sender detects it.
  void answer() {
    Return to;
    std::memcpy(&to, segment_.local_view().data() + kReturn, sizeof to);
    if (!back_.attached() || to.address != known_.address) attach(to);
    ub::OpReport report;
    ub::OpOptions options{.deadline = ub::Deadline::in(kLook), .notify = true, .report = &report};
    ub::Status s = back_.store<std::uint64_t>(kPong, last_, options);
    if (s.code() == ub::Code::stale_epoch || s.code() == ub::Code::segment_gone) {
      attach(to);
      s = back_.store<std::uint64_t>(kPong, last_, options);
    }
    if (!s.ok() || report.model.picoseconds == told_model_) return;
    // A pong's model time is known only after it; the initiator reads it with the next one.
    told_model_ = report.model.picoseconds;
    (void)back_.store<std::uint64_t>(kPongModel, told_model_, {.deadline = options.deadline, .notify = true});
  }

  void attach(const Return& to) {
    ub::AttachOptions options;
    options.deadline = ub::Deadline::in(kLook);
    auto back = fabric_.attach(to.address, options);
    back_ = back ? *back : ub::RemoteSegment();
    known_ = to;
    told_model_ = 0;
  }

  ub::Fabric& fabric_;
  ub::Segment segment_;
  ub::RemoteSegment back_;
  Return known_{};
  std::uint64_t last_ = 0, told_model_ = 0;
};

void introduce(const Options& o, const ub::Fabric& fabric, const ub::Segment& segment, std::uint64_t room) {
  say(format("listening as %s on %s: segment '%s', %s for bulk data",
             rank_text(fabric, fabric.rank()).c_str(), fabric.url().c_str(), segment.name().c_str(),
             size_text(room).c_str()));
  std::string line = format("in another terminal: %s --fabric %s %u", kTool,
                            shell_word(url_for_others(fabric, o.where)).c_str(), fabric.rank().value);
  if (!o.where.segment.empty()) line += " --segment " + o.where.segment;
  if (o.where.token) line += " --token " + std::to_string(*o.where.token);
  say(line + "    (Ctrl-C ends this one)");
}

}  // namespace

int respond(const Options& o) {
  auto fabric = join(o.where);
  if (!fabric) return complain(kTool, fabric.error().message()), kNotRun;
  ub::ExposeOptions options;
  options.token = o.where.segment_token();
  const std::uint64_t room = o.size.value_or(kRoom);
  auto segment =
      fabric->expose(o.where.segment.empty() ? kService.name : o.where.segment, kData + room, options);
  if (!segment) return complain(kTool, segment.error().message()), kNotRun;
  greet(*segment, kService, kData, room);

  if (o.where.parent)
    tell_ready();
  else
    introduce(o, *fabric, *segment, room);

  Answers answers(*fabric, *segment);
  std::uint64_t answered = 0;
  while (!interrupted()) {
    answered += answers.one();
    if (status_wanted())
      complain(kTool, format("%llu ping-pongs answered", static_cast<unsigned long long>(answered)));
  }
  if (!o.where.parent) say(format("\n%llu ping-pongs answered", static_cast<unsigned long long>(answered)));
  return kGood;
}

}  // namespace tools::ping
