// The plug-in contract: what a transport does for libub, and what libub does for it.
// Owner: libub owns a Transport from create() on, and what it hands out; a Lane belongs to one thread at a time.
// Threads: a Transport's calls come from any thread, at once; a Lane's from one thread at a time.
// Units: bytes; host time as Instant of the transport's own now(); model time in picoseconds.
// Errors: set-up answers Expected; an op ends with a Status in its Ending. ub_transport(3) has each call's obligations.
//
// Core owns ops, order, deadlines, repeats, rights and windows. A transport moves requests and says what it saw:
//
//     core: op table ── Lane::post ──▶ transport ── Home::execute ──▶ core: checks, applies, remembers
//                    ◀── Lane::poll ──           ◀──── Ending ─────
//
// Who acts for a home calls Home::execute: the initiator itself where it maps the home's memory, or a responder.
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

/// Changes with every change of this header, or of what it includes, that a plug-in can notice: another member of Caps may lie
/// where there was padding, and leave kSizes as it was.
inline constexpr std::uint32_t kContract = 5;

/// Memory as its home describes it to initiators: opaque, travels through the directory.
using Grant = std::array<std::uint64_t, 4>;

/// How others reach a rank: opaque, travels through the directory with the rank's record. All zeroes: no address is needed.
using Address = std::array<std::uint64_t, 8>;

/// Names an op for ever: the stream (a queue, or a thread's implicit one, of one incarnation of one process), and its
/// number in it. A repeat has the id of the first attempt.
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
  detail::WordOp word;  ///< op, size, offset, operands
  void* buffer =
      nullptr;  ///< read: filled; write, write_signal: taken from. The caller's until reclaimed or ended
  std::uint64_t length = 0;         ///< of the buffer
  std::uint64_t signal_offset = 0;  ///< write_signal
  std::uint16_t attempt = 1;        ///< which of the op's; an answer names it
  std::uint64_t begun = 0;          ///< how much of the buffer earlier attempts are known to have moved
  std::uint64_t gate = 0;           ///< the home's generation that the initiator goes by
  Access rights = Access::none;     ///< of the attachment
  bool more =
      false;  ///< only a part, up to `length`: others follow, with the signal, and with what is remembered
  bool remember = false;  ///< the home has to keep the result in its window, and answer a repeat from there
  bool notify = false;    ///< Home::execute wakes who sleeps on the segment; so does every write_signal
  std::uint32_t in_flight = 0;        ///< how many ops of the stream can be at most: the window's size
  std::uint16_t path = 0;             ///< of the connection's paths, which to take
  std::uint32_t path_generation = 0;  ///< of the path; see Transport::seal
  Word16 desired16, compare16;
  Connection* connection = nullptr;
  Home* home = nullptr;        ///< where the initiator maps the memory: for it to act for the home itself
  void* core = nullptr;        ///< core's own; means nothing outside the initiator's process
  std::shared_ptr<void> keep;  ///< where set, connection and home live on with a copy of the request
};

/// The end of an attempt. `stale_epoch` says that it was not executed since it went by what no longer holds; outcome_unknown,
/// that it was lost: nobody will execute it any more, and whether somebody has is not known. Core finds out what became of
/// the peer, and goes on with another attempt where it may.
struct Ending {
  OpId id;
  Status status;
  std::uint64_t value = 0;
  Word16 value16;
  std::uint64_t moved = 0;  ///< of the buffer, by all attempts so far
  std::uint16_t attempt = 0;
  std::uint16_t path = 0;
  bool fresh = false;  ///< the home's word, where it remembers: no attempt of this op has been executed
  ModelTime model;
};

/// What an answer begins with: whose it is.
inline Ending answer_to(const Request& r) {
  Ending e;
  e.id = r.id;
  e.attempt = r.attempt;
  return e;
}

/// A segment's home, as seen by whoever acts for it. Core implements it.
class Home {
 public:
  virtual Ending execute(const Request&, Instant now) = 0;
  /// Nothing of the stream will come any more: its window goes.
  virtual void forget(std::uint64_t stream) = 0;

 protected:
  ~Home() = default;
};

/// A transport's side of an attachment: the way to one peer's memory. Its end disconnects.
class Connection {
 public:
  virtual ~Connection() = default;
};

/// Carries ops of one stream. post() and poll() may not block.
class Lane {
 public:
  virtual ~Lane() = default;
  /// Takes a prefix of the batch; answers how many. 0: no room now, poll first. An accepted request ends once, or is
  /// lost; core repeats or gives up by its own clock.
  virtual std::size_t post(std::span<const Request> batch) = 0;
  /// Endings, in any order; late and double ones are core's to drop.
  virtual std::size_t poll(std::span<Ending> out) = 0;
  /// The op has met its deadline, or, where attempts can be lost, has had an ending: true once nobody will touch its buffer again, nor,
  /// unless the request has `keep`, anything else it points to. Until then core asks again. It has to become true, also when
  /// the peer or the engine behind the lane is dead.
  virtual bool reclaim(OpId) = 0;
};

/// What a lane is for.
struct LaneSpec {
  std::uint32_t depth = 1;  ///< how many ops of the stream are in flight at most
};

/// A peer's segment, to be connected to.
struct Destination {
  NodeId from, to;
  Address address{};  ///< of the rank at `to`
  SegmentId segment;
  Grant grant{};
  std::uint64_t size = 0;  ///< of the segment
};

/// What is to be exposed.
struct Exposing {
  SegmentId id;
  std::uint64_t size = 0;  ///< a multiple of 64
  bool huge_pages = false;
  Access access = Access::all;  ///< what anybody may do at most
  std::byte* existing =
      nullptr;  ///< the user's own memory, pinned; null: the transport makes some, all zeroes
  Home& home;   ///< who acts for the home outside the initiator's process calls it, until conceal()
};

/// Which grant is to be replaced.
struct Regranting {
  SegmentId id;
  Grant grant{};                ///< the present one
  Access access = Access::all;  ///< what anybody may do at most, from now on
};

/// The home's own memory under a grant.
struct Memory {
  std::byte* data = nullptr;
  Grant grant{};
  std::string note;             ///< why it is not what was asked for (huge pages), or empty
  std::shared_ptr<void> owner;  ///< frees it; dropped after conceal()
};

/// One of the ways to a peer, for people.
struct Path {
  std::string name;  ///< "board0.npu0 > board0.npu3"
  bool usable = true;
};

/// Something that happened at the transport's side, told once, and not about a connection that has ended.
struct Event {
  using Kind = EventKind;
  Kind kind{};                       ///< any but peer_joined, which the directory tells
  Connection* connection = nullptr;  ///< path_down, path_up, peer_gone, sealed: which
  std::uint16_t path = 0;            ///< path_down, path_up, sealed: which of its paths
  std::uint32_t path_generation = 0;
  std::string about = {};    ///< the others, for people: "rxe0 port 1"
  std::uint64_t missed = 0;  ///< with EventKind::missed: how many there was no room for
};

/// One direction of a link and what it carried.
struct LinkUse {
  std::string from, to;
  std::uint64_t packets = 0, bytes = 0;
};

class Transport {
 public:
  virtual ~Transport() = default;
  virtual const Caps& caps() const = 0;

  // --- time: every deadline goes by it, and every wait of core's comes here. By default the host's steady clock. Who has
  // a clock of his own returns from both waits within 100 ms of the host's, for core to notice a clock that stands still.
  virtual Instant now() const;
  /// For endings. Returns early when something happened, or for no reason.
  virtual void wait(Instant until);
  /// Until the word is no longer `seen`; who changes it wakes its futex. Returns early for no reason, too.
  virtual void wait_on(const std::atomic<std::uint32_t>& word, std::uint32_t seen, Instant until);
  /// Readable when wait() would return early; -1: there is no such descriptor. The transport's.
  virtual int wait_fd() const;
  /// What has happened since it was asked last, each once; may not block. Core's events are all taken in by one caller.
  virtual std::size_t events(Instant now, std::span<Event> out);

  // --- the home's side
  /// How this rank is reached; asked once, after create().
  virtual Address address() const;
  virtual Expected<Memory> expose(const Exposing&) = 0;
  /// What peers may do has changed, and the home's gate has moved. Returns the segment's grant from now on, once no request
  /// under the old one can be executed by something that does not ask Home::execute (a NIC); the same grant where there
  /// is no such thing. busy: not by `until`.
  virtual Expected<Grant> regrant(const Regranting&, Instant until);
  /// The segment is closed, and nobody uses its memory any more.
  virtual void conceal(SegmentId) {}
  /// Memory of the user's that will be a buffer or a segment again and again; unpinned when what it returns goes.
  virtual Expected<std::shared_ptr<void>> pin(std::span<std::byte>);

  // --- the initiator's side
  /// May wait until the instant for the peer to answer, and not at all when that has come: a connection that cannot carry
  /// anything yet is one whose ops get lost.
  virtual Expected<std::unique_ptr<Connection>> connect(const Destination&, Instant until) = 0;
  /// Maps the peer's memory at `address`, over what is mapped there. False: this transport cannot; ops then go by lanes.
  virtual Expected<bool> map(const Grant&, std::uint64_t size, bool writable, void* address);
  virtual std::unique_ptr<Lane> lane(const LaneSpec&) = 0;
  virtual std::vector<Path> paths(const Connection&) const;  ///< at least one
  /// No request that took `path` under a generation below `generation` is to be executed any more: Event::sealed tells when
  /// that holds. False: this transport cannot promise it, and ops of unknown fate stay unknown.
  virtual bool seal(Connection&, std::uint16_t path, std::uint32_t generation);

  // --- nodes on which ranks may sit; by default rank r sits on "node<r>"
  virtual std::uint32_t npus(std::uint32_t ranks) const;   ///< a free rank is looked for below this
  virtual std::optional<NodeId> default_node(Rank) const;  ///< nullopt: it has to be named
  virtual std::optional<NodeId> find_node(std::string_view name) const;  ///< only nodes that can hold a rank
  virtual std::optional<Rank> default_rank(NodeId) const;
  virtual std::string node_name(NodeId) const;
  virtual std::vector<LinkUse> links() const;

  /// What this transport counts of its own, for Fabric::counters().
  virtual std::vector<std::pair<std::string, std::uint64_t>> counters() const;
};

/// What a plug-in learns at birth.
struct Setup {
  std::string_view url;
  std::vector<std::pair<std::string, std::string>> options;  ///< of the URL, but for `ranks`
  std::uint64_t incarnation = 0;                             ///< of the fabric
  std::string_view
      host;  ///< the address by which other hosts reach this one; empty: all ranks are on one box
};

/// What a plug-in file exports as `ub_transport_plugin` (extern "C", of this type).
struct Plugin {
  std::uint32_t contract = 0;  ///< kContract of the header it was compiled with
  std::uint32_t sizes = 0;     ///< kSizes of it: another compiler's layout is refused, too
  const char* name = nullptr;  ///< of its URLs: "loopback" serves loopback://
  Expected<std::unique_ptr<Transport>> (*create)(const Setup&) = nullptr;
  Caps (*caps)() = nullptr;
  /// What it runs on, for people (ub/inspect.h); null: it has none.
  Expected<std::vector<DeviceInfo>> (*devices)() = nullptr;
};
inline constexpr std::uint32_t kSizes =
    std::uint32_t(sizeof(Request) << 20 | sizeof(Ending) << 10 | sizeof(Caps));

}  // namespace ub::transport

#pragma GCC visibility pop
