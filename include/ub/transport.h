// The plug-in contract: what a transport does for libub, and what libub does for it.
// Owner: libub owns a Transport from create() on, and every Connection and Lane that it returns.
// Thread safety: members of Transport may be called concurrently from any thread; those of a Lane by one thread at a time.
// Units: bytes; host time as Instant of the transport's own now(); model time in picoseconds.
// Errors: set-up calls return Expected; an op ends with a Status in its Ending. What each call must do: ub_transport(3).
//
// Core owns ops, order, deadlines, repeats, rights and windows. A transport moves requests and reports their endings:
//
//     core: op table ── Lane::post ──▶ transport ── Home::execute ──▶ core: checks, applies, remembers
//                    ◀── Lane::poll ──           ◀──── Ending ─────
//
// Home::execute is called by the initiator where it maps the home's memory, else by a responder.
#pragma once

#include <array>
#include <atomic>
#include <cstddef>
#include <memory>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "ub/caps.h"
#include "ub/op.h"
#include "ub/remote_segment.h"
#include "ub/status.h"
#include "ub/types.h"
#include "ub/watch.h"

#pragma GCC visibility push(default)

namespace ub {
struct DeviceInfo;
}

namespace ub::transport {

/// Changes whenever this header, or one that it includes, changes in a way that affects plug-ins. kSizes does not detect all
/// such changes: a new member of Caps may take the place of padding.
inline constexpr std::uint32_t kContract = 5;

/// A home's description of its memory for initiators. Opaque to core; passed on by the directory.
using Grant = std::array<std::uint64_t, 4>;

/// The address of a rank. Opaque to core; passed on by the directory in the rank's record. All zeroes: none is needed.
using Address = std::array<std::uint64_t, 8>;

/// Identifies an op; never reused. The stream is a queue of one process, or the blocking ops of one of its threads; the
/// sequence is the op's number in it. A repeat has the id of the first attempt.
struct OpId {
  std::uint64_t stream = 0;
  std::uint64_t sequence = 0;
  bool operator==(const OpId&) const = default;
};

class Connection;
class Home;

/// One attempt of one op.
struct Request {
  OpId id;
  detail::WordOp word;     ///< op, size, offset, operands
  void* buffer = nullptr;  ///< destination of a read, source of a write; valid until the ending or reclaim()
  std::uint64_t length = 0;         ///< of the buffer
  std::uint64_t signal_offset = 0;  ///< of a write_signal
  std::uint16_t attempt = 1;        ///< its number; the ending repeats it
  std::uint64_t begun = 0;          ///< bytes of the buffer that earlier attempts have moved
  std::uint64_t gate = 0;           ///< the home's generation, as the initiator knows it
  Access rights = Access::none;     ///< of the attachment
  bool more = false;                ///< a piece that ends at `length`; later pieces and the signal follow
  bool remember = false;  ///< the home must record the result in its window, and respond to a repeat from it
  bool notify = false;    ///< Home::execute wakes threads that wait on the segment, as for every write_signal
  std::uint32_t in_flight = 0;        ///< the stream's limit on ops in flight: the window's size
  std::uint16_t path = 0;             ///< the index of the path to take
  std::uint32_t path_generation = 0;  ///< of the path; see Transport::seal
  Word16 desired16, compare16;
  Connection* connection = nullptr;
  Home* home = nullptr;        ///< set where the initiator maps the home's memory: call its execute()
  void* core = nullptr;        ///< for core; meaningless in another process
  std::shared_ptr<void> keep;  ///< if set, a copy of it keeps connection and home alive
};

/// The end of an attempt. `stale_epoch`: it was not executed, because its gate or grant is no longer valid. `outcome_unknown`:
/// it was lost; it will not be executed from now on, and may have been before. Core then checks the peer's state and posts
/// another attempt where that is allowed.
struct Ending {
  OpId id;
  Status status;
  std::uint64_t value = 0;
  Word16 value16;
  std::uint64_t moved = 0;  ///< bytes of the buffer moved by all attempts so far
  std::uint16_t attempt = 0;
  std::uint16_t path = 0;
  bool fresh = false;  ///< set by the home's window: no attempt of this op has been executed
  ModelTime model;
};

/// An ending with the id and attempt of the request.
inline Ending answer_to(const Request& r) {
  Ending e;
  e.id = r.id;
  e.attempt = r.attempt;
  return e;
}

/// Executes ops on the memory of a segment. Implemented by core, called by the initiator or by a responder.
class Home {
 public:
  virtual Ending execute(const Request&, Instant now) = 0;
  /// The stream has ended: frees its window.
  virtual void forget(std::uint64_t stream) = 0;

 protected:
  ~Home() = default;
};

/// A transport's side of an attachment: reaches one peer's segment. Destroying it disconnects.
class Connection {
 public:
  virtual ~Connection() = default;
};

/// Carries the ops of one stream. post() and poll() must not block.
class Lane {
 public:
  virtual ~Lane() = default;
  /// Accepts a prefix of the batch and returns its length. 0: no room now; core polls first. An accepted request has one
  /// ending or, if `Caps::attempt` is finite, may have none: core then repeats it or ends it at its deadline.
  virtual std::size_t post(std::span<const Request> batch) = 0;
  /// Returns endings, in any order. Core discards late and duplicate ones.
  virtual std::size_t poll(std::span<Ending> out) = 0;
  /// Called when the op's deadline has passed or, where attempts can be lost, after an ending. True: the transport does not
  /// use its buffer again nor, unless the request has `keep`, anything else that the request points to. Core calls until it
  /// is true, which it must become even if the peer or the engine behind the lane is dead.
  virtual bool reclaim(OpId) = 0;
};

/// Requirements of a new lane.
struct LaneSpec {
  std::uint32_t depth = 1;  ///< the stream's limit on ops in flight
};

/// A peer's segment to connect to.
struct Destination {
  NodeId from, to;
  Address address{};  ///< of the rank at `to`
  SegmentId segment;
  Grant grant{};
  std::uint64_t size = 0;  ///< of the segment
};

/// A segment to expose.
struct Exposing {
  SegmentId id;
  std::uint64_t size = 0;  ///< a multiple of 64
  bool huge_pages = false;
  Access access = Access::all;  ///< every right that any initiator may have
  std::byte* existing =
      nullptr;  ///< pinned memory of the program; null: the transport provides zeroed memory
  Home& home;   ///< for responders; valid until conceal() returns
};

/// A grant to replace.
struct Regranting {
  SegmentId id;
  Grant grant{};                ///< the present one
  Access access = Access::all;  ///< every right that any initiator may have from now on
};

/// The memory of an exposed segment in the home's process.
struct Memory {
  std::byte* data = nullptr;
  Grant grant{};
  std::string note;             ///< why a request such as huge pages was not met, or empty
  std::shared_ptr<void> owner;  ///< frees it; dropped after conceal()
};

/// A path to a peer, for display.
struct Path {
  std::string name;  ///< "board0.npu0 > board0.npu3"
  bool usable = true;
};

/// An event that the transport reports, once. Core discards events of connections that have ended.
struct Event {
  using Kind = EventKind;
  Kind kind{};                       ///< any but peer_joined, which the directory reports
  Connection* connection = nullptr;  ///< path_down, path_up, peer_gone, sealed: which
  std::uint16_t path = 0;            ///< path_down, path_up, sealed: which of its paths
  std::uint32_t path_generation = 0;
  std::string about = {};    ///< other kinds: what it concerns, such as "rxe0 port 1"
  std::uint64_t missed = 0;  ///< EventKind::missed: how many events did not fit
};

/// The traffic of one direction of a link.
struct LinkUse {
  std::string from, to;
  std::uint64_t packets = 0, bytes = 0;
};

class Transport {
 public:
  virtual ~Transport() = default;
  virtual const Caps& caps() const = 0;

  // --- time: the clock of every deadline, and the waits of core. Default: the host's steady clock. A transport with its own
  // clock must return from wait() and wait_on() within 100 ms of host time, so that core can detect a stopped clock.
  virtual Instant now() const;
  /// Waits for endings. May return early.
  virtual void wait(Instant until);
  /// Waits until the word differs from `seen`; the thread that changes it wakes its futex. May return early.
  virtual void wait_on(const std::atomic<std::uint32_t>& word, std::uint32_t seen, Instant until);
  /// A descriptor that is readable when wait() would return early, owned by the transport; -1: none.
  virtual int wait_fd() const;
  /// Returns the events since the last call, each once; must not block. Called by one thread at a time.
  virtual std::size_t events(Instant now, std::span<Event> out);

  // --- the home's side
  /// The address at which peers reach this rank. Called once, after create().
  virtual Address address() const;
  virtual Expected<Memory> expose(const Exposing&) = 0;
  /// The rights of the segment have changed, and so has the home's gate. Returns the new grant when no request under the old
  /// one can be executed without Home::execute (by a NIC); returns the same grant if every op uses Home::execute. Fails with
  /// `busy` if that is not reached by `until`.
  virtual Expected<Grant> regrant(const Regranting&, Instant until);
  /// The segment is closed, and this process no longer uses its memory.
  virtual void conceal(SegmentId) {}
  /// Pins memory of the program, for buffers or as a segment. Destroying the result unpins it.
  virtual Expected<std::shared_ptr<void>> pin(std::span<std::byte>);

  // --- the initiator's side
  /// May wait for the peer until the instant; must not wait if it has passed. Ops that are posted before the connection is
  /// established end with `stale_epoch` or wait.
  virtual Expected<std::unique_ptr<Connection>> connect(const Destination&, Instant until) = 0;
  /// Maps the peer's memory at `address`, replacing the mapping there. False: not supported; ops then use lanes.
  virtual Expected<bool> map(const Grant&, std::uint64_t size, bool writable, void* address);
  virtual std::unique_ptr<Lane> lane(const LaneSpec&) = 0;
  virtual std::vector<Path> paths(const Connection&) const;  ///< at least one
  /// Prevents the execution of requests that took `path` under a generation below `generation`; a `sealed` event reports
  /// when this holds. False: not supported, and ops of unknown fate stay unknown.
  virtual bool seal(Connection&, std::uint16_t path, std::uint32_t generation);

  // --- nodes that ranks may use; by default rank r is on "node<r>"
  virtual std::uint32_t npus(std::uint32_t ranks) const;   ///< core selects free ranks below this number
  virtual std::optional<NodeId> default_node(Rank) const;  ///< nullopt: the program must name one
  virtual std::optional<NodeId> find_node(std::string_view name) const;  ///< a node that can hold a rank
  virtual std::optional<Rank> default_rank(NodeId) const;
  virtual std::string node_name(NodeId) const;
  virtual std::vector<LinkUse> links() const;

  /// The transport's own counters, for Fabric::counters().
  virtual std::vector<std::pair<std::string, std::uint64_t>> counters() const;
};

/// The arguments of create().
struct Setup {
  std::string_view url;
  std::vector<std::pair<std::string, std::string>> options;  ///< of the URL, without `ranks` and `directory`
  std::uint64_t incarnation = 0;                             ///< of the fabric
  std::string_view host;  ///< this host's address for other hosts; empty: all ranks are on one host
};

/// A plug-in exports one, named `ub_transport_plugin`, with C linkage.
struct Plugin {
  std::uint32_t contract = 0;  ///< kContract of the header that it was compiled with
  std::uint32_t sizes = 0;     ///< kSizes of that header: detects another compiler's layout
  const char* name = nullptr;  ///< the scheme of its URLs: "loopback" for loopback://
  Expected<std::unique_ptr<Transport>> (*create)(const Setup&) = nullptr;
  Caps (*caps)() = nullptr;
  /// Lists its devices (ub/inspect.h); null: it has none.
  Expected<std::vector<DeviceInfo>> (*devices)() = nullptr;
};
inline constexpr std::uint32_t kSizes =
    std::uint32_t(sizeof(Request) << 20 | sizeof(Ending) << 10 | sizeof(Caps));

}  // namespace ub::transport

#pragma GCC visibility pop
