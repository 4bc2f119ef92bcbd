// The messages of the peer exchange, and their bytes; ub-directory(7) has the format in words.
// Owner: plain values.  Threads: no shared state.
// Units: bytes, little-endian.
// Errors: decode() is nullopt for whatever is not exactly a message. The bytes are hostile.
#pragma once

#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <variant>

#include "directory/snapshot.h"

namespace ub::directory::wire {

/// What each side sends first, and what never changes: by it two versions that know nothing else of each other can say so.
inline constexpr std::size_t kPreamble = 32;
struct Preamble {
  std::uint32_t protocol, contract;  // the exchange's version, and that of the plug-ins on both sides
  std::string libub;
};
inline constexpr std::uint32_t kProtocol = 1;
std::string preamble(const Preamble&);
/// Nullopt: whoever sent this speaks something else.
std::optional<Preamble> read_preamble(std::string_view);

/// The connecting side: who it is, and which fabric it means.
struct Hello {
  std::string fabric, transport, host;
  std::uint32_t ranks = 0;
  std::int32_t pid = 0;
};
/// The listening side: come in. Everybody's snapshots follow, and `synced`.
struct Welcome {
  std::uint64_t incarnation = 0;
};
struct Synced {};
/// A rank's news: the sender's own, or somebody else's.
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
/// What was asked for is refused: a wish, or the hello, and then the connection ends.
struct Refused {
  Code code = Code::taken;
  std::string what, advice;
};
/// Sent when nothing else has been for a while.
struct Beat {};

using Message = std::variant<Hello, Welcome, Synced, News, Wish, Seated, Refused, Beat>;

/// A frame: its length and kind, 8 bytes, and the message.
inline constexpr std::size_t kHead = 8;
inline constexpr std::size_t kLargestFrame = 1 << 16;
std::string encode(const Message&);
/// The first frame's length, heads included; nullopt: there is no telling yet; 0: nothing that could be one.
std::optional<std::size_t> frame_length(std::string_view);
std::optional<Message> decode(std::string_view frame);

}  // namespace ub::directory::wire
