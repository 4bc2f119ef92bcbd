#include "tools/ub-bw/streams.h"

#include <algorithm>

#include "tools/ub-bw/one_op.h"

namespace tools::bw {
namespace {

using Clock = std::chrono::steady_clock;

// Ops between two looks at the clock take at least this long, so that looking costs little.
constexpr std::chrono::microseconds kBatchTime(20);

std::atomic_ref<std::uint64_t> counter(std::byte* line) {
  return std::atomic_ref(*reinterpret_cast<std::uint64_t*>(line));
}

}  // namespace

struct Streams::Stream {
  std::uint32_t index;
  OneOp op;
  std::byte* progress;
  std::uint64_t done = 0;
  ub::Duration elapsed{};
};

Streams::Streams(const Traffic& t, std::vector<Flow> flows, std::span<std::byte> progress)
    : traffic_(t), flows_(std::move(flows)), progress_(progress) {
  for (std::uint32_t i = 0; i < t.streams; ++i) {
    std::byte* const line = progress_.data() + i * kProgressLine;
    counter(line).store(0);
    streams_.push_back({i, OneOp(traffic_, flows_, i), line});
  }
}

Streams::~Streams() {
  stop();
  for (std::thread& t : threads_)
    if (t.joinable()) t.join();
}

ub::Status Streams::warm_up() {
  // Words start from a known value; as many ops as there are flows reach every area.
  for (Stream& s : streams_) {
    for (std::size_t f = 0; f < flows_.size(); ++f) {
      const std::uint64_t zero = 0;
      const std::uint64_t offset = flows_[f].base + s.index * traffic_.stride();
      const bool word = traffic_.kind == Kind::fetch_add || traffic_.kind == Kind::cas;
      ub::Status status = word ? flows_[f].to.write(offset, &zero, traffic_.size) : s.op.run(f);
      if (!status.ok()) return status;
    }
    s.op = OneOp(traffic_, flows_, s.index);
  }
  return {};
}

void Streams::start() {
  begin_ = Clock::now();
  alive_ = traffic_.streams;
  for (Stream& s : streams_) threads_.emplace_back([this, &s] { run(s); });
}

ub::Status Streams::one(Stream& s) {
  if (!traffic_.verify) return s.op.run(s.done);
  ub::Status status = s.op.prepare(s.done);
  if (status.ok()) status = s.op.run(s.done);
  return status.ok() ? s.op.check(s.done) : status;
}

void Streams::run(Stream& s) {
  const std::uint64_t limit = traffic_.iterations ? traffic_.iterations : UINT64_MAX;
  const auto until = traffic_.iterations ? ub::Instant::max() : begin_ + ub::Duration(traffic_.duration_ns);
  auto now = Clock::now();
  bool failed = false;
  for (std::uint64_t batch = 1;
       s.done < limit && now < until && !failed && !stop_.load(std::memory_order_relaxed);) {
    for (const std::uint64_t end = std::min(limit, s.done + batch); s.done < end && !failed;
         s.done += !failed)
      if (const ub::Status status = one(s); !status.ok()) fail(status), failed = true;
    counter(s.progress).store(s.done, std::memory_order_relaxed);
    const auto before = now;
    now = Clock::now();
    if (now - before < kBatchTime) batch *= 2;
  }
  s.elapsed = now - begin_;
  --alive_;
}

void Streams::fail(ub::Status s) {
  std::uint64_t none = 0;
  failed_.compare_exchange_strong(none, std::uint64_t(s.code()) << 32 | s.peer().value);
  stop();
}

Result Streams::finish() {
  Result r;
  for (std::thread& t : threads_) t.join();
  threads_.clear();
  for (const Stream& s : streams_) {
    r.ops += s.done;
    r.wrong += s.op.wrong();
    r.model_ps += s.op.model_ps();
    r.elapsed_ns = std::max<std::int64_t>(r.elapsed_ns, s.elapsed.count());
  }
  r.code = std::uint32_t(failed_ >> 32);
  r.peer = std::uint32_t(failed_);
  return r;
}

std::uint64_t Streams::ops(std::span<const std::byte> progress, std::uint32_t streams) {
  std::uint64_t sum = 0;
  for (std::uint32_t i = 0; i < streams; ++i)
    sum +=
        counter(const_cast<std::byte*>(progress.data()) + i * kProgressLine).load(std::memory_order_relaxed);
  return sum;
}

}  // namespace tools::bw
