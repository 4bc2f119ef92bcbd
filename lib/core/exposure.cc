#include "core/exposure.h"

#include <algorithm>

#include "base/text.h"
#include "board/marks.h"
#include "core/doorbell.h"
#include "core/fabric_access.h"
#include "core/quiesce.h"

namespace ub::detail {
namespace {

using base::cat;

std::uint64_t round_up(std::uint64_t n) { return (n + 63) / 64 * 64; }

std::optional<Failure> misfit(std::span<std::byte> existing, const Caps& caps) {
  if (!caps.exposes_pinned)
    return base::fail(Code::unsupported, "this transport exposes no existing memory",
                      "see Caps::exposes_pinned");
  if (reinterpret_cast<std::uintptr_t>(existing.data()) % caps.pin_alignment == 0 &&
      existing.size() % caps.pin_alignment == 0)
    return std::nullopt;
  return base::fail(Code::invalid_argument,
                    cat("its memory does not begin and end at a multiple of ", caps.pin_alignment, " bytes"),
                    "align it (Caps::pin_alignment)");
}

}  // namespace

Expected<Segment> Exposure::make(std::shared_ptr<Member> member, std::string_view name, std::uint64_t size,
                                 const Pinned& pinned, const ExposeOptions& o) {
  const auto refuse = [&](Failure f) {
    f.what = cat("cannot expose segment '", base::printable(name), "': ", f.what);
    return f;
  };
  if (!member->current())
    return refuse(base::fail(Code::not_joined, "this process is not a member of the fabric", "open it"));
  if (auto bad = base::check_name("segment", name, base::kMaxSegmentName)) return *bad;
  if (size == 0 || size > member->caps().max_segment)
    return refuse(base::fail(Code::invalid_argument, cat("its size is ", size, " bytes"),
                             cat("choose 1 to ", member->caps().max_segment)));
  if (!allows(Access::all, o.access))
    return refuse(
        base::fail(Code::invalid_argument, "its access has unknown bits", "combine read, write and atomic"));

  const std::span<std::byte> existing = pinned.memory();
  if (!existing.empty())
    if (auto bad = misfit(existing, member->caps())) return refuse(*bad);

  const Instant deadline = member->host_until(o.deadline);
  board::Board& b = member->board();
  auto id = directory::reserve(b, member->rank(), member->epoch(), name, deadline);
  if (!id.ok()) return refuse(id.error());
  std::shared_ptr<Exposure> e(new Exposure);
  e->member_ = member;
  e->id_ = *id;
  e->size_ = round_up(size);
  e->name_ = name;
  e->pin_ = FabricAccess::pin(pinned);
  if (!existing.empty()) e->born_ = b.gate(member->rank()).load(std::memory_order_relaxed);
  auto memory = member->transport().expose({.id = *id,
                                            .size = e->size_,
                                            .huge_pages = o.huge_pages,
                                            .access = o.access,
                                            .existing = existing.data(),
                                            .home = e->home_});
  if (!memory.ok()) return refuse(memory.error());  // destroying e frees the slot
  e->memory_ = std::move(*memory);
  e->home_ = core::SegmentHome(&b.gate(member->rank()), e->memory_.data, e->size_, &e->windows_,
                               &e->executing_, &e->bell());
  if (auto failed = directory::publish(b, *id, e->size_, e->memory_.grant, o, deadline)) {
    if (failed->code() == Code::not_joined)
      board::remove_memory(b, *id);  // the slot was freed before this memory existed
    return refuse(*failed);
  }
  member->announce();
  member->adopt(e);
  Segment s;
  s.exposure_ = std::move(e);
  return s;
}

Exposure::~Exposure() {
  close();
  if (born_ != 0 && !member_->board().lost_by_fork()) settle();
  if (memory_.data) member_->transport().conceal(id_);
}

void Exposure::close() {
  if (closed_.exchange(true) || !member_->current()) return;
  directory::retire(member_->board(), id_, std::chrono::steady_clock::now() + directory::kLeavingPatience);
  member_->move_gate();
}

// The caller's memory becomes private again, so it must contain every completed op of a peer. The gate has moved, with its
// life bits or, if this process has left, without.
void Exposure::settle() {
  const board::Board& b = member_->board();
  const std::uint64_t now = b.gate(member_->rank()).load(std::memory_order_seq_cst);
  const std::uint64_t gate = board::make_gate(board::gate_generation(now), board::gate_life(born_));
  core::barrier_everywhere();
  (void)core::wait_until_quiet(*member_, member_->transport().now() + core::kQuietPatience,
                               [&] { return runs_before(gate); });
}

// The record changes first, then the gate: a process that reads the new gate reads the new record. After a barrier on every
// processor, a mark shows each op that has passed the old gate.
Status Exposure::change(const std::function<Code(directory::Rights&)>& change, bool takes_away, Deadline d) {
  const auto end = [&](Code c) { return Status(c, Op::none, member_->rank()); };
  if (!member_->current()) return end(Code::not_joined);
  if (closed_) return end(Code::segment_gone);
  const Instant deadline = member_->until(d), host = member_->host_until(d);
  const std::function keep = [](directory::Rights&) { return Code::ok; };
  std::unique_lock changing(changing_);
  const Access before = access();
  if (const Code c = publish(change, host); c != Code::ok) return end(c);
  const std::uint64_t gate = member_->move_gate();
  if (!takes_away && access() == before) return {};
  auto grant = member_->transport().regrant({id_, memory_.grant, access()}, deadline);
  if (!grant.ok()) return end(grant.error().code());
  if (*grant != memory_.grant) {
    memory_.grant = *grant;
    if (const Code c = publish(keep, host); c != Code::ok) return end(c);
    member_->move_gate();
  }
  changing.unlock();
  if (!takes_away) return {};
  if (!core::barrier_everywhere()) return end(Code::unsupported);
  const auto running = [&] { return runs_before(gate); };
  return end(core::wait_until_quiet(*member_, deadline, running) ? Code::ok : Code::busy);
}

// Also writes the transport's present grant, in case an earlier write of it to the board has failed.
Code Exposure::publish(const std::function<Code(directory::Rights&)>& change, Instant deadline) {
  return directory::change(member_->board(), id_, deadline, [&](directory::Rights& r, transport::Grant& g) {
    g = memory_.grant;
    return change(r);
  });
}

bool Exposure::runs_before(std::uint64_t gate) {
  return std::atomic_ref(executing_).load(std::memory_order_seq_cst) != 0 ||
         board::runs_before(member_->board(), gate);
}

Access Exposure::access() const {
  const auto found = directory::find(member_->board(), id_);
  return found ? directory::rights_of(found->record).access : Access::none;
}

void Exposure::wake() { core::ring(bell()); }

}  // namespace ub::detail
