// A step: one op with its operands, as data. Every way to issue it (perform.h) and the reference (model.h) use this form.
// Owner: plain values.  Thread safety: no shared state.
// Units: bytes; words as unsigned numbers of their size.
// Errors: none; a step may be invalid, so that it must be refused.
#pragma once

#include <span>
#include <string>
#include <vector>

#include "ub/ub.h"

namespace ub::conformance {

struct Step {
  Op op = Op::none;
  unsigned size = 0;  // of the word; 0 in bulk ops
  bool is_signed = false;
  std::uint64_t offset = 0;
  std::uint64_t value = 0, compare = 0;
  std::uint64_t mask = 0, compare_mask = 0;
  Word16 desired16, compare16;
  std::uint64_t length = 0;  // of a read
  std::vector<std::byte> data;
  std::uint64_t signal_offset = 0;
};

/// The result of a step.
struct Outcome {
  Status status;
  std::uint64_t value = 0;
  Word16 value16;
  std::vector<std::byte> data;
};

inline constexpr Op kFetching[] = {Op::fetch_add, Op::fetch_sub, Op::fetch_and,
                                   Op::fetch_or,  Op::fetch_xor, Op::swap};

constexpr bool fetches_only(Op op) { return op == Op::load || op == Op::read; }

/// Each word op in each of its sizes, signed and unsigned where this matters.
std::vector<Step> word_steps();
/// The word steps and one of each bulk op, at `offset`, with operands that change the memory.
std::vector<Step> all_steps(std::uint64_t offset);

/// Bytes that differ from their neighbours and from those of another `salt`.
std::vector<std::byte> pattern(std::size_t size, std::uint64_t salt);
bool same(std::span<const std::byte>, std::span<const std::byte>);
std::string describe(const Step&);

}  // namespace ub::conformance
