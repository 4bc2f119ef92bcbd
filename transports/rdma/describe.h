// Names for the numbers of ibverbs, for people and scripts; and the device and port of a libfabric domain.
// Owner: pure functions of numbers and texts; using or testing them needs no header of ibverbs.
// Thread safety: may run concurrently.
// Units: 10^9 bits a second; bytes.
// Errors: a name contains an unknown number as it is; a function that returns a number returns 0 for one.
#pragma once

#include <cstdint>
#include <optional>
#include <span>
#include <string>
#include <string_view>

#include "ub/inspect.h"
#include "ub/watch.h"

struct sockaddr;

namespace ub::rdma {

/// "active", "down", "init", "armed", "deferred".
std::string state_name(int state);
/// InfiniBand for a port that reports no link layer, as before other link layers existed.
std::string link_layer_name(int layer);
/// The speed of one lane times the number of lanes, as in the kernel's `rate`.
double gigabits(std::uint32_t speed, std::uint32_t width);
std::uint32_t mtu_bytes(int mtu);
/// "none", "device", "global".
std::string atomics_name(int capability);
/// "5054:00ff:fe12:3456".
std::string guid_text(std::uint64_t guid);
/// As an IPv6 address; a GID made from an IPv4 address shows that address.
std::string gid_text(std::span<const std::uint8_t, 16> gid);
/// The GID that RoCE v2 makes from an address; empty: the address is neither IPv4 nor IPv6.
std::string gid_text(const sockaddr* address);
/// "IB", "RoCE v1", "RoCE v2".
std::string gid_type_name(std::uint32_t type);

/// The content of an asynchronous event.
struct Told {
  EventKind kind;
  bool of_port;           ///< otherwise of the whole device
  std::string_view what;  ///< port_change: what has changed
};
/// nullopt: its object, such as a queue, reports errors to its owner by other means.
std::optional<Told> told_by(int async_event);
/// "rxe0 port 1: LID".
std::string about(std::string_view device, std::uint32_t port, const Told&);

/// Whether this host's processor moves a device's data, so that a word may be seen in parts. `driver`: of the bus device behind
/// it; empty: there is none.
bool moved_by_processor(std::uint32_t vendor, std::string_view driver);

/// The device of a verbs domain: "mlx5_0-xrc" is mlx5_0 with another endpoint type.
std::string_view device_of(std::string_view domain);
/// The port that has the GID; otherwise the only port, or the first active one.
std::optional<std::uint32_t> port_of(const DeviceInfo&, std::string_view gid);

}  // namespace ub::rdma
