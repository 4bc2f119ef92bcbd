// Joining a fabric: the door to everything else.
// Owner: move-only; its end (or leave()) leaves the fabric, closes this rank's segments, and makes handles answer `not_joined`.
// Threads: any, at once, but for moving and destroying.
// Units: timeouts in nanoseconds.
// Errors: Expected with what failed, on what, and what to do.
//
//   shm://NAME[?ranks=N]       the processes of this box; made by whoever comes first; 256 ranks unless said otherwise
//   emu://NAME                 joins the emulated machine that `ub-emu up` made
//   emu://NAME?machine=P       makes it if it is not there: a built-in profile, a file, or mesh:4x4
//   rdma://NAME[?provider=P]   over TCP or RDMA devices, on one host or several: ub-rdma(7)
//
// There is no launcher, no collective start and no global state: a process may join several fabrics, or one as several ranks.
// After fork() the child is not a member: its handles answer `not_joined`.
#pragma once

#include <concepts>
#include <memory>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "ub/caps.h"
#include "ub/pinned.h"
#include "ub/remote_segment.h"
#include "ub/segment.h"
#include "ub/status.h"
#include "ub/types.h"
#include "ub/watch.h"

#pragma GCC visibility push(default)

namespace ub {

struct FabricOptions {
  std::optional<Rank> rank = {};  ///< which; else UB_RANK (open() without URL), else the next free one
  std::string node = {};          ///< where: a node's name ("board2.npu5", "backup"); else NPU number `rank`
  Duration timeout =
      std::chrono::seconds(10);  ///< for opening, and the default deadline of everything afterwards
};

/// One rank of the fabric as the board shows it.
struct Peer {
  enum class State : std::uint8_t { free, joined, dead };
  Rank rank;
  State state = State::free;
  NodeId node;
  std::string node_name;
  std::uint32_t epoch = 0;  ///< how many processes have held the rank so far
  std::int32_t pid = 0;
};

namespace detail {
class Member;  // the library's side
struct FabricAccess;
}  // namespace detail

class Fabric {
 public:
  /// A template so that open({}) means default options, not an empty URL.
  template <std::convertible_to<std::string_view> Url>
  static Expected<Fabric> open(const Url& url, FabricOptions options = {}) {
    return open_url(url, std::move(options));
  }
  /// The fabric named by UB_FABRIC, as the rank named by UB_RANK (options win).
  static Expected<Fabric> open(FabricOptions options = {});

  Fabric(Fabric&&) noexcept;
  Fabric& operator=(Fabric&&) noexcept;
  ~Fabric();
  void leave();  ///< now rather than at the end; a second time does nothing

  /// Offers `size` bytes (rounded up to a multiple of 64) under `name`: 1 to 63 of letters, digits, '.', '_', '-'; unique in this rank.
  Expected<Segment> expose(std::string_view name, std::uint64_t size, ExposeOptions options = {});
  /// Attaches to a peer's segment; waits until the deadline for a peer or segment that is not there yet.
  Expected<RemoteSegment> attach(Rank peer, std::string_view name, AttachOptions options = {});
  /// Attaches to the segment that a global address points into.
  Expected<RemoteSegment> attach(GlobalAddress address, AttachOptions options = {});

  /// Existing memory that will be a bulk op's buffer or a segment again and again: a NIC registers it once instead of each
  /// time. `unsupported` where Caps::pins is not set; where nothing has to be done, nothing is.
  Expected<Pinned> pin(std::span<std::byte> memory);
  /// Offers existing memory under a name, with what is in it. Nobody may use it while this call lasts. `unsupported` where
  /// Caps::exposes_pinned is not set; `invalid_argument` where it does not fit Caps::pin_alignment.
  Expected<Segment> expose(std::string_view name, const Pinned& memory, ExposeOptions options = {});

  /// The clock that deadlines go by: the host's steady one, or a modelled fabric's own.
  Instant now() const;
  Rank rank() const;
  NodeId node() const;
  std::string node_name() const;
  std::uint32_t epoch() const;  ///< of this rank; 1 for its first process
  std::uint32_t ranks() const;  ///< how many there can be, joined or not
  std::string url() const;      ///< "emu://rack"
  const Caps& caps() const;
  /// What the transport has counted for this member, by name: on `fault+…` the faults that have happened. Often nothing.
  std::vector<std::pair<std::string, std::uint64_t>> counters() const;
  std::vector<Peer> peers() const;  ///< every rank that is or was joined
  /// The rank at a node, by the node's name or its number; nullopt if the machine has no such end point.
  std::optional<Rank> rank_at(std::string_view node) const;
  /// What happens to this fabric from now on.
  Expected<Watch> watch();

 private:
  friend struct detail::FabricAccess;
  explicit Fabric(std::shared_ptr<detail::Member>);
  static Expected<Fabric> open_url(std::string_view url, FabricOptions options);
  std::shared_ptr<detail::Member> member_;
};

}  // namespace ub

#pragma GCC visibility pop
