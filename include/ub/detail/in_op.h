// Start and end of a direct op: the in-op mark, and the comparison with the home's gate.
// Owner: the library; here because the op compiles into its caller.  Thread safety: any thread.
// Units: bytes.
// Errors: enter() returns false if the op must take the slow path, which returns the reason.
//
// Three pages precede every directly mapped segment:
//
//     base - 3 pages   view    private to this process: per thread slot, the gate's value that this attachment expects
//     base - 2 pages   marks   this rank's, on the board: per thread slot, the value of the op that is running, or 0
//     base - 1 page    gate    the home's, read-only; its last cache line starts with the gate
//
// A revoke changes the gate, makes every processor execute a barrier (membarrier), and waits until no mark has
// the old value. So the op itself costs two plain stores and no fence. A thread without a slot uses kNoSlot, whose view
// never equals a gate: it takes the slow path once and gets a slot there.
#pragma once

#include <atomic>
#include <cstddef>
#include <cstdint>

#pragma GCC visibility push(default)

namespace ub::detail {

inline constexpr std::ptrdiff_t kPage = 4096;
inline constexpr std::ptrdiff_t kSlotStride = 64;  // a cache line each: neighbours must not share one
inline constexpr std::ptrdiff_t kSlots = kPage / kSlotStride;
inline constexpr std::ptrdiff_t kNoSlot = (kSlots - 1) * kSlotStride;
inline constexpr std::ptrdiff_t kViewPage = 3 * kPage;
inline constexpr std::ptrdiff_t kMarksPage = 2 * kPage;
inline constexpr std::ptrdiff_t kGate = kSlotStride;  // from the memory's start backwards

/// This thread's slot in the view and marks pages, in bytes.
extern constinit thread_local std::ptrdiff_t thread_slot __attribute__((tls_model("initial-exec")));

inline std::atomic_ref<std::uint64_t> word_at(std::byte* p) {
  return std::atomic_ref<std::uint64_t>(*reinterpret_cast<std::uint64_t*>(p));
}

/// Orders a bulk copy with the word ops before and after it; no instruction on x86. ThreadSanitizer does not model fences.
inline void fence([[maybe_unused]] std::memory_order order) {
#if !defined(__SANITIZE_THREAD__)
  std::atomic_thread_fence(order);
#endif
}

/// Compares with memory in one instruction: compilers load an atomic into a register first.
inline bool gate_is(std::byte* base, std::uint64_t expected) {
#if defined(__x86_64__) && !defined(__SANITIZE_THREAD__) && !defined(UB_PLAIN_GATE)
  bool differs;
  asm volatile("cmpq %[expected], %[gate]"
               : "=@ccne"(differs)
               : [gate] "m"(*reinterpret_cast<const std::uint64_t*>(base - kGate)), [expected] "r"(expected));
  std::atomic_signal_fence(std::memory_order_acquire);
  return !differs;
#else
  return word_at(base - kGate).load(std::memory_order_acquire) == expected;
#endif
}

/// Marks the op as running and compares the gate. The mark's store must come before the gate's load in program
/// order, which the signal fence ensures; the revoke makes that order hold between processors.
inline bool enter(std::byte* base, std::ptrdiff_t slot) {
  const std::uint64_t expected = word_at(base + slot - kViewPage).load(std::memory_order_relaxed);
  word_at(base + slot - kMarksPage).store(expected, std::memory_order_relaxed);
  std::atomic_signal_fence(std::memory_order_seq_cst);
  return gate_is(base, expected);
}

/// Clears the mark; all effects of the op are visible before.
inline void leave(std::byte* base, std::ptrdiff_t slot) {
#if defined(__x86_64__)
  asm(""
      : "+r"(
          slot));  // else GCC precomputes the mark's address, one instruction more than addressing it twice
#endif
  word_at(base + slot - kMarksPage).store(0, std::memory_order_release);
}

}  // namespace ub::detail

#pragma GCC visibility pop
