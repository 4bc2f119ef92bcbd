#include "memories.h"

#include <algorithm>

#include "patience.h"

namespace ub::rdma {

void Memories::come(std::uint64_t id, bool again) {
  const auto [at, fresh] = sessions_.try_emplace(id);
  at->second.parted = Instant::max();
  if (fresh) at->second.forgotten = again;
}

// A session without windows need not be remembered.
void Memories::part(std::uint64_t id, Instant now) {
  const auto at = sessions_.find(id);
  if (at == sessions_.end()) return;
  at->second.parted = now;
  if (at->second.entries == 0 && !at->second.forgotten) sessions_.erase(at);
}

Code Memories::admit(std::uint64_t id, std::uint32_t lane, const Call& c) {
  const auto at = sessions_.find(id);
  if (at == sessions_.end()) return Code::busy;
  Session& session = at->second;
  const auto known = session.streams.find(lane);
  Stream fresh{.id = c.id.stream, .in_flight = c.in_flight, .segments = {}};
  if (session.forgotten) fresh.sure_from = c.id.sequence + c.in_flight;
  Stream& stream = known == session.streams.end() ? fresh : known->second;
  if (stream.id != c.id.stream || stream.in_flight != c.in_flight) return Code::busy;  // a lane has one
  if (c.attempt > 1 && c.id.sequence < stream.sure_from) return Code::cancelled;
  if (std::find(stream.segments.begin(), stream.segments.end(), c.segment) != stream.segments.end())
    return Code::ok;
  if (session.entries + c.in_flight > kMostOfSession || !make_room(c.in_flight)) return Code::busy;
  stream.segments.push_back(c.segment);
  session.entries += c.in_flight;
  entries_ += c.in_flight;
  if (known == session.streams.end()) session.streams.emplace(lane, std::move(fresh));
  return Code::ok;
}

bool Memories::make_room(std::uint64_t entries) {
  while (entries_ + entries > kMost) {
    const auto oldest =
        std::min_element(sessions_.begin(), sessions_.end(),
                         [](const auto& a, const auto& b) { return a.second.parted < b.second.parted; });
    if (oldest == sessions_.end() || oldest->second.parted == Instant::max()) return false;
    drop(oldest);
  }
  return true;
}

void Memories::end(std::uint64_t id, std::uint32_t lane) {
  const auto at = sessions_.find(id);
  if (at == sessions_.end()) return;
  const auto stream = at->second.streams.find(lane);
  if (stream == at->second.streams.end()) return;
  drop(at->second, stream->second);
  at->second.streams.erase(stream);
}

void Memories::conceal(SegmentId segment) {
  for (auto& [id, session] : sessions_)
    for (auto& [lane, stream] : session.streams)
      if (std::erase(stream.segments, segment) != 0) {
        session.entries -= stream.in_flight;
        entries_ -= stream.in_flight;
      }
}

Instant Memories::look(Instant now) {
  bool parted = false;
  for (auto at = sessions_.begin(); at != sessions_.end();) {
    const bool gone = at->second.parted != Instant::max();
    if (gone && now - at->second.parted >= kRemembered) {
      at = drop(at);
      continue;
    }
    parted |= gone;
    ++at;
  }
  return parted ? now + kLook : Instant::max();
}

void Memories::drop(Session& session, Stream& stream) {
  for (const SegmentId segment : stream.segments) {
    forget_(segment, stream.id);
    session.entries -= stream.in_flight;
    entries_ -= stream.in_flight;
  }
  stream.segments.clear();
}

Memories::Sessions::iterator Memories::drop(Sessions::iterator at) {
  for (auto& [lane, stream] : at->second.streams) drop(at->second, stream);
  return sessions_.erase(at);
}

}  // namespace ub::rdma
