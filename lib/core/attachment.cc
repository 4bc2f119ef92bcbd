#include "core/attachment.h"

#include <sys/mman.h>

#include <algorithm>

#include "base/text.h"
#include "base/thread_slot.h"
#include "core/doorbell.h"
#include "directory/ranks.h"

namespace ub::detail {

using base::cat;
using board::Request;
using board::Response;

// An op's mark while it takes the slow path; `expected` is the gate it goes by. Threads without a slot count themselves in.
struct Attachment::Running {
  Running(const Attachment& a, std::uint64_t expected) : base(a.base_), slot(thread_slot) {
    if (slot != kNoSlot || base::claim_thread_slot()) {
      slot = thread_slot;
      word_at(base + slot - kMarksPage).store(expected, std::memory_order_relaxed);
      std::atomic_signal_fence(std::memory_order_seq_cst);
    } else {
      others().fetch_add(1, std::memory_order_seq_cst);
    }
  }
  ~Running() {
    if (slot != kNoSlot) leave(base, slot);
    else others().fetch_sub(1, std::memory_order_release);
  }
  std::atomic_ref<std::uint64_t> others() const { return word_at(base + kNoSlot - kMarksPage + 8); }

  std::byte* base;
  std::ptrdiff_t slot;
};

Expected<RemoteSegment> Attachment::make(std::shared_ptr<Member> member, const directory::Found& found,
                                         const AttachOptions& o) {
  const board::SegmentRecord& r = found.record;
  std::shared_ptr<Attachment> a(new Attachment);
  a->member_ = member;
  a->peer_ = Rank(r.home);
  a->id_ = found.id;
  a->size_ = r.size;
  a->epoch_ = r.epoch;
  a->serial_ = r.serial;
  a->token_ = o.token;
  a->name_.assign(r.name, strnlen(r.name, sizeof r.name - 1));
  const Access offered = Access(r.access & std::uint32_t(Access::all));
  a->access_ = o.access == Access::none ? offered : o.access;
  const auto refuse = [&](std::string_view why, std::string_view advice) {
    return base::fail(Code::access_denied, cat("cannot attach to '", a->name_, "' of rank ", r.home, ": ", why), std::string(advice));
  };
  if (r.token != 0 && r.token != o.token.value) return refuse("the token is wrong", "give the one it was exposed with");
  if (!allows(offered, a->access_)) return refuse("it does not grant the access asked for", "ask for less");

  if (auto failed = a->map(found)) {
    failed->what = cat("cannot attach to '", a->name_, "' of rank ", r.home, ": ", failed->what);
    return *failed;
  }
  const std::uint64_t gate = a->gate_->load(std::memory_order_acquire);
  if (const Code c = a->find_reason(gate); c != Code::ok)
    return base::fail(c, cat("cannot attach to '", a->name_, "' of rank ", r.home, ": ", meaning(c)));
  a->connection_ = member->connect(a->peer_);
  if (!a->connection_) return base::fail(Code::not_found, cat("there is no path from this node to rank ", r.home), "see ub-emu status");
  a->home_ = core::SegmentHome(a->gate_, a->base_, a->size_);

  RemoteSegment handle;
  if (member->caps().direct) {
    handle.base_ = a->base_;
    if (allows(a->access_, Access::read)) handle.limit_[RemoteSegment::kRead] = a->size_;
    if (allows(a->access_, Access::write)) handle.limit_[RemoteSegment::kWrite] = a->size_;
    if (allows(a->access_, Access::atomic)) handle.limit_[RemoteSegment::kAtomic] = a->size_;
  }
  handle.attachment_ = a;
  member->adopt(a);
  return handle;
}

Attachment::~Attachment() {
  if (view_) ::munmap(view_, kPage);
}

// Reserves view, marks, gate and memory in one piece; huge pages want the memory aligned.
std::optional<Failure> Attachment::map(const directory::Found& found) {
  board::Grant grant;
  std::copy(std::begin(found.record.grant), std::end(found.record.grant), grant.begin());
  const auto bad = [](const char* why) {
    return base::fail(Code::corrupt, why, "end the fabric's processes and run ub-info --clean");
  };
  if (size_ == 0 || size_ % 64 != 0 || size_ > board::kMaxSegmentSize || grant[2] < size_ || grant[2] > 2 * board::kMaxSegmentSize)
    return bad("its record has an impossible size");
  const std::size_t align = grant[2] >= board::kHugeAlign ? board::kHugeAlign : std::size_t(kPage);
  const std::size_t room = grant[2] + kViewPage + align;
  void* p = ::mmap(nullptr, room, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS | MAP_NORESERVE, -1, 0);
  if (p == MAP_FAILED) return base::fail_errno(errno, "no address space for its memory");
  auto* start = static_cast<std::byte*>(p);
  base_ = start + kViewPage;
  base_ += (align - reinterpret_cast<std::uintptr_t>(base_) % align) % align;
  std::byte* first = base_ - kViewPage;
  std::byte* last = base_ + grant[2];
  if (first > start) ::munmap(start, std::size_t(first - start));
  if (last < start + room) ::munmap(last, std::size_t(start + room - last));
  // The view page stays out of the tracked mapping: in a forked child it must go on expecting a gate that is not 0.
  map_ = board::Mapping(first + kPage, std::size_t(last - first) - kPage);
  view_ = first;
  board::Board& b = member_->board();
  if (!b.map_marks(member_->rank(), base_ - kMarksPage) || !b.map_gate(peer_, base_ - kPage))
    return base::fail_errno(errno, "cannot map its gate");
  gate_ = reinterpret_cast<const std::atomic<std::uint64_t>*>(base_ - kGate);
  const bool writable = (access_ & (Access::write | Access::atomic)) != Access::none;
  return board::map_memory(b, grant, size_, writable, base_);
}

void Attachment::expect(std::uint64_t gate) {
  expected_.store(gate, std::memory_order_relaxed);
  // A thread without a slot must never find what it expects; all ones is no gate.
  for (std::ptrdiff_t slot = 0; slot < kPage; slot += kSlotStride)
    word_at(view_ + slot).store(slot == kNoSlot ? ~0ull : gate, std::memory_order_relaxed);
}

// The gate is not what was expected: died, left, taken over, this segment closed; or something else of the home's changed,
// and the attachment goes on with the new gate.
Code Attachment::find_reason(std::uint64_t gate) {
  const board::Board& b = member_->board();
  const directory::RankState s = directory::look(b, peer_);
  if (s.record.epoch != epoch_) return Code::stale_epoch;
  if (s.state != Peer::State::joined || !board::is_alive(gate)) return Code::peer_gone;
  const auto found = directory::find(b, id_);
  if (!found || found->record.serial != serial_) return Code::segment_gone;
  if (found->record.token != 0 && found->record.token != token_.value) return Code::access_denied;
  if (!allows(Access(found->record.access & std::uint32_t(Access::all)), access_)) return Code::access_denied;
  expect(gate);
  return Code::ok;
}

Status Attachment::finish(Code c, Op op) const { return c == Code::ok ? Status() : Status(c, op, peer_); }

Response Attachment::run(Request& r, const OpOptions* o) {
  word_at(base_ + thread_slot - kMarksPage).store(0, std::memory_order_release);  // a direct op may have left its mark
  Response out;
  const auto end = [&](Code c) {
    out.status = finish(c, r.word.op);
    return out;
  };
  if (!member_->current()) return end(Code::not_joined);
  r.rights = access_;
  if (const Code c = core::check_op(r, size_); c != Code::ok) return end(c);
  for (;;) {
    r.gate = expected_.load(std::memory_order_relaxed);
    {
      const Running mark(*this, r.gate);
      out = member_->transport().execute(*connection_, r, home_);
    }
    if (out.status.code() != Code::stale_epoch) break;
    // The gate moved. Either there is a reason to end, or the op goes on from where it was; part of a transfer may be done.
    r.begun = out.moved;
    const std::uint64_t now = gate_->load(std::memory_order_acquire);
    const Code c = member_->current() ? find_reason(now) : Code::not_joined;
    if (c != Code::ok) return end(r.begun == 0 ? c : Code::outcome_unknown);
  }
  if (!out.status.ok()) return end(out.status.code());
  member_->count(r.length != 0 ? r.length : r.word.size);
  board::Bell& bell = member_->board().segment(board::slot_of(id_)).bell;
  if (((o && o->notify) || r.word.op == Op::write_signal) && core::has_sleepers(bell)) core::ring(bell);
  if (o && o->report) *o->report = out.report;
  return out;
}

Result<std::uint64_t> Attachment::word(const WordOp& w, const OpOptions* o) {
  Request r;
  r.word = w;
  const Response out = run(r, o);
  return {out.value, out.status};
}

Status Attachment::swap16(std::uint64_t offset, Word16 expected, Word16 desired, Word16& old, const OpOptions& o) {
  Request r;
  r.word = {.op = Op::compare_swap16, .size = 16, .offset = offset};
  r.compare16 = expected;
  r.desired16 = desired;
  const Response out = run(r, &o);
  if (out.status.ok()) old = out.value16;
  return out.status;
}

Status Attachment::bulk(Op op, std::uint64_t offset, void* local, std::uint64_t size, const OpOptions& o) {
  Request r;
  r.word = {.op = op, .offset = offset};
  r.buffer = local;
  r.length = size;
  return run(r, &o).status;
}

Status Attachment::write_signal(std::uint64_t offset, const void* local, std::uint64_t size, std::uint64_t signal_offset,
                                std::uint64_t signal, const OpOptions& o) {
  Request r;
  r.word = {.op = Op::write_signal, .size = 8, .offset = offset, .value = signal};
  r.buffer = const_cast<void*>(local);
  r.length = size;
  r.signal_offset = signal_offset;
  return run(r, &o).status;
}

Code Attachment::check(Op op, std::uint64_t offset, std::uint64_t size) const {
  Request r;
  r.word = {.op = op, .offset = offset};
  r.length = size;
  r.rights = access_;
  return core::check_op(r, size_);
}

// A gate of zeroes: no expectation equals it. Ops that are in between finish on memory that stays mapped. And marks of our
// own: those on the board are the next holder's of the rank.
void Attachment::cut() {
  ::mmap(base_ - kPage, kPage, PROT_READ, MAP_FIXED | MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
  ::mmap(base_ - kMarksPage, kPage, PROT_READ | PROT_WRITE, MAP_FIXED | MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
}

std::string Attachment::path_name(std::uint16_t path) const {
  return member_->current() ? member_->transport().path_name(*connection_, path) : std::string();
}

}  // namespace ub::detail
