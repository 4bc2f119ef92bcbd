// A second process of a row: this program again, in a role (tests/role.h) that reports when it is ready.
// Owner: the row; destroying the Child ends the process.  Thread safety: one thread.
#pragma once

#include <atomic>
#include <cstddef>
#include <cstdint>
#include <string>

#include "tests/role.h"
#include "tools/common/child.h"
#include "ub/ub.h"

namespace ub::bench {

/// Starts the process and returns when it is ready.
tools::Child helper(const std::string& role, test::Args);
/// Reports that the role is ready and waits until the process is killed.
int stay();

/// The URL of a new fabric whose name no other process uses.
std::string fresh_url(const std::string& transport, const std::string& options = {});

/// A fabric and its segment "memory", whose home is another process, which sleeps.
struct Away {
  explicit Away(std::uint64_t size = 1 << 20);
  Fabric fabric;
  tools::Child home;
  RemoteSegment memory;
};

inline std::atomic_ref<std::uint64_t> word(std::byte* base, std::uint64_t offset) {
  return std::atomic_ref<std::uint64_t>(*reinterpret_cast<std::uint64_t*>(base + offset));
}
/// The attachment's mapping, for raw pointers: the same pages and TLB entries as libub's ops.
inline std::byte* raw(const RemoteSegment& s) { return const_cast<std::byte*>(s.view().data()); }

}  // namespace ub::bench
