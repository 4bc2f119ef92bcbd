// The environment of a group of checks: each transport, one after the other, with a home, a peer, and a segment that the
// reference mirrors.
// Owner: a World belongs to the list of main(); a Bench to its check.
// Thread safety: as for the fabric.
// Units: bytes.
// Errors: a transport that cannot be opened fails the check.
#pragma once

#include <doctest/doctest.h>

#include <functional>

#include "far.h"
#include "ledger.h"
#include "model.h"
#include "perform.h"
#include "tests/pair.h"

namespace ub::conformance {

struct World {
  std::string url;
  std::string transport;   // from the URL: "fault+shm"
  const char* group = "";  // the group that is running
  Caps caps{};
  Far* far = nullptr;  // if set, homes are in its process, not in this one

  Fabric open(std::optional<Rank> rank = {}) const { return test::must(Fabric::open(url, {.rank = rank})); }
  /// Whether requests or responses may be lost.
  bool lossy() const { return caps.attempt != Duration::max(); }
  /// How often to repeat a random check: less often where each lost message takes a timeout.
  int times(int n) const { return lossy() ? (n + 9) / 10 : n; }
  /// Makes the outcome of every op known, also where messages are lost and homes keep no windows of their own.
  ExposeOptions certain(ExposeOptions o = {}) const {
    o.exactly_once = lossy() && !caps.windows;
    return o;
  }
  /// Records that an op has ended, and how.
  void ran(Op op, Code c) const { ledger().ran(transport, group, op, c); }
  Status ran(Op op, Status s) const { return ran(op, s.code()), s; }
  template <class T> Result<T> ran(Op op, Result<T> r) const { return ran(op, r.status.code()), r; }
  /// Whether to make a check; if not, records that it is skipped because of the Caps bit `bit`.
  bool has(bool capability, const char* bit, const char* check) const {
    if (!capability) ledger().skipped({transport, check, bit});
    return capability;
  }
};

/// The transports to check, in main()'s order.
std::vector<World>& worlds();
/// Runs a group of checks on each transport. A failed REQUIRE or an exception ends it on that transport only.
void on_every_transport(const char* group, const std::function<void(const World&)>& checks);
/// The same, for checks that do more with homes than a Far supports: not run if homes are in another process.
void with_homes_here(const char* group, const std::function<void(const World&)>& checks);

struct BenchOptions {
  std::uint64_t size = 4096;
  ExposeOptions expose = {};
  AttachOptions attach = {};
  bool certain = true;  ///< see World::certain()
};

class Bench {
 public:
  explicit Bench(const World&, const BenchOptions& = {});
  ~Bench();

  /// Checks one step in one form: its status, its value and the memory match the reference.
  void check(Form, const Step&, const OpOptions& = {});
  /// Checks every op in every form; where messages are lost, in one form each, which changes from call to call.
  void check_every_op();
  /// Checks that the home's memory is the same as the reference's.
  void check_memory();
  /// The home itself stores a word.
  void put(std::uint64_t offset, std::uint64_t value, unsigned size);
  /// Applies the step to the reference, and checks the outcome against it.
  void check_outcome(const Step&, const Outcome&);

  /// The home's memory; a copy if the home is far.
  std::span<std::byte> memory() const { return world.far ? world.far->look() : segment.local_view(); }
  Status revoke(Access a) const { return world.far ? world.far->revoke(a) : segment.revoke(a); }
  /// Returns once the peer has received the change.
  Status grant(Access);
  /// The home sleeps until the word is at least `value`; only a signal wakes it.
  Status await(std::uint64_t offset, std::uint64_t value) const;
  /// The word as the home sees it now.
  std::uint64_t word(std::uint64_t offset) const {
    return std::atomic_ref(*reinterpret_cast<std::uint64_t*>(memory().data() + offset)).load();
  }

  const World& world;
  Fabric home;  ///< if the home is far, a third rank that takes no part
  Fabric peer;
  Segment segment;  ///< invalid if the home is far
  RemoteSegment remote;
  Queue queue;
  Model model;
  Access rights;  ///< of `remote`, as the home grants them at present
};

}  // namespace ub::conformance
