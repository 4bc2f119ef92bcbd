#include "tools/common/pattern.h"

#include <algorithm>
#include <cstring>

namespace tools {

void fill_pattern(void* memory, std::size_t size, std::uint64_t seed) {
  for (std::size_t at = 0; at < size; at += 8) {
    const std::uint64_t word = pattern_word(seed, at);
    std::memcpy(static_cast<char*>(memory) + at, &word, std::min<std::size_t>(8, size - at));
  }
}

bool has_pattern(const void* memory, std::size_t size, std::uint64_t seed) {
  for (std::size_t at = 0; at < size; at += 8) {
    const std::uint64_t word = pattern_word(seed, at);
    if (std::memcmp(static_cast<const char*>(memory) + at, &word, std::min<std::size_t>(8, size - at)) != 0)
      return false;
  }
  return true;
}

}  // namespace tools
