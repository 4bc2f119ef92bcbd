// A responder's segment: a header with tool and version, room for data, and a claim on it.
// Owner: the responder exposes it; initiators read the header and take the claim.
// Thread safety: the header is written once, before the greeting; the claim by compare-swap.
// Units: bytes.
// Errors: different versions refuse each other here, and report both.
#pragma once

#include <cstdint>
#include <string>
#include <utility>

#include "ub/fabric.h"
#include "ub/remote_segment.h"
#include "ub/segment.h"

namespace tools {

/// A tool's protocol: its name is also that of its segment.
struct Service {
  const char* name;       // "ub-ping"
  std::uint32_t version;  // raised when the segment's layout or the responses change
};

/// At offset 0 of a responder's segment.
struct ServiceHeader {
  std::uint64_t greeting;  // 0 until the rest is valid
  std::uint64_t claim;     // rank + 1 and epoch of the exclusive initiator; or 0
  std::uint64_t data_offset, data_size;
};
inline constexpr std::uint64_t kGreetingOffset = 0, kClaimOffset = 8;

/// Distinguishes a responder from other memory, and its versions.
std::uint64_t greeting_of(const Service&);
/// Fills in the header of the responder's own segment; the greeting last.
void greet(const ub::Segment&, const Service&, std::uint64_t data_offset, std::uint64_t data_size);
/// Whether a segment starts with the greeting of this tool, in any version.
bool greets(const ub::RemoteSegment&, const Service&);
/// Reads the header as an initiator; waits for a greeting that is not yet written.
ub::Expected<ServiceHeader> read_header(const ub::RemoteSegment&, const Service&);

/// Exclusive use of the segment by this initiator, until the object is destroyed.
class Claim {
 public:
  /// Fails with busy while another live initiator holds it.
  static ub::Expected<Claim> take(const ub::Fabric&, const ub::RemoteSegment&);
  Claim(Claim&& other) noexcept : segment_(std::move(other.segment_)), mark_(std::exchange(other.mark_, 0)) {}
  Claim& operator=(Claim&&) = delete;
  ~Claim();

 private:
  Claim(ub::RemoteSegment s, std::uint64_t mark) : segment_(std::move(s)), mark_(mark) {}
  ub::RemoteSegment segment_;
  std::uint64_t mark_;
};

}  // namespace tools
