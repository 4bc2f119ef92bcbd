// The edges of a segment: the last word, one past it, between words, and offsets that overflow.
#include <cstdint>
#include <vector>

#include "tests/pair.h"

namespace ub {
namespace {

using test::code;
using test::Pair;

template <class T> void at_the_edges(const Pair& p) {
  const std::uint64_t size = p.segment.size();
  const OpOptions slow{};
  const auto both = [&](std::uint64_t offset, Code expected) {
    CAPTURE(offset);
    CAPTURE(sizeof(T));
    CHECK(code(p.remote.load<T>(offset)) == expected);
    CHECK(code(p.remote.load<T>(offset, slow)) == expected);
    CHECK(code(p.remote.store<T>(offset, 1)) == expected);
    CHECK(code(p.remote.store<T>(offset, 1, slow)) == expected);
    if constexpr (AtomicWord<T>) {
      CHECK(code(p.remote.fetch_add<T>(offset, 1)) == expected);
      CHECK(code(p.remote.atomic<T>(Op::swap, offset, 1, slow)) == expected);
      CHECK(code(p.remote.compare_swap<T>(offset, 0, 1)) == expected);
      CHECK(code(p.remote.compare_swap<T>(offset, 0, 1, slow)) == expected);
      CHECK(code(p.remote.masked_swap<T>(offset, 0, 1)) == expected);
      CHECK(code(p.remote.masked_compare_swap<T>(offset, 0, 1, 1, 1)) == expected);
    }
  };
  both(0, Code::ok);
  both(size - sizeof(T), Code::ok);
  both(size, Code::out_of_range);
  both(size + 4096, Code::out_of_range);
  both(std::uint64_t(1) << 63, Code::out_of_range);
  both(-std::uint64_t(sizeof(T)), Code::out_of_range);  // the last word of 2^64
  for (std::uint64_t odd = 1; odd < sizeof(T); ++odd) {
    both(odd, Code::misaligned);
    both(size - odd, Code::misaligned);
    both(-odd, Code::misaligned);
  }
}

TEST_CASE("edges: the last word of a segment is accessible, and no word beyond it") {
  for (const std::string& url : test::kUrls)
    for (const std::uint64_t size : {64, 4096, 4160, 1 << 21}) {
      CAPTURE(url);
      CAPTURE(size);
      const Pair p(url, size);
      at_the_edges<std::uint8_t>(p);
      at_the_edges<std::uint16_t>(p);
      at_the_edges<std::uint32_t>(p);
      at_the_edges<std::uint64_t>(p);
    }
}

TEST_CASE("edges: sizes are rounded up to 64 bytes, all of which can be used") {
  for (const std::string& url : test::kUrls) {
    const Pair p(url, 65);
    CHECK(p.segment.size() == 128);
    CHECK(p.remote.size() == 128);
    CHECK(p.segment.local_view().size() == 128);
    CHECK(p.remote.store<std::uint64_t>(120, 1).ok());
  }
}

TEST_CASE("edges: transfers that reach beyond the segment, or around 2^64, move nothing") {
  for (const std::string& url : test::kUrls) {
    CAPTURE(url);
    const Pair p(url);
    const std::uint64_t size = p.segment.size();
    std::vector<std::byte> local(8192, std::byte(1));
    const auto all = [&](std::uint64_t offset, std::size_t n, Code expected) {
      CAPTURE(offset);
      CAPTURE(n);
      CHECK(code(p.remote.write(offset, local.data(), n)) == expected);
      CHECK(code(p.remote.write(offset, local.data(), n, OpOptions{})) == expected);
      CHECK(code(p.remote.read(offset, local.data(), n)) == expected);
      CHECK(code(p.remote.read(offset, local.data(), n, OpOptions{})) == expected);
      CHECK(code(p.remote.write_signal(offset, local.data(), n, 0, 1)) == expected);
      const GatherPiece good{local.data(), 8, 0}, piece{local.data(), n, offset};
      CHECK(code(p.remote.write(std::vector{good, piece})) == expected);
      const ScatterPiece in{local.data(), n, offset};
      CHECK(code(p.remote.read(std::vector{in})) == expected);
    };
    all(0, size, Code::ok);
    all(size - 1, 1, Code::ok);
    all(1, 4095, Code::ok);
    all(size, 0, Code::ok);  // checked, and nothing done
    std::memset(p.segment.local_view().data(), 0, size);
    all(0, size + 1, Code::out_of_range);
    all(size, 1, Code::out_of_range);
    all(size + 1, 0, Code::out_of_range);
    all(8, std::size_t(-8), Code::out_of_range);
    all(-std::uint64_t(8), 16, Code::out_of_range);
    all(-std::uint64_t(1), 1, Code::out_of_range);
    all(1, SIZE_MAX, Code::out_of_range);
    for (const std::byte b : p.segment.local_view()) REQUIRE(b == std::byte(0));
  }
}

TEST_CASE("edges: a transfer of size 0 needs no buffer") {
  for (const std::string& url : test::kUrls) {
    const Pair p(url);
    CHECK(p.remote.read(0, nullptr, 0).ok());
    CHECK(p.remote.write(0, nullptr, 0).ok());
    CHECK(p.remote.read(0, nullptr, 0, OpOptions{}).ok());
    CHECK(p.remote.write(std::vector{GatherPiece{nullptr, 0, 7}}).ok());
    CHECK(p.remote.write_signal(0, nullptr, 0, 8, 5).ok());
    CHECK(p.remote.load<std::uint64_t>(8).value() == 5);
  }
}

TEST_CASE("edges: a misaligned or out-of-range signal prevents its data from being written") {
  for (const std::string& url : test::kUrls) {
    const Pair p(url);
    const std::uint64_t size = p.segment.size(), data = 0x1111;
    CHECK(code(p.remote.write_signal(0, &data, 8, 4, 1)) == Code::misaligned);
    CHECK(code(p.remote.write_signal(0, &data, 8, size, 1)) == Code::out_of_range);
    CHECK(code(p.remote.write_signal(0, &data, 8, -std::uint64_t(8), 1)) == Code::out_of_range);
    CHECK(p.remote.load<std::uint64_t>(0).value() == 0);
    CHECK(p.remote.write_signal(3, &data, 8, size - 8, 1).ok());
    CHECK(p.remote.load<std::uint64_t>(size - 8).value() == 1);
  }
}

TEST_CASE("edges: invalid segment sizes are refused before any file is created") {
  for (const std::string& url : test::kUrls) {
    Fabric f = test::must(Fabric::open(url));
    for (const std::uint64_t size :
         {std::uint64_t(0), f.caps().max_segment + 1, std::uint64_t(1) << 63, ~std::uint64_t(0)}) {
      CAPTURE(size);
      const auto s = f.expose("s", size);
      CHECK(code(s) == Code::invalid_argument);
    }
    CHECK(f.expose("s", 1).ok());  // the name is free
    CHECK(code(f.expose("s", 64, {.access = Access(8)})) == Code::invalid_argument);
  }
}

}  // namespace
}  // namespace ub
