#include "ub/queue.h"

#include <algorithm>

#include "base/text.h"
#include "core/attachment.h"
#include "core/fabric_access.h"
#include "core/stream.h"

namespace ub {
namespace detail {

// Direct ops end when posted and never enter the table; a separate ring holds their completions. Table and ring together
// hold at most `depth`.
class QueueBody {
 public:
  QueueBody(std::shared_ptr<Member> member, std::uint32_t depth)
      : member_(std::move(member)), stream_(*member_, member_->new_stream(), depth), ring_(depth) {}

  Status post(const std::shared_ptr<Attachment>& a, core::NewOp& op, const PostOptions& o) {
    return post(a, {&op, 1}, o);
  }
  Status post(const std::shared_ptr<Attachment>& a, std::span<core::NewOp> pieces, const PostOptions& o);
  Status post_direct(const PostOptions& o, Status status, std::uint64_t value);
  std::size_t poll(std::span<Completion> out);
  Status flush(Deadline);
  std::size_t cancel(std::uint64_t tag) { return stream_.table().cancel(tag); }
  Accounting accounting() const;

  bool full(std::size_t more = 1) const { return direct_waiting() + table_held_ + more > ring_.size(); }
  /// A buffer in which a list's pieces are assembled.
  std::vector<core::NewOp>& pieces() { return pieces_; }
  /// No op is in flight that a direct op might have to wait for.
  bool idle() const { return stream_.table().in_flight() == 0; }
  std::uint32_t depth() const { return std::uint32_t(ring_.size()); }
  Member& member() { return *member_; }

 private:
  std::size_t collect(std::span<Completion> out);
  std::uint64_t direct_waiting() const { return last_ - first_; }

  std::shared_ptr<Member> member_;
  core::Stream stream_;
  std::vector<Completion> ring_;  // of direct ops
  std::vector<core::NewOp> pieces_;
  std::uint64_t first_ = 0, last_ = 0, table_held_ = 0;
  std::size_t left_over_ = 0;  // had ended at the last progress(), and has not been collected
  Accounting direct_;
};

Status QueueBody::post(const std::shared_ptr<Attachment>& a, std::span<core::NewOp> pieces,
                       const PostOptions& o) {
  const Op name = pieces[0].request.word.op;
  const Instant deadline = member_->until(o.deadline);
  for (core::NewOp& op : pieces) {
    if (const Code c = a->prepare(op); c != Code::ok) return Status(c, name, a->peer());
    op.tag = o.tag;
    op.order = o.order;
    op.fence = o.fence;
    op.request.notify = o.notify;  // for each piece: any may end last
    op.deadline = deadline;
  }
  if (!stream_.post(a, pieces)) return Status(Code::busy, name, a->peer());
  table_held_ += pieces.size();
  return {};
}

Status QueueBody::post_direct(const PostOptions& o, Status status, std::uint64_t value) {
  Completion& c = ring_[base::ring_index(last_++, ring_.size())];
  c = {.tag = o.tag, .status = status, .value = value, .path = 0, .attempts = 1, .model = {}};
  ++direct_.posted;
  ++(status.ok() ? direct_.ok : direct_.unknown);
  return {};
}

std::size_t QueueBody::poll(std::span<Completion> out) {
  std::size_t n = 0;
  while (n < out.size() && first_ != last_) out[n++] = ring_[base::ring_index(first_++, ring_.size())];
  if (table_held_ == 0) return n;
  const std::size_t room = out.size() - n;
  if (room == 0 || room > left_over_) {
    stream_.progress();
    left_over_ = stream_.table().ended();
  }
  const std::size_t collected = collect(out.subspan(n));
  left_over_ -= std::min(collected, left_over_);
  return n + collected;
}

std::size_t QueueBody::collect(std::span<Completion> out) {
  std::size_t n = 0;
  while (n < out.size()) {
    std::size_t places = 0;
    auto done = stream_.collect(&places);
    if (!done) break;
    out[n++] = *done;
    table_held_ -= places;
  }
  return n;
}

Status QueueBody::flush(Deadline d) {
  const Instant deadline = member_->until(d);
  for (stream_.progress(); !idle(); stream_.progress()) {
    if (member_->transport().now() >= deadline) return Status(Code::timed_out);
    stream_.wait(deadline);
  }
  return {};
}

Accounting QueueBody::accounting() const {
  Accounting a = stream_.table().accounting();
  a.posted += direct_.posted;
  a.ok += direct_.ok;
  a.unknown += direct_.unknown;
  return a;
}

}  // namespace detail

Queue::Queue(std::unique_ptr<detail::QueueBody> b) : body_(std::move(b)) {}
Queue::Queue(Queue&&) noexcept = default;
Queue& Queue::operator=(Queue&&) noexcept = default;
Queue::~Queue() = default;

Expected<Queue> Queue::create(Fabric& fabric, std::uint32_t depth) {
  if (depth == 0 || depth > 65536)
    return base::fail(Code::invalid_argument, base::cat("cannot create a queue of depth ", depth),
                      "choose 1 to 65536");
  auto member = detail::FabricAccess::member(fabric);
  if (!member || !member->current())
    return base::fail(Code::not_joined, "cannot create a queue: this process is not a member of the fabric",
                      "open it");
  return Queue(std::make_unique<detail::QueueBody>(std::move(member), depth));
}

// Reasons to refuse any op, before its operands are checked.
Status Queue::refused(const RemoteSegment& s, Op op, std::size_t pieces) const {
  const auto& a = detail::FabricAccess::attachment(s);
  if (!body_ || !a) return Status(Code::not_joined, op);
  if (a->member() != &body_->member() || pieces > body_->depth())
    return Status(Code::invalid_argument, op, a->peer());
  if (body_->full(std::max<std::size_t>(pieces, 1))) return Status(Code::busy, op, a->peer());
  return {};
}

Status Queue::post(const RemoteSegment& s, const detail::WordOp& word, void* buffer, std::uint64_t length,
                   std::uint64_t signal_offset, const PostOptions& o) {
  const auto& a = detail::FabricAccess::attachment(s);
  if (const Status bad = refused(s, word.op); !bad.ok()) return bad;
  core::NewOp op;
  op.request.word = word;
  op.request.buffer = buffer;
  op.request.length = length;
  op.request.signal_offset = signal_offset;
  return body_->post(a, op, o);
}

Status Queue::compare_swap16(const RemoteSegment& s, std::uint64_t offset, Word16 expected, Word16 desired,
                             const PostOptions& o) {
  const auto& a = detail::FabricAccess::attachment(s);
  if (const Status bad = refused(s, Op::compare_swap16); !bad.ok()) return bad;
  core::NewOp op;
  op.request.word = {.op = Op::compare_swap16, .size = 16, .offset = offset};
  op.request.compare16 = expected;
  op.request.desired16 = desired;
  return body_->post(a, op, o);
}

template <class Pieces>
Status Queue::post_list(const RemoteSegment& s, Op op, const Pieces& pieces, const PostOptions& o) {
  const auto& a = detail::FabricAccess::attachment(s);
  if (const Status bad = refused(s, op, pieces.size()); !bad.ok()) return bad;
  if (pieces.empty()) return direct_done(o, {}, 0);  // as the blocking op: checked, nothing to do
  std::vector<core::NewOp>& ops = body_->pieces();
  ops.clear();
  for (const auto& p : pieces) {
    core::NewOp& each = ops.emplace_back();
    each.request.word = {.op = op, .offset = p.offset};
    each.request.buffer = const_cast<void*>(static_cast<const void*>(p.local));
    each.request.length = p.size;
  }
  return body_->post(a, ops, o);
}

Status Queue::read(const RemoteSegment& s, std::span<const ScatterPiece> pieces, const PostOptions& o) {
  return post_list(s, Op::read, pieces, o);
}

Status Queue::write(const RemoteSegment& s, std::span<const GatherPiece> pieces, const PostOptions& o) {
  return post_list(s, Op::write, pieces, o);
}

bool Queue::direct_now(const RemoteSegment& s) const {
  return s.direct() && body_ && !body_->full() && body_->idle() &&
         detail::FabricAccess::attachment(s)->member() == &body_->member();
}

Status Queue::direct_done(const PostOptions& o, Status status, std::uint64_t value) {
  return body_->post_direct(o, status, value);
}

Status Queue::read(const RemoteSegment& s, std::uint64_t offset, void* local, std::size_t size,
                   const PostOptions& o) {
  if (!o.notify && direct_now(s))
    if (const Status done = s.read(offset, local, size); done.fate() != Fate::not_done)
      return direct_done(o, done, 0);
  return post(s, {.op = Op::read, .offset = offset}, local, size, 0, o);
}

Status Queue::write(const RemoteSegment& s, std::uint64_t offset, const void* local, std::size_t size,
                    const PostOptions& o) {
  if (!o.notify && direct_now(s))
    if (const Status done = s.write(offset, local, size); done.fate() != Fate::not_done)
      return direct_done(o, done, 0);
  return post(s, {.op = Op::write, .offset = offset}, const_cast<void*>(local), size, 0, o);
}

Status Queue::write_signal(const RemoteSegment& s, std::uint64_t offset, const void* local, std::size_t size,
                           std::uint64_t signal_offset, std::uint64_t signal, const PostOptions& o) {
  return post(s, {.op = Op::write_signal, .size = 8, .offset = offset, .value = signal},
              const_cast<void*>(local), size, signal_offset, o);
}

std::size_t Queue::poll(std::span<Completion> out) { return body_ ? body_->poll(out) : 0; }

Status Queue::flush(Deadline deadline) { return body_ ? body_->flush(deadline) : Status(Code::not_joined); }

std::size_t Queue::cancel(std::uint64_t tag) { return body_ ? body_->cancel(tag) : 0; }
Accounting Queue::accounting() const { return body_ ? body_->accounting() : Accounting{}; }
std::uint32_t Queue::depth() const { return body_ ? body_->depth() : 0; }

}  // namespace ub
