// The user's memory that is registered with the NIC. Ops find it by address.
// Owner: the transport.  Thread safety: find() takes no lock and may run concurrently; a lock serializes changes.
// Units: bytes.
// Errors: the error of registering the memory.
//
// Ops read a sorted table that is never modified; a change publishes a new one. Older tables are freed by the first change
// during which no thread reads: a reader is counted before it loads the table, and a later reader loads the new one.
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

  /// Registers the memory until the returned object is destroyed.
  Expected<std::shared_ptr<void>> add(std::span<std::byte>);
  /// Finds the descriptor of memory that one pin covers. False: none does.
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
