// The timeouts of both sides of rdma://, in one place, each with its reason. The type carries the unit.
// Owner: constants.  Thread safety: no shared state.  Units: time of the host's steady clock.  Errors: none.
#pragma once

#include "ub/types.h"

namespace ub::rdma {

/// Between two beats of a control connection: one wake-up a second costs an idle process nothing measurable.
inline constexpr Duration kBeat = std::chrono::seconds(1);
/// After this many unanswered beats the path is down: on a busy host a thread may wait a second, seldom three [?].
inline constexpr unsigned kBeatsUnanswered = 3;
/// With verbs, no more beats are sent after this many unanswered ones: the home has room for twice as many on a control
/// connection, and a message without room breaks it. The device continues to serve ops by itself.
inline constexpr unsigned kBeatsAhead = 32;
/// If a peer's host (not its process) acknowledges nothing for this long, it is unreachable and the control connection ends.
/// No longer than the directory takes to declare a rank dead.
inline constexpr Duration kUnacknowledged = std::chrono::seconds(5);
/// How long a connect may remain without a response; and a peer silent, until the ops sent to it are given up.
inline constexpr Duration kConnecting = std::chrono::seconds(5), kUnreachable = std::chrono::seconds(5);
/// Between two attempts to connect: the first follows soon, since most breaks are short.
inline constexpr Duration kFirstPause = std::chrono::milliseconds(1);
inline constexpr Duration kLongestPause = std::chrono::milliseconds(250);
/// The home ends a session that sends no beat for this many checks. Its process may be in a debugger, and its connections
/// exclude others only if there are many.
inline constexpr Duration kLook = std::chrono::seconds(10);
inline constexpr unsigned kLooksUnheard = 6;
/// How long a session's ops are remembered after its connection has ended: longer than a cable stays unplugged.
inline constexpr Duration kRemembered = std::chrono::minutes(10);
/// The most time that initiators have to finish ops in flight under a key that ends. A lane that no thread polls loses its
/// connection after half of it. A program may compute for some hundred milliseconds between two polls.
inline constexpr Duration kWithdrawPatience = std::chrono::seconds(1);
/// The least time for it, whatever the deadline: a response over loopback takes a hundredth of this.
inline constexpr Duration kWithdrawLeast = std::chrono::milliseconds(20);
/// How many of the latest withdrawals both sides keep, for processes that use an older directory entry.
inline constexpr std::size_t kWithdrawalsKnown = 8;

}  // namespace ub::rdma
