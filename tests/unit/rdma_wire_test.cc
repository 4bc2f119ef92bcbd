// rdma://'s messages: each comes out as it went in, and what is not whole, not ours or not of this version is refused.
#include <netinet/in.h>

#include <array>
#include <cstring>

#include "tests/pair.h"
#include "transports/rdma/wire.h"

namespace ub {
namespace {

using namespace rdma;

template <std::size_t kSize> using Bytes = std::array<std::byte, kSize>;

// No prefix of a message is a message, and neither is one with more behind it.
template <class Decode> void check_whole(std::span<const std::byte> message, Decode decode) {
  for (std::size_t n = 0; n < message.size(); ++n) CHECK(!decode(message.first(n)));
  std::vector<std::byte> longer(message.begin(), message.end());
  longer.push_back(std::byte(0));
  CHECK(!decode(std::span<const std::byte>(longer)));
}

Call an_order() {
  Call o;
  o.id = {11, 12};
  o.word = {.op = Op::compare_swap16,
            .size = 16,
            .offset = 32,
            .value = 1,
            .compare = 2,
            .mask = 3,
            .compare_mask = 4};
  o.high_desired = 5;
  o.high_compare = 6;
  o.segment = SegmentId(7);
  o.key = 8;
  o.gate = 9;
  o.in_flight = 10;
  o.flight = 11;
  o.attempt = 13;
  o.remember = true;
  return o;
}

}  // namespace

TEST_CASE("rdma wire: an order comes out as it went in, and only whole") {
  const Call o = an_order();
  Bytes<kCallSize> bytes;
  encode(o, bytes);
  const auto read = decode_call(bytes);
  REQUIRE(read);
  CHECK(read->id == o.id);
  CHECK(read->word.op == o.word.op);
  CHECK(read->word.compare_mask == 4);
  CHECK(read->high_compare == 6);
  CHECK(read->segment == o.segment);
  CHECK(read->key == 8);
  CHECK(read->gate == 9);
  CHECK(read->in_flight == 10);
  CHECK(read->flight == 11);
  CHECK(read->attempt == 13);
  CHECK(read->remember);
  CHECK(!read->notify);
  CHECK(!read->more);
  check_whole(bytes, decode_call);
  Call none = o;  // a lane without room for an op would take no part of its session's quota
  none.in_flight = 0;
  encode(none, bytes);
  CHECK(!decode_call(bytes));
}

TEST_CASE("rdma wire: an order that no home could execute is none") {
  const auto refused = [](auto change) {
    Call o = an_order();
    change(o);
    Bytes<kCallSize> bytes;
    encode(o, bytes);
    return !decode_call(bytes);
  };
  CHECK(!refused([](Call&) {}));
  CHECK(refused([](Call& o) { o.word.op = Op::none; }));
  CHECK(refused([](Call& o) { o.word.op = Op::wait; }));
  CHECK(refused([](Call& o) { o.word.op = Op(200); }));
  CHECK(refused([](Call& o) { o.word.size = 3; }));
  CHECK(refused([](Call& o) { o.word.size = 8; }));  // of 16 bytes
  CHECK(refused([](Call& o) { o.length = 1; }));     // data, of an op that has none
  CHECK(refused([](Call& o) { o.word = {.op = Op::write, .size = 8}, o.begun = 2, o.length = 1; }));
  CHECK(refused([](Call& o) { o.word = {.op = Op::write, .size = 8}, o.length = kMostLanding + 1; }));
}

TEST_CASE("rdma wire: every byte of a message's head counts") {
  Bytes<kAnswerSize> bytes;
  encode(Answer{.id = {1, 2},
                .code = Code::access_denied,
                .fresh = true,
                .attempt = 3,
                .flight = 6,
                .value = 4,
                .high = 5},
         bytes);
  const auto read = decode_answer(bytes);
  REQUIRE(read);
  CHECK(read->code == Code::access_denied);
  CHECK(read->fresh);
  CHECK(read->high == 5);
  CHECK(read->flight == 6);
  check_whole(bytes, decode_answer);
  for (std::size_t i = 0; i < 4; ++i) {
    auto other = bytes;
    other[i] ^= std::byte(0x80);
    CHECK(!decode_answer(other));
  }
}

TEST_CASE("rdma wire: a hello of another version is heard as just that") {
  Bytes<kHelloSize> bytes;
  encode(Hello{.purpose = Purpose::lane,
               .credits = 9,
               .fabric = 1,
               .home = 2,
               .session = 3,
               .lane = 4,
               .generation = 5},
         bytes);
  const auto read = decode_hello(bytes);
  REQUIRE(read);
  CHECK(read->generation == 5);
  CHECK(read->credits == 9);
  encode(Hello{.protocol = kProtocol + 1}, bytes);
  const auto other = decode_hello(bytes);
  REQUIRE(other);
  CHECK(other->protocol == kProtocol + 1);
  CHECK(other->session == 0);
  Bytes<kWelcomeSize> welcome;
  encode(Welcome{.protocol = kProtocol + 1}, welcome);
  CHECK(decode_welcome(welcome)->verdict == Verdict::protocol);
}

TEST_CASE("rdma wire: a beat is its kind, and nothing else is a beat") {
  Bytes<kBeatSize> beat;
  encode_beat(beat);
  CHECK(is_beat(beat));
  check_whole(beat, [](std::span<const std::byte> in) { return is_beat(in); });
  Bytes<kWithdrawalSize> other;
  encode(Withdrawal{}, other);
  CHECK(!is_beat(other));
}

TEST_CASE("rdma wire: a withdrawal and its answer come out as they went in, and only whole") {
  Bytes<kWithdrawalSize> asked;
  encode(Withdrawal{.segment = SegmentId(1), .number = 2, .read = 3, .write = 4, .patience = 5}, asked);
  const auto w = decode_withdrawal(asked);
  REQUIRE(w);
  CHECK(w->segment == SegmentId(1));
  CHECK(w->number == 2);
  CHECK(w->read == 3);
  CHECK(w->write == 4);
  CHECK(w->patience == 5);
  check_whole(asked, decode_withdrawal);
  encode(Withdrawal{.segment = SegmentId(1), .patience = kMostPatience + 1}, asked);
  CHECK(!decode_withdrawal(asked));

  Withdrawn answer{.number = 6, .count = 2};
  answer.lanes[1] = 7;
  Bytes<kWithdrawnSize> bytes;
  encode(answer, bytes);
  const auto read = decode_withdrawn(bytes);
  REQUIRE(read);
  CHECK(read->number == 6);
  CHECK(read->count == 2);
  CHECK(read->lanes[1] == 7);
  check_whole(bytes, decode_withdrawn);
  answer.count = std::uint32_t(answer.lanes.size()) + 1;
  encode(answer, bytes);
  CHECK(!decode_withdrawn(bytes));
}

TEST_CASE("rdma wire: whereabouts have an address of the internet's, or are none") {
  Whereabouts w;
  w.home = 5;
  CHECK(!decode_whereabouts(encode(w)));
  sockaddr_in6 six{};
  six.sin6_family = AF_INET6;
  six.sin6_port = 7;
  std::memcpy(w.socket_address.data(), &six, sizeof six);
  const auto read = decode_whereabouts(encode(w));
  REQUIRE(read);
  CHECK(read->home == 5);
  CHECK(socket_address_size(*read) == sizeof six);
  CHECK(!read->whole_words);
  w.whole_words = true;
  CHECK(decode_whereabouts(encode(w))->whole_words);
  transport::Address more = encode(w);
  more[7] |= 2;
  CHECK(!decode_whereabouts(more));
  CHECK(!decode_whereabouts({}));
}

}  // namespace ub
