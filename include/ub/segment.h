// A segment: memory that its home exposes under a name, with rights and a token.
// Owner: a handle; copies share the segment. Destroying the last one, or leaving the fabric, closes the segment.
// Thread safety: members may be called concurrently from any thread.
// Units: bytes.
// Errors: rotate, revoke, grant and wait_until return a Status.
#pragma once

#include <concepts>
#include <cstdint>
#include <memory>
#include <optional>
#include <span>
#include <string>
#include <type_traits>

#include "ub/status.h"
#include "ub/types.h"

#pragma GCC visibility push(default)

namespace ub {

struct ExposeOptions {
  Access access = Access::all;  ///< what peers may do; the home itself may do everything
  Token token = {};             ///< peers must present it; 0: none is required
  /// The program's promise that only one initiator at a time stores. A store of unknown fate may then be repeated where the
  /// home keeps no window.
  bool single_writer = false;
  /// Where requests can be lost: the home remembers every store, signal and atomic. Each is repeated until its response
  /// arrives, and is applied once.
  bool exactly_once = false;
  bool never_mapped = false;  ///< no direct ops and no views: the home's responder executes every op
  bool huge_pages = false;    ///< try huge pages; pages_note() tells why there are none
  Deadline deadline = {};     ///< how long to wait for a lock of the board
};

/// How wait_until compares: word <op> value.
enum class Compare : std::uint8_t { equal, not_equal, less, less_equal, greater, greater_equal };

struct WaitOptions {
  Deadline deadline = {};  ///< default: the fabric's timeout
  /// How often a sleeping waiter checks for plain stores, which do not wake it. 0: never; only signals and ops with
  /// `notify` wake it. At 1 ms a waiter uses about 1 % of a core [?].
  Duration poll = std::chrono::milliseconds(1);
  /// The rank that is to change the word. If its process has died or left, the wait ends with peer_gone, within 10 ms of the
  /// mark that ops go by. A rank that no process holds yet, or that its process has left, is waited for.
  std::optional<Rank> peer = {};
};

namespace detail {
class Exposure;  // the library's side
struct FabricAccess;
}  // namespace detail

class Segment {
 public:
  Segment() = default;  ///< no segment: valid() is false, the view is empty

  bool valid() const { return exposure_ != nullptr; }
  std::string name() const;
  Rank home() const;
  SegmentId id() const;
  /// The size asked for, rounded up to a multiple of 64 bytes.
  std::uint64_t size() const;
  GlobalAddress address(std::uint64_t offset = 0) const { return {home(), id(), offset}; }
  /// The home's own mapping of the memory, zeroed at first. Use std::atomic_ref for words that peers write.
  std::span<std::byte> local_view() const;
  // --- rights, while peers are attached. An attachment that loses a right keeps the others, on the slow path.
  /// Accepts `next` in addition to the current token. To replace a token: rotate, attach the users anew, revoke the old one.
  /// busy: two tokens are valid already, or a lock of the board was not available in time.
  Status rotate(Token next, Deadline = {}) const;
  /// Revokes a token: ops of attachments made with it end with access_denied. invalid_argument: it is the only one.
  Status revoke(Token old, Deadline = {}) const;
  /// Revokes rights of all peers. Both revokes return when no op that started under the old rights is running anywhere.
  /// busy: the deadline passed first, because a process is stopped inside such an op; the right is revoked nevertheless, and
  /// a further call continues to wait. Raw views (RemoteSegment::view) cannot be recalled.
  Status revoke(Access rights, Deadline = {}) const;
  /// Grants rights: attachments that requested them have them again.
  Status grant(Access rights, Deadline = {}) const;
  /// What peers may do now.
  Access access() const;

  /// Empty if the pages are as requested; else the reason: "no huge pages: …".
  std::string pages_note() const;

  /// Waits until the word at `offset` of the home's own memory satisfies the comparison, and returns that word (acquire).
  /// Spins briefly, then sleeps until a signal, an op with `notify`, or the end of the poll interval. The caller writes T,
  /// an integer of 1, 2, 4 or 8 bytes: wait_until<std::uint64_t>(0, Compare::equal, 1).
  template <std::integral T>
  Result<T> wait_until(std::uint64_t offset, Compare how, std::type_identity_t<T> value,
                       WaitOptions options = {}) const {
    const Result<std::uint64_t> r =
        wait(offset, sizeof(T), std::signed_integral<T>, how, std::uint64_t(value), options);
    return {T(r.result), r.status};
  }

 private:
  friend class detail::Exposure;
  friend struct detail::FabricAccess;
  Result<std::uint64_t> wait(std::uint64_t offset, unsigned size, bool is_signed, Compare,
                             std::uint64_t value, const WaitOptions&) const;
  std::shared_ptr<detail::Exposure> exposure_;
};

}  // namespace ub

#pragma GCC visibility pop
