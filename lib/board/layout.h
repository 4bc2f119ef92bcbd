// The layout of a board: a checked header, then typed regions. Every process of a fabric maps all of it.
// Owner: the board file.  Thread safety: see each record.
// Units: bytes; offsets from the file's start.
// Errors: none here; board.cc checks the header before it uses anything else.
#pragma once

#include <atomic>
#include <cstddef>
#include <cstdint>

#include "base/url.h"
#include "board/process.h"
#include "board/robust_lock.h"
#include "board/two_slot.h"
#include "ub/detail/in_op.h"
#include "ub/types.h"

namespace ub::board {

inline constexpr char kMagic[8] = {'u', 'b', '.', 'b', 'o', 'a', 'r', 'd'};
inline constexpr std::uint32_t kVersion = 5;
inline constexpr std::uint32_t kMaxRegions = 16;
inline constexpr std::uint32_t kMaxRanks = 1u << 18;  // beyond the largest machine we model: 165,000 NPUs [H]
inline constexpr std::uint32_t kMaxSegments = 1u << 16;  // the lower half of a SegmentId
inline constexpr std::uint64_t kMaxSegmentSize = 1ull << 40;

enum class RegionKind : std::uint32_t {
  none,
  state,
  ranks,
  gates,
  marks,
  segments,
  profile,
  links,    // of an emulated machine
  options,  // that hold for all members: "key=value&key=value"
};

struct Region {
  RegionKind kind;
  std::uint32_t version;
  std::uint64_t offset, stride, count;
};

/// Does not change once the board has its name.
struct Header {
  char magic[8];
  std::uint32_t version, size;
  std::uint64_t file_size;
  std::uint64_t incarnation;  // random: distinguishes this board from earlier ones
  std::uint64_t pid_namespace;
  std::uint32_t uid, region_count;
  char transport[base::kMaxTransport + 1];
  char name[base::kMaxFabricName + 1];
  char machine[64];
  Region regions[kMaxRegions];
  std::uint64_t checksum;  // of all of the above
};

/// State that changes and belongs to no rank.
struct State {
  RobustLock table_lock;                     // held while rank or segment records change
  std::atomic<std::uint32_t> news;           // a futex: incremented when a rank joins or a segment is exposed
  std::atomic<std::uint32_t> segments_used;  // slots ever used: the bound of a search
  std::atomic<std::int32_t> holder_pid;      // of the ub-emu that holds the fabric open; 0 without one
  std::atomic<std::uint64_t> holder_start;   // with the pid, its ProcessId
};

struct RankRecord {
  enum State : std::uint32_t { kFree, kJoined };
  std::uint32_t state;
  std::uint32_t epoch;
  std::uint32_t node;
  std::uint32_t reserved;
  ProcessId process;
  std::uint64_t address[8];  // transport::Address
};

struct SegmentRecord {
  enum Flags : std::uint16_t { kSingleWriter = 1, kExactlyOnce = 2, kNeverMapped = 4, kTwoTokens = 8 };
  enum State : std::uint32_t { kFree, kReserved, kLive };  // reserved: its memory is being made
  std::uint32_t state;
  std::uint32_t serial;  // its lower half, with the slot's number, is the SegmentId
  std::uint32_t home;
  std::uint32_t epoch;  // of the home; a record of an older epoch is dead
  std::uint64_t size;
  std::uint64_t grant[4];
  std::uint32_t tokens[2];  // the second with kTwoTokens; 0: no token is required
  std::uint16_t access;
  std::uint16_t flags;
  char name[base::kMaxSegmentName + 1];
};

/// Wakes threads that sleep in Segment::wait_until.
struct Bell {
  std::atomic<std::uint32_t> sequence;  // the futex
  std::atomic<std::uint32_t> sleepers;
};

struct SegmentSlot {
  TwoSlot<SegmentRecord> record;
  alignas(64) Bell bell;
};

/// One page per rank, like the marks; allocated when the rank first joins. Initiators map it read-only in front of an attached
/// segment. The gate is at the end of the page, next to the segment's memory.
struct GatePage {
  std::byte unused[detail::kPage - detail::kGate];
  std::atomic<std::uint64_t> gate;
  std::byte rest[detail::kGate - 8];
};
static_assert(sizeof(GatePage) == detail::kPage);

/// One page per rank. A slot marks the op that a thread of the rank is in (ub/detail/in_op.h) and counts the thread's ops by
/// the slow path: the cache line is the thread's own. Threads without a slot share the last one.
struct MarksPage {
  struct alignas(64) Slot {
    std::atomic<std::uint64_t> mark;
    std::atomic<std::uint64_t> others;  // in the last slot: threads without a slot that are in an op
    std::atomic<std::uint64_t> ops, bytes;
  };
  Slot slots[detail::kSlots];
};
static_assert(sizeof(MarksPage) == detail::kPage);

/// One direction of one link. `bytes` counts headers too.
struct LinkCounters {
  std::atomic<std::uint64_t> packets, bytes;
};

// The gate: bits 0 to 31 are the keeper's robust futex, bits 32 to 63 the generation.
inline constexpr std::uint64_t kLifeBits = 0xffffffff;
constexpr std::uint32_t gate_life(std::uint64_t gate) { return std::uint32_t(gate & kLifeBits); }
constexpr std::uint32_t gate_generation(std::uint64_t gate) { return std::uint32_t(gate >> 32); }
constexpr std::uint64_t make_gate(std::uint32_t generation, std::uint32_t life) {
  return std::uint64_t(generation) << 32 | life;
}

constexpr SegmentId make_segment_id(std::uint32_t slot, std::uint32_t serial) {
  return SegmentId(serial << 16 | slot);
}
constexpr std::uint32_t slot_of(SegmentId id) { return id.value & 0xffff; }
constexpr std::uint32_t serial_of(SegmentId id) { return id.value >> 16; }

}  // namespace ub::board
