#include "step.h"

#include <algorithm>
#include <cstring>

namespace ub::conformance {

std::vector<Step> word_steps() {
  std::vector<Step> all;
  const auto add = [&](Op op, std::initializer_list<unsigned> sizes) {
    for (const unsigned size : sizes)
      for (const bool is_signed : {false, true}) {
        Step s;
        s.op = op;
        s.size = size;
        s.is_signed = is_signed;
        all.push_back(s);
      }
  };
  for (const Op op : {Op::load, Op::store}) add(op, {1, 2, 4, 8});
  for (const Op op : kFetching) add(op, {4, 8});
  for (const Op op : {Op::compare_swap, Op::masked_swap, Op::masked_compare_swap}) add(op, {4, 8});
  Step s;
  s.op = Op::compare_swap16;
  s.size = 16;
  all.push_back(s);
  return all;
}

std::vector<Step> all_steps(std::uint64_t offset) {
  std::vector<Step> all = word_steps();
  for (const Op op : {Op::read, Op::write, Op::write_signal}) {
    Step s;
    s.op = op;
    if (op == Op::read)
      s.length = 24;
    else
      s.data = pattern(24, offset + 1);
    s.signal_offset = offset + 32;
    all.push_back(s);
  }
  for (Step& s : all) {
    s.offset = offset;
    s.value = 0x5a5a5a5a5a5a5a5a;
    s.mask = s.compare_mask = 0x00ffff00ff0000ff;
    s.desired16 = {1, 2};
  }
  return all;
}

std::vector<std::byte> pattern(std::size_t size, std::uint64_t salt) {
  constexpr std::size_t kCycle =
      4093;  // a prime: bytes that are a power of two apart have different positions in the cycle
  std::vector<std::byte> bytes(size);
  for (std::size_t i = 0; i < std::min(size, kCycle); ++i)
    bytes[i] = std::byte((salt * 0x9e3779b97f4a7c15 + i * 0xbf58476d1ce4e5b9) >> 56);
  for (std::size_t at = kCycle; at < size; at += kCycle)
    std::memcpy(bytes.data() + at, bytes.data(), std::min(size - at, kCycle));
  return bytes;
}

bool same(std::span<const std::byte> a, std::span<const std::byte> b) {
  return a.size() == b.size() && (a.empty() || std::memcmp(a.data(), b.data(), a.size()) == 0);
}

std::string describe(const Step& s) {
  std::string text(name(s.op));
  if (s.size != 0) text += (s.is_signed ? " signed " : " ") + std::to_string(s.size);
  text += " at " + std::to_string(s.offset);
  if (s.op == Op::read) text += ", " + std::to_string(s.length) + " bytes";
  if (!s.data.empty()) text += ", " + std::to_string(s.data.size()) + " bytes";
  if (s.op == Op::write_signal) text += ", signal at " + std::to_string(s.signal_offset);
  return text + ", value " + std::to_string(s.value) + ", compare " + std::to_string(s.compare);
}

}  // namespace ub::conformance
