#include "core/home.h"

#include <algorithm>
#include <cstring>

#include "base/cpu.h"
#include "core/apply.h"
#include "core/running.h"

namespace ub::core {
namespace {

using transport::Ending;
using transport::Request;

Code copy(const std::atomic<std::uint64_t>& gate, const Request& r, std::byte* memory, std::uint64_t& moved) {
  auto* local = static_cast<std::byte*>(r.buffer);
  std::byte* remote = memory + r.word.offset;
  // As on the direct path: orders this copy with the word ops before and after it, as ub-memory(7) requires.
  if (r.word.op != Op::read) detail::fence(std::memory_order_release);
  for (moved = r.begun; moved < r.length;) {
    if (moved != r.begun && gate.load(std::memory_order_acquire) != r.gate) return Code::stale_epoch;
    const std::uint64_t n = std::min(kPiece, r.length - moved);
    if (r.word.op == Op::read)
      std::memcpy(local + moved, remote + moved, n);
    else
      std::memcpy(remote + moved, local + moved, n);
    moved += n;
  }
  if (r.word.op == Op::read) detail::fence(std::memory_order_acquire);
  return Code::ok;
}

bool within(std::uint64_t offset, std::uint64_t length, std::uint64_t size) {
  return offset <= size && length <= size - offset;
}

}  // namespace

Access needed(Op op) {
  switch (op) {
    case Op::load:
    case Op::read:
      return Access::read;
    case Op::store:
    case Op::write:
    case Op::write_signal:
      return Access::write;
    default:
      return Access::atomic;
  }
}

Code check_op(const Request& r, std::uint64_t size) {
  const detail::WordOp& w = r.word;
  if (!allows(r.rights, needed(w.op))) return Code::access_denied;
  if (w.op == Op::read || w.op == Op::write)
    return within(w.offset, r.length, size) ? Code::ok : Code::out_of_range;
  if (w.op == Op::write_signal) {
    if (r.signal_offset % 8 != 0) return Code::misaligned;
    return within(w.offset, r.length, size) && within(r.signal_offset, 8, size) ? Code::ok
                                                                                : Code::out_of_range;
  }
  if (w.offset % w.size != 0) return Code::misaligned;
  if (!within(w.offset, w.size, size)) return Code::out_of_range;
  if (w.size == 16 && !base::has_swap16()) return Code::unsupported;
  return Code::ok;
}

Code SegmentHome::apply(const Request& r, Ending& out) {
  if (gate_->load(std::memory_order_acquire) != r.gate) return Code::stale_epoch;
  switch (r.word.op) {
    case Op::read:
    case Op::write:
      return copy(*gate_, r, memory_, out.moved);
    case Op::write_signal:
      if (const Code c = copy(*gate_, r, memory_, out.moved); c != Code::ok) return c;
      if (!r.more) detail::word_at(memory_ + r.signal_offset).store(r.word.value, std::memory_order_release);
      return Code::ok;
    default:
      apply_word(r, memory_, out);
      return Code::ok;
  }
}

// Only executed ops are remembered: a refusal changes nothing, and a repeat is checked again.
Code SegmentHome::remembered(const Request& r, Ending& out) {
  // An initiator that acts for the home keeps the window in its stream.
  Windows* windows = windows_ ? windows_ : static_cast<Windows*>(r.core);
  recovery::Window window = windows->of(r.id.stream, r.in_flight);
  if (!window) return Code::no_memory;
  const recovery::Window::Memory* memory = nullptr;
  switch (window.admit(r.id.sequence, &memory)) {
    case recovery::Window::Verdict::stale:
      return Code::cancelled;
    case recovery::Window::Verdict::repeat:
      out.value = memory->value;
      out.value16 = memory->value16;
      out.moved = r.length;
      return memory->code;
    case recovery::Window::Verdict::fresh:
      break;
  }
  const Code c = apply(r, out);
  // Part of a longer or divided op may have been executed before.
  out.fresh = c != Code::ok && r.length <= kPiece && r.begun == 0 && !r.more;
  if (c == Code::ok && !r.more) window.remember({r.id.sequence, out.value, out.value16, c});
  return c;
}

Ending SegmentHome::execute(const Request& r, Instant) {
  Ending out = transport::answer_to(r);
  out.moved = r.begun;
  // Without a gate nothing is exposed yet: a transport may call the home before the segment has its memory.
  Code c = gate_ ? check_op(r, size_) : Code::stale_epoch;
  if (c == Code::ok) {
    const Running mark(memory_, r.gate, executing_);
    c = r.remember ? remembered(r, out) : apply(r, out);
  }
  if (c != Code::ok) out.status = Status(c, r.word.op);
  if (c == Code::ok && bell_ && (r.notify || r.word.op == Op::write_signal) && has_sleepers(*bell_))
    ring(*bell_);
  return out;
}

}  // namespace ub::core
