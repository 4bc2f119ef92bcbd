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
  for (std::size_t i = 0; i < kWindow; ++i) waiting_[i] = std::uint8_t(i);
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

std::uint32_t PathSet::use(LinkId l) {
  const std::size_t mask = slots_.size() - 1;
  for (std::size_t i = l.value * 0x9e3779b1u >> 7;; ++i) {
    Slot& s = slots_[i & mask];
    if (s.use != kFree && s.link != l) continue;
    if (s.use == kFree) {
      s = {l, std::uint32_t(uses_.size())};
      uses_.push_back(0);
    }
    return s.use;
  }
}

void PathSet::look_up(Candidate& c) {
  if (2 * (uses_.size() + kMaxHops) > slots_.size()) {
    std::vector<Slot> old(std::max<std::size_t>(512, 2 * slots_.size()));
    old.swap(slots_);
    uses_.reserve(slots_.size() / 2);
    for (const Slot& s : old) {
      if (s.use == kFree) continue;
      std::size_t i = s.link.value * 0x9e3779b1u >> 7;
      while (slots_[i & (slots_.size() - 1)].use != kFree) ++i;
      slots_[i & (slots_.size() - 1)] = s;
    }
  }
  for (unsigned i = 0; i < c.path.route.count; ++i) c.uses[i] = use(c.path.route.links[i]);
}

std::uint32_t PathSet::shared(const Candidate& c) const {
  std::uint32_t times = 0;
  for (unsigned i = 0; i < c.path.route.count; ++i) times += uses_[c.uses[i]];
  return times;
}

const Path* PathSet::give() { return ++given_, &last_.path; }

// A path is taken as soon as it is seen to share nothing: none that waits can be as good, for what they share never
// falls.
const Path* PathSet::next() {
  if (given_ == cap_) return nullptr;
  if (given_ == 1) look_up(last_);
  for (unsigned i = 0; given_ > 0 && i < last_.path.route.count; ++i) ++uses_[last_.uses[i]];
  for (;;) {
    while (!dry_ && waits_ < kWindow) {
      Candidate& c = given_ == 0 ? last_ : window_[waiting_[waits_]];
      if (!walk(c.path)) {
        dry_ = true;
        continue;
      }
      if (given_ == 0) return give();
      look_up(c);
      if (shared(c) == 0) {
        last_ = c;
        return give();
      }
      ++waits_;
    }
    if (waits_ > 0) return best_waiting();
    if (!longer()) return cap_ = given_, nullptr;
    dry_ = false;
  }
}

const Path* PathSet::best_waiting() {
  std::size_t best = 0;
  std::uint32_t least = ~std::uint32_t(0);
  for (std::size_t i = 0; i < waits_; ++i)
    if (const std::uint32_t s = shared(window_[waiting_[i]]); s < least) best = i, least = s;
  last_ = window_[waiting_[best]];
  const auto at = waiting_.begin() + std::ptrdiff_t(best);
  std::rotate(at, at + 1, waiting_.begin() + std::ptrdiff_t(waits_--));
  return give();
}

std::vector<Path> paths(const topology::Machine& m, NodeId from, NodeId to, const Policy& policy,
                        std::size_t cap) {
  std::vector<Path> all;
  for (PathSet set(m, from, to, policy, cap); const Path* p = set.next();) all.push_back(*p);
  return all;
}

}  // namespace ub::routing
