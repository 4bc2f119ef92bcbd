// Bulk ops: every alignment on both sides, sizes from zero to several pieces of a large copy, lists and strides.
#include <type_traits>

#include "world.h"

namespace ub::conformance {
namespace {

constexpr std::uint64_t kMiB = 1 << 20;

Step write_of(std::uint64_t offset, std::size_t size, std::uint64_t salt) {
  Step s;
  s.op = Op::write;
  s.offset = offset;
  s.data = pattern(size, salt);
  return s;
}
Step read_of(std::uint64_t offset, std::size_t size) {
  Step s;
  s.op = Op::read;
  s.offset = offset;
  s.length = size;
  return s;
}

// A list op in either form; it has one completion, however many pieces.
template <class Pieces> Status list(Bench& b, Form form, const Pieces& pieces, Op op) {
  const auto ended = [&](Status s) { return b.world.ran(op, s); };
  if (form == Form::plain) {
    if constexpr (std::is_same_v<Pieces, std::vector<GatherPiece>>)
      return ended(b.remote.write(pieces));
    else
      return ended(b.remote.read(pieces));
  }
  Status posted;
  if constexpr (std::is_same_v<Pieces, std::vector<GatherPiece>>)
    posted = b.queue.write(b.remote, pieces, {.tag = 5});
  else
    posted = b.queue.read(b.remote, pieces, {.tag = 5});
  if (!posted.ok()) return ended(posted);
  REQUIRE(b.queue.flush().ok());
  std::array<Completion, 4> done;
  REQUIRE(b.queue.poll(done) == 1);
  CHECK(done[0].tag == 5);
  return ended(done[0].status);
}

}  // namespace

TEST_CASE("bulk: any offset and size, and not a byte beside it") {
  on_every_transport("bulk", [](const World& w) {
    Bench b(w);
    std::uint64_t salt = 0;
    for (const std::size_t size : {0, 1, 2, 3, 7, 8, 9, 15, 31, 63, 64, 65, 255, 1000})
      for (std::uint64_t offset = 60; offset < 76; offset += w.lossy() ? 5 : 1)
        for (const Form form : kForms) {
          b.check(form, write_of(offset, size, ++salt));
          b.check(form, read_of(offset, size));
        }
  });
}

TEST_CASE("bulk: larger than a piece, odd at both ends") {
  on_every_transport("bulk", [](const World& w) {
    Bench b(w, {.size = 4 * kMiB});
    std::uint64_t salt = 0;
    for (const std::size_t size : {kMiB - 1, kMiB, kMiB + 1, 3 * kMiB + 4321})
      for (const Form form : kForms) {
        b.check(form, write_of(67, size, ++salt));
        b.check(form, read_of(67, size));
      }
    b.check(Form::plain, write_of(0, 4 * kMiB, ++salt));
    b.check(Form::plain, read_of(0, 4 * kMiB));
  });
}

TEST_CASE(
    "bulk: what reaches beyond the end moves nothing, also where the sum of offset and size wraps around") {
  on_every_transport("bulk", [](const World& w) {
    Bench b(w);
    const std::uint64_t size = b.remote.size();
    std::byte local[16] = {};
    struct Range {
      std::uint64_t offset, length;
    };
    for (const Range& r : {Range{size, 1}, Range{size - 15, 16}, Range{size + 1, 0}, Range{0, size + 1},
                           Range{size - 1, ~0ull}, Range{16, ~0ull - 15}, Range{~0ull, 1}, Range{~0ull, 0},
                           Range{1ull << 63, 1ull << 63}}) {
      const std::uint64_t offset = r.offset, length = r.length;
      CAPTURE(offset);
      CAPTURE(length);
      for (const Status s :
           {b.remote.read(offset, local, length), b.remote.read(offset, local, length, {}),
            b.queue.read(b.remote, offset, local, length), b.remote.write(offset, local, length),
            b.remote.write(offset, local, length, {}), b.queue.write(b.remote, offset, local, length),
            b.remote.write_signal(offset, local, length, 0, 1),
            b.queue.write_signal(b.remote, offset, local, length, 0, 1)})
        CHECK(w.ran(s.op(), s).code() == Code::out_of_range);
    }
    b.check_memory();
    for (const std::byte c : local) CHECK(c == std::byte());
  });
}

TEST_CASE("bulk: lists gather and scatter; one bad piece, and none moves") {
  on_every_transport("lists", [](const World& w) {
    for (const Form form : {Form::plain, Form::queued}) {
      Bench b(w);
      const auto data = pattern(300, 1);
      const std::vector<GatherPiece> gather{{data.data(), 100, 1000},
                                            {data.data() + 100, 1, 7},
                                            {nullptr, 0, 50},
                                            {data.data() + 101, 199, 2001}};
      CHECK(list(b, form, gather, Op::write).ok());
      for (const GatherPiece& p : gather)
        std::copy_n(static_cast<const std::byte*>(p.local), p.size,
                    b.model.memory.begin() + std::ptrdiff_t(p.offset));
      b.check_memory();
      std::vector<std::byte> back(300);
      std::vector<ScatterPiece> scatter{
          {back.data(), 100, 1000}, {back.data() + 100, 1, 7}, {back.data() + 101, 199, 2001}};
      CHECK(list(b, form, scatter, Op::read).ok());
      CHECK(same(back, data));
      scatter.push_back({back.data(), 2, b.remote.size() - 1});
      CHECK(list(b, form, scatter, Op::read).code() == Code::out_of_range);
      CHECK(same(back, data));
      const std::vector<GatherPiece> bad{{data.data(), 10, 3000}, {data.data(), 10, b.remote.size()}};
      CHECK(list(b, form, bad, Op::write).code() == Code::out_of_range);
      CHECK(list(b, form, std::vector<GatherPiece>(), Op::write).ok());
      b.check_memory();
    }
  });
}

TEST_CASE("bulk: strides on both sides") {
  on_every_transport("strides", [](const World& w) {
    Bench b(w);
    const auto local = pattern(600, 2);
    for (const Strided& s : {Strided{33, 100, 20, 20, 30}, Strided{1, 64, 64, 1, 9}, Strided{5, 7, 9, 7, 11},
                             Strided{0, 0, 0, 0, 5}, Strided{9, 8, 8, 8, 0}, Strided{4000, 1, 1, 96, 1}}) {
      const bool sane = s.count == 0 || s.block == 0 || (s.stride >= s.block && s.local_stride >= s.block);
      CAPTURE(s.offset);
      const Status written = w.ran(Op::write, b.remote.write(s, local.data()));
      CHECK(written.code() == (sane ? Code::ok : Code::invalid_argument));
      if (sane)
        for (std::uint64_t i = 0; i < s.count; ++i)
          std::copy_n(local.begin() + std::ptrdiff_t(i * s.local_stride), s.block,
                      b.model.memory.begin() + std::ptrdiff_t(s.offset + i * s.stride));
      b.check_memory();
      std::vector<std::byte> back(local.size());
      CHECK(w.ran(Op::read, b.remote.read(s, back.data())).code() == written.code());
      for (std::uint64_t i = 0; sane && i < s.count; ++i)
        for (std::uint64_t k = 0; k < s.block; ++k)
          CHECK(back[i * s.local_stride + k] == local[i * s.local_stride + k]);
    }
    std::byte none{};
    for (const Strided& s : {Strided{0, 4096, 1, 1, 2}, Strided{4096, 1, 1, 1, 1}})
      CHECK(w.ran(Op::write, b.remote.write(s, &none)).code() == Code::out_of_range);
    for (const Strided& s : {Strided{0, 1ull << 60, 1, 1, 1ull << 60}, Strided{8, ~0ull, 1, 1, 2}})
      CHECK(w.ran(Op::write, b.remote.write(s, &none)).fate() == Fate::not_done);
    b.check_memory();
  });
}

}  // namespace ub::conformance
