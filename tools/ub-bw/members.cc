#include "tools/ub-bw/members.h"

#include <algorithm>

#include "tools/common/print.h"
#include "tools/common/signals.h"
#include "tools/common/units.h"

namespace tools::bw {
namespace {

std::vector<std::string> responder_arguments(const Options& o) {
  return {"--room", std::to_string(std::max<std::uint64_t>(o.data_room(), 64))};
}

// From a peer's death, as the fabric sees it, to the end of its process.
constexpr std::chrono::seconds kDeathTime(1);
constexpr std::chrono::milliseconds kDeathLook(10);

}  // namespace

ub::Expected<Members> Members::gather(ub::Fabric& fabric, const Options& o) {
  Members m(fabric, o);
  const auto gathered = o.all_to_all() ? m.gather_all() : m.gather_pair();
  if (!gathered) return gathered.error();
  for (const Partner& p : m.partners_)
    for (const ub::Peer& peer : fabric.peers())
      if (peer.rank == p.rank) m.epochs_.push_back(peer.epoch);
  if (m.epochs_.size() == m.partners_.size()) return m;
  return failure(ub::Code::peer_gone, "a peer has gone before the run began",
                 "look at `ub-info`, and try again");
}

ub::Expected<bool> Members::gather_pair() {
  auto met = meet(*fabric_, options_->where, kService, responder_arguments(*options_));
  if (!met) return met.error();
  partners_.push_back(std::move(*met));
  const Partner& p = partners_.front();
  if (!p.header && options_->both_ways)
    return failure(ub::Code::unsupported, "segment '" + p.segment_name + "' is not a ub-bw responder's",
                   "--both-ways needs one: run `ub-bw --listen` there");
  const std::uint64_t there = p.header ? p.header->data_size : p.segment.size();
  if (there < options_->data_room())
    return failure(ub::Code::out_of_range,
                   format("segment '%s' of %s has %s for data, this run takes %s", p.segment_name.c_str(),
                          p.name.c_str(), size_text(there).c_str(), size_text(options_->data_room()).c_str()),
                   "give --size and --streams to `ub-bw --listen`, too, or ask for less");
  if (!p.header || !(options_->both_ways || options_->verify)) return true;
  auto claim = Claim::take(*fabric_, p.segment);
  if (!claim) return claim.error();
  claim_.emplace(std::move(*claim));
  return true;
}

ub::Expected<bool> Members::gather_all() {
  const std::uint32_t wanted = options_->member_count();
  JoinOptions where = options_->where;
  for (std::uint32_t r = 0; r < fabric_->ranks() && partners_.size() + 1 < wanted && !interrupted(); ++r) {
    const auto peers = fabric_->peers();
    const bool taken = std::any_of(peers.begin(), peers.end(), [r](const ub::Peer& p) {
      return p.rank == ub::Rank(r) && p.state == ub::Peer::State::joined;
    });
    if (taken) continue;
    where.target = std::to_string(r);
    auto met = meet(*fabric_, where, kService, responder_arguments(*options_));
    if (!met) return met.error();
    partners_.push_back(std::move(*met));
  }
  if (interrupted()) return failure(ub::Code::cancelled, "interrupted");
  if (partners_.size() + 1 == wanted) return true;
  return failure(ub::Code::taken,
                 format("%s has free ranks for %zu of %u processes", fabric_->url().c_str(),
                        partners_.size() + 1, wanted),
                 "ask for fewer with --ranks");
}

ub::Status Members::all_there() const {
  const auto peers = fabric_->peers();
  for (std::size_t i = 0; i < partners_.size(); ++i) {
    const bool there = std::any_of(peers.begin(), peers.end(), [&](const ub::Peer& p) {
      return p.rank == partners_[i].rank && p.state == ub::Peer::State::joined && p.epoch == epochs_[i];
    });
    if (!there) return ub::Status(ub::Code::peer_gone, ub::Op::none, partners_[i].rank);
  }
  return {};
}

// An op that was under way as the peer died may end before the fabric shows the death, with outcome_unknown or timed_out.
bool Members::has_gone(ub::Status s) const {
  if (s.code() == ub::Code::peer_gone) return true;
  if (s.code() != ub::Code::outcome_unknown && s.code() != ub::Code::timed_out) return false;
  const auto end = std::chrono::steady_clock::now() + kDeathTime;
  while (all_there().ok() && std::chrono::steady_clock::now() < end && !interrupted())
    sleep_until(std::chrono::steady_clock::now() + kDeathLook);
  const ub::Status there = all_there();
  return !there.ok() && there.peer() == s.peer();
}

ub::Failure Members::explain(ub::Status s) {
  const std::string peer = rank_text(*fabric_, s.peer());
  const bool gone = has_gone(s);
  std::string what =
      gone ? format("%s with %s failed: peer_gone: its process has died or left", options_->op.c_str(),
                    peer.c_str())
           : format("%s with %s failed: %s", options_->op.c_str(), peer.c_str(), s.describe().c_str());
  if (gone && s.fate() == ub::Fate::unknown) what += "; whether its last ops were done is unknown";
  for (Partner& p : partners_)
    if (p.rank == s.peer() && p.helper)
      if (const auto end = p.helper->ended(kDeathTime)) what += "; its responder was " + *end;
  return {gone ? ub::Status(ub::Code::peer_gone, s.op(), s.peer()) : s, std::move(what), {}};
}

}  // namespace tools::bw
