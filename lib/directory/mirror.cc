#include "directory/mirror.h"

#include <algorithm>
#include <cstring>

#include "base/check.h"
#include "base/log.h"
#include "base/text.h"
#include "directory/ranks.h"

namespace ub::directory {
namespace {

using board::Board;
using board::SegmentRecord;

// Only threads of this process take the lock of a mirror, for a few records at a time.
constexpr Duration kPatience = std::chrono::seconds(10);

template <class Record> void set(board::TwoSlot<Record>& there, const Record& record) {
  if (const Record old = there.read(); std::memcmp(&old, &record, sizeof record) != 0) there.publish(record);
}

void mirror_segments(Board& b, const Snapshot& s) {
  auto next = s.segments.begin();
  const std::uint32_t begin = s.rank.value * b.share(), end = begin + b.share();
  for (std::uint32_t slot = begin; slot < end; ++slot) {
    auto& there = b.segment(slot).record;
    if (next != s.segments.end() && board::slot_of(next->id) == slot) {
      set(there, (next++)->record);
      if (slot >= b.state().segments_used.load(std::memory_order_relaxed))
        b.state().segments_used.store(slot + 1, std::memory_order_release);
    } else {  // segments up to this serial have been retired
      SegmentRecord r = there.read();
      r.state = SegmentRecord::kFree;
      r.serial = s.serial;
      set(there, r);
    }
  }
}

}  // namespace

std::uint32_t mirror_share(std::uint32_t ranks) {
  return std::clamp<std::uint32_t>(4096 / std::max(ranks, 1u), 16, 64);
}

void mirror(Board& b, const Snapshot& s) {
  UB_ASSERT(b.share() != 0 && !wrong_with(s, {b.ranks(), b.share()}));
  auto lock = b.state().table_lock.lock(std::chrono::steady_clock::now() + kPatience);
  if (!lock.ok())
    return base::log(base::Level::warn,
                     base::cat("news of rank ", s.rank.value, " got lost: ", lock.error().message()));
  if (b.rank(s.rank).read().epoch > s.record.epoch) return;
  mirror_segments(b, s);
  set(b.rank(s.rank), s.record);
  b.gate(s.rank).store(s.gate, std::memory_order_seq_cst);
  lock->unlock();
  spread_news(b);
}

Snapshot describe(const Board& b, Rank r) {
  Snapshot s;
  s.rank = r;
  s.gate = b.gate(r).load(std::memory_order_seq_cst);
  s.record = b.rank(r).read();
  for (std::uint32_t slot = r.value * b.share(); slot < (r.value + 1) * b.share(); ++slot) {
    Found f;
    f.record = b.segment(slot).record.read();
    s.serial = std::max(s.serial, f.record.serial);
    if (f.record.state != SegmentRecord::kLive) continue;
    f.id = board::make_segment_id(slot, f.record.serial);
    f.record.serial = board::serial_of(f.id);
    s.segments.push_back(f);
  }
  return s;
}

void continue_serials(Board& b, Rank r, std::uint32_t serial) {
  for (std::uint32_t slot = r.value * b.share(); slot < (r.value + 1) * b.share(); ++slot) {
    SegmentRecord record = b.segment(slot).record.read();
    record.serial = serial;
    b.segment(slot).record.publish(record);
  }
}

}  // namespace ub::directory
