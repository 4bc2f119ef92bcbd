// The profiles that are compiled into the library, as text: emu/profiles/*.toml, one entry per file.
// Owner: static storage, written by the Makefile's rule for profiles.o.  Thread safety: constant.
// Units: none.
// Errors: none.
#pragma once

#include <cstddef>
#include <iterator>
#include <string_view>

namespace ub::topology {

struct BuiltinProfile {
  std::string_view name;  ///< the file's name without ".toml", which is the machine's name
  std::string_view text;
};

extern const BuiltinProfile kBuiltinProfiles[];
extern const std::size_t kBuiltinProfileCount;

}  // namespace ub::topology
