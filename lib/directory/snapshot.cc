#include "directory/snapshot.h"

#include <linux/futex.h>

#include <algorithm>

#include "base/url.h"
#include "board/keeper.h"

namespace ub::directory {
namespace {

using board::SegmentRecord;

constexpr std::uint16_t kFlags = SegmentRecord::kSingleWriter | SegmentRecord::kExactlyOnce |
                                 SegmentRecord::kNeverMapped | SegmentRecord::kTwoTokens;

std::optional<std::string> wrong_with(const Found& f, const Snapshot& s, const Bounds& b) {
  const SegmentRecord& r = f.record;
  if (board::slot_of(f.id) / b.share != s.rank.value) return "a segment's slot is another rank's";
  if (r.state != SegmentRecord::kLive || r.home != s.rank.value || r.epoch != s.record.epoch)
    return "a segment is not of this life";
  if (r.serial != board::serial_of(f.id)) return "a segment's serial does not fit its id";
  if (r.size == 0 || r.size % 64 != 0 || r.size > board::kMaxSegmentSize)
    return "a segment's size is impossible";
  if (r.access > std::uint16_t(Access::all) || (r.flags & ~kFlags)) return "a segment has unknown rights";
  if (r.name[sizeof r.name - 1] != 0 || base::check_name("segment", r.name, base::kMaxSegmentName))
    return "a segment's name is none";
  return std::nullopt;
}

}  // namespace

Peer::State state_of(const board::RankRecord& r, std::uint64_t gate) {
  if (board::is_alive(gate)) return Peer::State::joined;
  return r.state == board::RankRecord::kJoined ? Peer::State::dead : Peer::State::free;
}

bool is_newer(const Snapshot& s, const Snapshot& than) {
  return s.record.epoch != than.record.epoch ? s.record.epoch > than.record.epoch
                                             : s.sequence > than.sequence;
}

Snapshot after_death(Snapshot s) {
  ++s.sequence;
  s.gate = board::make_gate(board::gate_generation(s.gate), FUTEX_OWNER_DIED);
  s.segments.clear();
  return s;
}

Snapshot after_leaving(Snapshot s) {
  ++s.sequence;
  s.record.state = board::RankRecord::kFree;
  s.gate = board::make_gate(board::gate_generation(s.gate) + 1, 0);
  s.segments.clear();
  return s;
}

std::optional<std::string> wrong_with(const Snapshot& s, const Bounds& b) {
  if (s.rank.value >= b.ranks) return "its rank is out of range";
  if (s.record.state > board::RankRecord::kJoined || s.record.epoch == 0) return "its record makes no sense";
  if (s.record.state == board::RankRecord::kFree && board::is_alive(s.gate)) return "it is free, and alive";
  if (s.host.size() > kMaxHostName) return "its host's name is too long";
  if (s.segments.size() > b.share) return "it has too many segments";
  if (!s.segments.empty() && !board::is_alive(s.gate)) return "it is not alive, and has segments";
  for (std::size_t i = 0; i < s.segments.size(); ++i) {
    if (auto wrong = wrong_with(s.segments[i], s, b)) return wrong;
    // Ascending, so that no slot occurs twice.
    if (i != 0 && board::slot_of(s.segments[i].id) <= board::slot_of(s.segments[i - 1].id))
      return "its segments are out of order";
  }
  return std::nullopt;
}

}  // namespace ub::directory
