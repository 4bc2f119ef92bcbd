// Options and report of one op, lists, strided transfers and 16-byte words.
// Owner: plain values of the caller; an OpReport must stay valid until the op returns.
// Thread safety: no shared state.
// Units: model time in picoseconds.
// Errors: none here.
#pragma once

#include <cstddef>
#include <cstdint>

#include "ub/types.h"

#pragma GCC visibility push(default)

namespace ub {

/// Report of one finished op.
struct OpReport {
  std::uint16_t path = 0;      ///< see RemoteSegment::path_name(); 0 is the first (or only) path
  std::uint16_t attempts = 0;  ///< how often it was posted; usually 1
  ModelTime model;  ///< time on the modelled fabric; 0 where nothing is modelled (Caps::model_time)
};

/// Options of one op. A word op with options always takes the slow path; without, the direct path where there is one.
struct OpOptions {
  Deadline deadline = {};  ///< default: the fabric's timeout (10 s unless opened otherwise)
  bool notify = false;  ///< after the op, wake the threads that wait in Segment::wait_until on that segment
  OpReport* report = nullptr;  ///< filled in if the op ends ok
};

/// One contiguous run of a gather (local memory to the segment) or scatter (the segment to local memory) list.
struct GatherPiece {
  const void* local;
  std::size_t size;
  std::uint64_t offset;
};
struct ScatterPiece {
  void* local;
  std::size_t size;
  std::uint64_t offset;
};

/// `count` blocks of `block` bytes: block i is at offset + i*stride in the segment and at
/// i*local_stride in the local buffer. Strides in bytes, at least `block`.
struct Strided {
  std::uint64_t offset = 0;
  std::uint64_t stride = 0;
  std::uint64_t local_stride = 0;
  std::uint64_t block = 0;
  std::uint64_t count = 0;
};

/// An operand or result of a 16-byte compare-swap; `low` is the word at the lower address.
struct alignas(16) Word16 {
  std::uint64_t low = 0;
  std::uint64_t high = 0;
  constexpr bool operator==(const Word16&) const = default;
};

}  // namespace ub

#pragma GCC visibility pop
