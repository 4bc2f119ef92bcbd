// A board's header: every kind of damage is found before anything in it is used.
#include "board/check_header.h"

#include <doctest/doctest.h>

#include <cstring>
#include <fstream>
#include <functional>
#include <iterator>

#include "tests/pair.h"
#include "tests/place.h"
#include "tests/seed.h"

namespace ub::board {
namespace {

// What tests/place.h knows by heart, for those who may not look into the library.
static_assert(sizeof(Header) == test::kHeaderSize && offsetof(Header, regions) == test::kRegionsAt &&
              sizeof(Region) == sizeof(test::BoardRegion));
static_assert(std::uint32_t(RegionKind::state) == test::kStateKind &&
              std::uint32_t(RegionKind::gates) == test::kGatesKind);
static_assert(sizeof(RobustLock) == 40);

struct File {
  Header header;
  std::uint64_t size = 0;
};

// The header of a real board.
File fresh() {
  const Fabric fabric = test::must(Fabric::open("emu://whole?machine=mesh:2x2"));
  std::ifstream in(test::own_folder() + "/whole/board", std::ios::binary);
  const std::string bytes{std::istreambuf_iterator<char>(in), {}};
  REQUIRE(bytes.size() > sizeof(Header));
  File f{{}, bytes.size()};
  std::memcpy(&f.header, bytes.data(), sizeof f.header);
  return f;
}

Code check(const Header& h, std::uint64_t size) {
  Region regions[kMaxRegions]{};
  const auto bad = check_header(h, size, regions);
  if (!bad) return Code::ok;
  CHECK(bad->message().find('\n') == std::string::npos);
  CHECK(!bad->advice.empty());
  return bad->code();
}

Region& region(Header& h, RegionKind k) {
  for (std::uint32_t i = 0; i < h.region_count; ++i)
    if (h.regions[i].kind == k) return h.regions[i];
  FAIL("no such region");
  return h.regions[0];
}

TEST_CASE("header: a fresh board passes, and its regions come back by kind") {
  const File f = fresh();
  Region regions[kMaxRegions]{};
  CHECK(!check_header(f.header, f.size, regions));
  CHECK(regions[std::size_t(RegionKind::ranks)].count == 4);
  CHECK(regions[std::size_t(RegionKind::links)].count == 8);
}

TEST_CASE("header: no single byte can change unnoticed") {
  const File f = fresh();
  for (std::size_t at = 0; at < sizeof(Header); ++at)
    for (const unsigned char flip : {0x01, 0x80, 0xff}) {
      Header h = f.header;
      reinterpret_cast<unsigned char*>(&h)[at] ^= flip;
      if (check(h, f.size) == Code::ok)
        FAIL_CHECK("byte " << at << " changed by " << unsigned(flip) << " passes");
    }
}

TEST_CASE("header: what a checksum cannot show is found by itself") {
  struct Damage {
    std::string what;
    std::function<void(Header&, std::uint64_t& size)> done;
    Code code = Code::corrupt;
  };
  const auto on = [](RegionKind k, auto change) {
    return [k, change](Header& h, std::uint64_t&) { change(region(h, k)); };
  };
  const Damage all[] = {
      {"another magic", [](Header& h, auto&) { h.magic[0] = 'x'; }},
      {"an older format", [](Header& h, auto&) { h.version = 0; }, Code::version_mismatch},
      {"a newer format", [](Header& h, auto&) { ++h.version; }, Code::version_mismatch},
      {"a larger header", [](Header& h, auto&) { h.size += 8; }, Code::version_mismatch},
      {"a file cut short", [](Header&, std::uint64_t& size) { size -= 4096; }},
      {"a file that grew", [](Header&, std::uint64_t& size) { size += 4096; }},
      {"too many regions", [](Header& h, auto&) { h.region_count = kMaxRegions + 1; }},
      {"regions without number", [](Header& h, auto&) { h.region_count = ~0u; }},
      {"no region", [](Header& h, auto&) { h.region_count = 0; }},
      {"a region missing", [](Header& h, auto&) { --h.region_count; }},
      {"a transport without end",
       [](Header& h, auto&) { std::memset(h.transport, 'x', sizeof h.transport); }},
      {"a name without end", [](Header& h, auto&) { std::memset(h.name, 'x', sizeof h.name); }},
      {"a machine without end", [](Header& h, auto&) { std::memset(h.machine, 'x', sizeof h.machine); }},
      {"a region of no kind", on(RegionKind::state, [](Region& r) { r.kind = RegionKind::none; })},
      {"a region of an unknown kind", on(RegionKind::links, [](Region& r) { r.kind = RegionKind(200); })},
      {"a region twice", on(RegionKind::profile, [](Region& r) { r.kind = RegionKind::state; })},
      {"a region of another version", on(RegionKind::ranks, [](Region& r) { ++r.version; })},
      {"a region of another stride", on(RegionKind::segments, [](Region& r) { r.stride += 64; })},
      {"an empty region", on(RegionKind::links, [](Region& r) { r.count = 0; })},
      {"a count out of range", on(RegionKind::segments, [](Region& r) { r.count = kMaxSegments + 1; })},
      {"a count that overflows", on(RegionKind::gates, [](Region& r) { r.count = ~0ull / 4096 + 2; })},
      {"more gates than ranks", on(RegionKind::gates, [](Region& r) { --r.count; })},
      {"fewer marks than ranks", on(RegionKind::marks, [](Region& r) { --r.count; })},
      {"a region inside the header", on(RegionKind::ranks, [](Region& r) { r.offset = 64; })},
      {"a region between lines", on(RegionKind::ranks, [](Region& r) { r.offset += 8; })},
      {"a page between pages", on(RegionKind::gates, [](Region& r) { r.offset -= 64; })},
      {"a region at the end", [](Header& h, auto& size) { region(h, RegionKind::links).offset = size; }},
      {"a region that reaches beyond",
       [](Header& h, auto& size) { region(h, RegionKind::ranks).offset = size - 64; }},
      {"a region far beyond", on(RegionKind::ranks, [](Region& r) { r.offset = ~0ull << 6; })},
      {"ranks where segments are",
       [](Header& h,
          auto&) { region(h, RegionKind::ranks).offset = region(h, RegionKind::segments).offset; }},
      {"gates where marks are",
       [](Header& h, auto&) { region(h, RegionKind::gates).offset = region(h, RegionKind::marks).offset; }},
      {"regions that share a line", on(RegionKind::segments, [](Region& r) { r.offset -= 64; })},
  };
  const File f = fresh();
  for (const Damage& damage : all) {
    CAPTURE(damage.what);
    Header h = f.header;
    std::uint64_t size = f.size;
    damage.done(h, size);
    h.checksum = header_checksum(h);
    CHECK(check(h, size) == damage.code);
  }
}

TEST_CASE(
    "header: random damage with a right checksum is refused, or leaves regions that lie apart and within the "
    "file") {
  test::Random random("header");
  const File f = fresh();
  int passed = 0;
  for (int round = 0; round < 20'000; ++round) {
    Header h = f.header;
    for (std::uint64_t n = 1 + random.below(3); n-- > 0;) {
      auto* words = reinterpret_cast<std::uint32_t*>(&h);
      const std::uint64_t at = random.below(sizeof h / 4);
      words[at] =
          random.below(2) ? std::uint32_t(random()) : words[at] + std::uint32_t(random.below(129)) - 64;
    }
    h.checksum = header_checksum(h);
    Region regions[kMaxRegions]{};
    if (check_header(h, f.size, regions)) continue;
    ++passed;
    for (const Region& a : regions) {
      if (a.count == 0) continue;
      bool fine = a.offset >= sizeof(Header) && a.offset + a.stride * a.count <= f.size;
      for (const Region& b : regions)
        fine = fine && (&a == &b || b.count == 0 || a.offset + a.stride * a.count <= b.offset ||
                        b.offset + b.stride * b.count <= a.offset);
      if (!fine) FAIL("a region passes that overlaps, or lies outside the file");
    }
  }
  CHECK(passed > 0);  // names and numbers for people may be anything
}

TEST_CASE("header: random bytes are not a board") {
  test::Random random("header of random bytes");
  for (int round = 0; round < 2'000; ++round) {
    Header h;
    for (std::size_t i = 0; i < sizeof h / 8; ++i) reinterpret_cast<std::uint64_t*>(&h)[i] = random();
    if (round % 2) std::memcpy(h.magic, kMagic, sizeof kMagic), h.version = kVersion, h.size = sizeof h;
    if (round % 4 == 3) h.checksum = header_checksum(h);
    REQUIRE(check(h, h.file_size) != Code::ok);
  }
}

}  // namespace
}  // namespace ub::board
