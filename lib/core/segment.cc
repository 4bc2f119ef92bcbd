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

Status Segment::rotate(Token next, Deadline d) const {
  if (!exposure_) return Status(Code::not_joined);
  return exposure_->change(
      [&](directory::Rights& r) {
        if (r.two_tokens) return r.tokens[0] == next || r.tokens[1] == next ? Code::ok : Code::busy;
        if (r.tokens[0] == next) return Code::ok;
        r.tokens[1] = next;
        r.two_tokens = true;
        return Code::ok;
      },
      false, d);
}

Status Segment::revoke(Token old, Deadline d) const {
  if (!exposure_) return Status(Code::not_joined);
  return exposure_->change(
      [&](directory::Rights& r) {
        if (!r.two_tokens) return r.tokens[0] == old ? Code::invalid_argument : Code::ok;  // revoked already
        if (r.tokens[0] != old && r.tokens[1] != old) return Code::invalid_argument;
        r.tokens = {r.tokens[0] == old ? r.tokens[1] : r.tokens[0], Token()};
        r.two_tokens = false;
        return Code::ok;
      },
      true, d);
}

Status Segment::revoke(Access rights, Deadline d) const {
  if (!exposure_) return Status(Code::not_joined);
  return exposure_->change(
      [&](directory::Rights& r) {
        if (!allows(Access::all, rights)) return Code::invalid_argument;
        r.access = Access(std::uint8_t(r.access) & ~std::uint8_t(rights));
        return Code::ok;
      },
      true, d);
}

Status Segment::grant(Access rights, Deadline d) const {
  if (!exposure_) return Status(Code::not_joined);
  return exposure_->change(
      [&](directory::Rights& r) {
        if (!allows(Access::all, rights)) return Code::invalid_argument;
        r.access = r.access | rights;
        return Code::ok;
      },
      false, d);
}

Access Segment::access() const { return exposure_ ? exposure_->access() : Access::none; }

Result<std::uint64_t> Segment::wait(std::uint64_t offset, unsigned size, bool is_signed, Compare how,
                                    std::uint64_t value, const WaitOptions& options) const {
  if (!exposure_) return {0, Status(Code::not_joined, Op::wait)};
  return exposure_->wait(offset, size, is_signed, how, value, options);
}

}  // namespace ub
