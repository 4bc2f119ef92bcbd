// A second process of a row: this program again, in a role (tests/role.h) that says when it is ready.
// Owner: the row; its end ends the process.  Threads: one at a time.
#pragma once

#include <atomic>
#include <cstddef>
#include <cstdint>
#include <string>

#include "tests/role.h"
#include "tools/common/child.h"
#include "ub/ub.h"

namespace ub::bench {

/// Starts it, and returns once it is ready.
tools::Child helper(const std::string& role, test::Args);
/// A role that is ready, and stays until it is ended.
int stay();

/// A fabric of this run alone: its name is nobody else's.
std::string fresh_url(const std::string& transport, const std::string& options = {});

/// A fabric, and a segment "memory" of it whose home is another process that sleeps.
struct Away {
  explicit Away(std::uint64_t size = 1 << 20);
  Fabric fabric;
  tools::Child home;
  RemoteSegment memory;
};

inline std::atomic_ref<std::uint64_t> word(std::byte* base, std::uint64_t offset) {
  return std::atomic_ref<std::uint64_t>(*reinterpret_cast<std::uint64_t*>(base + offset));
}
/// The attachment's own mapping, to write through by raw pointers: the same pages, the same TLB entries.
inline std::byte* raw(const RemoteSegment& s) { return const_cast<std::byte*>(s.view().data()); }

}  // namespace ub::bench
