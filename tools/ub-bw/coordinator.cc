#include "tools/ub-bw/coordinator.h"

#include <unistd.h>

#include <algorithm>
#include <atomic>
#include <cstring>

#include "tools/common/print.h"
#include "tools/common/signals.h"

namespace tools::bw {
namespace {

using Clock = std::chrono::steady_clock;

// Not "ub-bw": others looking for a responder must not take this one for it.
constexpr const char* kOwnSegment = "ub-bw.own";
constexpr std::chrono::milliseconds kLook(2);        // how late the end of a row is seen at most
constexpr std::chrono::milliseconds kLivesLook(50);  // how often we look who still lives
constexpr std::chrono::seconds kOrderTime(5);        // for an order to reach a member

void rate(Row& row, std::uint64_t model_ps) {
  const double seconds = std::max(std::chrono::duration<double>(row.elapsed).count(), 1e-9);
  row.ops_per_s = double(row.ops) / seconds;
  row.gb_per_s = row.ops_per_s * double(row.size) / 1e9;
  row.model_ns_per_op = double(model_ps) / 1e3 / double(row.ops);
  row.model_gb_per_s = model_ps ? double(row.size) / row.model_ns_per_op : 0;
}

}  // namespace

ub::Expected<Coordinator> Coordinator::make(ub::Fabric& fabric, const Options& o, Members& members,
                                            Report& report) {
  Coordinator c(fabric, o, members, report);
  if (!o.others_act()) return c;
  if (const auto exposed = c.expose_own(); !exposed) return exposed.error();
  return c;
}

ub::Expected<bool> Coordinator::expose_own() {
  ub::ExposeOptions expose;
  expose.token = options_->where.segment_token();
  auto own = fabric_->expose(kOwnSegment, kData + options_->data_room(), expose);
  if (!own) return own.error();
  own_ = *own;
  worker_ = std::make_unique<Worker>(*fabric_, own_);
  order_ = std::make_unique<Order>();
  // Any number that no earlier job at these responders had: they go by it.
  order_->job = std::uint64_t(getpid()) << 32 | std::uint32_t(Clock::now().time_since_epoch().count());
  number_ = order_->job;
  order_->members = std::uint32_t(members_->partners().size() + 1);
  order_->token = options_->where.segment_token().value;
  order_->segment[0] = own_.address();
  for (std::size_t i = 0; i < members_->partners().size(); ++i)
    order_->segment[i + 1] = members_->partners()[i].segment.address();
  return true;
}

ub::Expected<bool> Coordinator::send_orders(const Traffic& traffic) {
  ++number_;
  order_->traffic = traffic;
  for (std::size_t i = 0; i < members_->partners().size(); ++i) {
    order_->index = std::uint32_t(i + 1);
    const ub::Status s =
        members_->partners()[i].segment.write_signal(kOrder, order_.get(), sizeof(Order), kOrderNumber,
                                                     number_, {.deadline = ub::Deadline::in(kOrderTime)});
    if (!s.ok()) return members_->explain(s);
  }
  order_->index = 0;
  const ub::Status s = worker_->start(*order_);
  if (!s.ok()) return members_->explain(s);
  return true;
}

ub::Expected<bool> Coordinator::start(const Traffic& traffic) {
  if (options_->others_act()) return send_orders(traffic);
  progress_.assign(kMaxStreams * kProgressLine / sizeof(std::uint64_t), 0);
  const Partner& p = members_->first();
  alone_.reset();  // its threads and buffers, before the next ones
  alone_ =
      std::make_unique<Streams>(traffic, std::vector<Flow>{{p.segment, p.header ? p.header->data_offset : 0}},
                                std::as_writable_bytes(std::span(progress_)));
  if (const ub::Status s = alone_->warm_up(); !s.ok()) return members_->explain(s);
  alone_->start();
  return true;
}

std::uint64_t Coordinator::ops(const Traffic& t) const {
  if (!options_->others_act()) return Streams::ops(std::as_bytes(std::span(progress_)), t.streams);
  std::uint64_t sum = Streams::ops(own_.local_view().subspan(kProgress), t.streams);
  for (const Partner& p : members_->partners())
    for (std::uint32_t i = 0; i < t.streams; ++i)
      sum += p.segment.load<std::uint64_t>(kProgress + i * kProgressLine).value_or(0);
  return sum;
}

bool Coordinator::results_in() const {
  if (!options_->others_act()) return true;
  for (std::size_t i = 1; i <= members_->partners().size(); ++i) {
    auto* word = own_.local_view().data() + kResults + i * kResultLine + kResultNumber;
    if (std::atomic_ref(*reinterpret_cast<std::uint64_t*>(word)).load(std::memory_order_acquire) != number_)
      return false;
  }
  return true;
}

Result Coordinator::result_of(std::size_t index) const {
  Result r;
  std::memcpy(&r, own_.local_view().data() + kResults + index * kResultLine, sizeof r);
  return r;
}

void Coordinator::stop_all() {
  mine().stop();
  if (!options_->others_act()) return;
  for (const Partner& p : members_->partners())
    (void)p.segment.store<std::uint64_t>(kStop, number_,
                                         {.deadline = ub::Deadline::in(kOrderTime), .notify = true});
}

ub::Expected<bool> Coordinator::watch(const Traffic& traffic, Row& row) {
  const auto begin = Clock::now();
  auto window_begin = begin, looked = begin;
  std::uint64_t window_ops = 0;
  bool stopped = false;
  while (mine().running() || !results_in()) {
    // Interrupted, sleep_until no longer sleeps.
    stopped ? usleep(useconds_t(std::chrono::microseconds(kLook).count()))
            : (sleep_until(Clock::now() + kLook), 0);
    const auto now = Clock::now();
    if (interrupted() && !std::exchange(stopped, true)) stop_all();
    if (status_wanted()) report_->status(traffic.size, ops(traffic), now - begin);
    if (now - looked >= kLivesLook && options_->others_act()) {
      looked = now;
      if (const ub::Status s = members_->all_there(); !s.ok()) {
        row.ops = ops(traffic);
        row.elapsed = now - begin;
        if (row.ops != 0) rate(row, 0);
        stop_all();
        return fail(row, s);
      }
    }
    if (options_->interval && now - window_begin >= *options_->interval) {
      const std::uint64_t all = ops(traffic);
      const double gb =
          double(all - window_ops) * double(traffic.size) / double((now - window_begin).count());
      report_->window(traffic.size, now - begin, gb);
      row.slowest_window = std::min(row.slowest_window.value_or(gb), gb);
      window_ops = all;
      window_begin = now;
    }
  }
  return true;
}

ub::Expected<Row> Coordinator::add_up(Row row) {
  std::vector<Result> results = {mine().finish()};
  if (options_->others_act())
    for (std::size_t i = 1; i <= members_->partners().size(); ++i) results.push_back(result_of(i));
  std::uint64_t model_ps = 0;
  std::optional<ub::Status> failed;
  for (const Result& r : results) {
    if (r.code != 0 && !failed)
      failed = ub::Status(ub::Code(std::min(r.code, ub::kCodes - 1)), ub::Op::none, r.peer);
    row.ops += r.ops;
    row.wrong += r.wrong;
    model_ps += r.model_ps;
    row.elapsed = std::max(row.elapsed, ub::Duration(r.elapsed_ns));
  }
  if (row.ops != 0) rate(row, model_ps);
  if (failed) return fail(row, *failed);
  if (row.ops == 0) return failure(ub::Code::cancelled, "interrupted before the first op had ended");
  return row;
}

ub::Failure Coordinator::fail(Row row, ub::Status s) {
  row.complete = false;
  if (row.ops != 0) unfinished_ = row;
  return members_->explain(s);
}

ub::Expected<Row> Coordinator::row(std::uint64_t size) {
  Traffic traffic = options_->traffic(size);
  traffic.direct = fabric_->caps().direct && members_->first().segment.direct();
  if (const auto started = start(traffic); !started) return started.error();
  Row row;
  row.size = size;
  unfinished_.reset();
  if (const auto watched = watch(traffic, row); !watched) return watched.error();
  return add_up(row);
}

}  // namespace tools::bw
