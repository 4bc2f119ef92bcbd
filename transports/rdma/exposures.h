// The segments of this process: their memory, and the keys with which peers access it through a NIC or the responder.
// Owner: the transport.  Thread safety: for changes and execute(), the caller holds the service's lock.
// Units: bytes.
// Errors: the error of registering the memory; the responder's refusals are in its responses.
//
// Each right has a random key, of 64 bits where the provider lets libub choose it. A right that is not granted has no key.
#pragma once

#include <deque>
#include <map>
#include <memory>
#include <random>

#include "rail.h"
#include "ub/transport.h"
#include "wire.h"

namespace ub::rdma {

/// What a grant is made of.
struct Keys {
  std::uint64_t read = 0, write = 0, atomic = 0, base = 0;  ///< base: the address of offset 0 on the wire
};
inline transport::Grant grant_of(const Keys& k) { return {k.read, k.write, k.atomic, k.base}; }
inline Keys keys_of(const transport::Grant& g) { return {g[0], g[1], g[2], g[3]}; }
/// How many former sets of keys a home accepts in a repeat of an op that it remembers. [?]
inline constexpr std::size_t kFormerKeys = 64;
/// The key that an op uses.
std::uint64_t key_for(const Keys&, Op);

class Exposures {
 public:
  explicit Exposures(const Rail& rail) : rail_(rail) {}

  /// Allocates zeroed, page-aligned memory, or takes the existing memory.
  Expected<transport::Memory> add(const transport::Exposing&);
  /// Makes new keys for the remaining rights. The responder uses them from now on; a NIC also takes the old ones until retired.
  Expected<transport::Grant> rekey(const transport::Regranting&);
  /// Ends all keys except those of the latest rekey().
  void retire_old(SegmentId);
  /// Ops no longer find the segment. Returns its keys, which end with remove().
  Keys hide(SegmentId);
  void remove(SegmentId);
  /// The stream has ended; frees its window in the segment.
  void forget(SegmentId, std::uint64_t stream);
  std::uint64_t new_key() { return std::uint64_t(random_()) << 32 | random_(); }

  /// `landing`: the data of a transfer.
  Answer execute(const Call&, std::byte* landing, Instant now);

 private:
  struct Segment {
    transport::Home* home = nullptr;
    std::byte* memory = nullptr;
    std::uint64_t size = 0;
    Keys keys;
    std::deque<Keys> former;  // latest first, at most kFormerKeys
    std::vector<Fid<fid_mr>> registered, old;
  };
  std::optional<Failure> register_keys(Segment&, Access);

  const Rail& rail_;
  std::random_device random_;
  std::map<SegmentId, Segment> segments_;
};

}  // namespace ub::rdma
