// The windows that a home keeps, one for each stream, where a responder acts for it.
// Owner: an exposure.  Thread safety: any thread; the transport ensures that one op at a time uses a stream's window.
// Units: none.
// Errors: an empty window for a stream beyond the limit: its ops are refused, since forgetting one could apply an op twice.
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
