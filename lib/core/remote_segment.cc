#include "ub/remote_segment.h"

#include "core/attachment.h"

namespace ub {
namespace {

Status nowhere(Op op) { return Status(Code::not_joined, op); }

Status bulk(detail::Attachment* a, Op op, std::uint64_t offset, void* local, std::uint64_t size,
            const OpOptions& o) {
  if (!a) return nowhere(op);
  core::NewOp r;
  r.request.word = {.op = op, .offset = offset};
  r.request.buffer = local;
  r.request.length = size;
  return a->run(r, o).status;
}

// Whether the blocks do not overlap, and the end of the last one fits 64 bits.
bool sane(const Strided& s) {
  if (s.count == 0 || s.block == 0) return true;
  std::uint64_t span = 0, end = 0;
  return s.stride >= s.block && s.local_stride >= s.block &&
         !__builtin_mul_overflow(s.stride, s.count - 1, &span) &&
         !__builtin_add_overflow(span, s.block, &end) && !__builtin_add_overflow(end, s.offset, &end) &&
         !__builtin_mul_overflow(s.local_stride, s.count - 1, &span);
}

// Runs the pieces of a list, and sums their reports.
template <class Each>
Status run_list(const detail::Member& m, std::size_t count, OpOptions options, Each each) {
  options.deadline = Deadline::at(m.until(options.deadline));  // for all pieces
  OpReport total;
  for (std::size_t i = 0; i < count; ++i) {
    OpReport one;
    OpOptions o = options;
    o.report = &one;
    o.notify = options.notify && i + 1 == count;
    if (Status s = each(i, o); !s.ok())
      // Earlier pieces were executed, so the outcome of the list is unknown.
      return i == 0 ? s : Status(Code::outcome_unknown, s.op(), s.peer());
    total.path = one.path;
    total.attempts = std::max(total.attempts, one.attempts);
    total.model += one.model;
  }
  if (options.report) *options.report = total;
  return {};
}

template <class Pieces>
Status move_pieces(detail::Attachment* a, Op op, const Pieces& pieces, const OpOptions& o) {
  if (!a) return nowhere(op);
  for (const auto& p : pieces)
    if (const Code c = a->check(op, p.offset, p.size); c != Code::ok) return Status(c, op, a->peer());
  return run_list(*a->member(), pieces.size(), o, [&](std::size_t i, const OpOptions& each) {
    return bulk(a, op, pieces[i].offset, const_cast<void*>(static_cast<const void*>(pieces[i].local)),
                pieces[i].size, each);
  });
}

Status move_strided(detail::Attachment* a, Op op, const Strided& s, std::byte* local, const OpOptions& o) {
  if (!a) return nowhere(op);
  if (!sane(s)) return Status(Code::invalid_argument, op, a->peer());
  const std::uint64_t span = s.count == 0 || s.block == 0 ? 0 : s.stride * (s.count - 1) + s.block;
  if (const Code c = a->check(op, s.offset, span); c != Code::ok) return Status(c, op, a->peer());
  return run_list(*a->member(), s.block == 0 ? 0 : std::size_t(s.count), o,
                  [&](std::size_t i, const OpOptions& each) {
                    return bulk(a, op, s.offset + i * s.stride, local + i * s.local_stride, s.block, each);
                  });
}

}  // namespace

Result<std::uint64_t> RemoteSegment::word(const detail::WordOp& op, const OpOptions* options) const {
  if (!attachment_) return {0, nowhere(op.op)};
  core::NewOp r;
  r.request.word = op;
  const transport::Ending out = attachment_->run(r, options ? *options : OpOptions{});
  return {out.value, out.status};
}

Status RemoteSegment::compare_swap16(std::uint64_t offset, Word16 expected, Word16 desired, Word16& old,
                                     OpOptions o) const {
  if (!attachment_) return nowhere(Op::compare_swap16);
  core::NewOp r;
  r.request.word = {.op = Op::compare_swap16, .size = 16, .offset = offset};
  r.request.compare16 = expected;
  r.request.desired16 = desired;
  const transport::Ending out = attachment_->run(r, o);
  if (out.status.ok()) old = out.value16;
  return out.status;
}

Status RemoteSegment::read(std::uint64_t offset, void* local, std::size_t size, const OpOptions& o) const {
  return bulk(attachment_.get(), Op::read, offset, local, size, o);
}

Status RemoteSegment::write(std::uint64_t offset, const void* local, std::size_t size,
                            const OpOptions& o) const {
  return bulk(attachment_.get(), Op::write, offset, const_cast<void*>(local), size, o);
}

Status RemoteSegment::read(std::span<const ScatterPiece> pieces, OpOptions o) const {
  return move_pieces(attachment_.get(), Op::read, pieces, o);
}

Status RemoteSegment::write(std::span<const GatherPiece> pieces, OpOptions o) const {
  return move_pieces(attachment_.get(), Op::write, pieces, o);
}

Status RemoteSegment::read(const Strided& s, void* local, OpOptions o) const {
  return move_strided(attachment_.get(), Op::read, s, static_cast<std::byte*>(local), o);
}

Status RemoteSegment::write(const Strided& s, const void* local, OpOptions o) const {
  return move_strided(attachment_.get(), Op::write, s, static_cast<std::byte*>(const_cast<void*>(local)), o);
}

Status RemoteSegment::write_signal(std::uint64_t offset, const void* local, std::size_t size,
                                   std::uint64_t signal_offset, std::uint64_t signal, OpOptions o) const {
  if (!attachment_) return nowhere(Op::write_signal);
  core::NewOp r;
  r.request.word = {.op = Op::write_signal, .size = 8, .offset = offset, .value = signal};
  r.request.buffer = const_cast<void*>(local);
  r.request.length = size;
  r.request.signal_offset = signal_offset;
  return attachment_->run(r, o).status;
}

Rank RemoteSegment::peer() const { return attachment_ ? attachment_->peer() : Rank(); }
SegmentId RemoteSegment::id() const { return attachment_ ? attachment_->id() : SegmentId(); }
std::string RemoteSegment::name() const { return attachment_ ? attachment_->name() : ""; }
std::uint64_t RemoteSegment::size() const { return attachment_ ? attachment_->size() : 0; }
Access RemoteSegment::access() const { return attachment_ ? attachment_->access() : Access::none; }

std::span<const std::byte> RemoteSegment::view() const {
  if (!base_ || !allows(access(), Access::read)) return {};
  return {base_, std::size_t(size())};
}

std::string RemoteSegment::path_name(std::uint16_t path) const {
  return attachment_ ? attachment_->path_name(path) : "";
}

}  // namespace ub
