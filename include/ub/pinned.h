// The program's own memory, pinned for bulk ops or to be exposed as a segment.
// Owner: a handle; copies share the pin. Destroying the last handle of the pin and of the segments made of it unpins. The
// memory stays the program's and must outlive that; no thread may use it while the last handle of such a segment is destroyed.
// Thread safety: members may be called concurrently from any thread.
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
  Pinned() = default;  ///< an empty span
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
