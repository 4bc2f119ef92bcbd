// A set of a machine's endpoints, in the order of their numbers.
// Owner: plain value.  Thread safety: no shared state.
// Units: none.
// Errors: none.
#pragma once

#include <cstddef>
#include <cstdint>
#include <vector>

#include "ub/types.h"

namespace ub::routing {

class NodeSet {
 public:
  explicit NodeSet(std::size_t endpoints) : has_(endpoints) {}
  void add(NodeId n) { size_ += has_[n.value] == 0, has_[n.value] = 1; }
  bool has(NodeId n) const { return has_[n.value] != 0; }
  std::size_t size() const { return size_; }
  std::vector<NodeId> nodes() const {
    std::vector<NodeId> all;
    all.reserve(size_);
    for (std::uint32_t n = 0; all.size() < size_; ++n)
      if (has_[n]) all.push_back(NodeId(n));
    return all;
  }

 private:
  std::vector<std::uint8_t> has_;
  std::size_t size_ = 0;
};

}  // namespace ub::routing
