#include "directory/seats.h"

#include <algorithm>

#include "base/text.h"

namespace ub::directory {

using base::cat;

Expected<Claim> Seats::claim(Rank rank, NodeId node, const std::string& host, std::int32_t pid) {
  if (rank.value >= ranks_)
    return base::fail(Code::invalid_argument,
                      cat("rank ", rank.value, " is beyond the fabric's ", ranks_, " ranks"),
                      "choose a lower one");
  for (const auto& [other, s] : all_) {
    if (state_of(s) != Peer::State::joined) continue;
    if (other == rank)
      return base::fail(
          Code::taken, cat("rank ", rank.value, " is held by process ", s.record.process.pid, " on ", s.host),
          "choose another rank, or end that process");
    if (s.record.node == node.value)
      return base::fail(Code::taken, cat("node ", node.value, " is held by rank ", other.value),
                        "choose another node");
  }
  const Snapshot* last = find(rank);
  Claim c;
  c.epoch = last ? last->record.epoch + 1 : 1;
  c.generation = last ? board::gate_generation(last->gate) + 1 : 1;
  c.serial = last ? last->serial : 0;
  Snapshot s;
  s.rank = rank;
  s.record.state = board::RankRecord::kJoined;
  s.record.epoch = c.epoch;
  s.record.node = node.value;
  s.record.process.pid = pid;
  s.host = host;
  s.gate = board::make_gate(c.generation, 1);
  s.serial = c.serial;
  all_[rank] = std::move(s);
  return c;
}

bool Seats::update(const Snapshot& s) {
  const Snapshot* last = find(s.rank);
  if (last && !is_newer(s, *last)) return false;
  const std::uint32_t serial = std::max(s.serial, last ? last->serial : 0);
  all_[s.rank] = s;
  all_[s.rank].serial = serial;
  return true;
}

const Snapshot* Seats::find(Rank r) const {
  const auto at = all_.find(r);
  return at == all_.end() ? nullptr : &at->second;
}

}  // namespace ub::directory
