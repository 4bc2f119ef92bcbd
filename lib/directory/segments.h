// Which segments there are: published by their homes, found by name or id, retired.
// Owner: the records are the board's.  Threads: any; changes are serialised by the board's table lock.
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

/// How long whoever leaves or closes waits for the table lock before it leaves the clearing up to others. A crowd that leaves at
/// once takes its turns in a second or two; beyond that the holder is stopped.
inline constexpr Duration kLeavingPatience = std::chrono::seconds(10);

struct Found {
  SegmentId id;
  board::SegmentRecord record;
};

/// Takes a slot for a name: nobody finds it yet, but nobody else gets it.
Expected<SegmentId> reserve(board::Board&, Rank home, std::uint32_t epoch, std::string_view name,
                            Instant deadline);
/// Makes a reserved segment findable.
std::optional<Failure> publish(board::Board&, SegmentId, std::uint64_t size, const board::Grant&,
                               const ExposeOptions&, Instant deadline);
/// What a home may change of a segment that peers are attached to. They look when the home's gate has moved.
struct Rights {
  Access access = Access::none;
  std::array<Token, 2> tokens{};
  bool two_tokens = false;
  /// Whether who shows the token gets in.
  bool admit(Token shown) const;
  bool operator==(const Rights&) const = default;
};
Rights rights_of(const board::SegmentRecord&);
/// Changes a live segment's rights and grant: `change(record)` answers what it became, or why not.
Code change(board::Board&, SegmentId, Instant deadline,
            const std::function<Code(Rights&, board::Grant&)>& change);
/// Frees the slot and removes the memory's file; whoever is attached finds out by the home's gate, which the caller moves.
void retire(board::Board&, SegmentId, Instant deadline);
/// All segments of a rank. With the table lock held.
void retire_all(board::Board&, Rank home);

/// Live ones of living homes only.
std::optional<Found> find(const board::Board&, Rank home, std::string_view name);
std::optional<Found> find(const board::Board&, SegmentId);
/// Whether what find() does not find may only not be known here yet: on a mirror, of a serial later than what is known.
bool may_come(const board::Board&, SegmentId);
std::vector<Found> all_segments(const board::Board&);

}  // namespace ub::directory
