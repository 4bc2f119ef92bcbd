// The exchange's bytes: what is written is read again, byte for byte, and nothing else is.
#include "directory/wire.h"

#include "tests/pair.h"
#include "tests/seed.h"

namespace ub::directory::wire {
namespace {

std::string text(test::Random& random, std::size_t at_most) {
  std::string t;
  for (std::uint64_t n = 1 + random.below(at_most); n != 0; --n) t += char('a' + random.below(26));
  return t;
}

Snapshot any_snapshot(test::Random& random) {
  Snapshot s;
  s.rank = Rank(std::uint32_t(random.below(1000)));
  s.sequence = random();
  s.record.state = std::uint32_t(random.below(2));
  s.record.epoch = std::uint32_t(random());
  s.record.node = std::uint32_t(random());
  s.record.process.pid = std::int32_t(random());
  for (std::uint64_t& word : s.record.address) word = random();
  s.host = text(random, kMaxHostName);
  s.gate = random();
  s.serial = std::uint32_t(random());
  for (std::uint64_t n = random.below(65); n != 0; --n) {
    Found f;
    f.id = SegmentId(std::uint32_t(random()));
    f.record = {board::SegmentRecord::kLive,
                board::serial_of(f.id),
                s.rank.value,
                s.record.epoch,
                random(),
                {},
                {},
                0,
                0,
                {}};
    for (std::uint64_t& g : f.record.grant) g = random();
    for (std::uint32_t& t : f.record.tokens) t = std::uint32_t(random());
    f.record.access = std::uint16_t(random());
    f.record.flags = std::uint16_t(random());
    text(random, base::kMaxSegmentName).copy(f.record.name, base::kMaxSegmentName);
    s.segments.push_back(f);
  }
  return s;
}

Message any_message(test::Random& random) {
  switch (random.below(8)) {
    case 0:
      return Hello{text(random, 47), text(random, 15), text(random, 64), std::uint32_t(random()),
                   std::int32_t(random())};
    case 1:
      return Welcome{random()};
    case 2:
      return Synced{};
    case 3:
      return Wish{Rank(std::uint32_t(random())), NodeId(std::uint32_t(random()))};
    case 4:
      return Seated{std::uint32_t(random()), std::uint32_t(random()), std::uint32_t(random())};
    case 5:
      return Refused{Code(1 + random.below(kCodes - 1)), text(random, 300), text(random, 300)};
    case 6:
      return Beat{};
    default:
      return News{random.below(2) == 0, any_snapshot(random)};
  }
}

TEST_CASE("wire: what is written is read again, and no byte of it can be missing or too many") {
  test::Random random("wire");
  for (int round = 0; round < 2000; ++round) {
    const Message m = any_message(random);
    const std::string bytes = encode(m);
    CHECK(frame_length(bytes) == bytes.size());
    const auto again = decode(bytes);
    REQUIRE(again);
    CHECK(again->index() == m.index());
    CHECK(encode(*again) == bytes);
    if (const auto* news = std::get_if<News>(&*again)) {
      const Snapshot &a = news->snapshot, &b = std::get<News>(m).snapshot;
      CHECK(a.gate == b.gate);
      CHECK(a.host == b.host);
      CHECK(std::memcmp(&a.record.address, &b.record.address, sizeof a.record.address) == 0);
      REQUIRE(a.segments.size() == b.segments.size());
      for (std::size_t i = 0; i < a.segments.size(); ++i)
        CHECK(std::memcmp(&a.segments[i].record, &b.segments[i].record, sizeof a.segments[i].record) == 0);
    }
    std::string longer = bytes + 'x';
    longer[0] = char(longer.size()), longer[1] = char(longer.size() >> 8);
    CHECK(!decode(longer));
    std::string shorter = bytes.substr(0, bytes.size() - 1);
    shorter[0] = char(shorter.size()), shorter[1] = char(shorter.size() >> 8);
    if (shorter.size() >= kHead) CHECK(!decode(shorter));
  }
}

TEST_CASE("wire: the first bytes are fixed, so that any version reads them") {
  const std::string bytes = preamble({7, 3, "0.1.0"});
  CHECK(bytes == std::string("ub-peer\n\x07\0\0\0\x03\0\0\0"
                             "0.1.0\0\0\0\0\0\0\0\0\0\0\0",
                             32));
  const auto p = read_preamble(bytes + "what comes next");
  REQUIRE(p);
  CHECK(p->protocol == 7);
  CHECK(p->contract == 3);
  CHECK(p->libub == "0.1.0");
  CHECK(!read_preamble("HTTP/1.1 400 Bad Request\r\nContent-Length: 0\r\n\r\n"));
  CHECK(encode(Beat{}) == std::string("\x08\0\0\0\x08\0\0\0", 8));
  CHECK(encode(Wish{Rank(258), NodeId(3)}) == std::string("\x10\0\0\0\x05\0\0\0\x02\x01\0\0\x03\0\0\0", 16));
}

TEST_CASE("wire: a length that no frame can have is told from one that is not all there") {
  CHECK(!frame_length(std::string(3, '\0')));
  CHECK(frame_length(std::string(4, '\0')) == 0);
  CHECK(frame_length(std::string("\x07\0\0\0", 4)) == 0);
  CHECK(frame_length(std::string("\x08\0\0\0", 4)) == 8);
  CHECK(frame_length(std::string("\0\0\x01\0", 4)) == kLargestFrame);
  CHECK(frame_length(std::string("\x01\0\x01\0", 4)) == 0);
  CHECK(frame_length("GET ") == 0);
}

}  // namespace
}  // namespace ub::directory::wire
