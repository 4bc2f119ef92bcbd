// Lists this user's fabrics, transports and devices without joining a fabric: for tools and tests.
// Owner: plain values, a snapshot.  Thread safety: any thread.
// Units: bytes; 10^9 bits a second.
// Errors: Expected; a Failure tells what failed and what to do. A board that fails its checks is listed with its `trouble`.
#pragma once

#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

#include "ub/caps.h"
#include "ub/fabric.h"

#pragma GCC visibility push(default)

namespace ub {

struct SegmentInfo {
  Rank home;
  std::string name;
  SegmentId id;
  std::uint64_t size = 0;
  Access access = Access::none;
  bool asks_token = false;
};

/// One direction of one link of an emulated machine.
struct LinkInfo {
  std::string from, to;
  std::uint64_t packets = 0;
  std::uint64_t bytes = 0;  ///< on the wire, headers included
};

struct RankCounters {
  Rank rank;
  std::uint64_t ops = 0;    ///< on the slow path: all ops on emu; on shm those that are not direct
  std::uint64_t bytes = 0;  ///< their payload
};

struct FabricInfo {
  std::string url;        ///< "emu://rack"
  std::string transport;  ///< "emu"
  std::string name;       ///< "rack"; of one process's view "rack@4711.83fa02b1"
  std::string machine;    ///< the profile's name; empty on shm
  std::string trouble;    ///< why the board cannot be read; the members below are then empty
  std::uint64_t incarnation = 0;
  std::int32_t holder_pid = 0;  ///< of the `ub-emu up` that holds it, or 0
  std::int32_t seen_by = 0;  ///< with a peer directory: the process whose view of the fabric this is; else 0
  std::uint32_t capacity = 0;   ///< ranks
  std::uint64_t shm_bytes = 0;  ///< size of board and segments
  bool live = false;            ///< false: no process is joined; clean() or the next open removes it
  std::vector<Peer> ranks;      ///< joined or dead ones
  std::vector<SegmentInfo> segments;
  std::vector<LinkInfo> links;  ///< those that carried packets
  std::vector<RankCounters> counters;
};

struct TransportInfo {
  std::string name;
  std::string origin;   ///< "built in", or the plug-in's file
  std::string trouble;  ///< why a plug-in is refused; `caps` is then not valid
  Caps caps;
};

/// A port's address in the network.
struct DeviceGid {
  std::uint32_t index = 0;
  std::string gid;     ///< "fe80::5054:ff:fe12:3456", "::ffff:10.70.0.1"
  std::string type;    ///< "RoCE v2", "RoCE v1", "IB"
  std::string netdev;  ///< the network device that it comes from, or empty
};

struct DevicePort {
  std::uint32_t number = 0;
  std::string trouble;     ///< why it cannot be read; the members below are then empty
  std::string state;       ///< "active", "down", "init", "armed", "deferred"
  std::string link_layer;  ///< "Ethernet", "InfiniBand"
  double gigabits = 0;     ///< per second, of the link as it is now
  std::uint32_t mtu = 0;   ///< the largest packet's payload, as it is now
  std::vector<DeviceGid> gids;
};

/// A device that a transport uses: a NIC, or software that acts as one.
struct DeviceInfo {
  std::string transport;  ///< "rdma"
  std::string name;       ///< "mlx5_0", "rxe0"; empty: `trouble` concerns all of the transport's devices
  std::string trouble;    ///< why it cannot be opened; the members below are then empty
  std::string node_guid;  ///< "5054:00ff:fe12:3456"
  std::string firmware;   ///< its version, or empty
  std::string atomics;    ///< "none"; "device": atomic to each other; "global": atomic to the processors' too
  std::uint32_t vendor_id = 0, part_id = 0;
  bool software = false;  ///< emulated by the kernel on a network device
  std::vector<DevicePort> ports;
};

std::vector<TransportInfo> transports();
/// The devices that the transports of plug-ins use, as they are now.
std::vector<DeviceInfo> devices();
/// Every fabric of this user, live or stale.
Expected<std::vector<FabricInfo>> inspect();
/// One fabric, by URL or name.
Expected<FabricInfo> inspect(std::string_view url);
/// Removes stale boards and their segments, which killed jobs left. Returns one line for each object removed.
Expected<std::vector<std::string>> clean();
/// Of libub: "0.1.0".
std::string_view version();

}  // namespace ub

#pragma GCC visibility pop
