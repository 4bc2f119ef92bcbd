// The peer exchange without its sockets: bytes and times in, bytes, news and answers out. Pure.
// Owner: the exchange (peer.cc), or a test.  Threads: one at a time.
// Units: host time, passed in.
// Errors: a link that sends what makes no sense, or nothing, is cut; why is in its `why`. The bytes are hostile.
//
// Every process has a Talk. The listening side has a link to each of the others, gives out the ranks, and tells everybody
// what anybody says; the others have one link, to it.
#pragma once

#include <map>
#include <set>
#include <utility>
#include <vector>

#include "directory/seats.h"
#include "directory/wire.h"

namespace ub::directory {

// A connection on which nothing else is said carries a beat each second; who has been silent for five is taken for dead. Long
// enough that a busy host's thread gets its turn, short enough for people to wait for. [?]
inline constexpr Duration kBeat = std::chrono::seconds(1);
inline constexpr Duration kSilence = std::chrono::seconds(5);
/// How long the last words of a connection have to arrive.
inline constexpr Duration kLinger = std::chrono::seconds(1);
/// Bytes of unsent output beyond which a link that requests again is cut: its process does not read. [?]
inline constexpr std::size_t kMostUnread = std::size_t{4} << 20;

/// This process, as the others see it.
struct Self {
  std::string host;
  std::int32_t pid = 0;
  wire::Preamble version;
};
Self this_self();

class Talk {
 public:
  struct Link {
    std::string from;     // the other side's address, for people
    std::string out;      // what is to be sent; the caller takes sent bytes off its front
    bool ending = false;  // to be shut once `out` is empty, and closed once the other side has ended, too
    std::string why;      // it has been cut: send what can be sent at once, close it, and call lost()
    // The rest is the talk's own.
    enum class State { preamble, hello, open } state = State::preamble;
    std::string in;
    std::set<Rank> news;       // of these, what is known has not been put into `out`
    std::optional<Rank> seat;  // of the process at the other end
    wire::Hello who;
    Instant begun, heard, said;
  };
  using Id = std::uint64_t;

  /// `incarnation`: of the directory, where this is its listening side; else the other side will tell.
  Talk(Terms, Self, std::optional<std::uint64_t> incarnation);

  // --- what happens
  Id connected(std::string from, Instant now);
  void heard(Id, std::string_view bytes, Instant now);
  void lost(Id, std::string why);
  void tick(Instant now);
  // --- what this process wants
  void claim(Rank, NodeId);
  void publish(Snapshot);
  void leave(Instant now);

  // --- what comes of it
  std::map<Id, Link>& links() { return links_; }
  /// Puts waiting news into a link's `out`, if that is empty.
  void fill(Link&, Instant now);
  Instant next_tick() const;
  /// What is known of other ranks and has not been taken yet; the latest of each.
  std::vector<Snapshot> take_deliveries();
  std::optional<Expected<Claim>> take_answer() { return std::exchange(answer_, {}); }
  /// Lines for the log: is it a warning, and the line.
  std::vector<std::pair<bool, std::string>> take_lines() { return std::exchange(lines_, {}); }
  /// All that the others had to say at the begin has been said.
  bool synced() const { return synced_; }
  /// Why there will be none of that.
  const std::optional<Failure>& failure() const { return failure_; }
  /// Whether the other side has ever spoken as a directory does.
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
