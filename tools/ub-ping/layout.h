// What ub-ping's responder exposes, and where. Raise kService.version with every change.
// Owner: the responder; initiators write their own lines, the ping word and the data.
// Threads: words by atomics; data by whoever is told to.
// Units: bytes.
// Errors: none.
#pragma once

#include "tools/common/service.h"
#include "ub/types.h"

namespace tools::ping {

inline constexpr Service kService{"ub-ping", 1};

/// Ping-pong: the initiator stores a number here, the responder answers with the same at the return address.
inline constexpr std::uint64_t kPing = 64;
inline constexpr std::uint64_t kReturn = 128;
/// Word ops of different ranks go to different cache lines, so that they do not disturb one another.
inline constexpr std::uint64_t kLines = 4096, kLine = 64, kLineCount = 1024;
/// Bulk ops.
inline constexpr std::uint64_t kData = kLines + kLine * kLineCount;

/// At kReturn: where answers go.
struct Return {
  ub::GlobalAddress address;
};

/// The initiator's segment for answers: the number, and what the answer took on the modelled fabric.
inline constexpr const char* kPongSegment = "ub-ping.pong";
inline constexpr std::uint64_t kPong = 0, kPongModel = 64, kPongSize = 128;

}  // namespace tools::ping
