// A record that stays valid if its writer dies at any instruction.
// Owner: the board.  Thread safety: any number of readers; writers hold the table lock.
// Units: none.
// Errors: try_read() returns nullopt if the record changed during the call.
//
// The writer fills the slot that is not current, then publishes it by one atomic store of the version. A writer that dies in
// between leaves the old record current and an incomplete slot that is never read: nothing needs repair, and no reader waits.
// Words are copied as relaxed atomics, since a reader may copy a slot that a writer has begun to fill. The reader detects it by
// the version, because that writer has published the other slot before.
#pragma once

#include <atomic>
#include <cstdint>
#include <cstring>
#include <optional>
#include <type_traits>

namespace ub::board {

template <class T> class TwoSlot {
  static_assert(std::is_trivially_copyable_v<T> && sizeof(T) % 8 == 0);
  static constexpr std::size_t kWords = sizeof(T) / 8;

 public:
  std::optional<T> try_read() const {
    std::uint64_t copy[kWords];
    const std::uint64_t before = version_.load(std::memory_order_acquire);
    for (std::size_t i = 0; i < kWords; ++i) copy[i] = slots_[before & 1][i].load(std::memory_order_relaxed);
    std::atomic_thread_fence(std::memory_order_acquire);
    if (version_.load(std::memory_order_relaxed) != before) return std::nullopt;
    T record;
    std::memcpy(&record, copy, sizeof record);
    return record;
  }

  /// Retries while the record changes; a record changes only a few times per job.
  T read() const {
    for (;;)
      if (auto record = try_read()) return *record;
  }

  void publish(const T& record) {
    std::uint64_t copy[kWords];
    std::memcpy(copy, &record, sizeof record);
    const std::uint64_t next = version_.load(std::memory_order_relaxed) + 1;
    std::atomic_thread_fence(
        std::memory_order_release);  // readers of the old slot see the new version no later than these words
    for (std::size_t i = 0; i < kWords; ++i) slots_[next & 1][i].store(copy[i], std::memory_order_relaxed);
    version_.store(next, std::memory_order_release);
  }

  std::uint64_t version() const { return version_.load(std::memory_order_acquire); }

 private:
  std::atomic<std::uint64_t> version_;
  std::atomic<std::uint64_t> slots_[2][kWords];
};

}  // namespace ub::board
