// Records on the board: whoever reads sees one record or the other, whole, whatever became of the writer.
#include "board/two_slot.h"

#include <doctest/doctest.h>

#include <algorithm>
#include <array>
#include <thread>

namespace ub::board {
namespace {

struct Record {
  std::array<std::uint64_t, 9> words{};
  bool whole() const {
    return std::all_of(words.begin(), words.end(), [&](auto w) { return w == words[0]; });
  }
};
Record of(std::uint64_t n) {
  Record r;
  r.words.fill(n);
  return r;
}

// What lies in memory: the version, then the slots. A board starts as zeroes.
struct Memory {
  std::uint64_t version = 0;
  Record slots[2];
  TwoSlot<Record>& as_record() { return *reinterpret_cast<TwoSlot<Record>*>(this); }
};
static_assert(sizeof(Memory) == sizeof(TwoSlot<Record>));

TEST_CASE("two slots: a board of zeroes holds a record of zeroes, and each record published is read back") {
  Memory memory;
  TwoSlot<Record>& record = memory.as_record();
  CHECK(record.read().words == of(0).words);
  for (std::uint64_t n = 1; n < 10; ++n) {
    record.publish(of(n));
    CHECK(record.read().words == of(n).words);
    CHECK(record.version() == n);
  }
}

TEST_CASE(
    "two slots: a writer that dies at any word leaves the old record, and the next writer needs no repair") {
  for (std::size_t died_after = 0; died_after <= Record{}.words.size(); ++died_after) {
    CAPTURE(died_after);
    Memory memory;
    TwoSlot<Record>& record = memory.as_record();
    record.publish(of(1));
    record.publish(of(2));
    Record& idle = memory.slots[(memory.version + 1) & 1];
    for (std::size_t i = 0; i < died_after; ++i) idle.words[i] = 3;

    CHECK(record.read().words == of(2).words);
    record.publish(of(4));
    CHECK(record.read().words == of(4).words);
  }
}

TEST_CASE("two slots: a thread that reads while another writes is never handed a mixture") {
  // The reader's copy meets a writer that has gone round twice: version and words of the slot differ from before.
  Memory memory;
  TwoSlot<Record>& record = memory.as_record();
  std::atomic<bool> done{false};
  std::uint64_t seen = 0, reads = 0;
  bool whole = true, forward = true;
  std::thread reader([&] {
    for (bool last = false; !last;) {
      last = done.load();
      const auto r = record.try_read();
      if (!r) continue;
      ++reads;
      whole = whole && r->whole();
      forward = forward && r->words[0] >= seen;
      seen = r->words[0];
    }
  });
  constexpr std::uint64_t kWrites = 300'000;
  for (std::uint64_t n = 1; n <= kWrites; ++n) record.publish(of(n));
  done = true;
  reader.join();
  CHECK(whole);
  CHECK(forward);
  CHECK(seen == kWrites);  // the last attempt met no writer
  CHECK(reads > 0);
}

}  // namespace
}  // namespace ub::board
