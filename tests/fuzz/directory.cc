// What comes over the network to a peer directory: the listening side and a connected one hear hostile bytes, between the
// words of a well-behaved process. What they make of it is within bounds, reads the same when written again, and costs nobody
// else his place.
//
// An input is a byte of flags and then the bytes of the hostile. Flags: 1 they come to the listening side (else from it), 2 after a
// good greeting, 4 after a seat has been given to it.
#include "base/check.h"
#include "directory/talk.h"
#include "tests/fuzz/refusal.h"

namespace {

using namespace ub;
using namespace ub::directory;

const Terms kTerms{"x", "t", {4, 8}};
const Self kSelf{"h", 11, {wire::kProtocol, 3, "1.2.3"}};
constexpr Instant kNow{std::chrono::hours(1)};

void written_again(std::string_view bytes) {
  for (;;) {
    const auto n = wire::frame_length(bytes);
    if (!n || *n == 0 || *n > bytes.size()) return;
    if (const auto m = wire::decode(bytes.substr(0, *n))) {
      const std::string again = wire::encode(*m);
      const auto same = wire::decode(again);
      UB_ASSERT(same && same->index() == m->index() && wire::encode(*same) == again);
    }
    bytes.remove_prefix(*n);
  }
}

void check(Talk& t) {
  for (const Snapshot& s : t.take_deliveries()) UB_ASSERT(!wrong_with(s, kTerms.bounds));
  for (const auto& [warning, line] : t.take_lines())
    UB_ASSERT(std::none_of(line.begin(), line.end(), [](unsigned char c) { return c < 0x20 || c == 0x7f; }));
  if (t.failure()) test::in_one_line(*t.failure());
  (void)t.take_answer();
}

// In two pieces, since they come in pieces.
void hear(Talk& t, Talk::Id id, std::string_view bytes) {
  for (const std::string_view part : {bytes.substr(0, bytes.size() / 2), bytes.substr(bytes.size() / 2)})
    if (t.links().at(id).why.empty()) t.heard(id, part, kNow);
  t.tick(kNow);
  check(t);
}

void to_the_listening_side(unsigned flags, std::string_view bytes) {
  Talk t(kTerms, kSelf, 1);
  t.claim(Rank(0), NodeId(0));
  const Talk::Id id = t.connected("there", kNow);
  std::string words =
      flags & 6 ? wire::preamble(kSelf.version) + wire::encode(wire::Hello{"x", "t", "h", 4, 1}) : "";
  if (flags & 4) words += wire::encode(wire::Wish{Rank(1), NodeId(1)});
  hear(t, id, words + std::string(bytes));
  t.lost(id, "closed");
  check(t);
  // Whatever has been said: the others' places are theirs, and there are places left.
  const Talk::Id good = t.connected("here", kNow);
  t.heard(good, wire::preamble(kSelf.version) + wire::encode(wire::Hello{"x", "t", "h", 4, 1}), kNow);
  t.heard(good, wire::encode(wire::Wish{Rank(0), NodeId(3)}), kNow);
  UB_ASSERT(!t.links().at(good).seat);
  t.heard(good, wire::encode(wire::Wish{Rank(1), NodeId(1)}), kNow);
  UB_ASSERT(t.links().at(good).seat == Rank(1) && t.links().at(good).why.empty());
}

void from_the_listening_side(unsigned flags, std::string_view bytes) {
  Talk t(kTerms, kSelf, std::nullopt);
  const Talk::Id id = t.connected("there", kNow);
  std::string words = flags & 6 ? wire::preamble(kSelf.version) + wire::encode(wire::Welcome{1}) +
                                      wire::encode(wire::Synced{})
                                : "";
  hear(t, id, words);
  if (flags & 4) {
    t.claim(Rank(1), NodeId(1));
    hear(t, id, wire::encode(wire::Seated{1, 1, 0}));
  }
  hear(t, id, bytes);
  t.lost(id, "closed");
  check(t);
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  if (size == 0) return 0;
  const std::string_view bytes(reinterpret_cast<const char*>(data) + 1, size - 1);
  written_again(bytes);
  if (data[0] & 1)
    to_the_listening_side(data[0], bytes);
  else
    from_the_listening_side(data[0], bytes);
  return 0;
}
