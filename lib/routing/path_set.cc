#include "routing/path_set.h"

#include <algorithm>

namespace ub::routing {

using topology::LinkId;

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

namespace {

std::variant<MeshWalk, TierWalk, SwitchWalk> walk_between(const topology::Machine& m, NodeId from, NodeId to,
                                                          const Policy& policy) {
  using topology::NodeKind;
  if (m.kind(from) != NodeKind::npu || m.kind(to) != NodeKind::npu) return SwitchWalk(m, from, to, policy);
  if (mesh_joins(m, from, to)) return MeshWalk(m, from, to, policy);
  return TierWalk(m, from, to, policy);
}

}  // namespace

PathSet::PathSet(const topology::Machine& m, NodeId from, NodeId to, const Policy& policy, std::size_t cap)
    : walk_(walk_between(m, from, to, policy)), cap_(from == to ? 0 : cap), dry_(false) {
  for (std::size_t i = 0; i < kWindow; ++i) waiting_[i].place = std::uint8_t(i);
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

PathSet::Use& PathSet::use(LinkId l) {
  const std::size_t mask = uses_.size() - 1;
  for (std::size_t i = l.value * 0x9e3779b1u >> 7;; ++i) {
    Use& u = uses_[i & mask];
    if (u.times == 0 || u.link == l) return u;
  }
}

std::uint32_t PathSet::shared(const Path& p) {
  std::uint32_t times = 0;
  for (LinkId l : p.route) times += use(l).times;
  return times;
}

void PathSet::count(const Path& p) {
  if (2 * (used_ + kMaxHops) > uses_.size()) {
    std::vector<Use> old(std::max<std::size_t>(256, 2 * uses_.size()));
    old.swap(uses_);
    for (const Use& u : old)
      if (u.times) use(u.link) = u;
  }
  for (LinkId l : p.route) {
    Use& u = use(l);
    used_ += u.times++ == 0;
    u.link = l;
  }
}

// A path is taken as soon as it is seen to share nothing: none that waits can be as good, for what they share never
// falls. For the same reason only those that look best are counted again.
const Path* PathSet::next() {
  if (given_ == cap_) return nullptr;
  if (given_ > 0) count(path_);
  for (;;) {
    while (!dry_ && waits_ < kWindow) {
      if (!walk(path_)) {
        dry_ = true;
      } else if (const std::uint32_t s = given_ == 0 ? 0 : shared(path_); s == 0) {
        return ++given_, &path_;
      } else {
        Waiting& w = waiting_[waits_++];
        w.shared = s;
        window_[w.place] = path_;
      }
    }
    if (waits_ > 0) return ++given_, best_waiting();
    if (!longer()) return cap_ = given_, nullptr;
    dry_ = false;
  }
}

const Path* PathSet::best_waiting() {
  const auto end = waiting_.begin() + std::ptrdiff_t(waits_);
  for (;;) {
    const auto best = std::min_element(
        waiting_.begin(), end, [](const Waiting& a, const Waiting& b) { return a.shared < b.shared; });
    const std::uint32_t now = shared(window_[best->place]);
    if (now == best->shared) {
      path_ = window_[best->place];
      std::rotate(best, best + 1, end);
      --waits_;
      return &path_;
    }
    best->shared = now;
  }
}

std::vector<Path> paths(const topology::Machine& m, NodeId from, NodeId to, const Policy& policy,
                        std::size_t cap) {
  std::vector<Path> all;
  for (PathSet set(m, from, to, policy, cap); const Path* p = set.next();) all.push_back(*p);
  return all;
}

}  // namespace ub::routing
