// After set-up, no op allocates: every new of this program is counted here.
#include "tests/sanitized.h"
#if !UB_TEST_ASAN && !UB_TEST_TSAN  // they have a new of their own
#  include <cstdlib>
#  include <new>

#  include "tests/pair.h"

namespace {
thread_local long allocations = 0;
}

void* operator new(std::size_t size) {
  ++allocations;
  if (void* p = std::malloc(size ? size : 1)) return p;
  throw std::bad_alloc();
}
void operator delete(void* p) noexcept { std::free(p); }
void operator delete(void* p, std::size_t) noexcept { std::free(p); }

namespace ub {
namespace {

TEST_CASE("quiet: no op allocates, on either path, whether it succeeds or not") {
  for (const std::string& url : test::kUrls) {
    CAPTURE(url);
    const test::Pair p(url);
    OpReport report;
    const OpOptions slow{.notify = true, .report = &report};
    std::uint64_t local[8] = {};
    Word16 old;
    const GatherPiece out[2] = {{local, 8, 0}, {local, 16, 64}};
    const ScatterPiece in[2] = {{local, 8, 0}, {local, 16, 64}};
    const Strided strided{.stride = 16, .local_stride = 8, .block = 8, .count = 4};
    unsigned failed = 0;
    const auto count = [&](Status s) { failed += !s.ok(); };
    const auto every_op = [&](std::uint64_t at) {
      count(p.remote.load<std::uint64_t>(at).status);
      count(p.remote.store(at, std::uint64_t(1)));
      count(p.remote.fetch_add(at, std::uint64_t(1)).status);
      count(p.remote.masked_swap(at, 1, 1).status);
      count(p.remote.compare_swap16(at, {}, {}, old));
      count(p.remote.load<std::uint64_t>(at, slow).status);
      count(p.remote.store(at, std::uint64_t(1), slow));
      count(p.remote.atomic(Op::swap, at, 1, slow).status);
      count(p.remote.read(at, local, 64));
      count(p.remote.write(at, local, 64, slow));
      count(p.remote.write_signal(at, local, 64, 128, 1));
      count(p.remote.read(in));
      count(p.remote.write(out, slow));
      count(p.remote.write(strided, local));
      count(p.segment.wait_until(0, Compare::greater_equal, 0).status);
    };
    every_op(0);  // the thread's first op claims its slot
    const long before = allocations;
    every_op(64);
    const unsigned refused = p.peer.caps().of(Op::compare_swap16) == Support::refused;
    CHECK(failed == 2 * refused);
    every_op(1 << 20);
    CHECK(failed >= 10);
    CHECK(allocations == before);
  }
}

}  // namespace
}  // namespace ub
#endif
