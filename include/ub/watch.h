// Events of a fabric: ports, paths and peers that come and go. Fabric::watch() makes a Watch.
// Owner: move-only; it keeps its fabric's member alive. Destroying it stops the watching.
// Thread safety: one thread at a time. Several watches of one fabric each receive every event once.
// Units: times by Fabric::now.
// Errors: next() returns timed_out when there is no event by its deadline, not_joined once the fabric has been left.
//
// No thread watches in the background: a call of next() collects the events for all watches of the fabric. Every process that
// held a rank since the watch was made is reported as joined and as gone, in the order of epochs. A watch holds 256 events;
// those that did not fit are counted by one `missed` event.
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
  path_down,     ///< a path to a peer is down
  path_up,       ///< it is up again
  peer_joined,   ///< a process has taken the rank
  peer_gone,     ///< the process that held the rank has died or left
  sealed,        ///< no request that was sent on the path before the seal will be executed
  port_down,     ///< a device's port is down
  port_up,       ///< it is up again
  port_change,   ///< its network address or its subnet manager has changed: for information
  gid_change,    ///< its GIDs have changed: addresses were added or removed
  device_fatal,  ///< the device has stopped working
  missed,        ///< events that did not fit; FabricEvent::missed counts them
};
inline constexpr unsigned kEventKinds = unsigned(EventKind::missed) + 1;
/// The kind's name: "port_down". Never null.
std::string_view name(EventKind);

struct FabricEvent {
  EventKind kind{};
  std::optional<Rank> peer = {};  ///< of path_down, path_up, peer_joined, peer_gone, sealed
  std::uint32_t epoch = 0;   ///< of peer_joined, peer_gone: which of the rank's processes, counted from 1
  std::string about = {};    ///< "rxe0 port 1"; a path's name; the peer's node, empty if it is not known
  std::uint64_t missed = 0;  ///< with EventKind::missed: how many
  Instant when{};            ///< when the library learnt of it
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
  /// Returns the oldest event not yet returned; waits for one until the deadline.
  Expected<FabricEvent> next(Deadline = {});

 private:
  friend class Fabric;
  explicit Watch(std::unique_ptr<detail::WatchBody>);
  std::unique_ptr<detail::WatchBody> body_;
};

}  // namespace ub

#pragma GCC visibility pop
