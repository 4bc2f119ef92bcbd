// The default members of a transport.
#include "ub/transport.h"

#include <algorithm>
#include <thread>

#include "base/futex.h"
#include "base/text.h"
#include "base/url.h"

namespace ub::transport {

Instant Transport::now() const { return std::chrono::steady_clock::now(); }

// Nothing wakes the caller: return soon, and let other threads run.
void Transport::wait(Instant until) {
  constexpr Duration kNap = std::chrono::microseconds(20);
  const Instant now = std::chrono::steady_clock::now();
  if (until <= now) return;
  if (until - now < kNap) return std::this_thread::yield();
  std::this_thread::sleep_for(kNap);
}

void Transport::wait_on(const std::atomic<std::uint32_t>& word, std::uint32_t seen, Instant until) {
  base::futex_wait(word, seen, until);
}

Address Transport::address() const { return {}; }
int Transport::wait_fd() const { return -1; }
std::size_t Transport::events(Instant, std::span<Event>) { return 0; }

Expected<Grant> Transport::regrant(const Regranting& r, Instant) { return r.grant; }
Expected<std::shared_ptr<void>> Transport::pin(std::span<std::byte>) {
  return base::fail(Code::unsupported, "this transport pins nothing", "see Caps::pins");
}

Expected<bool> Transport::map(const Grant&, std::uint64_t, bool, void*) { return false; }
std::vector<Path> Transport::paths(const Connection&) const { return {Path{}}; }
bool Transport::seal(Connection&, std::uint16_t, std::uint32_t) { return false; }

std::uint32_t Transport::npus(std::uint32_t ranks) const { return ranks; }
std::optional<NodeId> Transport::default_node(Rank r) const { return NodeId(r.value); }
std::optional<Rank> Transport::default_rank(NodeId n) const { return Rank(n.value); }
std::string Transport::node_name(NodeId n) const { return base::cat("node", n.value); }
std::vector<LinkUse> Transport::links() const { return {}; }
std::vector<std::pair<std::string, std::uint64_t>> Transport::counters() const { return {}; }

std::optional<NodeId> Transport::find_node(std::string_view name) const {
  if (name.starts_with("node")) name.remove_prefix(4);
  const auto n = base::parse_number(name, ~std::uint32_t{0});
  return n ? std::optional(NodeId(std::uint32_t(*n))) : std::nullopt;
}

}  // namespace ub::transport
