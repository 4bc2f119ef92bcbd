// The source-route header: 8 bytes that carry a packet along a path that the sender selects. At most twelve hops, at most six
// of them by an instruction that names the egress port; at the others the node's table decides.
//   ptr     4 bits   hops done: 0 at the source, one more at each hop
//   bitmap 12 bits   bit i: hop i is source-routed; else by table
//   6 instructions of 8 bits, consumed in order: the egress port
// The fields and their widths are published [U]. That hop i uses the instruction whose number is the count of set bits of the
// bitmap below i, and that ptr grows by one per hop, is inferred [?]; the order of the fields in the 8 bytes is libub's [?].
// Owner: plain values and pure functions.  Thread safety: any thread. Units: hops are links, of whatever kind.
// Errors: decode() returns a HeaderFault for any bytes that are not a header.
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
  size,          ///< not 8 bytes.
  pointer,       ///< ptr is beyond the twelfth hop. Twelve is valid: the packet must be at its destination.
  instructions,  ///< the bitmap has more than six bits set.
  stray,         ///< an instruction that no bit of the bitmap uses is not 0.
};
/// One line for people; never null.
std::string_view meaning(HeaderFault);

/// How a node forwards a packet that is not at its destination.
struct Turn {
  enum Kind : std::uint8_t { port, table, lost };  ///< lost: the packet has made its twelve hops
  Kind kind = table;
  std::uint8_t number = 0;  ///< of the egress port
  bool operator==(const Turn&) const = default;
};

struct Header {
  std::uint8_t ptr = 0;
  std::uint16_t bitmap = 0;
  std::array<std::uint8_t, kMaxInstructions> instructions{};

  /// Returns the next hop and increments ptr.
  Turn step();
  bool operator==(const Header&) const = default;
};

HeaderFault fault(const Header&);
/// Needs a header without fault.
HeaderBytes encode(const Header&);
/// Writes `header` only if there is no fault.
HeaderFault decode(std::span<const std::byte>, Header& header);

/// The reason why a route does not fit into a header.
enum class Unfit : std::uint8_t {
  none,
  turns,  ///< more than six of its hops are not those of the tables.
  port,   ///< a hop that differs from its table's leaves by a port beyond 255, which no instruction can name.
};
std::string_view meaning(Unfit);

/// Returns the header for `route`. A hop that equals the link of its node's table, for the destination of the route, uses
/// the table; each other hop gets an instruction. This uses the fewest instructions. Empty if the route does not fit; `why`
/// then has the reason.
std::optional<Header> header_of(const topology::Machine&, const Route&, Unfit* why = nullptr);

/// Returns the link by which a packet for `to` leaves node `at`, by its header and the tables, and increments ptr. Empty if
/// the node has no such port, the table no such target, or the header no hop left.
std::optional<topology::LinkId> forward(const topology::Machine&, NodeId at, NodeId to, Header&);

}  // namespace ub::routing
