#include "tools/ub-bw/one_op.h"

#include <algorithm>

#include "tools/common/pattern.h"

namespace tools::bw {

OneOp::OneOp(const Traffic& t, const std::vector<Flow>& flows, std::uint32_t stream)
    : traffic_(&t), flows_(&flows), stream_(stream), buffer_(t.size), known_(flows.size(), 0) {
  fill_pattern(buffer_.data(), buffer_.size(), stream);
}

template <class T>
ub::Status OneOp::atomic(const ub::RemoteSegment& to, std::uint64_t offset, std::uint64_t& known) {
  ub::OpReport report;
  const ub::OpOptions options{.report = &report};
  const T expected = T(known), next = T(known + 1);
  ub::Result<T> old;
  if (traffic_->kind == Kind::fetch_add)
    old = traffic_->direct ? to.fetch_add<T>(offset, 1) : to.atomic<T>(ub::Op::fetch_add, offset, 1, options);
  else
    old = traffic_->direct ? to.compare_swap<T>(offset, expected, next)
                           : to.compare_swap<T>(offset, expected, next, options);
  if (!old.ok()) return old.status;
  model_ps_ += report.model.picoseconds;
  as_known_ = old.result == expected;
  // A compare that found another value has changed nothing: the next one expects what was found.
  known = as_known_ || traffic_->kind == Kind::fetch_add ? std::uint64_t(T(old.result + 1)) : old.result;
  return {};
}

ub::Status OneOp::run(std::uint64_t i) {
  const Flow& f = (*flows_)[flow(i)];
  const std::uint64_t offset = f.base + stream_ * traffic_->stride();
  if (traffic_->kind == Kind::fetch_add || traffic_->kind == Kind::cas) {
    std::uint64_t& known = known_[flow(i)];
    return traffic_->size == 4 ? atomic<std::uint32_t>(f.to, offset, known)
                               : atomic<std::uint64_t>(f.to, offset, known);
  }
  ub::OpReport report;
  const ub::OpOptions options{.report = &report};
  const ub::Status s = traffic_->kind == Kind::write
                           ? f.to.write(offset, buffer_.data(), buffer_.size(), options)
                           : f.to.read(offset, buffer_.data(), buffer_.size(), options);
  model_ps_ += report.model.picoseconds;
  return s;
}

ub::Status OneOp::prepare(std::uint64_t i) {
  const Flow& f = (*flows_)[flow(i)];
  const std::uint64_t offset = f.base + stream_ * traffic_->stride();
  if (traffic_->kind == Kind::write || traffic_->kind == Kind::read) {
    fill_pattern(buffer_.data(), buffer_.size(), seed(i));
    if (traffic_->kind == Kind::write) return {};
    if (const ub::Status s = f.to.write(offset, buffer_.data(), buffer_.size()); !s.ok()) return s;
    std::fill(buffer_.begin(), buffer_.end(), std::byte{});
    return {};
  }
  return {};
}

ub::Status OneOp::check(std::uint64_t i) {
  const Flow& f = (*flows_)[flow(i)];
  if (traffic_->kind == Kind::fetch_add || traffic_->kind == Kind::cas) {
    wrong_ += !as_known_;
    return {};
  }
  if (traffic_->kind == Kind::write) {
    std::fill(buffer_.begin(), buffer_.end(), std::byte{});
    const ub::Status s = f.to.read(f.base + stream_ * traffic_->stride(), buffer_.data(), buffer_.size());
    if (!s.ok()) return s;
  }
  wrong_ += !has_pattern(buffer_.data(), buffer_.size(), seed(i));
  return {};
}

}  // namespace tools::bw
