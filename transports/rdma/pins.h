// The user's memory that is registered with the NIC, for ops to find by address.
// Owner: the transport.  Threads: find() from any, without a lock; changes take turns by one.
// Units: bytes.
// Errors: what registering answered.
//
// What ops look at is a sorted table that never changes; a change makes a new one. Older ones go with the first change at
// which nobody is looking: who looks has counted himself before, and whoever comes later finds the new one.
#pragma once

#include <atomic>
#include <cstdint>
#include <memory>
#include <mutex>
#include <span>
#include <vector>

#include "rail.h"

namespace ub::rdma {

class Pins : public std::enable_shared_from_this<Pins> {
 public:
  explicit Pins(const Rail& rail) : rail_(rail) {
    tables_.push_back(std::make_unique<Table>());
    current_ = tables_.back().get();
  }

  /// Unregistered when what it answers goes.
  Expected<std::shared_ptr<void>> add(std::span<std::byte>);
  /// The descriptor of memory that is pinned as a whole; false: it is not.
  bool find(const void* memory, std::size_t size, void** descriptor) const;

 private:
  struct Entry {
    const std::byte* begin;
    const std::byte* end;
    fid_mr* mr;
  };
  using Table = std::vector<Entry>;
  struct Looking {
    explicit Looking(std::atomic<std::uint32_t>& n) : count(n) { count.fetch_add(1); }
    ~Looking() { count.fetch_sub(1); }
    Looking(const Looking&) = delete;
    std::atomic<std::uint32_t>& count;
  };
  void publish(Table);
  void remove(fid_mr*);

  const Rail& rail_;
  std::mutex mutex_;
  std::vector<std::unique_ptr<Table>> tables_;
  std::atomic<const Table*> current_;
  mutable std::atomic<std::uint32_t> looking_{0};
};

}  // namespace ub::rdma
