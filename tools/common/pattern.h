// Data that can be checked: every byte depends on its offset and on the op that wrote it.
// Owner: pure functions over the caller's memory.  Thread safety: any thread.
// Units: bytes.
// Errors: none.
#pragma once

#include <cstddef>
#include <cstdint>

namespace tools {

/// The 64-bit word of op `seed` at byte `at` (a multiple of 8).
constexpr std::uint64_t pattern_word(std::uint64_t seed, std::uint64_t at) {
  std::uint64_t x = (seed + 1) * 0x9e3779b97f4a7c15 + at;
  x = (x ^ x >> 29) * 0xbf58476d1ce4e5b9;
  return x ^ x >> 32;
}
void fill_pattern(void* memory, std::size_t size, std::uint64_t seed);
bool has_pattern(const void* memory, std::size_t size, std::uint64_t seed);

}  // namespace tools
