// The board: the shared-memory file through which the processes of one box share a fabric's state.
// Owner: shared_ptr; within a process, boards of one fabric are one object, so that its ranks share one mapping.
// Threads: any. Make and open under the place's lock, which open_board() takes.
// Units: bytes.
// Errors: Expected; a board of another version, cut short or scribbled over is refused before anything in it is used.
// Members hold a shared lock of the file; when an exclusive one can be had, nobody is left and the board is stale.
#pragma once

#include <memory>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "base/url.h"
#include "board/layout.h"
#include "board/place.h"

namespace ub::board {

struct RegionPlan {
  RegionKind kind;
  std::uint32_t version;
  std::uint64_t stride, count;
  std::string initial = {};  // its first bytes; zeroes otherwise
};

/// Where the processes of a fabric do not share a board, each has one of its own, on which the others' records are mirrored.
struct MirrorPlan {
  std::uint64_t incarnation;  // of the fabric
  std::uint32_t share;        // how many slots of the segment table are each rank's own
  std::string host;           // by which the others reach this one
};

/// What a board is made of, beyond what every board has.
struct BoardPlan {
  std::string join_only;  // the URL alone makes nothing: what to do instead; empty: it makes a board
  std::uint32_t ranks = 0;
  std::string machine;              // the profile's name, for people
  std::vector<RegionPlan> regions;  // the transport's own
  std::optional<MirrorPlan> mirror;
};

class Board {
 public:
  ~Board();
  const Header& header() const { return header_; }
  const Place& place() const { return place_; }
  /// Of its folder: the fabric's, or the fabric's and whose mirror it is.
  const std::string& name() const { return name_; }
  /// Of a mirror: rank r's slots of the segment table are [r * share, r * share + share). 0: slots are anybody's.
  std::uint32_t share() const { return share_; }
  /// Of a mirror: by which the others reach this host. Empty: all are on this one.
  const std::string& host() const { return host_; }
  int folder() const { return folder_.get(); }
  /// Part of a forked child: everything of this board has gone.
  bool lost_by_fork() const { return fork_generation() != born_; }

  State& state() const { return *reinterpret_cast<State*>(at(RegionKind::state, 0)); }
  std::uint32_t ranks() const { return std::uint32_t(region(RegionKind::ranks).count); }
  std::uint32_t segments() const { return std::uint32_t(region(RegionKind::segments).count); }
  TwoSlot<RankRecord>& rank(Rank r) const {
    return *reinterpret_cast<TwoSlot<RankRecord>*>(at(RegionKind::ranks, r.value));
  }
  std::atomic<std::uint64_t>& gate(Rank r) const {
    return reinterpret_cast<GatePage*>(at(RegionKind::gates, r.value))->gate;
  }
  MarksPage& marks(Rank r) const { return *reinterpret_cast<MarksPage*>(at(RegionKind::marks, r.value)); }
  SegmentSlot& segment(std::uint32_t slot) const {
    return *reinterpret_cast<SegmentSlot*>(at(RegionKind::segments, slot));
  }
  LinkCounters& link(std::uint64_t i) const {
    return *reinterpret_cast<LinkCounters*>(at(RegionKind::links, i));
  }
  std::uint64_t links() const { return region(RegionKind::links).count; }
  /// The profile's text, or "".
  std::string_view profile() const;
  /// What its maker's URL said that holds for all members, or "".
  std::string_view options() const;

  /// Before a rank first joins, its pages are holes in the file, which may not be touched.
  std::optional<Failure> make_pages(Rank) const;
  /// Maps a rank's gate (read-only) or marks page at an address.
  bool map_gate(Rank, void* at) const;
  bool map_marks(Rank, void* at) const;
  /// That it takes; of pages that nobody has had yet, none.
  std::uint64_t bytes() const;

 private:
  friend struct Opening;
  const Region& region(RegionKind k) const { return regions_[std::size_t(k)]; }
  std::byte* at(RegionKind, std::uint64_t index) const;
  std::string_view text(RegionKind) const;

  Place place_;
  std::string name_, host_;
  std::uint32_t share_ = 0;
  TrackedFd folder_, file_;
  Mapping map_;
  Header header_{};                // a copy, as it was when it was checked
  Region regions_[kMaxRegions]{};  // the checked ones, by kind
  std::uint32_t born_ = fork_generation();
  bool member_ = false;
};

/// What to say where memory cannot be had.
Failure no_room(const Board&, std::uint64_t size, int error);

/// The fabric's name in the name of a board's folder, and whose mirror that is: "job@4711.83fa02b1". 0: it is no mirror.
std::string_view fabric_of(std::string_view folder);
std::int32_t mirrored_for(std::string_view folder);

/// Joins the board of the fabric, or makes it when nobody has and `plan` is given; stale boards of this user go first.
Expected<std::shared_ptr<Board>> open_board(const base::Url&, const BoardPlan* plan, Instant deadline);
/// Maps a board for looking only: no lock, nothing written. `live` tells whether somebody holds it.
Expected<std::shared_ptr<Board>> observe_board(const Place&, const std::string& name, bool& live);
/// Removes every stale board; answers what was removed. Call with the place's lock held.
std::vector<std::string> remove_stale(const Place&);

}  // namespace ub::board
