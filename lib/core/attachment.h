// An attachment: the mapped pages of a peer's segment, and the slow path of every op on it.
// Owner: RemoteSegment handles share it; it keeps its member's board alive.
// Threads: any, at once.
// Units: bytes.
// Errors: see RemoteSegment. The slow path is where a failed comparison with the gate gets its reason.
#pragma once

#include <atomic>
#include <memory>
#include <mutex>
#include <vector>

#include "core/home.h"
#include "core/member.h"
#include "core/op_table.h"
#include "directory/segments.h"
#include "ub/remote_segment.h"

namespace ub::detail {

class Attachment : public std::enable_shared_from_this<Attachment> {
 public:
  static Expected<RemoteSegment> make(std::shared_ptr<Member>, const directory::Found&, const AttachOptions&,
                                      Instant until);
  ~Attachment();

  /// One blocking op; its request has op, offset, operands and buffer.
  transport::Ending run(core::NewOp&, const OpOptions&);
  /// Fills in what the table needs to know of an op; ok, or why it cannot be posted.
  Code prepare(core::NewOp&);

  // What a stream asks of an op's attachment.
  /// The gate was not what an attempt expected: the reason to end; ok if the op goes on, under the new gate and rights.
  Code reconsider(transport::Request&);
  bool has_moved(std::uint64_t gate) const { return gate_->load(std::memory_order_acquire) != gate; }
  /// After an op has succeeded: counts it, rings for it.
  void after(const transport::Request&);

  /// Whether a list's piece could be executed; for checking all before the first moves.
  Code check(Op, std::uint64_t offset, std::uint64_t size);

  /// The fabric is left: from now on every op takes the slow path, and ends there. Then, when no op is in between any more,
  /// the marks become our own.
  void cut_gate();
  void cut_marks();

  /// Whether the connection is of this attachment; what it points to need not live.
  bool owns(const transport::Connection&);

  Member* member() const { return member_.get(); }
  Rank peer() const { return peer_; }
  std::uint32_t epoch() const { return epoch_; }
  SegmentId id() const { return id_; }
  std::uint64_t size() const { return size_; }
  Access access() const { return access_; }
  std::string name() const { return name_; }
  std::byte* memory() const { return base_; }
  std::string path_name(std::uint16_t path) const;

 private:
  Attachment(std::shared_ptr<Member>, const directory::Found&, Token);
  std::optional<Failure> map(const board::SegmentRecord&);
  std::optional<Failure> connect(const board::SegmentRecord&, Instant until);  // looking_ is held
  void expect(std::uint64_t gate, bool direct);
  Code look_again();
  void take_view(transport::Request&) const;

  std::shared_ptr<Member> member_;
  std::mutex looking_;  // one thread at a time looks again, and changes what follows
  std::vector<std::unique_ptr<transport::Connection>> connections_;  // ops may be under way on older ones
  std::atomic<transport::Connection*> connection_{nullptr};          // the latest
  transport::Grant grant_{};                                         // it was made with
  std::byte* view_ = nullptr;                                        // this process's own page
  board::Mapping map_;                                               // marks, gate and memory behind it
  std::byte* base_ = nullptr;
  core::SegmentHome home_;
  const std::atomic<std::uint64_t>* gate_ = nullptr;
  std::atomic<std::uint64_t> expected_{0};
  std::atomic<Access> rights_{Access::none};  // what is left of access_
  Rank peer_;
  SegmentId id_;
  std::uint64_t size_ = 0;
  std::uint32_t epoch_ = 0, serial_ = 0;
  Token token_;
  Access access_ = Access::none;
  bool mapped_ = false, remember_ = false, single_writer_ = false;
  std::string name_;
};

}  // namespace ub::detail
