// An attachment: the mapped pages of a peer's segment, and the slow path of every op on it.
// Owner: RemoteSegment handles share it; it keeps its member's board alive.
// Threads: any, at once.
// Units: bytes.
// Errors: see RemoteSegment. The slow path is where a failed comparison with the gate gets its reason.
#pragma once

#include <atomic>
#include <memory>

#include "core/home.h"
#include "core/member.h"
#include "directory/segments.h"
#include "ub/remote_segment.h"

namespace ub::detail {

class Attachment {
 public:
  static Expected<RemoteSegment> make(std::shared_ptr<Member>, const directory::Found&, const AttachOptions&);
  ~Attachment();

  Result<std::uint64_t> word(const WordOp&, const OpOptions*);
  Status swap16(std::uint64_t offset, Word16 expected, Word16 desired, Word16& old, const OpOptions&);
  Status bulk(Op, std::uint64_t offset, void* local, std::uint64_t size, const OpOptions&);
  Status write_signal(std::uint64_t offset, const void* local, std::uint64_t size, std::uint64_t signal_offset,
                      std::uint64_t signal, const OpOptions&);
  /// Whether a list's piece could be executed; for checking all before the first moves.
  Code check(Op, std::uint64_t offset, std::uint64_t size) const;

  /// The fabric is left: from now on every op takes the slow path, and ends there.
  void cut();

  Rank peer() const { return peer_; }
  SegmentId id() const { return id_; }
  std::uint64_t size() const { return size_; }
  Access access() const { return access_; }
  std::string name() const { return name_; }
  std::byte* memory() const { return base_; }
  std::string path_name(std::uint16_t path) const;

 private:
  struct Running;

  Attachment() = default;
  std::optional<Failure> map(const directory::Found&);
  void expect(std::uint64_t gate);
  Code find_reason(std::uint64_t gate);
  board::Response run(board::Request&, const OpOptions*);
  Status finish(Code, Op) const;

  std::shared_ptr<Member> member_;
  std::unique_ptr<board::Connection> connection_;
  std::byte* view_ = nullptr;  // this process's own page
  board::Mapping map_;         // marks, gate and memory behind it
  std::byte* base_ = nullptr;
  core::SegmentHome home_;
  const std::atomic<std::uint64_t>* gate_ = nullptr;
  std::atomic<std::uint64_t> expected_{0};
  std::uint64_t size_ = 0;
  std::uint32_t epoch_ = 0, serial_ = 0;
  Rank peer_;
  SegmentId id_;
  Token token_;
  Access access_ = Access::none;
  std::string name_;
};

}  // namespace ub::detail
