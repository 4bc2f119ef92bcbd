// What every member of a ub-bw run exposes, and the orders and results that travel through it.
// Owner: each member its own; the coordinator writes orders, members write results into the coordinator's.
// Threads: an order or result is written before its number, which is stored with release.
// Units: bytes, nanoseconds of the host, picoseconds of the model.
// Errors: what is read here comes from others: sane() before use. Raise kService.version with every change.
#pragma once

#include "tools/common/service.h"
#include "ub/types.h"

namespace tools::bw {

inline constexpr Service kService{"ub-bw", 1};
inline constexpr std::uint32_t kMaxMembers = 256, kMaxStreams = 64;

enum class Kind : std::uint32_t { write, read, fetch_add, cas };

/// What each stream does.
struct Traffic {
  Kind kind = Kind::write;
  std::uint32_t streams = 1;
  std::uint64_t size = 0;        // of an op
  std::uint64_t iterations = 0;  // of each stream; 0: for duration_ns
  std::int64_t duration_ns = 0;
  std::uint32_t verify = 0;
  std::uint32_t direct = 0;  // each member's own: whether atomics go without options

  /// Streams have areas of their own, cache lines apart.
  constexpr std::uint64_t stride() const { return (size + 63) / 64 * 64; }
};

/// One run of one member.
struct Order {
  std::uint64_t job = 0;  // the same job: the same members, attachments and barrier
  std::uint32_t index = 0, members = 0;
  Traffic traffic;
  std::uint32_t token = 0, reserved = 0;
  ub::GlobalAddress segment[kMaxMembers];  // of each member; the coordinator is the first

  bool sane() const {
    return members >= 2 && members <= kMaxMembers && index < members && traffic.streams >= 1 &&
           traffic.streams <= kMaxStreams && traffic.size >= 1 && traffic.size < std::uint64_t(1) << 46;
  }
};

/// What came of it.
struct Result {
  std::uint64_t ops = 0, wrong = 0;
  std::uint64_t model_ps = 0;  // all ops' together
  std::int64_t elapsed_ns = 0;
  std::uint32_t code = 0, peer = 0;  // the first op that failed
};

inline constexpr std::uint64_t kOrderNumber = 64, kStop = 128, kOrder = 4096;
inline constexpr std::uint64_t kProgress = 16384, kProgressLine = 64;  // a line a stream: ops so far
inline constexpr std::uint64_t kResults = kProgress + kProgressLine * kMaxStreams, kResultLine = 128;
inline constexpr std::uint64_t kResultNumber = 64;  // within a result's line
inline constexpr std::uint64_t kData = 65536;
static_assert(kOrder + sizeof(Order) <= kProgress && sizeof(Result) <= kResultNumber);
static_assert(kResults + kResultLine * kMaxMembers <= kData);

/// Where the areas of member `from` start in the data of member `to`.
constexpr std::uint64_t area(const Traffic& t, std::uint32_t from, std::uint32_t to) {
  return std::uint64_t(from < to ? from : from - 1) * t.streams * t.stride();
}
/// What that takes for all of them.
constexpr std::uint64_t room(const Traffic& t, std::uint32_t members) {
  return std::uint64_t(members - 1) * t.streams * t.stride();
}

}  // namespace tools::bw
