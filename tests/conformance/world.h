// Where a group of checks runs: each transport in turn, and on it a home, a peer, and a segment that the reference follows.
// Owner: a World belongs to the list of main(); a Bench to its check.
// Threads: as the fabric's.
// Units: bytes.
// Errors: a transport that cannot even be opened fails the check.
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
  std::string transport;   // of the URL: "fault+shm"
  const char* group = "";  // that is running
  Caps caps{};
  Far* far = nullptr;  // homes are in its process, not in this one

  Fabric open(std::optional<Rank> rank = {}) const { return test::must(Fabric::open(url, {.rank = rank})); }
  /// Requests or answers may be lost.
  bool lossy() const { return caps.attempt != Duration::max(); }
  /// How often to do what is random: where every lost message costs its time, less often.
  int times(int n) const { return lossy() ? (n + 9) / 10 : n; }
  /// What makes every op certain, also where messages are lost and homes keep no windows of their own.
  ExposeOptions certain(ExposeOptions o = {}) const {
    o.exactly_once = lossy() && !caps.windows;
    return o;
  }
  /// Says that an op has ended, and how.
  void ran(Op op, Code c) const { ledger().ran(transport, group, op, c); }
  Status ran(Op op, Status s) const { return ran(op, s.code()), s; }
  template <class T> Result<T> ran(Op op, Result<T> r) const { return ran(op, r.status.code()), r; }
  /// Whether a check is to be made; else it is skipped, by the Caps bit that is named.
  bool has(bool capability, const char* bit, const char* check) const {
    if (!capability) ledger().skipped({transport, check, bit});
    return capability;
  }
};

/// The transports to hold to the promises, in main()'s order.
std::vector<World>& worlds();
/// Runs a group of checks on each. What ends it on one does not end it on the others.
void on_every_transport(const char* group, const std::function<void(const World&)>& checks);
/// The same, for what does more with homes than a Far can be told: not where they are in another process.
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

  /// One step in one form: it ends as the reference says, with its value, and leaves the reference's memory.
  void check(Form, const Step&, const OpOptions& = {});
  /// Every op in every form; where messages are lost in one form each, another one for another bench.
  void check_every_op();
  /// The same memory at the home as in the reference.
  void check_memory();
  /// The home puts a word there itself.
  void put(std::uint64_t offset, std::uint64_t value, unsigned size);
  /// What a post's completion has to be; applies the step to the reference.
  void check_outcome(const Step&, const Outcome&);

  /// The home's; a copy of it, if the home is far.
  std::span<std::byte> memory() const { return world.far ? world.far->look() : segment.local_view(); }
  Status revoke(Access a) const { return world.far ? world.far->revoke(a) : segment.revoke(a); }
  /// Returns once the peer has heard of it.
  Status grant(Access);
  /// The home sleeps until the word is as large; only a signal wakes it.
  Status await(std::uint64_t offset, std::uint64_t value) const;
  /// As the home sees it now.
  std::uint64_t word(std::uint64_t offset) const {
    return std::atomic_ref(*reinterpret_cast<std::uint64_t*>(memory().data() + offset)).load();
  }

  const World& world;
  Fabric home;  ///< if the home is far, a bystander beside the peer
  Fabric peer;
  Segment segment;  ///< none, if the home is far
  RemoteSegment remote;
  Queue queue;
  Model model;
  Access rights;  ///< of `remote`, as the home grants them at present
};

}  // namespace ub::conformance
