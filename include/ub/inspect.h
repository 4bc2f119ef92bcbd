// Looking at this user's fabrics, and at what transports run on, from outside, without joining: for tools and tests.
// Owner: plain values, a snapshot.  Threads: any.
// Units: bytes; 10^9 bits a second.
// Errors: Expected with what failed and what to do. A board that fails its checks is listed with its `trouble`, not trusted.
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
  std::uint64_t ops = 0;    ///< by the slow path: all ops on emu; on shm those that are not direct
  std::uint64_t bytes = 0;  ///< their payload
};

struct FabricInfo {
  std::string url;        ///< "emu://rack"
  std::string transport;  ///< "emu"
  std::string name;       ///< "rack"; of one process's view "rack@4711.83fa02b1"
  std::string machine;    ///< the profile's name; empty on shm
  std::string trouble;    ///< why the board cannot be read; then the rest is empty
  std::uint64_t incarnation = 0;
  std::int32_t holder_pid = 0;  ///< of the `ub-emu up` that holds it, or 0
  std::int32_t seen_by = 0;  ///< with a peer directory: the process whose view of the fabric this is; else 0
  std::uint32_t capacity = 0;   ///< ranks
  std::uint64_t shm_bytes = 0;  ///< what board and segments take
  bool live = false;            ///< false: nobody is left; clean() or the next open removes it
  std::vector<Peer> ranks;      ///< joined or dead ones
  std::vector<SegmentInfo> segments;
  std::vector<LinkInfo> links;  ///< those that carried something
  std::vector<RankCounters> counters;
};

struct TransportInfo {
  std::string name;
  std::string origin;   ///< "built in", or the plug-in's file
  std::string trouble;  ///< why a plug-in is refused; then `caps` says nothing
  Caps caps;
};

/// An address of a port, as the network knows it.
struct DeviceGid {
  std::uint32_t index = 0;
  std::string gid;     ///< "fe80::5054:ff:fe12:3456", "::ffff:10.70.0.1"
  std::string type;    ///< "RoCE v2", "RoCE v1", "IB"
  std::string netdev;  ///< the network device that it comes from, or empty
};

struct DevicePort {
  std::uint32_t number = 0;
  std::string trouble;     ///< why it cannot be asked; then the rest is empty
  std::string state;       ///< "active", "down", "init", "armed", "deferred"
  std::string link_layer;  ///< "Ethernet", "InfiniBand"
  double gigabits = 0;     ///< a second, of the link as it runs now
  std::uint32_t mtu = 0;   ///< the largest packet's payload, as it is now
  std::vector<DeviceGid> gids;
};

/// What a transport runs on: a NIC, or what behaves like one.
struct DeviceInfo {
  std::string transport;  ///< "rdma"
  std::string name;       ///< "mlx5_0", "rxe0"; empty: `trouble` is about all of the transport's devices
  std::string trouble;    ///< why it cannot be opened; then the rest is empty
  std::string node_guid;  ///< "5054:00ff:fe12:3456"
  std::string firmware;   ///< its version, or empty
  std::string
      atomics;  ///< of its own: "none"; "device": with each other's only; "global": with the processors', too
  std::uint32_t vendor_id = 0, part_id = 0;
  bool software = false;  ///< the kernel plays it on a network device
  std::vector<DevicePort> ports;
};

std::vector<TransportInfo> transports();
/// What the transports of plug-ins run on, each device as it is now.
std::vector<DeviceInfo> devices();
/// Every fabric of this user, live or stale.
Expected<std::vector<FabricInfo>> inspect();
/// One, by URL or name.
Expected<FabricInfo> inspect(std::string_view url);
/// Removes what killed jobs left: stale boards and their segments. Answers a line for each thing removed.
Expected<std::vector<std::string>> clean();
/// "0.1.0".
std::string_view version();

}  // namespace ub

#pragma GCC visibility pop
