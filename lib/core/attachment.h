// An attachment: the mapped pages of a peer's segment, and the slow path of every op on it.
// Owner: RemoteSegment handles share it; it keeps its member's board alive.
// Thread safety: members may be called concurrently from any thread.
// Units: bytes.
// Errors: see RemoteSegment. The slow path finds why a comparison with the gate has failed.
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

  /// Runs one blocking op; the caller sets op, offset, operands and buffer.
  transport::Ending run(core::NewOp&, const OpOptions&);
  /// Fills in what the table needs of an op. Returns ok, or why it cannot be posted.
  Code prepare(core::NewOp&);

  // For the stream of an op.
  /// The gate differed from an attempt's. Returns ok if the op continues, under the new gate and rights; else why it ends.
  Code reconsider(transport::Request&);
  bool has_moved(std::uint64_t gate) const { return gate_->load(std::memory_order_acquire) != gate; }
  /// Counts an op that has succeeded, and rings the doorbell.
  void after(const transport::Request&);

  /// Checks a list's piece; all pieces are checked before the first is executed.
  Code check(Op, std::uint64_t offset, std::uint64_t size);

  /// This process leaves the fabric. After cut_gate() every op takes the slow path, which fails. cut_marks(), once no op is
  /// running, makes the marks page private.
  void cut_gate();
  void cut_marks();

  /// Whether the connection belongs to this attachment; it may already be destroyed.
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
  std::optional<Failure> connect(const board::SegmentRecord&, Instant until);  // under looking_
  void expect(std::uint64_t gate, bool direct);
  Code look_again();
  void take_view(transport::Request&) const;

  std::shared_ptr<Member> member_;
  std::mutex looking_;  // held to look again, and to change what follows
  std::vector<std::unique_ptr<transport::Connection>> connections_;  // ops may still use older ones
  std::atomic<transport::Connection*> connection_{nullptr};          // the latest
  transport::Grant grant_{};                                         // of connection_
  std::byte* view_ = nullptr;                                        // this process's own page
  board::Mapping map_;                                               // marks, gate and memory after it
  std::byte* base_ = nullptr;
  core::SegmentHome home_;
  const std::atomic<std::uint64_t>* gate_ = nullptr;
  std::atomic<std::uint64_t> expected_{0};
  std::atomic<Access> rights_{Access::none};  // what remains of access_
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
