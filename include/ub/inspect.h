// Looking at this user's fabrics from outside, without joining: for tools and tests.
// Owner: plain values, a snapshot.  Threads: any.
// Units: bytes.
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

std::vector<TransportInfo> transports();
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
