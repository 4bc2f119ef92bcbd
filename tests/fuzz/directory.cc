// Messages of a peer directory: the listening and the connected side receive hostile bytes between the messages of a correct
// process. What they accept is within bounds, is the same when encoded again, and takes no rank from another process.
//
// An input is a byte of flags and then the hostile bytes. Flags: 1 the bytes go to the listening side (else to the connected
// one), 2 they follow a valid greeting, 4 they follow the grant of a rank.
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

// In two pieces, as a stream socket may deliver them.
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
  // Whatever was received: the ranks of other processes are unchanged, and free ranks are left.
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
