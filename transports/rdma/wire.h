// The protocol between two processes of rdma://: the private data of a connection, and the messages on it.
// Owner: plain values.  Thread safety: no shared state.
// Units: bytes; all values are little-endian.
// Errors: a decoder returns nullopt for anything but a whole message of this version. Bytes from a peer are untrusted until
// a decoder has accepted them.
#pragma once

#include <array>
#include <cstddef>
#include <cstdint>
#include <optional>
#include <span>

#include "ub/transport.h"

namespace ub::rdma {

inline constexpr std::uint32_t kMagic = 0x52446275;  // "ubDR"
inline constexpr std::uint16_t kProtocol = 1;

/// The purpose of a connection.
enum class Purpose : std::uint8_t { control, lane };

/// Sent by the initiator with its request to connect. The RDMA connection manager carries at most 56 bytes.
struct Hello {
  std::uint16_t protocol = kProtocol;
  Purpose purpose = Purpose::control;
  bool again = false;         ///< the home has welcomed this session before
  std::uint16_t credits = 0;  ///< the most requests in flight
  std::uint64_t fabric = 0;   ///< incarnation
  std::uint64_t home = 0;     ///< the random number of the process to reach
  std::uint64_t session = 0;  ///< the initiator's random number
  std::uint32_t lane = 0;  ///< the initiator's number for it; a new connection of a lane ends its older ones
  std::uint32_t generation = 0;  ///< of the session; a newer one ends everything older
};
inline constexpr std::size_t kHelloSize = 44;

/// The home's response, with its acceptance or refusal.
enum class Verdict : std::uint8_t {
  welcome,
  protocol,  ///< another version of libub
  stranger,  ///< another fabric
  stale,     ///< another process listens here now
  busy,      ///< no room
  outdated,  ///< the session has a newer generation, or does not exist
};
struct Welcome {
  std::uint16_t protocol = kProtocol;
  Verdict verdict = Verdict::welcome;
};
inline constexpr std::size_t kWelcomeSize = 8;

enum class Kind : std::uint8_t {
  request = 1,  ///< initiator to home, on a lane
  answer,       ///< home to initiator, on a lane
  withdraw,  ///< home to initiator, on the control connection: the segment's keys end; finish the ops that use them
  withdrawn,  ///< the response: no op uses the keys any more, except on the lanes that it names
  land,       ///< initiator to home, on a lane: requests a landing
  landing,    ///< the response
  bye,        ///< initiator to home, on the control connection: a lane has ended and will not reconnect
  beat,  ///< on the control connection, each second: the initiator checks that the home runs; the home returns it
};

/// An op for the responder. `word.compare` of a write_signal is the offset of its signal.
struct Call {
  transport::OpId id;
  detail::WordOp word;
  std::uint64_t high_desired = 0, high_compare = 0;  ///< of a 16-byte compare-swap
  SegmentId segment;
  std::uint64_t key = 0;  ///< of the right that the op needs
  std::uint64_t gate = 0;
  std::uint64_t begun = 0, length = 0;  ///< of a transfer: the range that the landing holds
  std::uint32_t in_flight = 0;
  std::uint32_t flight = 0;  ///< the initiator's number; the response repeats it
  std::uint16_t attempt = 0;
  bool remember = false, notify = false, more = false;
};
inline constexpr std::size_t kCallSize = 128;

struct Answer {
  transport::OpId id;
  Code code = Code::ok;
  bool fresh = false;
  std::uint16_t attempt = 0;
  std::uint32_t flight = 0;
  std::uint64_t value = 0, high = 0;
};
inline constexpr std::size_t kAnswerSize = 48;

struct Withdrawal {
  SegmentId segment;
  std::uint64_t number = 0;  ///< the home's number; the response repeats it. 0: no response is requested
  std::uint64_t read = 0, write = 0;  ///< the keys that end; 0: none
  std::uint64_t patience = 0;         ///< microseconds until the response is due
};
inline constexpr std::size_t kWithdrawalSize = 40;
inline constexpr std::uint64_t kMostPatience = 60'000'000;

/// The response. The lanes that it names may still have data in flight: the home ends their connections.
struct Withdrawn {
  std::uint64_t number = 0;
  std::uint32_t count = 0;
  std::array<std::uint32_t, 26> lanes{};
};
inline constexpr std::size_t kWithdrawnSize = 120;

/// Memory at the home that belongs to one lane: data stay there until a call makes the responder move them.
struct Landing {
  std::uint64_t key = 0, base = 0, size = 0;
};
inline constexpr std::size_t kLandingSize = 32;
inline constexpr std::uint64_t kMostLanding = 64 << 10;
inline constexpr std::size_t kBeatSize = 4, kByeSize = 8;
inline constexpr std::size_t kLargestMessage = kCallSize;

// Each encoder fills its whole span.
void encode(const Hello&, std::span<std::byte, kHelloSize>);
void encode(const Welcome&, std::span<std::byte, kWelcomeSize>);
void encode(const Call&, std::span<std::byte, kCallSize>);
void encode(const Answer&, std::span<std::byte, kAnswerSize>);
void encode(Kind, const Landing&, std::span<std::byte, kLandingSize>);
void encode(const Withdrawal&, std::span<std::byte, kWithdrawalSize>);
void encode(const Withdrawn&, std::span<std::byte, kWithdrawnSize>);
void encode_beat(std::span<std::byte, kBeatSize>);
void encode_bye(std::uint32_t lane, std::span<std::byte, kByeSize>);

/// Private data may have padding after it. If the protocol differs, only `protocol` is valid.
std::optional<Hello> decode_hello(std::span<const std::byte>);
std::optional<Welcome> decode_welcome(std::span<const std::byte>);
std::optional<Kind> kind_of(std::span<const std::byte>);
std::optional<Call> decode_call(std::span<const std::byte>);
std::optional<Answer> decode_answer(std::span<const std::byte>);
std::optional<Withdrawal> decode_withdrawal(std::span<const std::byte>);
std::optional<Withdrawn> decode_withdrawn(std::span<const std::byte>);
std::optional<Landing> decode_landing(std::span<const std::byte>);
bool is_beat(std::span<const std::byte>);
std::optional<std::uint32_t> decode_bye(std::span<const std::byte>);

/// How to reach a rank's transport; stored in the directory.
struct Whereabouts {
  std::uint64_t home = 0;                      ///< the process's random number
  std::array<char, 8> provider{};              ///< "tcp"
  std::array<std::byte, 32> socket_address{};  ///< sockaddr_in or sockaddr_in6
  bool whole_words = false;                    ///< its NIC moves an aligned word as a whole
};
transport::Address encode(const Whereabouts&);
/// nullopt: no such address, one of another protocol, or neither IPv4 nor IPv6.
std::optional<Whereabouts> decode_whereabouts(const transport::Address&);
std::size_t socket_address_size(const Whereabouts&);
/// The protocol of an address; nullopt: not an address of rdma://.
std::optional<std::uint32_t> protocol_of(const transport::Address&);

}  // namespace ub::rdma
