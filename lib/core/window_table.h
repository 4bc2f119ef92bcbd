// The windows that a home keeps, one a stream, where somebody else than the initiator acts for it.
// Owner: an exposure.  Threads: any; one op at a time holds a stream's window by the transport's promise.
// Units: none.
// Errors: an empty window when too many streams are known: their ops are refused, since forgetting one could apply an op twice.
#pragma once

#include <map>
#include <memory>
#include <mutex>
#include <vector>

#include "core/home.h"

namespace ub::core {

class WindowTable final : public Windows {
 public:
  recovery::Window of(std::uint64_t stream, std::uint32_t in_flight) override;
  void forget(std::uint64_t stream) override;

 private:
  static constexpr std::size_t kMostStreams = 1 << 16;
  static constexpr std::uint32_t kLargest = 1 << 16;
  struct Entry {
    recovery::Window::Header header;
    std::vector<recovery::Window::Memory> memories;
  };
  std::mutex mutex_;
  std::map<std::uint64_t, std::unique_ptr<Entry>> entries_;
};

}  // namespace ub::core
