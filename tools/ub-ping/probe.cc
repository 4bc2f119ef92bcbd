#include "tools/ub-ping/probe.h"

#include <algorithm>

#include "tools/common/pattern.h"
#include "tools/common/print.h"
#include "tools/common/units.h"
#include "tools/ub-ping/layout.h"

namespace tools::ping {
namespace {

using Clock = std::chrono::steady_clock;

// Calls f with a zero of the unsigned type of that many bytes.
template <class F> auto with_word(std::uint64_t size, F f) {
  switch (size) {
    case 1:
      return f(std::uint8_t{});
    case 2:
      return f(std::uint16_t{});
    case 4:
      return f(std::uint32_t{});
    default:
      return f(std::uint64_t{});
  }
}
template <class F> auto with_atomic_word(std::uint64_t size, F f) {
  return size == 4 ? f(std::uint32_t{}) : f(std::uint64_t{});
}

// A responder's segment has a line for each rank; in other memory ops use the start.
std::uint64_t offset_in(const Options& o, const Partner& p, ub::Rank self) {
  if (!p.header) return 0;
  return o.bulk() ? p.header->data_offset : kLines + self.value % kLineCount * kLine;
}

}  // namespace

ub::Expected<Probe> Probe::make(ub::Fabric& fabric, const Options& o, const Partner& partner) {
  if (!partner.header && o.kind == Kind::pingpong)
    return failure(ub::Code::unsupported,
                   "segment '" + partner.segment_name + "' is not a ub-ping responder's",
                   "pingpong needs one: run `ub-ping --listen` there");
  const std::uint64_t room = partner.header && o.bulk() ? partner.header->data_size : partner.segment.size();
  if (room < o.bytes())
    return failure(ub::Code::out_of_range,
                   format("%s of %s holds %s, an op takes %s", partner.segment_name.c_str(),
                          partner.name.c_str(), size_text(room).c_str(), size_text(o.bytes()).c_str()),
                   "ask for less with --size, or for more room where `ub-ping --listen --size` runs");

  Probe probe(o, fabric.caps().direct && partner.segment.direct());
  probe.offset_ = offset_in(o, partner, fabric.rank());
  if (o.bulk()) {
    probe.buffer_.resize(o.bytes());
    fill_pattern(probe.buffer_.data(), probe.buffer_.size(), 0);
  }
  if (o.kind == Kind::pingpong) {
    auto pingpong = PingPong::make(fabric);
    if (!pingpong) return pingpong.error();
    probe.pingpong_ = std::make_unique<PingPong>(std::move(*pingpong));
  }
  if (const ub::Status s = probe.move_to(partner); !s.ok())
    return failure(s.code(), partner.name + " does not answer: " + s.describe());
  return probe;
}

ub::Status Probe::move_to(const Partner& partner) {
  segment_ = partner.segment;
  known_.reset();
  return pingpong_ ? pingpong_->open(segment_,
                                     std::max<ub::Duration>(options_->patience(), std::chrono::seconds(2)))
                   : ub::Status();
}

template <class Do> void Probe::timed(Outcome& out, Do op) {
  const ub::OpOptions options{.deadline = ub::Deadline::in(options_->patience()), .report = &out.report};
  const auto begin = Clock::now();
  out.status = op(options);
  out.host = Clock::now() - begin;
}

template <class T> void Probe::load(Outcome& out, std::uint64_t seq) {
  const T expected = T(pattern_word(seq, 0));
  if (options_->verify && !(out.status = segment_.store<T>(offset_, expected)).ok()) return;
  ub::Result<T> got;
  if (plain_)
    timed(out, [&](const ub::OpOptions&) { return (got = segment_.load<T>(offset_)).status; });
  else
    timed(out, [&](const ub::OpOptions& o) { return (got = segment_.load<T>(offset_, o)).status; });
  out.wrong = options_->verify && got.ok() && got.result != expected;
}

template <class T> void Probe::store(Outcome& out, std::uint64_t seq) {
  const T value = T(pattern_word(seq, 0));
  if (plain_)
    timed(out, [&](const ub::OpOptions&) { return segment_.store<T>(offset_, value); });
  else
    timed(out, [&](const ub::OpOptions& o) { return segment_.store<T>(offset_, value, o); });
  if (!options_->verify || !out.status.ok()) return;
  const auto got = segment_.load<T>(offset_);
  out.status = got.status;
  out.wrong = got.ok() && got.result != value;
}

// Reads the word's value: before the first op, and after an op of unknown fate.
template <class T> ub::Status Probe::learn() {
  if (known_) return {};
  const auto now = segment_.load<T>(offset_);
  if (now.ok()) known_ = now.result;
  return now.status;
}

template <class T> void Probe::atomic(Outcome& out, std::uint64_t seq) {
  if (!(out.status = learn<T>()).ok()) return;
  const T expected = T(*known_);
  const T value = options_->kind == Kind::cas ? T(pattern_word(seq, 0)) : T(1);
  ub::Result<T> old;
  if (options_->kind == Kind::cas && plain_)
    timed(out, [&](const ub::OpOptions&) {
      return (old = segment_.compare_swap<T>(offset_, expected, value)).status;
    });
  else if (options_->kind == Kind::cas)
    timed(out, [&](const ub::OpOptions& o) {
      return (old = segment_.compare_swap<T>(offset_, expected, value, o)).status;
    });
  else if (plain_)
    timed(out, [&](const ub::OpOptions&) { return (old = segment_.fetch_add<T>(offset_, value)).status; });
  else
    timed(out, [&](const ub::OpOptions& o) {
      return (old = segment_.atomic<T>(ub::Op::fetch_add, offset_, value, o)).status;
    });
  if (!out.status.ok()) {
    if (out.status.fate() != ub::Fate::not_done) known_.reset();
    return;
  }
  out.wrong = options_->verify && old.result != expected;
  if (options_->kind == Kind::cas)
    known_ = old.result == expected ? value : old.result;
  else
    known_ = T(old.result + 1);
}

void Probe::bulk(Outcome& out, std::uint64_t seq) {
  const std::size_t size = buffer_.size();
  void* const memory = buffer_.data();
  const bool verify = options_->verify;
  const auto read = [&](const ub::OpOptions& o) { return segment_.read(offset_, memory, size, o); };
  const auto write = [&](const ub::OpOptions& o) { return segment_.write(offset_, memory, size, o); };
  if (verify) fill_pattern(memory, size, seq);
  if (options_->kind == Kind::write) {
    timed(out, write);
    if (!verify || !out.status.ok()) return;
    std::fill(buffer_.begin(), buffer_.end(), std::byte{});
    out.status = read({});
  } else {
    if (verify && !(out.status = write({})).ok()) return;
    if (verify) std::fill(buffer_.begin(), buffer_.end(), std::byte{});
    timed(out, read);
  }
  out.wrong = verify && out.status.ok() && !has_pattern(memory, size, seq);
}

Outcome Probe::run(std::uint64_t seq) {
  Outcome out;
  switch (options_->kind) {
    case Kind::load:
      with_word(options_->bytes(), [&](auto zero) { load<decltype(zero)>(out, seq); });
      break;
    case Kind::store:
      with_word(options_->bytes(), [&](auto zero) { store<decltype(zero)>(out, seq); });
      break;
    case Kind::fetch_add:
    case Kind::cas:
      with_atomic_word(options_->bytes(), [&](auto zero) { atomic<decltype(zero)>(out, seq); });
      break;
    case Kind::read:
    case Kind::write:
      bulk(out, seq);
      break;
    case Kind::pingpong:
      timed(out, [&](const ub::OpOptions& o) { return pingpong_->run(segment_, o); });
      break;
  }
  return out;
}

}  // namespace tools::ping
