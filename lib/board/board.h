// The board: the shared-memory file in which the processes of one host keep a fabric's state.
// Owner: shared_ptr; a process has one object per fabric, so that its ranks share one mapping.
// Thread safety: any thread. Boards are made and opened under the place's lock, which open_board() takes.
// Units: bytes.
// Errors: Expected; a board that is truncated, corrupt or of another version is refused before its contents are used.
// Members hold a shared lock of the file. If an exclusive lock can be taken, no member is left and the board is stale.
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
  std::string initial = {};  // its first bytes; the rest is zero
};

/// If the processes of a fabric do not share a board, each has a private one that mirrors the records of the others.
struct MirrorPlan {
  std::uint64_t incarnation;  // of the fabric
  std::uint32_t share;        // slots of the segment table per rank
  std::string host;           // the address by which other processes reach this host
};

/// The parts of a board beyond those that every board has.
struct BoardPlan {
  std::string join_only;  // not empty: the URL cannot make a board, and this advises what to do
  std::uint32_t ranks = 0;
  std::string machine;              // the profile's name, for display
  std::vector<RegionPlan> regions;  // the transport's own
  std::optional<MirrorPlan> mirror;
};

class Board {
 public:
  ~Board();
  const Header& header() const { return header_; }
  const Place& place() const { return place_; }
  /// The name of its folder: the fabric's name; for a mirror also its process.
  const std::string& name() const { return name_; }
  /// On a mirror, rank r has the slots [r * share, r * share + share) of the segment table. 0: any rank may use any slot.
  std::uint32_t share() const { return share_; }
  /// On a mirror: the address by which other processes reach this host. Empty: all ranks are on this host.
  const std::string& host() const { return host_; }
  int folder() const { return folder_.get(); }
  /// True in a forked child: the board's mapping and descriptors are lost.
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
  /// The options of its maker's URL that hold for all members, or "".
  std::string_view options() const;

  /// Allocates a rank's pages. Before a rank first joins they are holes in the file and must not be accessed.
  std::optional<Failure> make_pages(Rank) const;
  /// Maps a rank's gate (read-only) or marks page at an address.
  bool map_gate(Rank, void* at) const;
  bool map_marks(Rank, void* at) const;
  /// The memory that it uses; pages of ranks that have never joined use none.
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
  Header header_{};                // a copy of the checked header
  Region regions_[kMaxRegions]{};  // the checked regions, by kind
  std::uint32_t born_ = fork_generation();
  bool member_ = false;
};

/// The failure when memory cannot be allocated.
Failure no_room(const Board&, std::uint64_t size, int error);

/// The fabric's name and the mirror's process in the name of a board's folder: "job@4711.83fa02b1". 0: not a mirror.
std::string_view fabric_of(std::string_view folder);
std::int32_t mirrored_for(std::string_view folder);

/// Removes stale boards of this user. Then joins the fabric's board, or makes it if there is none and `plan` is given.
Expected<std::shared_ptr<Board>> open_board(const base::Url&, const BoardPlan* plan, Instant deadline);
/// Maps a board read-only, without a lock. `live`: whether a process holds it.
Expected<std::shared_ptr<Board>> observe_board(const Place&, const std::string& name, bool& live);
/// Removes every stale board; returns their paths. The caller holds the place's lock.
std::vector<std::string> remove_stale(const Place&);

}  // namespace ub::board
