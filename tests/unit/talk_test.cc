// The peer exchange without sockets: what is said at which time, what silence means, and what nonsense does.
#include "directory/talk.h"

#include "tests/pair.h"
#include "tests/seed.h"

namespace ub::directory {
namespace {

using wire::Message;

const Terms kTerms{"x", "t", {4, 8}};
const Self kSelf{"host-a", 11, {wire::kProtocol, 3, "1.2.3"}};
constexpr std::uint64_t kIncarnation = 77;

Snapshot snapshot(Rank r, std::uint32_t epoch, std::uint32_t generation) {
  Snapshot s;
  s.rank = r;
  s.record.state = board::RankRecord::kJoined;
  s.record.epoch = epoch;
  s.record.node = r.value;
  s.gate = board::make_gate(generation, 5);
  return s;
}

/// The listening side, and others that are connected to it by hand, in a time that goes by hand.
struct Room {
  struct Other {
    std::unique_ptr<Talk> talk;
    Talk::Id here = 0, there = 0;  // the link's id at the listening side, and at the other
  };

  Instant now{std::chrono::hours(1)};
  Talk listening{kTerms, kSelf, kIncarnation};
  std::vector<Other> others;

  Talk& join(const Self& self = kSelf, const Terms& terms = kTerms) {
    Other o{std::make_unique<Talk>(terms, self, std::nullopt)};
    o.there = o.talk->connected("there", now);
    o.here = listening.connected("here", now);
    others.push_back(std::move(o));
    carry();
    return *others.back().talk;
  }
  static std::string take(Talk& t, Talk::Id id, Instant now) {
    const auto at = t.links().find(id);
    if (at == t.links().end()) return {};
    t.fill(at->second, now);
    return std::exchange(at->second.out, {});
  }
  /// Until nobody has anything to say.
  void carry() {
    for (bool more = true; more;) {
      more = false;
      for (Other& o : others) {
        const std::string up = take(*o.talk, o.there, now), down = take(listening, o.here, now);
        if (!up.empty() && listening.links().count(o.here)) listening.heard(o.here, up, now);
        if (!down.empty() && o.talk->links().count(o.there)) o.talk->heard(o.there, down, now);
        more |= !up.empty() || !down.empty();
        close(listening, o.here);
        close(*o.talk, o.there);
      }
    }
  }
  static void close(Talk& t, Talk::Id id) {
    const auto at = t.links().find(id);
    if (at == t.links().end()) return;
    if (const std::string why = at->second.why; !why.empty()) t.lost(id, why);
  }
  Claim seat(Talk& t, Rank r) {
    t.claim(r, NodeId(r.value));
    carry();
    auto a = t.take_answer();
    REQUIRE(a);
    return test::must(std::move(*a));
  }
};

std::optional<Peer::State> told(Talk& t, Rank r) {
  std::optional<Peer::State> state;
  for (const Snapshot& s : t.take_deliveries())
    if (s.rank == r) state = state_of(s);
  return state;
}

TEST_CASE("talk: who is there says so every second, and is believed however long it has no news") {
  Room room;
  Talk& other = room.join();
  CHECK(other.synced());
  CHECK(other.incarnation() == kIncarnation);
  const Claim c = room.seat(other, 1);
  other.publish(snapshot(1, c.epoch, c.generation));
  room.carry();
  CHECK(told(room.listening, 1) == Peer::State::joined);
  for (int i = 0; i < 100; ++i) {
    CHECK(room.listening.next_tick() <= room.now + kBeat);
    room.now += kBeat;
    room.listening.tick(room.now);
    other.tick(room.now);
    room.carry();
  }
  CHECK(!told(room.listening, 1));
  CHECK(room.listening.links().size() == 1);
}

TEST_CASE("talk: silence for five seconds is death, on either side; a moment less is none") {
  Room room;
  Talk &first = room.join(), &second = room.join();
  for (Talk* t : {&first, &second}) {
    const Rank r(t == &first ? 1 : 2);
    const Claim c = room.seat(*t, r);
    t->publish(snapshot(r, c.epoch, c.generation));
  }
  const Claim own = room.seat(room.listening, 0);
  room.listening.publish(snapshot(0, own.epoch, own.generation));
  room.carry();
  (void)told(room.listening, 1), (void)told(second, 1), (void)told(first, 0);

  // The first is stopped: nothing of it arrives, and it does not notice the time.
  const Instant begin = room.now;
  const auto pass_until = [&](Instant until) {
    while (room.now < until) {
      room.now = std::min<Instant>(room.now + kBeat, until);
      second.tick(room.now);
      const std::string beat = Room::take(second, room.others[1].there, room.now);
      if (!beat.empty()) room.listening.heard(room.others[1].here, beat, room.now);
      room.listening.tick(room.now);
      const std::string down = Room::take(room.listening, room.others[1].here, room.now);
      if (!down.empty()) second.heard(room.others[1].there, down, room.now);
    }
  };
  pass_until(begin + kSilence - Duration(1));
  CHECK(room.listening.links().at(room.others[0].here).why.empty());
  pass_until(begin + kSilence);
  CHECK(!room.listening.links().at(room.others[0].here).why.empty());
  const std::string last_words = Room::take(room.listening, room.others[0].here, room.now);
  Room::close(room.listening, room.others[0].here);
  CHECK(told(room.listening, 1) == Peer::State::dead);
  room.carry();
  CHECK(told(second, 1) == Peer::State::dead);

  // It wakes up, and hears what they took it for: for it, the listening side is the one that has gone.
  first.heard(room.others[0].there, last_words, room.now);
  Room::close(first, room.others[0].there);
  CHECK(told(first, 0) == Peer::State::dead);
  bool said = false;
  for (const auto& [warning, line] : first.take_lines())
    said |= warning && line.find("dead to the others") != std::string::npos;
  CHECK(said);
  first.publish(snapshot(1, 1, 9));  // harms nobody

  // And the listening side falls silent.
  room.now += kSilence;
  second.tick(room.now);
  Room::close(second, room.others[1].there);
  CHECK(told(second, 0) == Peer::State::dead);
  CHECK(second.failure());
  CHECK(!told(second, 1));  // as it was
}

TEST_CASE("talk: another version, another fabric or other terms are refused, with a line for both sides") {
  struct Stranger {
    Self self;
    Terms terms;
    Code code;
    const char* word;
  };
  Self later = kSelf, other_contract = kSelf;
  later.version = {wire::kProtocol + 1, 3, "9.9.9"};
  other_contract.version.contract = 2;
  for (const Stranger& s : {Stranger{later, kTerms, Code::version_mismatch, "9.9.9"},
                            Stranger{other_contract, kTerms, Code::version_mismatch, "plug-in contract 2"},
                            Stranger{kSelf, {"y", "t", {4, 8}}, Code::taken, "t://y"},
                            Stranger{kSelf, {"x", "u", {4, 8}}, Code::taken, "u://x"},
                            Stranger{kSelf, {"x", "t", {5, 8}}, Code::invalid_argument, "not 5"}}) {
    CAPTURE(s.word);
    Room room;
    Talk& t = room.join(s.self, s.terms);
    REQUIRE(t.failure());
    CHECK(t.failure()->code() == s.code);
    CHECK(t.failure()->what.find(s.word) != std::string::npos);
    CHECK(!t.failure()->advice.empty());
    CHECK(!t.synced());
    const auto lines = room.listening.take_lines();
    REQUIRE(lines.size() == 1);
    CHECK(lines[0].first);
    CHECK(lines[0].second.find(s.word) != std::string::npos);
    const bool names_ours = lines[0].second.find("1.2.3") != std::string::npos;
    CHECK(names_ours == (s.code == Code::version_mismatch));
  }
}

TEST_CASE("talk: whoever says nothing, or who it is not, is sent away after a while") {
  Room room;
  const Talk::Id silent = room.listening.connected("a", room.now),
                 slow = room.listening.connected("b", room.now);
  const std::string greeting = wire::preamble(kSelf.version);
  for (Duration t{}; t < kSilence; t += kBeat) {
    const auto at = std::size_t(t / kBeat);
    room.listening.heard(slow, greeting.substr(at, 1), room.now + t);
    room.listening.tick(room.now + t);
  }
  room.listening.tick(room.now + kSilence);
  CHECK(!room.listening.links().at(silent).why.empty());
  CHECK(!room.listening.links().at(slow).why.empty());
}

TEST_CASE("talk: what makes no sense ends its sender's link, and tells the others nothing") {
  const auto own = [](Snapshot s) { return Message(wire::News{true, std::move(s)}); };
  Snapshot beyond = snapshot(1, 1, 1);
  beyond.rank = Rank(4);
  Snapshot alive_and_free = snapshot(1, 1, 1);
  alive_and_free.record.state = board::RankRecord::kFree;
  Snapshot elsewhere = snapshot(1, 1, 1);
  elsewhere.record.node = 3;
  const Message nonsense[] = {wire::Hello{"x", "t", "h", 4, 1},
                              wire::Welcome{5},
                              wire::Synced{},
                              wire::Wish{Rank(2), NodeId(2)},
                              wire::Seated{},
                              wire::Refused{},
                              own(snapshot(2, 1, 1)),
                              own(snapshot(1, 2, 1)),
                              own(beyond),
                              own(alive_and_free),
                              own(elsewhere),
                              wire::News{false, snapshot(1, 1, 1)}};
  for (const Message& m : nonsense) {
    CAPTURE(m.index());
    Room room;
    Talk &liar = room.join(), &witness = room.join();
    (void)room.seat(liar, 1);
    (void)told(witness, 1);
    room.listening.heard(room.others[0].here, wire::encode(m), room.now);
    CHECK(!room.listening.links().at(room.others[0].here).why.empty());
    Room::close(room.listening, room.others[0].here);
    room.carry();
    CHECK(told(witness, 1) == Peer::State::dead);
    CHECK(!told(witness, 2));
  }
}

TEST_CASE(
    "talk: a process that repeats refused requests and does not read is dropped, and its output is bounded") {
  Room room;
  Talk &holder = room.join(), &flooder = room.join();
  (void)room.seat(holder, 1);
  (void)flooder;
  const Talk::Id id = room.others[1].here;
  const std::string request = wire::encode(wire::Wish{Rank(1), NodeId(1)});
  Talk::Link& l = room.listening.links().at(id);
  for (int i = 0; i < 200'000 && l.why.empty(); ++i) room.listening.heard(id, request, room.now);
  CHECK(!l.why.empty());
  CHECK(l.out.size() < kMostUnread + 65536);
}

TEST_CASE("talk: bytes of a real talk, changed anywhere, cut anywhere, do no harm to anybody else") {
  test::Random random("talk");
  // What a well-behaved one would say.
  std::string words = wire::preamble(kSelf.version) + wire::encode(wire::Hello{"x", "t", "h", 4, 1}) +
                      wire::encode(wire::Wish{Rank(1), NodeId(1)});
  Snapshot s = snapshot(1, 1, 1);
  Found f;
  f.id = board::make_segment_id(9, 1);
  f.record = {board::SegmentRecord::kLive, 1, 1, 1, 128, {}, {}, 7, 0, "name"};
  s.segments = {f};
  s.sequence = 1;
  words += wire::encode(wire::News{true, s}) + wire::encode(wire::Beat{});
  int taken_in = 0;
  for (int round = 0; round < 3000; ++round) {
    Room room;
    Talk& witness = room.join();
    const Talk::Id id = room.listening.connected("hostile", room.now);
    std::string said = words;
    for (std::uint64_t n = random.below(4); n != 0; --n) said[random.below(said.size())] = char(random());
    said.resize(random.below(8) == 0 ? random.below(said.size()) : said.size());
    while (!said.empty() && room.listening.links().at(id).why.empty()) {
      const std::size_t n = 1 + random.below(said.size());
      room.listening.heard(id, said.substr(0, n), room.now);
      said.erase(0, n);
      room.listening.tick(room.now);
    }
    room.listening.lost(id, "closed");
    room.carry();
    for (const Snapshot& k : witness.take_deliveries()) {
      CHECK(!wrong_with(k, kTerms.bounds));
      CHECK(state_of(k) != Peer::State::joined);
      ++taken_in;
    }
    CHECK(room.listening.links().size() == 1);
    const Claim c = room.seat(witness, 3);
    CHECK(c.epoch >= 1);
  }
  CHECK(taken_in > 100);  // some do get as far
}

}  // namespace
}  // namespace ub::directory
