// The table of segments: homes publish and retire them, initiators find them by name or id.
// Owner: the records are the board's.  Thread safety: any thread; the board's table lock serialises changes.
// Units: bytes.
// Errors: taken (the name), no_memory (the table is full), not_found.
#pragma once

#include <array>
#include <functional>
#include <optional>
#include <string_view>
#include <vector>

#include "board/memory.h"
#include "ub/segment.h"

namespace ub::directory {

/// How long a process that leaves or closes waits for the table lock before it leaves the cleanup to others. Many processes
/// that leave concurrently need a second or two; after ten the holder must be stopped.
inline constexpr Duration kLeavingPatience = std::chrono::seconds(10);

struct Found {
  SegmentId id;
  board::SegmentRecord record;
};

/// Reserves a slot and a name; find() does not return it yet.
Expected<SegmentId> reserve(board::Board&, Rank home, std::uint32_t epoch, std::string_view name,
                            Instant deadline);
/// Makes a reserved segment visible to find().
std::optional<Failure> publish(board::Board&, SegmentId, std::uint64_t size, const board::Grant&,
                               const ExposeOptions&, Instant deadline);
/// The properties that a home may change while peers are attached. Attachments read them again when the home's gate changes.
struct Rights {
  Access access = Access::none;
  std::array<Token, 2> tokens{};
  bool two_tokens = false;
  /// Whether this token grants access.
  bool admit(Token shown) const;
  bool operator==(const Rights&) const = default;
};
Rights rights_of(const board::SegmentRecord&);
/// Changes a live segment's rights and grant: `change` edits both, or returns a code and nothing changes.
Code change(board::Board&, SegmentId, Instant deadline,
            const std::function<Code(Rights&, board::Grant&)>& change);
/// Frees the slot and removes the memory's file. The caller changes the home's gate, by which attachments detect it.
void retire(board::Board&, SegmentId, Instant deadline);
/// Retires all segments of a rank. The caller holds the table lock.
void retire_all(board::Board&, Rank home);

/// Finds live segments of living homes only.
std::optional<Found> find(const board::Board&, Rank home, std::string_view name);
std::optional<Found> find(const board::Board&, SegmentId);
/// Whether a segment that find() does not find may still arrive: on a mirror, if its serial is later than the known ones.
bool may_come(const board::Board&, SegmentId);
std::vector<Found> all_segments(const board::Board&);

}  // namespace ub::directory
