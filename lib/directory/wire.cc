#include "directory/wire.h"

#include <algorithm>
#include <cstring>

#include "base/check.h"
#include "base/text.h"

namespace ub::directory::wire {
namespace {

using board::SegmentRecord;

constexpr char kMagic[8] = {'u', 'b', '-', 'p', 'e', 'e', 'r', '\n'};
constexpr std::size_t kLongestText = 1024;

class Writer {
 public:
  template <class N> void number(N n) {
    for (std::size_t i = 0; i < sizeof n; ++i) bytes_.push_back(char(std::uint64_t(n) >> 8 * i & 0xff));
  }
  void text(std::string_view t) {
    t = t.substr(0, kLongestText);
    number(std::uint16_t(t.size()));
    bytes_ += t;
  }
  std::string& bytes() { return bytes_; }

 private:
  std::string bytes_;
};

// After the end every value is 0, and good() is false.
class Reader {
 public:
  explicit Reader(std::string_view bytes) : rest_(bytes) {}
  template <class N> N number() {
    std::uint64_t n = 0;
    const std::string_view b = take(sizeof(N));
    for (std::size_t i = 0; i < b.size(); ++i) n |= std::uint64_t(std::uint8_t(b[i])) << 8 * i;
    return N(n);
  }
  std::string text(std::size_t at_most = kLongestText) {
    const std::size_t n = number<std::uint16_t>();
    if (n > at_most) good_ = false;
    return std::string(take(n));
  }
  bool good() const { return good_; }
  bool ended() const { return good_ && rest_.empty(); }

 private:
  std::string_view take(std::size_t n) {
    if (!good_ || n > rest_.size()) {
      good_ = false;
      return {};
    }
    const std::string_view taken = rest_.substr(0, n);
    rest_.remove_prefix(n);
    return taken;
  }
  std::string_view rest_;
  bool good_ = true;
};

void write(Writer& w, const Found& f) {
  const SegmentRecord& r = f.record;
  w.number(f.id.value);
  w.number(r.size);
  for (const std::uint64_t word : r.grant) w.number(word);
  for (const std::uint32_t token : r.tokens) w.number(token);
  w.number(r.access);
  w.number(r.flags);
  w.text(r.name);
}

Found read_segment(Reader& in, const Snapshot& s) {
  Found f;
  f.id = SegmentId(in.number<std::uint32_t>());
  SegmentRecord& r = f.record;
  r = {SegmentRecord::kLive, board::serial_of(f.id), s.rank.value, s.record.epoch, 0, {}, {}, 0, 0, {}};
  r.size = in.number<std::uint64_t>();
  for (std::uint64_t& word : r.grant) word = in.number<std::uint64_t>();
  for (std::uint32_t& token : r.tokens) token = in.number<std::uint32_t>();
  r.access = in.number<std::uint16_t>();
  r.flags = in.number<std::uint16_t>();
  in.text(base::kMaxSegmentName).copy(r.name, sizeof r.name - 1);
  return f;
}

void write(Writer& w, const Hello& m) {
  w.text(m.fabric);
  w.text(m.transport);
  w.text(m.host);
  w.number(m.ranks);
  w.number(m.pid);
}
void write(Writer& w, const Welcome& m) { w.number(m.incarnation); }
void write(Writer&, const Synced&) {}
void write(Writer&, const Beat&) {}
void write(Writer& w, const News& m) {
  const Snapshot& s = m.snapshot;
  w.number(std::uint8_t(m.own));
  w.number(s.rank.value);
  w.number(s.sequence);
  w.number(s.record.state);
  w.number(s.record.epoch);
  w.number(s.record.node);
  w.number(s.record.process.pid);
  for (const std::uint64_t word : s.record.address) w.number(word);
  w.text(s.host);
  w.number(s.gate);
  w.number(s.serial);
  w.number(std::uint16_t(s.segments.size()));
  for (const Found& f : s.segments) write(w, f);
}
void write(Writer& w, const Wish& m) {
  w.number(m.rank.value);
  w.number(m.node.value);
}
void write(Writer& w, const Seated& m) {
  w.number(m.epoch);
  w.number(m.generation);
  w.number(m.serial);
}
void write(Writer& w, const Refused& m) {
  w.number(std::uint8_t(m.code));
  w.text(m.what);
  w.text(m.advice);
}

void read(Reader& in, Hello& m) {
  m.fabric = in.text(base::kMaxFabricName);
  m.transport = in.text(base::kMaxTransport);
  m.host = in.text(kMaxHostName);
  m.ranks = in.number<std::uint32_t>();
  m.pid = in.number<std::int32_t>();
}
void read(Reader& in, Welcome& m) { m.incarnation = in.number<std::uint64_t>(); }
void read(Reader&, Synced&) {}
void read(Reader&, Beat&) {}
void read(Reader& in, News& m) {
  Snapshot& s = m.snapshot;
  m.own = in.number<std::uint8_t>() != 0;
  s.rank = Rank(in.number<std::uint32_t>());
  s.sequence = in.number<std::uint64_t>();
  s.record.state = in.number<std::uint32_t>();
  s.record.epoch = in.number<std::uint32_t>();
  s.record.node = in.number<std::uint32_t>();
  s.record.process.pid = in.number<std::int32_t>();
  for (std::uint64_t& word : s.record.address) word = in.number<std::uint64_t>();
  s.host = in.text(kMaxHostName);
  s.gate = in.number<std::uint64_t>();
  s.serial = in.number<std::uint32_t>();
  // Stops when the bytes run out, whatever the count.
  for (std::uint16_t n = in.number<std::uint16_t>(); n != 0 && in.good(); --n)
    s.segments.push_back(read_segment(in, s));
}
void read(Reader& in, Wish& m) {
  m.rank = Rank(in.number<std::uint32_t>());
  m.node = NodeId(in.number<std::uint32_t>());
}
void read(Reader& in, Seated& m) {
  m.epoch = in.number<std::uint32_t>();
  m.generation = in.number<std::uint32_t>();
  m.serial = in.number<std::uint32_t>();
}
void read(Reader& in, Refused& m) {
  const auto code = in.number<std::uint8_t>();
  m.code = code != 0 && code < kCodes ? Code(code) : Code::system_error;
  // Both texts are printed on a terminal.
  m.what = base::printable(in.text(), kLongestText);
  m.advice = base::printable(in.text(), kLongestText);
}

template <std::size_t I = 0> std::optional<Message> decode_as(std::size_t kind, Reader& in) {
  if constexpr (I == std::variant_size_v<Message>) {
    return std::nullopt;
  } else {
    if (kind != I) return decode_as<I + 1>(kind, in);
    std::variant_alternative_t<I, Message> m;
    read(in, m);
    return in.ended() ? std::optional<Message>(std::move(m)) : std::nullopt;
  }
}

}  // namespace

std::string preamble(const Preamble& p) {
  Writer w;
  w.bytes().assign(kMagic, sizeof kMagic);
  w.number(p.protocol);
  w.number(p.contract);
  w.bytes() += p.libub;
  w.bytes().resize(kPreamble, '\0');
  return w.bytes();
}

std::optional<Preamble> read_preamble(std::string_view bytes) {
  if (bytes.size() < kPreamble || std::memcmp(bytes.data(), kMagic, sizeof kMagic) != 0) return std::nullopt;
  Reader in(bytes.substr(sizeof kMagic, 8));
  Preamble p;
  p.protocol = in.number<std::uint32_t>();
  p.contract = in.number<std::uint32_t>();
  const std::string_view name = bytes.substr(16, kPreamble - 16);
  p.libub = base::printable(name.substr(0, name.find('\0')));
  return p;
}

std::string encode(const Message& m) {
  Writer w;
  w.number(std::uint32_t(0));
  w.number(std::uint32_t(m.index() + 1));
  std::visit([&](const auto& one) { write(w, one); }, m);
  const std::size_t length = w.bytes().size();
  UB_ASSERT(length <= kLargestFrame);
  for (std::size_t i = 0; i < 4; ++i) w.bytes()[i] = char(length >> 8 * i & 0xff);
  return std::move(w.bytes());
}

std::optional<std::size_t> frame_length(std::string_view bytes) {
  if (bytes.size() < 4) return std::nullopt;
  const auto n = Reader(bytes).number<std::uint32_t>();
  return n >= kHead && n <= kLargestFrame ? n : 0;
}

std::optional<Message> decode(std::string_view frame) {
  Reader in(frame);
  if (in.number<std::uint32_t>() != frame.size()) return std::nullopt;
  const auto kind = in.number<std::uint32_t>();
  return in.good() && kind != 0 ? decode_as(kind - 1, in) : std::nullopt;
}

}  // namespace ub::directory::wire
