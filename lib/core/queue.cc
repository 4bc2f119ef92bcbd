#include "ub/queue.h"

#include <algorithm>

#include "base/text.h"
#include "core/attachment.h"
#include "core/fabric_access.h"
#include "core/stream.h"

namespace ub {
namespace detail {

// Direct ops end as they are posted and never meet the table; their completions wait in a ring of their own. Both together
// hold at most `depth`.
class QueueBody {
 public:
  QueueBody(std::shared_ptr<Member> member, std::uint32_t depth)
      : member_(std::move(member)), stream_(*member_, member_->new_stream(), depth), ring_(depth) {}

  Status post(const std::shared_ptr<Attachment>& a, core::NewOp& op, const PostOptions& o);
  Status post_direct(const PostOptions& o, Status status, std::uint64_t value);
  std::size_t poll(std::span<Completion> out);
  Status flush(Deadline);
  std::size_t cancel(std::uint64_t tag) { return stream_.table().cancel(tag); }
  Accounting accounting() const;

  bool full() const { return direct_waiting() + table_held_ >= ring_.size(); }
  /// Nothing is in flight that a direct op might have to wait for.
  bool idle() const { return stream_.table().in_flight() == 0; }
  std::uint32_t depth() const { return std::uint32_t(ring_.size()); }
  Member& member() { return *member_; }

 private:
  std::uint64_t direct_waiting() const { return last_ - first_; }

  std::shared_ptr<Member> member_;
  core::Stream stream_;
  std::vector<Completion> ring_;  // of direct ops
  std::uint64_t first_ = 0, last_ = 0, table_held_ = 0;
  Accounting direct_;
};

Status QueueBody::post(const std::shared_ptr<Attachment>& a, core::NewOp& op, const PostOptions& o) {
  if (const Code c = a->prepare(op); c != Code::ok) return Status(c, op.request.word.op, a->peer());
  op.tag = o.tag;
  op.order = o.order;
  op.fence = o.fence;
  op.notify = o.notify;
  op.deadline = member_->until(o.deadline);
  if (!stream_.post(a, op)) return Status(Code::busy, op.request.word.op, a->peer());
  ++table_held_;
  return {};
}

Status QueueBody::post_direct(const PostOptions& o, Status status, std::uint64_t value) {
  Completion& c = ring_[last_++ % ring_.size()];
  c = {.tag = o.tag, .status = status, .value = value, .path = 0, .attempts = 1, .model = {}};
  ++direct_.posted;
  ++(status.ok() ? direct_.ok : direct_.unknown);
  return {};
}

std::size_t QueueBody::poll(std::span<Completion> out) {
  std::size_t n = 0;
  while (n < out.size() && first_ != last_) out[n++] = ring_[first_++ % ring_.size()];
  if (table_held_ == 0) return n;
  stream_.progress();
  while (n < out.size()) {
    auto done = stream_.collect();
    if (!done) break;
    out[n++] = *done;
    --table_held_;
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

Status Queue::post(const RemoteSegment& s, const detail::WordOp& word, void* buffer, std::uint64_t length,
                   std::uint64_t signal_offset, const PostOptions& o) {
  const auto& a = detail::FabricAccess::attachment(s);
  if (!body_ || !a) return Status(Code::not_joined, word.op);
  if (a->member() != &body_->member()) return Status(Code::invalid_argument, word.op, a->peer());
  if (body_->full()) return Status(Code::busy, word.op, a->peer());
  core::NewOp op;
  op.request.word = word;
  op.request.buffer = buffer;
  op.request.length = length;
  op.request.signal_offset = signal_offset;
  return body_->post(a, op, o);
}

bool Queue::direct_now(const RemoteSegment& s) const {
  return s.direct() && body_ && !body_->full() && body_->idle() &&
         detail::FabricAccess::attachment(s)->member() == &body_->member();
}

Status Queue::direct_done(const PostOptions& o, Status status, std::uint64_t value) {
  return body_->post_direct(o, status, value);
}

Status Queue::read(const RemoteSegment& s, std::uint64_t offset, void* local, std::size_t size,
                   PostOptions o) {
  if (!o.notify && direct_now(s))
    if (const Status done = s.read(offset, local, size); done.fate() != Fate::not_done)
      return direct_done(o, done, 0);
  return post(s, {.op = Op::read, .offset = offset}, local, size, 0, o);
}

Status Queue::write(const RemoteSegment& s, std::uint64_t offset, const void* local, std::size_t size,
                    PostOptions o) {
  if (!o.notify && direct_now(s))
    if (const Status done = s.write(offset, local, size); done.fate() != Fate::not_done)
      return direct_done(o, done, 0);
  return post(s, {.op = Op::write, .offset = offset}, const_cast<void*>(local), size, 0, o);
}

Status Queue::write_signal(const RemoteSegment& s, std::uint64_t offset, const void* local, std::size_t size,
                           std::uint64_t signal_offset, std::uint64_t signal, PostOptions o) {
  return post(s, {.op = Op::write_signal, .size = 8, .offset = offset, .value = signal},
              const_cast<void*>(local), size, signal_offset, o);
}

std::size_t Queue::poll(std::span<Completion> out) { return body_ ? body_->poll(out) : 0; }

Status Queue::flush(Deadline deadline) { return body_ ? body_->flush(deadline) : Status(Code::not_joined); }

std::size_t Queue::cancel(std::uint64_t tag) { return body_ ? body_->cancel(tag) : 0; }
Accounting Queue::accounting() const { return body_ ? body_->accounting() : Accounting{}; }
std::uint32_t Queue::depth() const { return body_ ? body_->depth() : 0; }

}  // namespace ub
