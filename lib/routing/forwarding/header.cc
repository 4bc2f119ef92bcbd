#include "routing/forwarding/header.h"

#include <bit>

#include "base/check.h"
#include "routing/forwarding/tables.h"

namespace ub::routing {
namespace {

using topology::LinkId;
using topology::Machine;

constexpr unsigned kBitmapBits = 12;
constexpr std::uint16_t kBitmap = (1u << kBitmapBits) - 1;
static_assert(kBitmapBits == kMaxHops);

unsigned instructions(std::uint16_t bitmap) { return unsigned(std::popcount(bitmap)); }

}  // namespace

std::string_view meaning(HeaderFault f) {
  switch (f) {
    case HeaderFault::none:
      return "no fault";
    case HeaderFault::size:
      return "a source-route header has 8 bytes";
    case HeaderFault::pointer:
      return "ptr is beyond the twelfth hop";
    case HeaderFault::instructions:
      return "the bitmap asks for more than six instructions";
    case HeaderFault::stray:
      return "an instruction that the bitmap does not use is not 0";
  }
  return "?";
}

std::string_view meaning(Unfit u) {
  switch (u) {
    case Unfit::none:
      return "it fits";
    case Unfit::turns:
      return "more than six hops differ from the tables'";
    case Unfit::port:
      return "a hop that differs from its table's leaves by a port beyond 255";
  }
  return "?";
}

Turn Header::step() {
  if (ptr >= kMaxHops) return {Turn::lost};
  const std::uint16_t bit = std::uint16_t(1u << ptr++);
  if ((bitmap & bit) == 0) return {Turn::table};
  return {Turn::port, instructions.at(routing::instructions(std::uint16_t(bitmap & (bit - 1))))};
}

HeaderFault fault(const Header& h) {
  if (h.ptr > kMaxHops) return HeaderFault::pointer;
  UB_ASSERT((h.bitmap & ~kBitmap) == 0);
  const unsigned used = instructions(h.bitmap);
  if (used > kMaxInstructions) return HeaderFault::instructions;
  for (std::size_t i = used; i < kMaxInstructions; ++i)
    if (h.instructions[i] != 0) return HeaderFault::stray;
  return HeaderFault::none;
}

HeaderBytes encode(const Header& h) {
  UB_ASSERT(fault(h) == HeaderFault::none);
  HeaderBytes b;
  b[0] = std::byte(h.ptr << 4 | h.bitmap >> 8);
  b[1] = std::byte(h.bitmap & 0xff);
  for (std::size_t i = 0; i < kMaxInstructions; ++i) b[2 + i] = std::byte(h.instructions[i]);
  return b;
}

HeaderFault decode(std::span<const std::byte> b, Header& header) {
  if (b.size() != kHeaderBytes) return HeaderFault::size;
  Header h;
  h.ptr = std::uint8_t(b[0]) >> 4;
  h.bitmap = std::uint16_t((unsigned(b[0]) & 0x0f) << 8 | unsigned(b[1]));
  for (std::size_t i = 0; i < kMaxInstructions; ++i) h.instructions[i] = std::uint8_t(b[2 + i]);
  const HeaderFault f = fault(h);
  if (f == HeaderFault::none) header = h;
  return f;
}

std::optional<Header> header_of(const Machine& m, const Route& r, Unfit* why) {
  const auto unfit = [&](Unfit u) {
    if (why) *why = u;
    return std::optional<Header>();
  };
  Header h;
  unsigned used = 0;
  for (unsigned i = 0; i < r.count; ++i) {
    const topology::Link l = m.link(r.links[i]);
    if (by_table(m, l.from, m.to(r.links[r.count - 1])) == r.links[i]) continue;
    if (l.from_port > 0xff) return unfit(Unfit::port);
    if (used == kMaxInstructions) return unfit(Unfit::turns);
    h.bitmap |= std::uint16_t(1u << i);
    h.instructions[used++] = std::uint8_t(l.from_port);
  }
  if (why) *why = Unfit::none;
  return h;
}

std::optional<LinkId> forward(const Machine& m, NodeId at, NodeId to, Header& h) {
  const Turn turn = h.step();
  const auto& out = m.links_from(at);
  if (turn.kind == Turn::port && turn.number < out.size()) return out[turn.number];
  if (turn.kind == Turn::table) return by_table(m, at, to);
  return {};
}

}  // namespace ub::routing
