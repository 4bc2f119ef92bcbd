// Data received over a connection of rdma://: the private data of the connection request, the messages, and the address of a rank
// in the directory. What is accepted is within bounds and is the same when encoded again.
#include <algorithm>
#include <array>
#include <cstdint>
#include <cstring>

#include "base/check.h"
#include "transports/rdma/wire.h"

namespace {

using namespace ub;
using namespace ub::rdma;

template <std::size_t kSize> using Bytes = std::array<std::byte, kSize>;

template <std::size_t kSize> void same(std::span<const std::byte> heard, const Bytes<kSize>& said) {
  UB_ASSERT(heard.size() >= kSize && std::equal(said.begin(), said.end(), heard.begin()));
}

void private_data(std::span<const std::byte> in) {
  if (const auto h = decode_hello(in); h && h->protocol == kProtocol) {
    Bytes<kHelloSize> again;
    encode(*h, again);
    same(in, again);
  }
  if (const auto w = decode_welcome(in); w && w->protocol == kProtocol)
    UB_ASSERT(w->verdict <= Verdict::outdated);
}

void message(std::span<const std::byte> in) {
  const auto kind = kind_of(in);
  if (const auto o = decode_call(in)) {
    UB_ASSERT(kind == Kind::request && o->begun <= o->length && o->length - o->begun <= kMostLanding);
    UB_ASSERT(o->word.op > Op::none && o->word.op < Op::wait);
    Bytes<kCallSize> again;
    encode(*o, again);
    same(in, again);
  }
  if (const auto a = decode_answer(in)) {
    UB_ASSERT(kind == Kind::answer && unsigned(a->code) < kCodes);
    Bytes<kAnswerSize> again;
    encode(*a, again);
    same(in, again);
  }
  if (const auto w = decode_withdrawal(in)) {
    Bytes<kWithdrawalSize> again;
    encode(*w, again);
    same(in, again);
  }
  if (const auto w = decode_withdrawn(in)) {
    UB_ASSERT(w->count <= w->lanes.size());
    Bytes<kWithdrawnSize> again;
    encode(*w, again);
    same(in, again);
  }
  if (const auto lane = decode_bye(in)) {
    Bytes<kByeSize> again;
    encode_bye(*lane, again);
    same(in, again);
  }
  if (is_beat(in)) UB_ASSERT(kind == Kind::beat);
  if (const auto l = decode_landing(in)) {
    UB_ASSERT(l->size <= kMostLanding);
    Bytes<kLandingSize> again;
    encode(*kind, *l, again);
    same(in, again);
  }
}

void whereabouts(std::span<const std::byte> in) {
  transport::Address address{};
  std::memcpy(address.data(), in.data(), std::min(in.size(), sizeof address));
  if (const auto w = decode_whereabouts(address)) {
    UB_ASSERT(socket_address_size(*w) != 0);
    UB_ASSERT(decode_whereabouts(encode(*w)));
  }
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  const auto in = std::as_bytes(std::span(data, size));
  private_data(in);
  message(in);
  whereabouts(in);
  return 0;
}
