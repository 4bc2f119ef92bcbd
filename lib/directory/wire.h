// The messages of the peer exchange and their encoding; ub-directory(7) documents the format.
// Owner: plain values.  Thread safety: no shared state.
// Units: bytes, little-endian.
// Errors: decode() returns nullopt unless the bytes are exactly one message. The bytes are hostile.
#pragma once

#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <variant>

#include "directory/snapshot.h"

namespace ub::directory::wire {

/// Sent first by each side. Its format never changes, so that any two versions can detect and report that they differ.
inline constexpr std::size_t kPreamble = 32;
struct Preamble {
  std::uint32_t protocol, contract;  // versions of the exchange and of the plug-in contract
  std::string libub;
};
inline constexpr std::uint32_t kProtocol = 1;
std::string preamble(const Preamble&);
/// Nullopt: not a preamble of this protocol.
std::optional<Preamble> read_preamble(std::string_view);

/// From the connecting side: its identity and the fabric that it joins.
struct Hello {
  std::string fabric, transport, host;
  std::uint32_t ranks = 0;
  std::int32_t pid = 0;
};
/// From the listening side: accepted. The snapshots of all known ranks follow, then Synced.
struct Welcome {
  std::uint64_t incarnation = 0;
};
struct Synced {};
/// A rank's snapshot; `own`: the rank is the sender's.
struct News {
  bool own = false;
  Snapshot snapshot;
};
struct Wish {
  Rank rank;
  NodeId node;
};
struct Seated {
  std::uint32_t epoch = 0, generation = 0, serial = 0;
};
/// Refuses a Wish, or a Hello; after a refused Hello the connection is closed.
struct Refused {
  Code code = Code::taken;
  std::string what, advice;
};
/// Sent after kBeat without another message.
struct Beat {};

using Message = std::variant<Hello, Welcome, Synced, News, Wish, Seated, Refused, Beat>;

/// A frame: its length and kind, 8 bytes, and the message.
inline constexpr std::size_t kHead = 8;
inline constexpr std::size_t kLargestFrame = 1 << 16;
std::string encode(const Message&);
/// The length of the first frame, head included; nullopt: more bytes are needed; 0: not a frame.
std::optional<std::size_t> frame_length(std::string_view);
std::optional<Message> decode(std::string_view frame);

}  // namespace ub::directory::wire
