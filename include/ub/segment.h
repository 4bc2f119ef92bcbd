// A segment: memory that its home exposes under a name, with rights and a token.
// Owner: a handle; copies share the segment, the last one (or the Fabric, when it leaves) closes it.
// Threads: any, at once.
// Units: bytes.
// Errors: set-up calls answer Expected; wait_until answers a Status.
#pragma once

#include <concepts>
#include <cstdint>
#include <memory>
#include <span>
#include <string>
#include <type_traits>

#include "ub/status.h"
#include "ub/types.h"

#pragma GCC visibility push(default)

namespace ub {

struct ExposeOptions {
  Access access = Access::all;  ///< what peers may do; the home itself may do everything
  Token token = {};             ///< peers have to show it; 0 asks for none
  /// One initiator at a time stores: then a store of unknown fate may be repeated where the home keeps no window.
  bool single_writer = false;
  /// Where requests can be lost: the home remembers every store, signal and atomic, so that each is repeated until it is
  /// answered, and applied once.
  bool exactly_once = false;
  bool never_mapped = false;  ///< no direct ops and no views: every op goes through whoever acts for the home
  bool huge_pages = false;    ///< try huge pages; where there are none, Segment::pages_note() says so
  Deadline deadline = {};     ///< how long to wait for a table lock that somebody holds
};

/// How a home's own memory is compared: word <op> value.
enum class Compare : std::uint8_t { equal, not_equal, less, less_equal, greater, greater_equal };

struct WaitOptions {
  Deadline deadline = {};  ///< default: the fabric's timeout
  /// How often a sleeping waiter looks for plain stores, which ring no doorbell. 0: never; only signals
  /// and ops with `notify` wake it. 1 ms costs an idle core about 0.5 % [?].
  Duration poll = std::chrono::milliseconds(1);
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
  /// The home's view: zeroes at first; peers' ops show here. Use std::atomic_ref for words that peers write.
  std::span<std::byte> local_view() const;
  // --- rights, while peers are attached. An attachment that loses a right keeps what it still has, by the slow path.
  /// Lets in who shows `next`, beside the token so far: install it, move the users, then revoke the old one.
  /// busy: two are valid already, or a table lock was not had in time.
  Status rotate(Token next, Deadline = {}) const;
  /// Ends a token: whoever attached with it gets access_denied. invalid_argument: it is the only one.
  Status revoke(Token old, Deadline = {}) const;
  /// Takes rights away from everybody but the home. Both return when no op that began under the old right is still
  /// running anywhere. busy: the deadline came first, since somebody is stopped in the middle of one; the right has gone all
  /// the same, and a further call waits on. Raw views (RemoteSegment::view) that were handed out cannot be recalled.
  Status revoke(Access rights, Deadline = {}) const;
  /// Gives rights (back): attachments that asked for them have them again.
  Status grant(Access rights, Deadline = {}) const;
  /// What peers may do now.
  Access access() const;

  /// Empty if the memory is what was asked for; else why not: "no huge pages: …".
  std::string pages_note() const;

  /// Waits until the word at `offset` of the home's own memory compares so, and answers the word it then saw
  /// (acquire). Spins briefly, then sleeps until a signal or a notifying op rings, or the poll interval ends.
  /// Integers of 1, 2, 4 or 8 bytes, compared as T.
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
