#include "core/apply.h"

#include <atomic>

#include "base/check.h"

namespace ub::core {
namespace {

using detail::WordOp;
using transport::Ending;
using transport::Request;

template <class U> U masked(std::atomic_ref<U> cell, U value, U mask, U compare, U compare_mask) {
  U old = cell.load(std::memory_order_acquire);
  while (((old ^ compare) & compare_mask) == 0 &&
         !cell.compare_exchange_weak(old, U((old & ~mask) | (value & mask)), std::memory_order_acq_rel,
                                     std::memory_order_acquire)) {
  }
  return old;
}

template <class U> U word(const WordOp& w, std::byte* at) {
  std::atomic_ref<U> cell(*reinterpret_cast<U*>(at));
  const U value = U(w.value);
  switch (w.op) {
    case Op::load:
      return cell.load(std::memory_order_acquire);
    case Op::store:
      cell.store(value, std::memory_order_release);
      return 0;
    case Op::fetch_add:
      return cell.fetch_add(value, std::memory_order_acq_rel);
    case Op::fetch_sub:
      return cell.fetch_sub(value, std::memory_order_acq_rel);
    case Op::fetch_and:
      return cell.fetch_and(value, std::memory_order_acq_rel);
    case Op::fetch_or:
      return cell.fetch_or(value, std::memory_order_acq_rel);
    case Op::fetch_xor:
      return cell.fetch_xor(value, std::memory_order_acq_rel);
    case Op::swap:
      return cell.exchange(value, std::memory_order_acq_rel);
    case Op::compare_swap: {
      U found = U(w.compare);
      cell.compare_exchange_strong(found, value, std::memory_order_acq_rel, std::memory_order_acquire);
      return found;
    }
    case Op::masked_swap:
      return masked<U>(cell, value, U(w.mask), 0, 0);
    case Op::masked_compare_swap:
      return masked<U>(cell, value, U(w.mask), U(w.compare), U(w.compare_mask));
    default:
      break;
  }
  UB_ASSERT(!"not a word op");
  return 0;
}

// In assembly: compilers would call libatomic, which may use a lock that other processes do not share.
Word16 swap16([[maybe_unused]] std::byte* at, [[maybe_unused]] Word16 expected,
              [[maybe_unused]] Word16 desired) {
#if defined(__x86_64__)
  bool swapped;
  asm volatile("lock cmpxchg16b %[memory]"
               : "=@ccz"(swapped), [memory] "+m"(*reinterpret_cast<Word16*>(at)), "+a"(expected.low),
                 "+d"(expected.high)
               : "b"(desired.low), "c"(desired.high)
               : "memory");
  (void)swapped;  // rdx:rax hold the old value either way
  return expected;
#elif defined(__aarch64__)
  // One statement: between two, a compiler may insert loads and stores, which may end the exclusive access.
  // A pair load is one access only if the following pair store succeeds, so the old value is stored back.
  Word16 found, put;
  std::uint32_t failed;
  asm volatile(
      "1: ldaxp %[found_low], %[found_high], %[memory]\n"
      "   cmp %[found_low], %[expected_low]\n"
      "   ccmp %[found_high], %[expected_high], #0, eq\n"
      "   csel %[put_low], %[desired_low], %[found_low], eq\n"
      "   csel %[put_high], %[desired_high], %[found_high], eq\n"
      "   stlxp %w[failed], %[put_low], %[put_high], %[memory]\n"
      "   cbnz %w[failed], 1b\n"
      : [found_low] "=&r"(found.low), [found_high] "=&r"(found.high), [put_low] "=&r"(put.low),
        [put_high] "=&r"(put.high), [failed] "=&r"(failed), [memory] "+Q"(*reinterpret_cast<Word16*>(at))
      : [expected_low] "r"(expected.low), [expected_high] "r"(expected.high), [desired_low] "r"(desired.low),
        [desired_high] "r"(desired.high)
      : "cc", "memory");
  return found;
#else
  return {};
#endif
}

}  // namespace

void apply_word(const Request& r, std::byte* memory, Ending& out) {
  std::byte* at = memory + r.word.offset;
  switch (r.word.size) {
    case 1:
      out.value = word<std::uint8_t>(r.word, at);
      break;
    case 2:
      out.value = word<std::uint16_t>(r.word, at);
      break;
    case 4:
      out.value = word<std::uint32_t>(r.word, at);
      break;
    case 8:
      out.value = word<std::uint64_t>(r.word, at);
      break;
    case 16:
      out.value16 = swap16(at, r.compare16, r.desired16);
      break;
    default:
      UB_ASSERT(!"a word has 1, 2, 4, 8 or 16 bytes");
  }
}

}  // namespace ub::core
