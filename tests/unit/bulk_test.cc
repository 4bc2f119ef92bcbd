// Transfers: contiguous, lists, strided; and a transfer that the home cuts off.
#include <cstddef>
#include <cstdint>
#include <vector>

#include "core/home.h"
#include "tests/pair.h"
#include "tests/seed.h"

namespace ub {
namespace {

using test::code;
using test::Pair;
using Bytes = std::vector<std::byte>;

Bytes some(test::Random& random, std::size_t n) {
  Bytes b(n);
  for (std::size_t i = 0; i + 8 <= n; i += 8) {
    const std::uint64_t word = random();
    std::memcpy(b.data() + i, &word, 8);
  }
  for (std::size_t i = n / 8 * 8; i < n; ++i) b[i] = std::byte(random());
  return b;
}

TEST_CASE("bulk: any offset and size, also of more than one piece, in both directions") {
  test::Random random("bulk");
  constexpr std::uint64_t kSize = 5 << 20;
  for (const std::string& url : test::kUrls) {
    CAPTURE(url);
    const Pair p(url, kSize);
    Bytes model(kSize);
    for (int i = 0; i < 40; ++i) {
      const std::size_t n = i % 4 == 0 ? random.below(3 << 20) : random.below(300);
      const std::uint64_t at = random.below(kSize - n + 1);
      const Bytes out = some(random, n);
      CHECK(
          (i % 2 ? p.remote.write(at, out.data(), n) : p.remote.write(at, out.data(), n, OpOptions{})).ok());
      std::copy(out.begin(), out.end(), model.begin() + std::ptrdiff_t(at));
      Bytes in(n);
      CHECK((i % 2 ? p.remote.read(at, in.data(), n, OpOptions{}) : p.remote.read(at, in.data(), n)).ok());
      CHECK(in == out);
    }
    CHECK(std::memcmp(p.segment.local_view().data(), model.data(), kSize) == 0);
  }
}

TEST_CASE("bulk: lists gather and scatter; if one piece is invalid, nothing moves") {
  test::Random random("lists");
  for (const std::string& url : test::kUrls) {
    CAPTURE(url);
    const Pair p(url);
    const Bytes a = some(random, 100), b = some(random, 1), c = some(random, 777);
    OpReport report;
    CHECK(p.remote
              .write(std::vector<GatherPiece>{{a.data(), 100, 5}, {b.data(), 1, 0}, {c.data(), 777, 200}},
                     {.report = &report})
              .ok());
    CHECK(report.attempts == 1);
    CHECK((report.model.picoseconds > 0) == p.peer.caps().model_time);
    Bytes x(100), y(1), z(777);
    CHECK(p.remote.read(std::vector<ScatterPiece>{{z.data(), 777, 200}, {x.data(), 100, 5}, {y.data(), 1, 0}})
              .ok());
    CHECK(x == a);
    CHECK(y == b);
    CHECK(z == c);
    CHECK(p.remote.write(std::vector<GatherPiece>{}).ok());

    const Bytes zeroes(100);
    CHECK(code(p.remote.write(std::vector<GatherPiece>{{zeroes.data(), 100, 5}, {zeroes.data(), 1, 4096}})) ==
          Code::out_of_range);
    CHECK(std::memcmp(p.segment.local_view().data() + 5, a.data(), 100) == 0);
  }
}

TEST_CASE("bulk: strided blocks are placed as computed, and the gaps stay unchanged") {
  test::Random random("strided");
  for (const std::string& url : test::kUrls) {
    CAPTURE(url);
    const Pair p(url);
    for (int i = 0; i < 50; ++i) {
      const std::uint64_t block = 1 + random.below(40), count = random.below(12);
      const Strided s{.offset = random.below(100),
                      .stride = block + random.below(60),
                      .local_stride = block + random.below(30),
                      .block = block,
                      .count = count};
      const Bytes out = some(random, 1024);
      Bytes model(p.segment.local_view().begin(), p.segment.local_view().end());
      for (std::uint64_t k = 0; k < count; ++k)
        std::memcpy(model.data() + s.offset + k * s.stride, out.data() + k * s.local_stride, block);
      CHECK(p.remote.write(s, out.data()).ok());
      CHECK(std::memcmp(p.segment.local_view().data(), model.data(), model.size()) == 0);
      Bytes in(1024, std::byte(0xee)), back(1024, std::byte(0xee));
      for (std::uint64_t k = 0; k < count; ++k)
        std::memcpy(back.data() + k * s.local_stride, out.data() + k * s.local_stride, block);
      CHECK(p.remote.read(s, in.data()).ok());
      CHECK(in == back);
    }
  }
}

TEST_CASE("bulk: strides that overlap, overflow or exceed the segment are refused; empty transfers are ok") {
  constexpr std::uint64_t kHuge = ~std::uint64_t(0);
  for (const std::string& url : test::kUrls) {
    CAPTURE(url);
    const Pair p(url);
    Bytes local(8192);
    const auto is = [&](Strided s, Code expected) {
      CAPTURE(s.count);
      CAPTURE(s.stride);
      CHECK(code(p.remote.write(s, local.data())) == expected);
      CHECK(code(p.remote.read(s, local.data())) == expected);
    };
    is({.stride = 7, .local_stride = 8, .block = 8, .count = 2}, Code::invalid_argument);
    is({.stride = 8, .local_stride = 7, .block = 8, .count = 2}, Code::invalid_argument);
    is({.stride = kHuge / 2, .local_stride = 8, .block = 8, .count = 4}, Code::invalid_argument);
    is({.offset = kHuge - 4, .stride = 8, .local_stride = 8, .block = 8, .count = 1}, Code::invalid_argument);
    is({.stride = 8, .local_stride = kHuge / 2, .block = 8, .count = 4}, Code::invalid_argument);
    is({.stride = 8, .local_stride = 8, .block = 8, .count = 513}, Code::out_of_range);
    is({.stride = 8, .local_stride = 8, .block = 8, .count = 512}, Code::ok);
    is({.offset = 4097, .count = 0}, Code::out_of_range);
    is({.stride = 8, .local_stride = 8, .block = 8, .count = 0}, Code::ok);
    is({.stride = 8, .local_stride = 8, .block = 0, .count = kHuge}, Code::ok);  // no block: nothing to count
  }
}

TEST_CASE("home: a transfer stops between pieces when the gate changes, and resumes there") {
  constexpr std::uint64_t kSize = 3 << 20;
  std::atomic<std::uint64_t> gate{7};
  Bytes memory(kSize), local(kSize, std::byte(1));
  std::uint64_t executing = 0;
  core::SegmentHome home(&gate, memory.data(), kSize, nullptr, &executing);
  transport::Request r;
  r.word.op = Op::write;
  r.buffer = local.data();
  r.length = kSize;
  r.gate = 6;
  r.rights = Access::all;
  transport::Ending out = home.execute(r, Instant());
  CHECK(out.status.code() == Code::stale_epoch);  // before the first byte
  CHECK(out.moved == 0);

  r.gate = 7;
  r.begun = 2 << 20;
  out = home.execute(r, Instant());
  CHECK(out.status.ok());
  CHECK(out.moved == kSize);
  CHECK(memory[(2 << 20) - 1] == std::byte(0));
  CHECK(memory[2 << 20] == std::byte(1));
  CHECK(memory[kSize - 1] == std::byte(1));
}

TEST_CASE("home: a request is refused before the memory is accessed") {
  std::atomic<std::uint64_t> gate{7};
  std::uint64_t executing = 0;
  core::SegmentHome home(&gate, nullptr, 64, nullptr, &executing);  // touching it would be the end
  for (unsigned op = unsigned(Op::load); op <= unsigned(Op::write_signal); ++op) {
    CAPTURE(name(Op(op)));
    transport::Request r;
    r.word = {.op = Op(op), .size = std::uint8_t(Op(op) == Op::compare_swap16 ? 16 : 8), .offset = 64};
    r.length = 8;
    r.gate = 7;
    r.rights = Access(std::uint8_t(Access::all) & ~std::uint8_t(core::needed(Op(op))));
    CHECK(home.execute(r, Instant()).status.code() == Code::access_denied);
    r.rights = core::needed(Op(op));
    CHECK(home.execute(r, Instant()).status.code() == Code::out_of_range);
    r.word.offset = 0;
    r.gate = 8;
    CHECK(home.execute(r, Instant()).status.code() == Code::stale_epoch);
  }
}

}  // namespace
}  // namespace ub
