#include "tools/ub-bw/worker.h"

#include <cstring>
#include <string>

#include "tools/common/signals.h"

namespace tools::bw {
namespace {

constexpr std::chrono::milliseconds kLook(100);   // so late a request to end is seen
constexpr std::chrono::milliseconds kRunLook(2);  // the same while streams run: their end is waited for, too
constexpr std::chrono::seconds kMeetingTime(
    10);  // all members have been started when the first order goes out

}  // namespace

ub::Status Worker::join_job(const Order& order) {
  job_ = 0;
  members_.clear();
  barrier_.reset();
  std::vector<ub::Rank> ranks;
  for (std::uint32_t i = 0; i < order.members; ++i) {
    ranks.push_back(order.segment[i].rank);
    members_.emplace_back();
    if (i == order.index) continue;
    ub::AttachOptions options;
    options.token = ub::Token(order.token);
    options.deadline = ub::Deadline::in(kMeetingTime);
    auto attached = fabric_.attach(order.segment[i], options);
    if (!attached) return ub::Status(attached.error().code(), ub::Op::none, order.segment[i].rank);
    members_.back() = *attached;
  }
  auto barrier = ub::Barrier::create(fabric_, "ub-bw." + std::to_string(order.job), ranks,
                                     ub::Deadline::in(kMeetingTime));
  if (!barrier) return barrier.error().status;
  barrier_ = std::move(*barrier);
  job_ = order.job;
  return {};
}

ub::Status Worker::start(const Order& order) {
  streams_.reset();
  if (job_ != order.job)
    if (const ub::Status s = join_job(order); !s.ok()) return s;
  std::vector<Flow> flows;
  // Each starts with its right-hand neighbour, so that not all go to one at once.
  for (std::uint32_t step = 1; step < order.members; ++step) {
    const std::uint32_t to = (order.index + step) % order.members;
    flows.push_back({members_[to], kData + area(order.traffic, order.index, to)});
  }
  Traffic traffic = order.traffic;
  traffic.direct = fabric_.caps().direct;
  streams_ = std::make_unique<Streams>(traffic, std::move(flows), own_.local_view().subspan(kProgress));
  ub::Status s = streams_->warm_up();
  if (s.ok()) s = barrier_->wait(ub::Deadline::in(kMeetingTime));
  if (s.ok())
    streams_->start();
  else
    job_ = 0;
  return s;
}

namespace {

// Runs until the streams end by themselves, the order is stopped, or we are.
Result follow(Streams& streams, const ub::Segment& own, std::uint64_t number) {
  ub::WaitOptions options;
  options.poll = {};  // a stop rings
  while (streams.running()) {
    options.deadline = ub::Deadline::in(kRunLook);
    if (interrupted() || own.wait_until<std::uint64_t>(kStop, ub::Compare::equal, number, options).ok()) {
      streams.stop();
      break;
    }
  }
  return streams.finish();
}

void carry_out(const Order& order, Worker& worker, const ub::Segment& own, std::uint64_t number) {
  Result result;
  if (const ub::Status started = worker.start(order); started.ok()) {
    result = follow(worker.streams(), own, number);
  } else {
    result.code = std::uint32_t(started.code());
    result.peer = started.peer().value;
  }
  const std::uint64_t line = kResults + order.index * kResultLine;
  (void)worker.member(0).write_signal(line, &result, sizeof result, line + kResultNumber, number);
}

}  // namespace

void obey(ub::Fabric& fabric, const ub::Segment& own) {
  Worker worker(fabric, own);
  std::uint64_t last = 0;
  ub::WaitOptions options;
  options.poll = {};  // orders come as signals
  while (!interrupted()) {
    options.deadline = ub::Deadline::in(kLook);
    const auto number = own.wait_until<std::uint64_t>(kOrderNumber, ub::Compare::not_equal, last, options);
    if (!number.ok()) continue;
    last = number.result;
    Order order;
    std::memcpy(&order, own.local_view().data() + kOrder, sizeof order);
    if (order.sane() && own.size() >= kData + room(order.traffic, order.members))
      carry_out(order, worker, own, last);
  }
}

}  // namespace tools::bw
