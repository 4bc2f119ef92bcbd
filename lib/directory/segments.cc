#include "directory/segments.h"

#include <algorithm>

#include "base/text.h"
#include "directory/ranks.h"

namespace ub::directory {
namespace {

using base::cat;
using base::fail;
using board::Board;
using board::SegmentRecord;

// Other processes write the board: values from it are bounded before use.
std::uint32_t used_slots(const Board& b) {
  return std::min(b.state().segments_used.load(std::memory_order_acquire), b.segments());
}

// The range of slots that can hold a rank's segments.
struct Slots {
  std::uint32_t begin, end;
};
Slots slots_of(const Board& b, Rank home) {
  const std::uint32_t used = used_slots(b);
  if (b.share() == 0) return {0, used};
  return {std::min(home.value * b.share(), used), std::min((home.value + 1) * b.share(), used)};
}

std::string_view name_of(const SegmentRecord& r) { return {r.name, strnlen(r.name, sizeof r.name - 1)}; }

SegmentId id_of(std::uint32_t slot, const SegmentRecord& r) {
  return board::make_segment_id(slot, r.serial & 0xffff);
}

bool of_this_life(const Board& b, const SegmentRecord& r) {
  if (r.home >= b.ranks()) return false;
  const RankState s = look(b, r.home);
  return s.state == Peer::State::joined && s.record.epoch == r.epoch;
}

// On a mirror it is later than every earlier serial of the rank: by it others distinguish a retired segment from a new one.
std::uint32_t next_serial(const Board& b, Slots own, const SegmentRecord& r) {
  std::uint32_t last = r.serial;
  if (b.share() != 0)
    for (std::uint32_t i = own.begin; i < own.end; ++i)
      last = std::max(last, b.segment(i).record.read().serial);
  return last + 1;
}

void use_slots(Board& b, std::uint32_t end) {
  if (end > used_slots(b)) b.state().segments_used.store(end, std::memory_order_release);
}

void free_slot(Board& b, std::uint32_t slot, SegmentRecord r) {
  board::remove_memory(b, id_of(slot, r));
  r.state = SegmentRecord::kFree;
  b.segment(slot).record.publish(r);
}

}  // namespace

Expected<SegmentId> reserve(Board& b, Rank home, std::uint32_t epoch, std::string_view name,
                            Instant deadline) {
  auto lock = b.state().table_lock.lock(deadline);
  if (!lock.ok()) return lock.error();
  const std::uint32_t used = used_slots(b), share = b.share();
  const Slots own = share ? Slots{home.value * share, (home.value + 1) * share} : Slots{0, used};
  const std::uint32_t end = share ? own.end : b.segments();
  std::uint32_t free = own.end;
  for (std::uint32_t i = own.end; i-- > own.begin;) {
    const SegmentRecord r = b.segment(i).record.read();
    if (r.state == SegmentRecord::kFree)
      free = i;
    else if (r.home == home.value && name_of(r) == name)
      return fail(Code::taken, cat("rank ", home.value, " exposes '", name, "' already"),
                  "choose another name");
  }
  if (free == end)
    return share ? fail(Code::no_memory, cat("the rank's ", share, " segment slots are all in use"),
                        "close some segments")
                 : fail(Code::no_memory, cat("the fabric's ", end, " segment slots are all in use"),
                        "close some segments, or make a fabric with more ranks");
  SegmentRecord r = b.segment(free).record.read();
  r = {SegmentRecord::kReserved, next_serial(b, own, r), home.value, epoch, 0, {}, {}, 0, 0, {}};
  name.copy(r.name, sizeof r.name - 1);
  b.segment(free).bell.sleepers.store(0,
                                      std::memory_order_relaxed);  // earlier sleepers have died or been woken
  b.segment(free).record.publish(r);
  use_slots(b, free + 1);
  return id_of(free, r);
}

std::optional<Failure> publish(Board& b, SegmentId id, std::uint64_t size, const board::Grant& grant,
                               const ExposeOptions& o, Instant deadline) {
  auto lock = b.state().table_lock.lock(deadline);
  if (!lock.ok()) return lock.error();
  SegmentRecord r = b.segment(board::slot_of(id)).record.read();
  // Another thread may have left the fabric meanwhile; the slot may belong to another segment by now.
  if (r.state != SegmentRecord::kReserved || id_of(board::slot_of(id), r) != id)
    return fail(Code::not_joined, "this process has left the fabric meanwhile", "open it");
  r.state = SegmentRecord::kLive;
  r.size = size;
  std::copy(grant.begin(), grant.end(), r.grant);
  r.tokens[0] = o.token.value;
  r.access = std::uint16_t(o.access);
  r.flags = std::uint16_t((o.single_writer ? SegmentRecord::kSingleWriter : 0) |
                          (o.exactly_once ? SegmentRecord::kExactlyOnce : 0) |
                          (o.never_mapped ? SegmentRecord::kNeverMapped : 0));
  b.segment(board::slot_of(id)).record.publish(r);
  spread_news(b);
  return std::nullopt;
}

bool Rights::admit(Token shown) const {
  const auto opens = [shown](Token t) { return t == Token() || t == shown; };
  return opens(tokens[0]) || (two_tokens && opens(tokens[1]));
}

Rights rights_of(const SegmentRecord& r) {
  return {Access(r.access) & Access::all,
          {Token(r.tokens[0]), Token(r.tokens[1])},
          (r.flags & SegmentRecord::kTwoTokens) != 0};
}

Code change(Board& b, SegmentId id, Instant deadline,
            const std::function<Code(Rights&, board::Grant&)>& change) {
  auto lock = b.state().table_lock.lock(deadline);
  if (!lock.ok()) return lock.error().code();
  const auto found = find(b, id);
  if (!found) return Code::segment_gone;
  SegmentRecord r = found->record;
  Rights rights = rights_of(r);
  board::Grant grant;
  std::copy(std::begin(r.grant), std::end(r.grant), grant.begin());
  if (const Code c = change(rights, grant); c != Code::ok) return c;
  r.access = std::uint16_t(rights.access);
  for (int i : {0, 1}) r.tokens[i] = rights.tokens[std::size_t(i)].value;
  r.flags = std::uint16_t(rights.two_tokens ? r.flags | SegmentRecord::kTwoTokens
                                            : r.flags & ~SegmentRecord::kTwoTokens);
  std::copy(grant.begin(), grant.end(), r.grant);
  b.segment(board::slot_of(id)).record.publish(r);
  return Code::ok;
}

void retire(Board& b, SegmentId id, Instant deadline) {
  auto lock = b.state().table_lock.lock(deadline);
  if (!lock.ok()) return;  // it is retired with the rank
  const std::uint32_t slot = board::slot_of(id);
  const SegmentRecord r = b.segment(slot).record.read();
  if (r.state != SegmentRecord::kFree && id_of(slot, r) == id) free_slot(b, slot, r);
}

void retire_all(Board& b, Rank home) {
  const Slots slots = slots_of(b, home);
  for (std::uint32_t i = slots.begin; i < slots.end; ++i)
    if (const SegmentRecord r = b.segment(i).record.read();
        r.state != SegmentRecord::kFree && r.home == home.value)
      free_slot(b, i, r);
}

std::optional<Found> find(const Board& b, Rank home, std::string_view name) {
  const Slots slots = slots_of(b, home);
  for (std::uint32_t i = slots.begin; i < slots.end; ++i) {
    const SegmentRecord r = b.segment(i).record.read();
    if (r.state == SegmentRecord::kLive && r.home == home.value && name_of(r) == name && of_this_life(b, r))
      return Found{id_of(i, r), r};
  }
  return std::nullopt;
}

std::optional<Found> find(const Board& b, SegmentId id) {
  const std::uint32_t slot = board::slot_of(id);
  if (slot >= used_slots(b)) return std::nullopt;
  const SegmentRecord r = b.segment(slot).record.read();
  if (r.state != SegmentRecord::kLive || id_of(slot, r) != id || !of_this_life(b, r)) return std::nullopt;
  return Found{id, r};
}

bool may_come(const Board& b, SegmentId id) {
  const std::uint32_t slot = board::slot_of(id);
  if (b.share() == 0 || slot >= b.segments()) return false;
  const std::uint32_t known = b.segment(slot).record.read().serial;
  return std::int16_t(std::uint16_t(board::serial_of(id)) - std::uint16_t(known)) > 0;  // serials wrap
}

std::vector<Found> all_segments(const Board& b) {
  std::vector<Found> all;
  for (std::uint32_t i = 0; i < used_slots(b); ++i) {
    const SegmentRecord r = b.segment(i).record.read();
    if (r.state == SegmentRecord::kLive && of_this_life(b, r)) all.push_back({id_of(i, r), r});
  }
  return all;
}

}  // namespace ub::directory
