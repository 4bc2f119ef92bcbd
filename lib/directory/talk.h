// The protocol of the peer exchange without its sockets: bytes and times in; bytes, news and responses out. Pure.
// Owner: the exchange (peer.cc), or a test.  Thread safety: one thread at a time.
// Units: host time, passed in.
// Errors: a link that sends invalid bytes, or nothing, is cut; `why` has the reason. The bytes are hostile.
//
// Every process has a Talk. The listening side has a link to each other process, grants the ranks, and forwards the news of
// each rank to all other links. Each other process has one link, to the listening side.
#pragma once

#include <map>
#include <set>
#include <utility>
#include <vector>

#include "directory/seats.h"
#include "directory/wire.h"

namespace ub::directory {

// An idle connection carries a beat each second; a process that sends nothing for five is considered dead. Five seconds is long
// enough for a thread on a busy host to be scheduled, and short enough for a user to wait. [?]
inline constexpr Duration kBeat = std::chrono::seconds(1);
inline constexpr Duration kSilence = std::chrono::seconds(5);
/// How long a closing connection waits for its last bytes to be sent and for the other side to close.
inline constexpr Duration kLinger = std::chrono::seconds(1);
/// Bytes of unsent output beyond which a link that requests again is cut: its process does not read. [?]
inline constexpr std::size_t kMostUnread = std::size_t{4} << 20;

/// This process, as described to the others.
struct Self {
  std::string host;
  std::int32_t pid = 0;
  wire::Preamble version;
};
Self this_self();

class Talk {
 public:
  struct Link {
    std::string from;     // the remote address, for messages
    std::string out;      // bytes to send; the caller removes sent bytes from the front
    bool ending = false;  // shut it down once `out` is empty; close it once the other side has closed
    std::string why;      // not empty: cut. Send what can be sent without blocking, close it, and call lost()
    // The rest is private to Talk.
    enum class State { preamble, hello, open } state = State::preamble;
    std::string in;
    std::set<Rank> news;       // ranks whose latest snapshot is not yet in `out`
    std::optional<Rank> seat;  // the rank of the remote process
    wire::Hello who;
    Instant begun, heard, said;
  };
  using Id = std::uint64_t;

  /// `incarnation`: of the directory, on the listening side; another process receives it in Welcome.
  Talk(Terms, Self, std::optional<std::uint64_t> incarnation);

  // --- input from connections and the clock
  Id connected(std::string from, Instant now);
  void heard(Id, std::string_view bytes, Instant now);
  void lost(Id, std::string why);
  void tick(Instant now);
  // --- requests of this process
  void claim(Rank, NodeId);
  void publish(Snapshot);
  void leave(Instant now);

  // --- output
  std::map<Id, Link>& links() { return links_; }
  /// Moves waiting news into a link's `out`, if that is empty.
  void fill(Link&, Instant now);
  Instant next_tick() const;
  /// The latest snapshot of each rank that changed since the last call.
  std::vector<Snapshot> take_deliveries();
  std::optional<Expected<Claim>> take_answer() { return std::exchange(answer_, {}); }
  /// Lines for the log: whether it is a warning, and the text.
  std::vector<std::pair<bool, std::string>> take_lines() { return std::exchange(lines_, {}); }
  /// The initial snapshots of all ranks have been received.
  bool synced() const { return synced_; }
  /// Why they cannot be received, or why the listening side is lost.
  const std::optional<Failure>& failure() const { return failure_; }
  /// Whether a valid preamble has ever been received.
  bool greeted() const { return greeted_; }
  std::uint64_t incarnation() const { return incarnation_; }

 private:
  bool read_preamble(Link&);
  void on(Link&, wire::Hello&);
  void on(Link&, wire::Welcome&);
  void on(Link&, wire::Synced&);
  void on(Link&, wire::News&);
  void on(Link&, wire::Wish&);
  void on(Link&, wire::Seated&);
  void on(Link&, wire::Refused&);
  void on(Link&, wire::Beat&) {}
  void say(Link&, const wire::Message&);
  void say_news(Link&);
  void cut(Link&, std::string why);
  void refuse(Link&, Failure);
  void end(Link&);
  void learn(const Snapshot&, const Link* from);
  void spread(const Snapshot&, const Link* from);
  void note(bool warning, std::string);
  void answer(Expected<Claim>);
  std::string describe(const Link&) const;

  Terms terms_;
  Self self_;
  const bool listening_;
  std::uint64_t incarnation_ = 0;
  Seats seats_;
  std::map<Id, Link> links_;
  Id next_ = 1;
  std::optional<Rank> own_;
  std::uint64_t sequence_ = 0;
  std::optional<std::pair<Rank, NodeId>> wish_;
  bool synced_ = false, greeted_ = false, leaving_ = false;
  std::optional<Failure> failure_;
  std::optional<Expected<Claim>> answer_;
  std::set<Rank> changed_;
  std::vector<std::pair<bool, std::string>> lines_;
};

}  // namespace ub::directory
