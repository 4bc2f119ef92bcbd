// What happens to a fabric: ports, paths and peers that go and come. Fabric::watch() hands out a Watch.
// Owner: move-only; it keeps its fabric's member alive, and its end stops the watching.
// Threads: one at a time; several watches of one fabric each see every event once.
// Units: times by Fabric::now.
// Errors: next() answers timed_out when nothing has happened by its deadline, not_joined once the fabric has been left.
//
// Nobody watches in the background: what is waited for is taken in by who waits. Who looks rarely loses nothing but
// what does not fit: a watch holds 256 events, and then tells how many were missed.
#pragma once

#include <cstdint>
#include <memory>
#include <optional>
#include <string>
#include <string_view>

#include "ub/status.h"
#include "ub/types.h"

#pragma GCC visibility push(default)

namespace ub {

enum class EventKind : std::uint8_t {
  path_down,     ///< a path to a peer carries nothing at present
  path_up,       ///< it does again
  peer_joined,   ///< a process has taken the rank
  peer_gone,     ///< the process that held the rank has died or left
  sealed,        ///< nothing sent on a path before it was sealed will still be executed
  port_down,     ///< a device's port carries nothing at present
  port_up,       ///< it does again
  port_change,   ///< its address in the network or its manager is another one: for information
  gid_change,    ///< its GIDs are others: addresses were added or removed
  device_fatal,  ///< the device has stopped working
  missed,        ///< so many events did not fit
};
inline constexpr unsigned kEventKinds = unsigned(EventKind::missed) + 1;
/// "port_down", for people and scripts; never null.
std::string_view name(EventKind);

struct FabricEvent {
  EventKind kind{};
  std::optional<Rank> peer = {};  ///< of path_down, path_up, peer_joined, peer_gone, sealed
  std::string about = {};         ///< "rxe0 port 1"; a path's name; where a peer sits
  std::uint64_t missed = 0;       ///< with EventKind::missed: how many
  Instant when{};                 ///< when the library learnt of it
  /// "port_down: rxe0 port 1"; "peer_gone: rank 3 (board0.npu3)".
  std::string describe() const;
};

namespace detail {
struct WatchBody;
}

class Watch {
 public:
  Watch(Watch&&) noexcept;
  Watch& operator=(Watch&&) noexcept;
  ~Watch();
  /// The oldest event that this watch has not handed out; waits for one until the deadline.
  Expected<FabricEvent> next(Deadline = {});

 private:
  friend class Fabric;
  explicit Watch(std::unique_ptr<detail::WatchBody>);
  std::unique_ptr<detail::WatchBody> body_;
};

}  // namespace ub

#pragma GCC visibility pop
