// The segments of this process: their memory, and the keys by which a NIC and the responder let others at it.
// Owner: the transport.  Threads: any; changes and execute() take turns by the service's lock, which the caller holds.
// Units: bytes.
// Errors: what registering answered; the responder's refusals are in its answers.
//
// A key per right, random: 64 bits where the provider lets us choose. A right that nobody has is under no key at all.
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
  std::uint64_t read = 0, write = 0, atomic = 0, base = 0;  ///< base: what offset 0 is called on the wire
};
inline transport::Grant grant_of(const Keys& k) { return {k.read, k.write, k.atomic, k.base}; }
inline Keys keys_of(const transport::Grant& g) { return {g[0], g[1], g[2], g[3]}; }
/// How many keys before the current ones a home recognises in a repeat of an op that it remembers. [?]
inline constexpr std::size_t kFormerKeys = 64;
/// The key that an op goes by.
std::uint64_t key_for(const Keys&, Op);

class Exposures {
 public:
  explicit Exposures(const Rail& rail) : rail_(rail) {}

  /// Memory of a page's alignment, zeroed, or what exists already.
  Expected<transport::Memory> add(const transport::Exposing&);
  /// New keys for what is still allowed; the responder goes by them from now on. A NIC goes by the old ones until retired.
  Expected<transport::Grant> rekey(const transport::Regranting&);
  /// Ends all keys but those of the latest rekey().
  void retire_old(SegmentId);
  /// Nothing finds the segment any more. Its keys, which it answers, end with remove().
  Keys hide(SegmentId);
  void remove(SegmentId);
  /// The stream has ended: its window in the segment goes.
  void forget(SegmentId, std::uint64_t stream);
  std::uint64_t new_key() { return std::uint64_t(random_()) << 32 | random_(); }

  /// `landing`: where the data of a transfer are.
  Answer execute(const Call&, std::byte* landing, Instant now);

 private:
  struct Segment {
    transport::Home* home = nullptr;
    std::byte* memory = nullptr;
    std::uint64_t size = 0;
    Keys keys;
    std::deque<Keys> former;  // the latest first, at most kFormerKeys
    std::vector<Fid<fid_mr>> registered, old;
  };
  std::optional<Failure> register_keys(Segment&, Access);

  const Rail& rail_;
  std::random_device random_;
  std::map<SegmentId, Segment> segments_;
};

}  // namespace ub::rdma
