// What ibverbs' numbers mean, in words for people and scripts; and which device and port a libfabric domain is.
// Owner: pure functions of plain numbers and texts: no header of ibverbs is needed to use or test them.
// Threads: any.
// Units: 10^9 bits a second; bytes.
// Errors: a number that is not known is shown as itself, or is 0 where a number is asked for.
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
/// Of a port without one, InfiniBand, as it was when there was nothing else.
std::string link_layer_name(int layer);
/// One lane's speed times their number, as the kernel's `rate` has it.
double gigabits(std::uint32_t speed, std::uint32_t width);
std::uint32_t mtu_bytes(int mtu);
/// "none", "device", "global".
std::string atomics_name(int capability);
/// "5054:00ff:fe12:3456".
std::string guid_text(std::uint64_t guid);
/// As an IPv6 address; one made from an IPv4 address shows that.
std::string gid_text(std::span<const std::uint8_t, 16> gid);
/// The GID that RoCE v2 makes from an address; empty: that is none of IPv4 or IPv6.
std::string gid_text(const sockaddr* address);
/// "IB", "RoCE v1", "RoCE v2".
std::string gid_type_name(std::uint32_t type);

/// What an asynchronous event tells.
struct Told {
  EventKind kind;
  bool of_port;           ///< else of the whole device
  std::string_view what;  ///< of port_change: what has changed
};
/// nullopt: it is about something that whoever opened it hears of elsewhere, such as a queue.
std::optional<Told> told_by(int async_event);
/// "rxe0 port 1: LID".
std::string about(std::string_view device, std::uint32_t port, const Told&);

/// Whether this host's processor moves a device's data, so that a word may be seen in parts. `driver` is that of the bus device
/// behind it; empty: there is none.
bool moved_by_processor(std::uint32_t vendor, std::string_view driver);

/// The device of a verbs domain: "mlx5_0-xrc" is mlx5_0, used in another way.
std::string_view device_of(std::string_view domain);
/// The port that has the GID; if none has, its only port, or the first that is active.
std::optional<std::uint32_t> port_of(const DeviceInfo&, std::string_view gid);

}  // namespace ub::rdma
