#include "wire.h"

#include <netinet/in.h>

#include <bit>
#include <cstring>

namespace ub::rdma {
namespace {

static_assert(std::endian::native == std::endian::little, "messages are copied as they lie in memory");

constexpr std::uint32_t kMostInFlight = 65536;  // a queue's largest depth
constexpr std::uint16_t kMark = 0x6275;         // "ub", at the start of every message

class Writer {
 public:
  explicit Writer(std::span<std::byte> out) : out_(out) { std::memset(out.data(), 0, out.size()); }
  template <class T> Writer& put(T v) {
    std::memcpy(out_.data() + at_, &v, sizeof v);
    at_ += sizeof v;
    return *this;
  }
  Writer& message(Kind k) { return put(kMark).put(std::uint8_t(kProtocol)).put(k); }

 private:
  std::span<std::byte> out_;
  std::size_t at_ = 0;
};

class Reader {
 public:
  explicit Reader(std::span<const std::byte> in) : in_(in) {}
  template <class T> T get() {
    T v{};
    std::memcpy(&v, in_.data() + at_, sizeof v);
    at_ += sizeof v;
    return v;
  }
  bool zeroes_left() {
    for (; at_ < in_.size(); ++at_)
      if (in_[at_] != std::byte(0)) return false;
    return true;
  }

 private:
  std::span<const std::byte> in_;
  std::size_t at_ = 0;
};

constexpr std::uint8_t kRemember = 1, kNotify = 2, kMore = 4, kFresh = 1;

bool word_size(Op op, std::uint8_t size) {
  if (op == Op::compare_swap16) return size == 16;
  return size == 1 || size == 2 || size == 4 || size == 8;
}

// The ops that a responder executes: word ops, a signal, or an empty transfer that only wakes sleepers.
bool may_be_called(Op op) { return op > Op::none && op <= Op::write_signal; }

}  // namespace

void encode(const Hello& h, std::span<std::byte, kHelloSize> out) {
  Writer(out)
      .put(kMagic)
      .put(h.protocol)
      .put(h.purpose)
      .put(std::uint8_t(h.again))
      .put(h.fabric)
      .put(h.home)
      .put(h.session)
      .put(h.lane)
      .put(h.generation)
      .put(h.credits);
}

std::optional<Hello> decode_hello(std::span<const std::byte> in) {
  if (in.size() < kHelloSize) return std::nullopt;
  Reader r(in.first(kHelloSize));
  if (r.get<std::uint32_t>() != kMagic) return std::nullopt;
  Hello h;
  h.protocol = r.get<std::uint16_t>();
  if (h.protocol != kProtocol) return h;
  const auto purpose = r.get<std::uint8_t>();
  const auto again = r.get<std::uint8_t>();
  if (purpose > std::uint8_t(Purpose::lane) || again > 1) return std::nullopt;
  h.purpose = Purpose(purpose);
  h.again = again != 0;
  h.fabric = r.get<std::uint64_t>();
  h.home = r.get<std::uint64_t>();
  h.session = r.get<std::uint64_t>();
  h.lane = r.get<std::uint32_t>();
  h.generation = r.get<std::uint32_t>();
  h.credits = r.get<std::uint16_t>();
  return r.zeroes_left() ? std::optional(h) : std::nullopt;
}

void encode(const Welcome& w, std::span<std::byte, kWelcomeSize> out) {
  Writer(out).put(kMagic).put(w.protocol).put(w.verdict);
}

std::optional<Welcome> decode_welcome(std::span<const std::byte> in) {
  if (in.size() < kWelcomeSize) return std::nullopt;
  Reader r(in.first(kWelcomeSize));
  if (r.get<std::uint32_t>() != kMagic) return std::nullopt;
  Welcome w;
  w.protocol = r.get<std::uint16_t>();
  if (w.protocol != kProtocol) {
    w.verdict = Verdict::protocol;
    return w;
  }
  const auto verdict = r.get<std::uint8_t>();
  if (verdict > std::uint8_t(Verdict::outdated)) return std::nullopt;
  w.verdict = Verdict(verdict);
  return w;
}

std::optional<Kind> kind_of(std::span<const std::byte> in) {
  if (in.size() < 4) return std::nullopt;
  Reader r(in);
  if (r.get<std::uint16_t>() != kMark || r.get<std::uint8_t>() != kProtocol) return std::nullopt;
  const auto kind = r.get<std::uint8_t>();
  if (kind < std::uint8_t(Kind::request) || kind > std::uint8_t(Kind::beat)) return std::nullopt;
  return Kind(kind);
}

void encode(const Call& o, std::span<std::byte, kCallSize> out) {
  Writer(out)
      .message(Kind::request)
      .put(o.segment.value)
      .put(o.key)
      .put(o.id.stream)
      .put(o.id.sequence)
      .put(o.gate)
      .put(o.word.offset)
      .put(o.word.value)
      .put(o.word.compare)
      .put(o.word.mask)
      .put(o.word.compare_mask)
      .put(o.high_desired)
      .put(o.high_compare)
      .put(o.begun)
      .put(o.length)
      .put(o.in_flight)
      .put(o.flight)
      .put(o.attempt)
      .put(o.word.op)
      .put(o.word.size)
      .put(std::uint8_t((o.remember ? kRemember : 0) | (o.notify ? kNotify : 0) | (o.more ? kMore : 0)));
}

std::optional<Call> decode_call(std::span<const std::byte> in) {
  if (in.size() != kCallSize || kind_of(in) != Kind::request) return std::nullopt;
  Reader r(in.subspan(4));
  Call o;
  o.segment = SegmentId(r.get<std::uint32_t>());
  o.key = r.get<std::uint64_t>();
  o.id.stream = r.get<std::uint64_t>();
  o.id.sequence = r.get<std::uint64_t>();
  o.gate = r.get<std::uint64_t>();
  o.word.offset = r.get<std::uint64_t>();
  o.word.value = r.get<std::uint64_t>();
  o.word.compare = r.get<std::uint64_t>();
  o.word.mask = r.get<std::uint64_t>();
  o.word.compare_mask = r.get<std::uint64_t>();
  o.high_desired = r.get<std::uint64_t>();
  o.high_compare = r.get<std::uint64_t>();
  o.begun = r.get<std::uint64_t>();
  o.length = r.get<std::uint64_t>();
  o.in_flight = r.get<std::uint32_t>();
  o.flight = r.get<std::uint32_t>();
  o.attempt = r.get<std::uint16_t>();
  const Op op = Op(r.get<std::uint8_t>());
  o.word.size = r.get<std::uint8_t>();
  const auto flags = r.get<std::uint8_t>();
  const bool writes = op == Op::write || op == Op::write_signal;
  if (!may_be_called(op) || !word_size(op, o.word.size) || (flags & ~(kRemember | kNotify | kMore)) != 0 ||
      !r.zeroes_left())
    return std::nullopt;
  // A lane has room for at least one op: with 0, a stream's windows would not count in its session's quota.
  if (o.in_flight == 0 || o.in_flight > kMostInFlight) return std::nullopt;
  if (o.begun > o.length || o.length - o.begun > kMostLanding || (!writes && o.length != 0))
    return std::nullopt;
  o.word.op = op;
  o.remember = flags & kRemember;
  o.notify = flags & kNotify;
  o.more = flags & kMore;
  return o;
}

void encode(const Answer& a, std::span<std::byte, kAnswerSize> out) {
  Writer(out)
      .message(Kind::answer)
      .put(a.code)
      .put(std::uint8_t(a.fresh ? kFresh : 0))
      .put(a.attempt)
      .put(a.id.stream)
      .put(a.id.sequence)
      .put(a.value)
      .put(a.high)
      .put(a.flight);
}

std::optional<Answer> decode_answer(std::span<const std::byte> in) {
  if (in.size() != kAnswerSize || kind_of(in) != Kind::answer) return std::nullopt;
  Reader r(in.subspan(4));
  Answer a;
  const auto code = r.get<std::uint8_t>();
  const auto flags = r.get<std::uint8_t>();
  a.attempt = r.get<std::uint16_t>();
  a.id.stream = r.get<std::uint64_t>();
  a.id.sequence = r.get<std::uint64_t>();
  a.value = r.get<std::uint64_t>();
  a.high = r.get<std::uint64_t>();
  a.flight = r.get<std::uint32_t>();
  if (code >= kCodes || flags > kFresh || !r.zeroes_left()) return std::nullopt;
  a.code = Code(code);
  a.fresh = flags & kFresh;
  return a;
}

void encode(const Withdrawal& w, std::span<std::byte, kWithdrawalSize> out) {
  Writer(out)
      .message(Kind::withdraw)
      .put(w.segment.value)
      .put(w.number)
      .put(w.read)
      .put(w.write)
      .put(w.patience);
}

std::optional<Withdrawal> decode_withdrawal(std::span<const std::byte> in) {
  if (in.size() != kWithdrawalSize || kind_of(in) != Kind::withdraw) return std::nullopt;
  Reader r(in.subspan(4));
  Withdrawal w;
  w.segment = SegmentId(r.get<std::uint32_t>());
  w.number = r.get<std::uint64_t>();
  w.read = r.get<std::uint64_t>();
  w.write = r.get<std::uint64_t>();
  w.patience = r.get<std::uint64_t>();
  return w.patience <= kMostPatience ? std::optional(w) : std::nullopt;
}

void encode(const Withdrawn& w, std::span<std::byte, kWithdrawnSize> out) {
  Writer(out).message(Kind::withdrawn).put(w.count).put(w.number).put(w.lanes);
}

std::optional<Withdrawn> decode_withdrawn(std::span<const std::byte> in) {
  if (in.size() != kWithdrawnSize || kind_of(in) != Kind::withdrawn) return std::nullopt;
  Reader r(in.subspan(4));
  Withdrawn w;
  w.count = r.get<std::uint32_t>();
  w.number = r.get<std::uint64_t>();
  w.lanes = r.get<decltype(w.lanes)>();
  return w.count <= w.lanes.size() ? std::optional(w) : std::nullopt;
}

void encode(Kind kind, const Landing& l, std::span<std::byte, kLandingSize> out) {
  Writer(out).message(kind).put(std::uint32_t(0)).put(l.key).put(l.base).put(l.size);
}

std::optional<Landing> decode_landing(std::span<const std::byte> in) {
  const auto kind = kind_of(in);
  if (in.size() != kLandingSize || (kind != Kind::land && kind != Kind::landing)) return std::nullopt;
  Reader r(in.subspan(4));
  if (r.get<std::uint32_t>() != 0) return std::nullopt;
  Landing l;
  l.key = r.get<std::uint64_t>();
  l.base = r.get<std::uint64_t>();
  l.size = r.get<std::uint64_t>();
  if (l.size > kMostLanding) return std::nullopt;
  return l;
}

void encode_beat(std::span<std::byte, kBeatSize> out) { Writer(out).message(Kind::beat); }

void encode_bye(std::uint32_t lane, std::span<std::byte, kByeSize> out) {
  Writer(out).message(Kind::bye).put(lane);
}

std::optional<std::uint32_t> decode_bye(std::span<const std::byte> in) {
  if (in.size() != kByeSize || kind_of(in) != Kind::bye) return std::nullopt;
  return Reader(in.subspan(4)).get<std::uint32_t>();
}

bool is_beat(std::span<const std::byte> in) { return in.size() == kBeatSize && kind_of(in) == Kind::beat; }

// Word 0: mark, protocol; 1: home; 2: provider; 3 to 6: socket address; 7: whole words.
transport::Address encode(const Whereabouts& w) {
  transport::Address a{};
  a[0] = std::uint64_t(kProtocol) << 32 | kMagic;
  a[1] = w.home;
  std::memcpy(&a[2], w.provider.data(), 8);
  std::memcpy(&a[3], w.socket_address.data(), 32);
  a[7] = w.whole_words ? 1 : 0;
  return a;
}

std::optional<Whereabouts> decode_whereabouts(const transport::Address& a) {
  Whereabouts w;
  w.home = a[1];
  std::memcpy(w.provider.data(), &a[2], 8);
  std::memcpy(w.socket_address.data(), &a[3], 32);
  w.whole_words = a[7] == 1;
  if (a[7] > 1 || a[0] != (std::uint64_t(kProtocol) << 32 | kMagic) || socket_address_size(w) == 0)
    return std::nullopt;
  return w;
}

std::optional<std::uint32_t> protocol_of(const transport::Address& a) {
  if (std::uint32_t(a[0]) != kMagic) return std::nullopt;
  return std::uint32_t(a[0] >> 32);
}

std::size_t socket_address_size(const Whereabouts& w) {
  sa_family_t family;
  std::memcpy(&family, w.socket_address.data(), sizeof family);
  return family == AF_INET ? sizeof(sockaddr_in) : family == AF_INET6 ? sizeof(sockaddr_in6) : 0;
}

}  // namespace ub::rdma
