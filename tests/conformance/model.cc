#include "model.h"

#include <cstring>

namespace ub::conformance {
namespace {

bool inside(std::uint64_t offset, std::uint64_t length, std::uint64_t size) {
  return offset <= size && length <= size - offset;
}

// The new word, in 64 bits; it is truncated to the word's size when stored.
std::uint64_t changed(const Step& s, std::uint64_t old, std::uint64_t all) {
  switch (s.op) {
    case Op::load:
      return old;
    case Op::fetch_add:
      return old + s.value;
    case Op::fetch_sub:
      return old - s.value;
    case Op::fetch_and:
      return old & s.value;
    case Op::fetch_or:
      return old | s.value;
    case Op::fetch_xor:
      return old ^ s.value;
    case Op::compare_swap:
      return old == (s.compare & all) ? s.value : old;
    case Op::masked_swap:
      return (old & ~s.mask) | (s.value & s.mask);
    case Op::masked_compare_swap:
      if (((old ^ s.compare) & s.compare_mask & all) != 0) return old;
      return (old & ~s.mask) | (s.value & s.mask);
    default:  // store, swap
      return s.value;
  }
}

}  // namespace

Access needed(Op op) {
  if (op == Op::load || op == Op::read) return Access::read;
  return op == Op::store || op == Op::write || op == Op::write_signal ? Access::write : Access::atomic;
}

std::vector<Code> Model::may_end(const Step& s, Access rights) const {
  std::vector<Code> wrong;
  const std::uint64_t length = s.size != 0 ? s.size : s.op == Op::read ? s.length : s.data.size();
  if (!allows(rights, needed(s.op))) wrong.push_back(Code::access_denied);
  if (s.size != 0 && s.offset % s.size != 0) wrong.push_back(Code::misaligned);
  if (!inside(s.offset, length, memory.size())) wrong.push_back(Code::out_of_range);
  if (s.op == Op::write_signal) {
    if (s.signal_offset % 8 != 0) wrong.push_back(Code::misaligned);
    if (!inside(s.signal_offset, 8, memory.size())) wrong.push_back(Code::out_of_range);
  }
  if (caps_.of(s.op) == Support::refused) wrong.push_back(Code::unsupported);
  if (wrong.empty()) wrong.push_back(Code::ok);
  return wrong;
}

std::uint64_t Model::word(std::uint64_t offset, unsigned size) const {
  std::uint64_t v = 0;  // little-endian, as every processor that libub runs on
  std::memcpy(&v, memory.data() + offset, size);
  return v;
}

Outcome Model::apply(const Step& s) {
  Outcome out;
  std::byte* const at = memory.data() + s.offset;
  if (s.op == Op::read) {
    out.data.assign(at, at + s.length);
  } else if (s.op == Op::write || s.op == Op::write_signal) {
    std::copy(s.data.begin(), s.data.end(), at);
    if (s.op == Op::write_signal) std::memcpy(memory.data() + s.signal_offset, &s.value, 8);
  } else if (s.op == Op::compare_swap16) {
    std::memcpy(&out.value16, at, 16);
    if (out.value16 == s.compare16) std::memcpy(at, &s.desired16, 16);
  } else {
    const std::uint64_t all = s.size == 8 ? ~0ull : (1ull << 8 * s.size) - 1;
    const std::uint64_t old = word(s.offset, s.size), now = changed(s, old, all);
    if (s.op != Op::store) out.value = old;
    std::memcpy(at, &now, s.size);
  }
  return out;
}

}  // namespace ub::conformance
