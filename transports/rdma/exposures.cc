#include "exposures.h"

#include <sys/mman.h>

#include <algorithm>

namespace ub::rdma {
namespace {

using transport::Grant;

constexpr std::size_t kHugePage = 2 << 20;

Access right_of(Op op) {
  if (op == Op::load || op == Op::read) return Access::read;
  if (op == Op::store || op == Op::write || op == Op::write_signal) return Access::write;
  return Access::atomic;
}

// Zeroed, with pages allocated now: registering it with a NIC makes all of them present anyway.
Expected<std::shared_ptr<std::byte>> make_memory(std::uint64_t size, bool huge, std::string& note) {
  const auto map = [&](std::size_t length, int flags) {
    return ::mmap(nullptr, length, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS | flags, -1, 0);
  };
  std::size_t length = size;
  void* p = MAP_FAILED;
  if (huge) {
    length = (size + kHugePage - 1) / kHugePage * kHugePage;
    p = map(length, MAP_HUGETLB);
    if (p == MAP_FAILED) note = "no huge pages: the system has too few free (vm.nr_hugepages)";
  }
  if (p == MAP_FAILED) p = map(length = size, 0);
  if (p == MAP_FAILED)
    return Failure{Status(Code::no_memory), "no memory for " + std::to_string(size) + " bytes",
                   "expose less"};
  ::madvise(p, length, MADV_DONTFORK);  // copy on write would separate the page from the NIC
  return std::shared_ptr<std::byte>(static_cast<std::byte*>(p),
                                    [length](std::byte* m) { ::munmap(m, length); });
}

// A key that grants several rights, or a right that has been withdrawn, protects nothing.
Failure one_key_for_all() {
  return {Status(Code::unsupported), "libfabric gives registrations of the same memory the same key",
          "leave FI_MR_CACHE_MAX_COUNT out of the environment, or set it to 0"};
}

bool key_for_any(const std::deque<Keys>& all, const Call& o) {
  return o.key != 0 &&
         std::any_of(all.begin(), all.end(), [&](const Keys& k) { return key_for(k, o.word.op) == o.key; });
}

}  // namespace

std::uint64_t key_for(const Keys& k, Op op) {
  switch (right_of(op)) {
    case Access::read:
      return k.read;
    case Access::write:
      return k.write;
    default:
      return k.atomic;
  }
}

Expected<transport::Memory> Exposures::add(const transport::Exposing& e) {
  transport::Memory m;
  m.data = e.existing;
  if (!m.data) {
    auto made = make_memory(e.size, e.huge_pages, m.note);
    if (!made.ok()) return made.error();
    m.owner = *made;
    m.data = made->get();
  }
  Segment s;
  s.home = &e.home;
  s.memory = m.data;
  s.size = e.size;
  if (auto failure = register_keys(s, e.access)) return *failure;
  m.grant = grant_of(s.keys);
  segments_[e.id] = std::move(s);
  return m;
}

std::optional<Failure> Exposures::register_keys(Segment& s, Access access) {
  const auto one = [&](Access right, std::uint64_t remote, std::uint64_t& key) -> std::optional<Failure> {
    key = 0;
    if (!allows(access, right)) return std::nullopt;
    auto mr = rail_.register_memory(s.memory, s.size, remote, new_key());
    if (!mr.ok()) return mr.error();
    key = fi_mr_key(mr->get());
    s.registered.push_back(std::move(*mr));
    return std::nullopt;
  };
  if (auto failure = one(Access::read, FI_REMOTE_READ, s.keys.read)) return failure;
  if (auto failure = one(Access::write, FI_REMOTE_WRITE, s.keys.write)) return failure;
  if (s.keys.read != 0 && s.keys.read == s.keys.write) return one_key_for_all();
  s.keys.atomic = allows(access, Access::atomic) ? new_key() : 0;
  s.keys.base = rail_.virtual_addresses() ? reinterpret_cast<std::uintptr_t>(s.memory) : 0;
  return std::nullopt;
}

Expected<Grant> Exposures::rekey(const transport::Regranting& r) {
  const auto at = segments_.find(r.id);
  if (at == segments_.end()) return Failure{Status(Code::segment_gone), "the segment is not exposed", {}};
  Segment& s = at->second;
  Segment next{.home = s.home,
               .memory = s.memory,
               .size = s.size,
               .keys = {},
               .former = {},
               .registered = {},
               .old = {}};
  if (auto failure = register_keys(next, r.access)) return *failure;
  const auto again = [&](std::uint64_t key) {
    return key != 0 && (key == s.keys.read || key == s.keys.write);
  };
  if (again(next.keys.read) || again(next.keys.write)) return one_key_for_all();
  std::move(s.registered.begin(), s.registered.end(), std::back_inserter(s.old));
  s.registered = std::move(next.registered);
  s.former.push_front(s.keys);
  if (s.former.size() > kFormerKeys) s.former.pop_back();
  s.keys = next.keys;
  return grant_of(s.keys);
}

void Exposures::retire_old(SegmentId id) {
  if (const auto at = segments_.find(id); at != segments_.end()) at->second.old.clear();
}

Keys Exposures::hide(SegmentId id) {
  const auto at = segments_.find(id);
  if (at == segments_.end()) return {};
  at->second.home = nullptr;
  return at->second.keys;
}

void Exposures::forget(SegmentId id, std::uint64_t stream) {
  const auto at = segments_.find(id);
  if (at != segments_.end() && at->second.home) at->second.home->forget(stream);
}

void Exposures::remove(SegmentId id) { segments_.erase(id); }

Answer Exposures::execute(const Call& o, std::byte* landing, Instant now) {
  Answer a;
  a.id = o.id;
  a.attempt = o.attempt;
  a.flight = o.flight;
  a.code =
      Code::stale_epoch;  // another epoch, another segment, or a key that has ended: core determines which
  const auto at = segments_.find(o.segment);
  if (at == segments_.end() || !at->second.home) return a;
  const std::uint64_t key = key_for(at->second.keys, o.word.op);
  const bool current = key != 0 && o.key == key;
  // A repeat may carry a key that has ended. Any other key never belonged to this segment, which may not be published yet.
  const bool former = key_for_any(at->second.former, o);
  if (!current && !(o.remember && former)) return a;
  transport::Request r;
  r.id = o.id;
  r.word = o.word;
  if (o.word.op == Op::write_signal) r.signal_offset = o.word.compare;
  if (landing) r.buffer = landing - o.begun;  // bytes before `begun` are not accessed
  r.begun = o.begun;
  r.length = o.length;
  r.more = o.more;
  r.desired16 = {o.word.value, o.high_desired};
  r.compare16 = {o.word.compare, o.high_compare};
  r.attempt = o.attempt;
  r.gate = current ? o.gate : 0;  // no home has this gate; the window may still hold an earlier attempt
  r.rights = right_of(o.word.op);
  r.remember = o.remember;
  r.notify = o.notify;
  r.in_flight = o.in_flight;
  const transport::Ending e = at->second.home->execute(r, now);
  a.code = e.status.code();
  a.fresh = e.fresh;
  const bool wide = o.word.op == Op::compare_swap16;
  a.value = wide ? e.value16.low : e.value;
  a.high = e.value16.high;
  return a;
}

}  // namespace ub::rdma
