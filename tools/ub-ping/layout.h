// The layout of the segment of ub-ping's responder. Raise kService.version with every change.
// Owner: the responder; initiators write their own lines, the ping word and the data.
// Thread safety: words by atomics; data by initiators, exclusively with a claim.
// Units: bytes.
// Errors: none.
#pragma once

#include "tools/common/service.h"
#include "ub/types.h"

namespace tools::ping {

inline constexpr Service kService{"ub-ping", 1};

/// Ping-pong: the initiator stores a number here, and the responder stores it at the return address.
inline constexpr std::uint64_t kPing = 64;
inline constexpr std::uint64_t kReturn = 128;
/// Word ops of different ranks go to different cache lines, so that they do not slow each other.
inline constexpr std::uint64_t kLines = 4096, kLine = 64, kLineCount = 1024;
/// Bulk ops.
inline constexpr std::uint64_t kData = kLines + kLine * kLineCount;

/// At kReturn: the address for pongs.
struct Return {
  ub::GlobalAddress address;
};

/// The initiator's segment for pongs: the number, and the pong's model time.
inline constexpr const char* kPongSegment = "ub-ping.pong";
inline constexpr std::uint64_t kPong = 0, kPongModel = 64, kPongSize = 128;

}  // namespace tools::ping
