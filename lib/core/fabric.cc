#include "ub/fabric.h"

#include <algorithm>
#include <cstdlib>

#include "base/text.h"
#include "core/attachment.h"
#include "core/exposure.h"
#include "core/fabric_access.h"
#include "core/waiting.h"

namespace ub {
namespace {

using base::cat;

Failure not_joined() {
  return base::fail(Code::not_joined, "this process is not a member of the fabric", "open it");
}

// Why nothing was found: no process holds the rank, or it has no such segment.
Failure missing(const detail::Member& m, Rank peer, std::string_view segment) {
  const directory::RankState s = directory::look(m.board(), peer);
  if (s.state == Peer::State::joined)
    return base::fail(Code::not_found, cat("rank ", peer.value, " exposes no segment '", segment, "'"),
                      "expose it there, or wait longer");
  return base::fail(s.state == Peer::State::dead ? Code::peer_gone : Code::not_found,
                    cat("rank ", peer.value, s.state == Peer::State::dead ? " has died" : " has not joined"),
                    "start a process as that rank, or wait longer");
}

// Calls `find` now and at each change of `news`, until it finds or the deadline passes.
template <class Find>
auto wait_for(const detail::Member& m, core::Waiting& waiting, Find find) -> decltype(find()) {
  constexpr Duration kLook = std::chrono::milliseconds(100);  // a death does not change `news`
  const std::atomic<std::uint32_t>& word = m.board().state().news;
  for (;;) {
    const std::uint32_t news = word.load(std::memory_order_acquire);
    if (auto found = find()) return found;
    if (waiting.over() || !m.current()) return {};
    waiting.wait_on(word, news, kLook);
  }
}

}  // namespace

Fabric::Fabric(std::shared_ptr<detail::Member> m) : member_(std::move(m)) {}
Fabric::Fabric(Fabric&&) noexcept = default;

Fabric& Fabric::operator=(Fabric&& o) noexcept {
  if (this == &o) return *this;
  leave();
  member_ = std::move(o.member_);
  return *this;
}

Fabric::~Fabric() { leave(); }

void Fabric::leave() {
  if (member_) member_->leave();
}

Expected<Fabric> Fabric::open_url(std::string_view url, FabricOptions options) {
  auto m = detail::Member::join(url, options);
  if (!m.ok()) return m.error();
  return Fabric(std::move(*m));
}

Expected<Fabric> Fabric::open(FabricOptions options) {
  const char* url = std::getenv("UB_FABRIC");
  if (!url || !*url)
    return base::fail(Code::invalid_argument, "no fabric is named",
                      "set UB_FABRIC to its URL, such as shm://NAME, or give one");
  if (const char* text = std::getenv("UB_RANK"); text && *text && !options.rank) {
    const auto rank = base::parse_number(text, board::kMaxRanks);
    if (!rank)
      return base::fail(Code::invalid_argument, cat("UB_RANK is '", base::printable(text), "'"),
                        "set it to a number, or unset it");
    options.rank = Rank(std::uint32_t(*rank));
  }
  return open(url, std::move(options));
}

Expected<Segment> Fabric::expose(std::string_view name, std::uint64_t size, ExposeOptions options) {
  if (!member_) return not_joined();
  return detail::Exposure::make(member_, name, size, {}, options);
}

Expected<Segment> Fabric::expose(std::string_view name, const Pinned& memory, ExposeOptions options) {
  if (!member_) return not_joined();
  if (memory.memory().empty())
    return base::fail(Code::invalid_argument,
                      cat("cannot expose segment '", base::printable(name), "': no memory is pinned"),
                      "pin some, or give a size");
  if (detail::FabricAccess::pin(memory)->member != member_)
    return base::fail(
        Code::invalid_argument,
        cat("cannot expose segment '", base::printable(name), "': its memory is pinned on another fabric"),
        "pin it on this one");
  return detail::Exposure::make(member_, name, memory.memory().size(), memory, options);
}

Expected<Pinned> Fabric::pin(std::span<std::byte> memory) {
  if (!member_ || !member_->current()) return not_joined();
  const auto refuse = [&](Failure f) {
    f.what = cat("cannot pin ", memory.size(), " bytes: ", f.what);
    return f;
  };
  if (!caps().pins)
    return refuse(base::fail(Code::unsupported, "this transport pins nothing", "see Caps::pins"));
  if (memory.empty())
    return refuse(base::fail(Code::invalid_argument, "there is nothing to pin", "give some"));
  auto pin = member_->transport().pin(memory);
  if (!pin.ok()) return refuse(pin.error());
  return detail::FabricAccess::pinned(memory, {member_, std::move(*pin)});
}

Instant Fabric::now() const {
  return member_ ? member_->transport().now() : std::chrono::steady_clock::now();
}

Expected<RemoteSegment> Fabric::attach(Rank peer, std::string_view name, AttachOptions options) {
  if (!member_ || !member_->current()) return not_joined();
  if (auto bad = base::check_name("segment", name, base::kMaxSegmentName)) return *bad;
  if (peer.value >= member_->board().ranks())
    return base::fail(
        Code::invalid_argument,
        cat("cannot attach to rank ", peer.value, ": the fabric has ", member_->board().ranks(), " ranks"),
        "choose a lower one");
  core::Waiting waiting(*member_, member_->until(options.deadline));
  for (;;) {
    const auto found =
        wait_for(*member_, waiting, [&] { return directory::find(member_->board(), peer, name); });
    if (!member_->current()) return not_joined();
    if (!found) break;
    auto attached = detail::Attachment::make(member_, *found, options, waiting.deadline());
    // It may be closed between being found and being mapped; then the loop waits for its successor.
    if (attached.ok() || directory::find(member_->board(), found->id) || waiting.over()) return attached;
  }
  Failure f = missing(*member_, peer, name);
  f.what = cat("cannot attach to '", name, "' of rank ", peer.value, ": ", f.what);
  return f;
}

Expected<RemoteSegment> Fabric::attach(GlobalAddress address, AttachOptions options) {
  if (!member_ || !member_->current()) return not_joined();
  core::Waiting waiting(*member_, member_->until(options.deadline));
  const board::Board& b = member_->board();
  // The address may have arrived before the segment's record.
  const auto looked = wait_for(*member_, waiting, [&]() -> std::optional<std::optional<directory::Found>> {
    const auto there = directory::find(b, address.segment);
    if (!there && directory::may_come(b, address.segment)) return std::nullopt;
    return {there};
  });
  const auto found = looked.value_or(std::nullopt);
  if (!found || Rank(found->record.home) != address.rank)
    return base::fail(Code::segment_gone,
                      cat("cannot attach: rank ", address.rank.value, " has no segment with the id ",
                          address.segment.value),
                      "it was closed, or its home has died; get a new address from whoever gave this one");
  return detail::Attachment::make(member_, *found, options, waiting.deadline());
}

Rank Fabric::rank() const { return member_ ? member_->rank() : Rank(); }
NodeId Fabric::node() const { return member_ ? member_->node() : NodeId(); }
std::string Fabric::node_name() const {
  return member_ ? member_->transport().node_name(member_->node()) : "";
}
std::uint32_t Fabric::epoch() const { return member_ ? member_->epoch() : 0; }
std::uint32_t Fabric::ranks() const { return member_ && member_->current() ? member_->board().ranks() : 0; }
std::string Fabric::url() const { return member_ ? member_->url() : ""; }

const Caps& Fabric::caps() const {
  static const Caps none;
  return member_ ? member_->caps() : none;
}

std::vector<std::pair<std::string, std::uint64_t>> Fabric::counters() const {
  if (!member_ || !member_->current()) return {};
  return member_->transport().counters();
}

std::vector<Peer> Fabric::peers() const {
  if (!member_ || !member_->current()) return {};
  return directory::peers(member_->board(), member_->transport());
}

std::optional<Rank> Fabric::rank_at(std::string_view name) const {
  if (!member_ || !member_->current()) return std::nullopt;
  const auto node = member_->transport().find_node(name);
  if (!node) return std::nullopt;
  for (const Peer& p : peers())
    if (p.node == *node && p.state == Peer::State::joined) return p.rank;
  return member_->transport().default_rank(*node);
}

}  // namespace ub
