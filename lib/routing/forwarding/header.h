// The source-route header: 8 bytes that take a packet along a path of the sender's choice. Twelve hops at most, six of
// them at most by an instruction that names the egress port; at the others the node's own table decides.
//   ptr     4 bits   hops done: 0 at the source, one more at each hop
//   bitmap 12 bits   bit i: hop i is source-routed; else by table
//   6 instructions of 8 bits, consumed in order: the egress port
// The fields and their widths are published [U]. That hop i takes the instruction number "set bits of the bitmap below
// i", and that ptr grows by one a hop, is an inference [?]; the order of the fields in the 8 bytes is ours [?].
// Owner: plain values and pure functions.  Thread safety: any thread. Units: hops are links, of whatever kind.
// Errors: what does not decode has a HeaderFault; hostile bytes are refused, never a crash.
#pragma once

#include <array>
#include <cstddef>
#include <cstdint>
#include <optional>
#include <span>
#include <string_view>

#include "routing/paths/route.h"

namespace ub::routing {

inline constexpr std::size_t kHeaderBytes = 8;
inline constexpr std::size_t kMaxInstructions = 6;  ///< [U]
using HeaderBytes = std::array<std::byte, kHeaderBytes>;

enum class HeaderFault : std::uint8_t {
  none,
  size,     ///< not 8 bytes.
  pointer,  ///< ptr is beyond the twelfth hop. Twelve itself is good: the packet has to be where it wants to go.
  instructions,  ///< the bitmap asks for more than six.
  stray,         ///< an instruction that no bit of the bitmap uses is not 0.
};
/// One line for people; never null.
std::string_view meaning(HeaderFault);

/// What a node does with a packet that is not there yet.
struct Turn {
  enum Kind : std::uint8_t { port, table, lost };  ///< lost: it has made its twelve hops
  Kind kind = table;
  std::uint8_t number = 0;  ///< of the egress port
  bool operator==(const Turn&) const = default;
};

struct Header {
  std::uint8_t ptr = 0;
  std::uint16_t bitmap = 0;
  std::array<std::uint8_t, kMaxInstructions> instructions{};

  /// The next hop; ptr moves on.
  Turn step();
  bool operator==(const Header&) const = default;
};

HeaderFault fault(const Header&);
/// Of a header without fault.
HeaderBytes encode(const Header&);
/// Into `header`, which changes only if there is no fault.
HeaderFault decode(std::span<const std::byte>, Header& header);

/// Why a route does not fit into a header.
enum class Unfit : std::uint8_t {
  none,
  turns,  ///< more than six of its hops are not those of the tables.
  port,   ///< a hop that is not its table's leaves by a port beyond 255, which no instruction can name.
};
std::string_view meaning(Unfit);

/// The header that leads along `route`: a hop that the table of its node takes anyway, towards the route's end, is left to the
/// table; the others get an instruction. So a route fits if it can be told at all, and one by tables alone has
/// no instruction.
std::optional<Header> header_of(const topology::Machine&, const Route&, Unfit* why = nullptr);

/// The link by which a packet for `to` leaves node `at`, by its header and the tables; ptr moves on. Nothing if
/// the node has no such port, the table no such target, or the header no hop left.
std::optional<topology::LinkId> forward(const topology::Machine&, NodeId at, NodeId to, Header&);

}  // namespace ub::routing
