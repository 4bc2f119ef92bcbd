#include "core/attachment.h"

#include <sys/mman.h>

#include <algorithm>
#include <cstring>

#include "base/text.h"
#include "core/doorbell.h"
#include "core/stream.h"
#include "directory/ranks.h"
#include "recovery/replay.h"

namespace ub::detail {

using base::cat;
using board::SegmentRecord;
using transport::Ending;
using transport::Request;

namespace {

transport::Grant grant_of(const SegmentRecord& r) {
  transport::Grant grant;
  std::copy(std::begin(r.grant), std::end(r.grant), grant.begin());
  return grant;
}

}  // namespace

Expected<RemoteSegment> Attachment::make(std::shared_ptr<Member> member, const directory::Found& found,
                                         const AttachOptions& o, Instant until) {
  const SegmentRecord& r = found.record;
  std::shared_ptr<Attachment> a(new Attachment(member, found, o.token));
  const auto refuse = [&](Failure f) {
    f.what = cat("cannot attach to '", a->name_, "' of rank ", r.home, ": ", f.what);
    return f;
  };
  const directory::Rights offered = directory::rights_of(r);
  if (o.access != Access::none) a->access_ = o.access;
  if (!offered.admit(o.token))
    return refuse(base::fail(Code::access_denied, "the token is wrong", "give the one it was exposed with"));
  if (!allows(offered.access, a->access_))
    return refuse(base::fail(Code::access_denied, "it does not grant the access asked for", "ask for less"));
  if (auto failed = a->map(r)) return refuse(*failed);
  if (auto failed = a->connect(r, until)) return refuse(*failed);  // not shared yet
  if (const Code c = a->look_again(); c != Code::ok) return refuse(base::fail(c, std::string(meaning(c))));

  RemoteSegment handle;
  if (a->mapped_ && member->caps().direct && !(r.flags & SegmentRecord::kNeverMapped)) {
    handle.base_ = a->base_;
    if (allows(a->access_, Access::read)) handle.limit_[RemoteSegment::kRead] = a->size_;
    if (allows(a->access_, Access::write)) handle.limit_[RemoteSegment::kWrite] = a->size_;
    if (allows(a->access_, Access::atomic)) handle.limit_[RemoteSegment::kAtomic] = a->size_;
  }
  handle.attachment_ = a;
  member->adopt(a);
  return handle;
}

Attachment::Attachment(std::shared_ptr<Member> member, const directory::Found& found, Token token)
    : member_(std::move(member)),
      peer_(found.record.home),
      id_(found.id),
      size_(found.record.size),
      epoch_(found.record.epoch),
      serial_(found.record.serial),
      token_(token),
      access_(Access(found.record.access) & Access::all),
      name_(found.record.name, strnlen(found.record.name, sizeof found.record.name - 1)) {
  const Caps& caps = member_->caps();
  remember_ = caps.windows || (found.record.flags & SegmentRecord::kExactlyOnce);
  single_writer_ = found.record.flags & SegmentRecord::kSingleWriter;
  gate_ = &member_->board().gate(peer_);
}

Attachment::~Attachment() {
  if (view_) ::munmap(view_, kPage);
}

// Reserves view, marks, gate and memory in one range; huge pages need aligned memory.
std::optional<Failure> Attachment::map(const SegmentRecord& r) {
  if (size_ == 0 || size_ % 64 != 0 || size_ > board::kMaxSegmentSize)
    return base::fail(Code::corrupt, "its record has an impossible size",
                      "end the fabric's processes and run ub-info --clean");
  const std::size_t align = size_ >= board::kHugeAlign ? board::kHugeAlign : std::size_t(kPage);
  const std::size_t length = (size_ + align - 1) / align * align;  // the file ends at a page boundary
  const std::size_t room = length + kViewPage + align;
  void* p = ::mmap(nullptr, room, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS | MAP_NORESERVE, -1, 0);
  if (p == MAP_FAILED) return base::fail_errno(errno, "no address space for its memory");
  auto* start = static_cast<std::byte*>(p);
  base_ = start + kViewPage;
  base_ += (align - reinterpret_cast<std::uintptr_t>(base_) % align) % align;
  std::byte* first = base_ - kViewPage;
  std::byte* last = base_ + length;
  if (first > start) ::munmap(start, std::size_t(first - start));
  if (last < start + room) ::munmap(last, std::size_t(start + room - last));
  // The view page stays out of the tracked mapping: in a forked child it must still expect a gate that is not 0.
  map_ = board::Mapping(first + kPage, std::size_t(last - first) - kPage);
  view_ = first;
  board::Board& b = member_->board();
  if (!b.map_marks(member_->rank(), base_ - kMarksPage) || !b.map_gate(peer_, base_ - kPage))
    return base::fail_errno(errno, "cannot map its gate");
  if (b.share() != 0)
    return std::nullopt;  // a mirror's gate may be late, and the home would not see the marks
  const bool writable = (access_ & (Access::write | Access::atomic)) != Access::none;
  auto mapped = member_->transport().map(grant_of(r), size_, writable, base_);
  if (!mapped.ok()) return mapped.error();
  mapped_ = *mapped;
  // Uses the page in front, which cut_gate() replaces.
  if (mapped_)
    home_ =
        core::SegmentHome(reinterpret_cast<const std::atomic<std::uint64_t>*>(base_ - kGate), base_, size_);
  return std::nullopt;
}

std::optional<Failure> Attachment::connect(const SegmentRecord& r, Instant until) {
  const transport::Grant grant = grant_of(r);
  if (!connections_.empty() && grant == grant_) return std::nullopt;
  auto made = member_->connect(peer_, id_, grant, size_, until);
  if (!made.ok()) return made.error();
  grant_ = grant;
  connections_.push_back(std::move(*made));
  connection_.store(connections_.back().get(), std::memory_order_release);
  return std::nullopt;
}

void Attachment::expect(std::uint64_t gate, bool direct) {
  expected_.store(gate, std::memory_order_release);
  // No gate is all ones: an op that expects it takes the slow path. A thread without a slot always does.
  for (std::ptrdiff_t slot = 0; slot < kPage; slot += kSlotStride)
    word_at(view_ + slot).store(direct && slot != kNoSlot ? gate : ~0ull, std::memory_order_relaxed);
}

// The gate has changed: the home died, left, was replaced or closed this segment; or it changed something else, such as
// rights, and the attachment continues with the new gate and the remaining rights. Direct ops check only the rights that were
// granted at attach, so they stop while one of those is missing.
Code Attachment::look_again() {
  const std::lock_guard hold(looking_);
  const board::Board& b = member_->board();
  const std::uint64_t gate = gate_->load(std::memory_order_acquire);  // before what it guards
  const directory::RankState s = directory::look(b, peer_);
  if (s.record.epoch != epoch_) return Code::stale_epoch;
  if (s.state != Peer::State::joined || !board::is_alive(gate)) return Code::peer_gone;
  const auto found = directory::find(b, id_);
  if (!found || found->record.serial != serial_) return Code::segment_gone;
  if (const auto failed = connect(found->record, Instant::min())) return failed->code();
  const directory::Rights now = directory::rights_of(found->record);
  const Access left = now.admit(token_) ? now.access & access_ : Access::none;
  rights_.store(left,
                std::memory_order_relaxed);  // before the gate: a thread that sees it sees these
  expect(gate, left == access_);
  return Code::ok;
}

Code Attachment::reconsider(Request& r) {
  if (!member_->current()) return Code::not_joined;
  if (const Code c = look_again(); c != Code::ok) return c;
  take_view(r);
  return core::check_op(r, size_);
}

// Copies this attachment's view of its home.
void Attachment::take_view(Request& r) const {
  r.gate = expected_.load(std::memory_order_acquire);
  r.rights = rights_.load(std::memory_order_relaxed);
  r.connection = connection_.load(std::memory_order_relaxed);
}

Code Attachment::prepare(core::NewOp& op) {
  Request& r = op.request;
  if (!member_->current()) return Code::not_joined;
  take_view(r);
  Code c = core::check_op(r, size_);
  // The missing right may have been granted again.
  if (c == Code::access_denied && has_moved(r.gate)) c = reconsider(r);
  if (c != Code::ok) return c;
  if (member_->caps().of(r.word.op) == Support::refused) return Code::unsupported;
  r.home = mapped_ ? &home_ : nullptr;
  const bool reads = r.word.op == Op::load || r.word.op == Op::read;
  // An op that a NIC executes bypasses the home: no gate check, no window.
  const bool past_home =
      !mapped_ && member_->caps().of(r.word.op) == Support::native && (reads || !remember_);
  if (past_home && has_moved(r.gate))
    if (c = reconsider(r); c != Code::ok) return c;
  r.remember = remember_ && !reads;
  op.home = peer_;
  op.repeatable = recovery::may_repeat(r.word.op, {remember_, single_writer_});
  return Code::ok;
}

void Attachment::after(const Request& r) {
  member_->count(r.length != 0 ? r.length : r.word.size);
  board::Bell& bell = member_->board().segment(board::slot_of(id_)).bell;
  if ((r.notify || r.word.op == Op::write_signal) && core::has_sleepers(bell)) core::ring(bell);
}

Ending Attachment::run(core::NewOp& op, const OpOptions& o) {
  word_at(base_ + thread_slot - kMarksPage)
      .store(0, std::memory_order_release);  // a direct op may have left its mark
  op.request.notify = o.notify;
  Ending out;
  if (const Code c = prepare(op); c != Code::ok) {
    out.status = Status(c, op.request.word.op, peer_);
    return out;
  }
  std::uint16_t attempts = 0;
  out = member_->run(*this, op, o.deadline, attempts);
  if (o.report && out.status.ok()) *o.report = {.path = out.path, .attempts = attempts, .model = out.model};
  return out;
}

Code Attachment::check(Op op, std::uint64_t offset, std::uint64_t size) {
  core::NewOp n;
  n.request.word = {.op = op, .offset = offset};
  n.request.length = size;
  return prepare(n);
}

// A zero gate equals no expected value. Running ops finish on memory that stays mapped.
void Attachment::cut_gate() {
  ::mmap(base_ - kPage, kPage, PROT_READ, MAP_FIXED | MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
}

void Attachment::cut_marks() {
  ::mmap(base_ - kMarksPage, kPage, PROT_READ | PROT_WRITE, MAP_FIXED | MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
}

bool Attachment::owns(const transport::Connection& c) {
  const std::lock_guard hold(looking_);
  return std::any_of(connections_.begin(), connections_.end(),
                     [&](const auto& own) { return own.get() == &c; });
}

std::string Attachment::path_name(std::uint16_t path) const {
  if (!member_->current()) return {};
  const auto all = member_->transport().paths(*connection_.load(std::memory_order_acquire));
  return path < all.size() ? all[path].name : std::string();
}

}  // namespace ub::detail
