// A process's membership in a fabric: open, expose, attach.
// Owner: move-only. Destroying it (or leave()) closes this rank's segments; ops on its handles then return `not_joined`.
// Thread safety: members may be called concurrently; moving and destroying need exclusive access.
// Units: timeouts in nanoseconds.
// Errors: Expected; a Failure tells what failed, on what, and what to do.
//
//   shm://NAME[?ranks=N]       processes of one user on this host; created by the first one to open it; 256 ranks by default
//   emu://NAME                 joins the emulated machine that `ub-emu up` made
//   emu://NAME?machine=P       creates it if it does not exist: a built-in profile, a file, or mesh:4x4
//   rdma://NAME[?provider=P]   over TCP or RDMA devices, on one host or several: ub-rdma(7)
//
// There is no launcher, no collective start and no global state: a process may join several fabrics, or one fabric as several
// ranks. After fork() the child is not a member: its handles return `not_joined`.
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
  std::optional<Rank> rank = {};  ///< default: UB_RANK (open() without URL), else the next free one
  std::string node = {};          ///< a node's name ("board2.npu5", "backup"); default: NPU number `rank`
  Duration timeout = std::chrono::seconds(10);  ///< of open(), and the default deadline of every later call
};

/// One rank of the fabric as the board shows it.
struct Peer {
  enum class State : std::uint8_t { free, joined, dead };
  Rank rank;
  State state = State::free;
  NodeId node;
  std::string node_name;
  std::uint32_t epoch = 0;  ///< how many processes have held the rank so far; 1 for the first
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
  static Expected<Fabric> open(const Url& url, const FabricOptions& options = {}) {
    return open_url(url, options);
  }
  /// The fabric named by UB_FABRIC, as the rank named by UB_RANK (options win).
  static Expected<Fabric> open(FabricOptions options = {});

  Fabric(Fabric&&) noexcept;
  Fabric& operator=(Fabric&&) noexcept;
  ~Fabric();
  void leave();  ///< as destroying it; a second call does nothing

  /// Exposes `size` bytes (rounded up to a multiple of 64) under `name`: 1 to 63 of letters, digits, '.', '_', '-'; unique in this rank.
  Expected<Segment> expose(std::string_view name, std::uint64_t size, ExposeOptions options = {});
  /// Attaches to a peer's segment; waits until the deadline for a peer or segment that does not exist yet.
  Expected<RemoteSegment> attach(Rank peer, std::string_view name, AttachOptions options = {});
  /// Attaches to the segment that a global address is in; does not wait for it.
  Expected<RemoteSegment> attach(GlobalAddress address, AttachOptions options = {});

  /// Prepares existing memory for repeated use as a bulk op's buffer or as a segment: a NIC registers it once instead of
  /// each time. `unsupported` where Caps::pins is not set.
  Expected<Pinned> pin(std::span<std::byte> memory);
  /// Exposes existing memory with its contents. No thread may use the memory during this call. `unsupported` where
  /// Caps::exposes_pinned is not set; `invalid_argument` where the memory does not fit Caps::pin_alignment.
  Expected<Segment> expose(std::string_view name, const Pinned& memory, ExposeOptions options = {});

  /// The time of the clock that deadlines use: the host's steady clock, or the transport's own.
  Instant now() const;
  Rank rank() const;
  NodeId node() const;
  std::string node_name() const;
  std::uint32_t epoch() const;  ///< of this rank; 1 for its first process
  std::uint32_t ranks() const;  ///< the fabric's capacity, joined or not
  std::string url() const;      ///< "emu://rack"
  const Caps& caps() const;
  /// The transport's counters for this member, by name: on `fault+…` the injected faults. Often empty.
  std::vector<std::pair<std::string, std::uint64_t>> counters() const;
  std::vector<Peer> peers() const;  ///< every rank that is joined, or dead and not yet taken over
  /// The rank at a node, given by name or number; nullopt if the machine has no such endpoint.
  std::optional<Rank> rank_at(std::string_view node) const;
  /// Reports the events of this fabric from now on.
  Expected<Watch> watch();

 private:
  friend struct detail::FabricAccess;
  explicit Fabric(std::shared_ptr<detail::Member>);
  static Expected<Fabric> open_url(std::string_view url, FabricOptions options);
  std::shared_ptr<detail::Member> member_;
};

}  // namespace ub

#pragma GCC visibility pop
