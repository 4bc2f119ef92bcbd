#include "tools/common/service.h"

#include <atomic>
#include <thread>

#include "tools/common/print.h"
#include "tools/common/signals.h"

namespace tools {
namespace {

constexpr std::uint64_t kVersionMask = 0xffff;
constexpr std::chrono::seconds kGreetingTime(2);  // exposing and greeting take microseconds

}  // namespace

// The version, then the tool's letters, so that a dump of the memory is readable: "ubping".
std::uint64_t greeting_of(const Service& service) {
  std::uint64_t greeting = service.version & kVersionMask;
  unsigned shift = 16;
  for (const char* c = service.name; *c && shift < 64; ++c)
    if (*c != '-') greeting |= std::uint64_t(static_cast<unsigned char>(*c)) << shift, shift += 8;
  return greeting;
}

namespace {

bool same_tool(std::uint64_t greeting, const Service& service) {
  return ((greeting ^ greeting_of(service)) & ~kVersionMask) == 0;
}

}  // namespace

void greet(const ub::Segment& segment, const Service& service, std::uint64_t data_offset,
           std::uint64_t data_size) {
  auto* header = reinterpret_cast<ServiceHeader*>(segment.local_view().data());
  header->claim = 0;
  header->data_offset = data_offset;
  header->data_size = data_size;
  std::atomic_ref(header->greeting).store(greeting_of(service), std::memory_order_release);
}

bool greets(const ub::RemoteSegment& remote, const Service& service) {
  const auto greeting = remote.load<std::uint64_t>(kGreetingOffset);
  return greeting.ok() && same_tool(greeting.result, service);
}

ub::Expected<ServiceHeader> read_header(const ub::RemoteSegment& remote, const Service& service) {
  const auto enough = std::chrono::steady_clock::now() + kGreetingTime;
  const std::string where = format("segment '%s' of rank %u", remote.name().c_str(), remote.peer().value);
  ServiceHeader header{};
  while (true) {
    const auto greeting = remote.load<std::uint64_t>(kGreetingOffset);
    if (!greeting.ok())
      return failure(greeting.status.code(),
                     format("cannot read %s: %s", where.c_str(), greeting.status.describe().c_str()));
    header.greeting = greeting.result;
    if (header.greeting != 0 || interrupted() || std::chrono::steady_clock::now() > enough) break;
    std::this_thread::yield();
  }
  if (!same_tool(header.greeting, service))
    return failure(ub::Code::version_mismatch,
                   format("%s is not a %s responder's", where.c_str(), service.name),
                   format("start `%s --listen` there", service.name));
  if (header.greeting != greeting_of(service))
    return failure(ub::Code::version_mismatch,
                   format("%s speaks version %u of %s's protocol, this one version %u", where.c_str(),
                          unsigned(header.greeting & kVersionMask), service.name, service.version),
                   "use the same version of libub at both ends");
  if (const ub::Status s = remote.read(0, &header, sizeof header); !s.ok())
    return failure(s.code(), format("cannot read %s: %s", where.c_str(), s.describe().c_str()));
  if (header.data_offset > remote.size() || header.data_size > remote.size() - header.data_offset)
    return failure(ub::Code::corrupt, format("the header of %s does not fit its size", where.c_str()),
                   "start the responder again");
  return header;
}

ub::Expected<Claim> Claim::take(const ub::Fabric& fabric, const ub::RemoteSegment& remote) {
  const auto mark = [](ub::Rank rank, std::uint32_t epoch) {
    return (std::uint64_t(rank.value) + 1) << 32 | epoch;
  };
  const std::uint64_t mine = mark(fabric.rank(), fabric.epoch());
  std::uint64_t expected = 0;
  while (true) {
    const auto was = remote.compare_swap<std::uint64_t>(kClaimOffset, expected, mine);
    if (!was.ok()) return failure(was.status.code(), "cannot claim the responder: " + was.status.describe());
    if (was.result == expected || was.result == mine) return Claim(remote, mine);
    for (const ub::Peer& p : fabric.peers())
      if (p.state == ub::Peer::State::joined && mark(p.rank, p.epoch) == was.result)
        return failure(ub::Code::busy,
                       format("rank %u works alone with segment '%s' of rank %u", p.rank.value,
                              remote.name().c_str(), remote.peer().value),
                       "wait until it has ended, or choose another rank");
    expected = was.result;  // its holder has died
  }
}

Claim::~Claim() {
  if (mark_ != 0) (void)segment_.compare_swap<std::uint64_t>(kClaimOffset, mark_, 0);
}

}  // namespace tools
