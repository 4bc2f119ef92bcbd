#include "ub/segment.h"

#include "core/exposure.h"

namespace ub {

std::string Segment::name() const { return exposure_ ? exposure_->name() : ""; }
Rank Segment::home() const { return exposure_ ? exposure_->member().rank() : Rank(); }
SegmentId Segment::id() const { return exposure_ ? exposure_->id() : SegmentId(); }
std::uint64_t Segment::size() const { return exposure_ ? exposure_->size() : 0; }
std::string Segment::pages_note() const { return exposure_ ? exposure_->memory().note : ""; }

std::span<std::byte> Segment::local_view() const {
  if (!exposure_) return {};
  return {exposure_->memory().data, std::size_t(exposure_->size())};
}

Result<std::uint64_t> Segment::wait(std::uint64_t offset, unsigned size, bool is_signed, Compare how,
                                    std::uint64_t value, const WaitOptions& options) const {
  if (!exposure_) return {0, Status(Code::not_joined, Op::wait)};
  return exposure_->wait(offset, size, is_signed, how, value, options);
}

}  // namespace ub
