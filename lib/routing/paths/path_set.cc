#include "routing/paths/path_set.h"

#include <algorithm>
#include <numeric>

namespace ub::routing {

std::string_view name(PathClass c) {
  switch (c) {
    case PathClass::shortest:
      return "shortest";
    case PathClass::detour:
      return "detour";
    case PathClass::borrow:
      return "borrow";
  }
  return "?";
}

PathSet::Walk PathSet::walk_between(const topology::Machine& m, NodeId from, NodeId to,
                                    const Policy& policy) {
  if (from.value >= m.npu_count() || to.value >= m.npu_count())
    return Walk(std::in_place_type<SwitchWalk>, m, from, to, policy);
  if (mesh_joins(m, from, to)) return Walk(std::in_place_type<MeshWalk>, m, from, to, policy);
  return Walk(std::in_place_type<TierWalk>, m, from, to, policy);
}

PathSet::PathSet(const topology::Machine& m, NodeId from, NodeId to, const Policy& policy, std::size_t cap)
    : walk_(walk_between(m, from, to, policy)), cap_(from == to ? 0 : cap) {
  std::iota(waiting_.begin(), waiting_.end(), std::uint8_t(0));
  if (auto* mesh = std::get_if<MeshWalk>(&walk_)) mesh->start_shortest();
}

bool PathSet::walk(Path& path) {
  if (auto* mesh = std::get_if<MeshWalk>(&walk_)) return mesh->next(path);
  return std::visit([&](auto& w) { return w.next(path); }, walk_);
}

bool PathSet::longer() {
  auto* mesh = std::get_if<MeshWalk>(&walk_);
  if (!mesh) return false;
  links_ = links_ == 0 ? mesh->fewest_links() : std::uint8_t(links_ + 1);
  if (links_ > mesh->most_links()) return false;
  mesh->start_others(links_);
  return true;
}

void PathSet::look_up(Candidate& c) {
  uses_.make_room(kMaxHops);
  for (unsigned i = 0; i < c.path.route.count; ++i) c.numbers[i] = uses_.number(c.path.route.links[i]);
}

std::uint32_t PathSet::shared(const Candidate& c) const {
  std::uint32_t times = 0;
  for (unsigned i = 0; i < c.path.route.count; ++i) times += uses_[c.numbers[i]];
  return times;
}

// A path that shares no link is returned immediately: no waiting path can become as good, since shared links only grow in
// number. The first path is returned before its links are looked up.
const Path* PathSet::next() {
  if (given_ == cap_) return nullptr;
  if (given_ > 0) {
    Candidate& last = window_[waiting_.back()];
    if (given_ == 1) look_up(last);
    for (unsigned i = 0; i < last.path.route.count; ++i) ++uses_[last.numbers[i]];
  }
  for (;;) {
    while (!dry_ && waits_ < kWindow) {
      Candidate& c = window_[waiting_[waits_]];
      if (!walk(c.path)) {
        dry_ = true;
        break;
      }
      ++waits_;
      if (given_ == 0) return give(0);
      look_up(c);
      if (shared(c) == 0) return give(waits_ - 1);
    }
    if (waits_ > 0) return give(best_waiting());
    if (!longer()) return cap_ = given_, nullptr;
    dry_ = false;
  }
}

std::size_t PathSet::best_waiting() const {
  std::size_t best = 0;
  std::uint32_t least = ~std::uint32_t(0);
  for (std::size_t i = 0; i < waits_; ++i)
    if (const std::uint32_t s = shared(window_[waiting_[i]]); s < least) best = i, least = s;
  return best;
}

const Path* PathSet::give(std::size_t nth) {
  const auto at = waiting_.begin() + std::ptrdiff_t(nth);
  std::rotate(at, at + 1, waiting_.end());
  --waits_, ++given_;
  return &window_[waiting_.back()].path;
}

std::vector<Path> paths(const topology::Machine& m, NodeId from, NodeId to, const Policy& policy,
                        std::size_t cap) {
  std::vector<Path> all;
  for (PathSet set(m, from, to, policy, cap); const Path* p = set.next();) all.push_back(*p);
  return all;
}

}  // namespace ub::routing
