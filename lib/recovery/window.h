// A home's record of a stream's last ops, so that it responds to a repeat without executing it.
// Owner: the caller owns the storage, which holds no pointers: it may be on a board or in a file.
// Thread safety: one thread at a time.
// Units: none.
// Errors: a verdict for each arrival; corrupt storage can give wrong verdicts, never an invalid access.
//
// Sequence s uses entry s mod W. A stream never posts s before s - W has ended, and an ended op is never repeated. So an
// arrival that finds a younger op in its entry, or is W or more behind the youngest seen, is a late copy. It is `stale` and
// never executed. Arrivals may come in any order.
#pragma once

#include <cstddef>
#include <cstdint>
#include <span>

#include "base/ring_index.h"
#include "ub/op.h"
#include "ub/status.h"

namespace ub::recovery {

class Window {
 public:
  enum class Verdict : std::uint8_t {
    fresh,   ///< execute it, then remember()
    repeat,  ///< executed before: return what was remembered
    stale,   ///< too old to know: do not execute, do not report as executed
  };

  /// The result of an op, as far as a repeat needs it.
  struct Memory {
    std::uint64_t sequence = 0;  ///< 0: nothing yet
    std::uint64_t value = 0;
    Word16 value16;
    Code code = Code::ok;
  };

  struct Header {
    std::uint64_t youngest = 0;
  };

  Window() = default;
  /// `entries.size()` is W; all zeroes at first.
  Window(Header& header, std::span<Memory> entries) : header_(&header), entries_(entries) {}

  explicit operator bool() const { return header_ != nullptr; }
  std::size_t size() const { return entries_.size(); }

  /// Sequences start at 1. With `repeat`, `*memory` is what to return.
  Verdict admit(std::uint64_t sequence, const Memory** memory) const {
    if (sequence == 0 || entries_.empty()) return Verdict::stale;
    const Memory& m = entries_[base::ring_index(sequence, entries_.size())];
    if (m.sequence == sequence) return *memory = &m, Verdict::repeat;
    const bool behind = sequence + entries_.size() <= header_->youngest;
    return behind || m.sequence > sequence ? Verdict::stale : Verdict::fresh;
  }

  /// Call after a fresh op has been executed.
  void remember(const Memory& m) {
    entries_[base::ring_index(m.sequence, entries_.size())] = m;
    if (m.sequence > header_->youngest) header_->youngest = m.sequence;
  }

 private:
  Header* header_ = nullptr;
  std::span<Memory> entries_;
};

}  // namespace ub::recovery
