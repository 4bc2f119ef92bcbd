// The user's own memory, pinned: for bulk ops from and to it, and to be exposed as a segment.
// Owner: a handle; copies share the pin. The last of them, and of the segments made of it, unpins. The memory is the user's
// all the time, and has to outlive that; nobody in this process may use it while the last handle of such a segment goes.
// Threads: any, at once.
// Units: bytes.
// Errors: none here; see Fabric::pin and Fabric::expose.
#pragma once

#include <cstddef>
#include <memory>
#include <span>
#include <utility>

#pragma GCC visibility push(default)

namespace ub {

namespace detail {
struct FabricAccess;
struct Pin;  // the library's side
}  // namespace detail

class Pinned {
 public:
  Pinned() = default;  ///< nothing: an empty span
  std::span<std::byte> memory() const { return memory_; }

 private:
  friend struct detail::FabricAccess;
  Pinned(std::span<std::byte> memory, std::shared_ptr<detail::Pin> pin)
      : memory_(memory), pin_(std::move(pin)) {}
  std::span<std::byte> memory_;
  std::shared_ptr<detail::Pin> pin_;
};

}  // namespace ub

#pragma GCC visibility pop
