// What a tool's responder exposes: a header that says who speaks which version, room to work in, and a claim on it.
// Owner: the responder exposes it; initiators read the header and take the claim.
// Threads: the header is written once, before the greeting; the claim by compare-swap.
// Units: bytes.
// Errors: two versions that do not fit refuse each other here, by name.
#pragma once

#include <cstdint>
#include <string>
#include <utility>

#include "ub/fabric.h"
#include "ub/remote_segment.h"
#include "ub/segment.h"

namespace tools {

/// A tool's protocol: its name is that of its segment, too.
struct Service {
  const char* name;       // "ub-ping"
  std::uint32_t version;  // raised whenever the segment's layout or the answers change
};

/// At offset 0 of a responder's segment.
struct ServiceHeader {
  std::uint64_t greeting;  // 0 until the rest stands
  std::uint64_t claim;     // who works there alone, as rank + 1 and epoch; or 0
  std::uint64_t data_offset, data_size;
};
inline constexpr std::uint64_t kGreetingOffset = 0, kClaimOffset = 8;

/// Tells a responder from other memory, and versions from each other.
std::uint64_t greeting_of(const Service&);
/// Fills in the header of the responder's own segment; the greeting last.
void greet(const ub::Segment&, const Service&, std::uint64_t data_offset, std::uint64_t data_size);
/// Whether a segment that may be anything starts like this tool's responder.
bool greets(const ub::RemoteSegment&, const Service&);
/// Reads it as an initiator; waits for a greeting that is still to come.
ub::Expected<ServiceHeader> read_header(const ub::RemoteSegment&, const Service&);

/// The segment for this initiator alone, for as long as the object lives.
class Claim {
 public:
  /// Refused while another initiator that lives has it.
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
