#include "tools/ub-ping/pingpong.h"

#include <atomic>

namespace tools::ping {
namespace {

std::uint64_t word(const ub::Segment& s, std::uint64_t offset) {
  return std::atomic_ref(*reinterpret_cast<std::uint64_t*>(s.local_view().data() + offset))
      .load(std::memory_order_acquire);
}

}  // namespace

ub::Expected<PingPong> PingPong::make(ub::Fabric& fabric) {
  ub::ExposeOptions options;
  options.access = ub::Access::read | ub::Access::write;
  auto pong = fabric.expose(kPongSegment, kPongSize, options);
  if (!pong) return pong.error();
  return PingPong(*pong, fabric.caps().model_time);
}

ub::Status PingPong::open(const ub::RemoteSegment& to, ub::Duration patience) {
  const Return back{pong_.address()};
  const ub::OpOptions options{.deadline = ub::Deadline::in(patience)};
  if (const ub::Status s = to.write(kReturn, &back, sizeof back, options); !s.ok()) return s;
  // The responder ignores a number that it has answered: continue from the word's value.
  const auto was = to.load<std::uint64_t>(kPing, options);
  if (!was.ok()) return was.status;
  last_ = was.result;
  if (const ub::Status s = run(to, options); !s.ok() || !model_) return s;
  // The responder knows a pong's model time after the first pong; later ones differ only if the path does.
  return pong_
      .wait_until<std::uint64_t>(kPongModel, ub::Compare::not_equal, 0, {.deadline = options.deadline})
      .status;
}

ub::Status PingPong::run(const ub::RemoteSegment& to, ub::OpOptions options) {
  options.notify = true;
  const ub::Status sent = to.store<std::uint64_t>(kPing, ++last_, options);
  if (!sent.ok()) return sent;
  const auto answer =
      pong_.wait_until<std::uint64_t>(kPong, ub::Compare::equal, last_, {.deadline = options.deadline});
  if (answer.ok() && options.report && model_)
    options.report->model += ub::ModelTime{word(pong_, kPongModel)};
  return answer.status;
}

}  // namespace tools::ping
