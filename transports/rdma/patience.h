// How long the two sides of rdma:// wait for each other, in one place: each with its unit in its type, and its reason.
// Owner: constants.  Threads: no shared state.  Units: time of the host's steady clock.  Errors: none.
#pragma once

#include "ub/types.h"

namespace ub::rdma {

/// Between two beats of a control connection: a wake-up a second costs an idle process nothing that shows.
inline constexpr Duration kBeat = std::chrono::seconds(1);
/// So many beats without an answer, and the path is down: a thread waits for a second on a busy box, seldom for three [?].
inline constexpr unsigned kBeatsUnanswered = 3;
/// With verbs, so many beats without an answer, and no more are sent: the home has room for twice as many on a control
/// connection, and what finds none breaks it. What the device does by itself goes on.
inline constexpr unsigned kBeatsAhead = 32;
/// What a peer's host, not its process, leaves unacknowledged for so long does not reach it: the control connection ends. No
/// longer than the directory takes to call a rank dead.
inline constexpr Duration kUnacknowledged = std::chrono::seconds(5);
/// A connect that nobody answers; and how long nothing may have been heard until what was sent is given up.
inline constexpr Duration kConnecting = std::chrono::seconds(5), kUnreachable = std::chrono::seconds(5);
/// Between two attempts to connect: the first comes soon, since most breaks are short.
inline constexpr Duration kFirstPause = std::chrono::milliseconds(1);
inline constexpr Duration kLongestPause = std::chrono::milliseconds(250);
/// The home's: a session that sends no beat for so many looks is over. Its process may be in a debugger; its connections keep
/// others out only where there are many.
inline constexpr Duration kLook = std::chrono::seconds(10);
inline constexpr unsigned kLooksUnheard = 6;
/// What is remembered of a session's ops after its connection has gone: longer than a cable is out.
inline constexpr Duration kRemembered = std::chrono::minutes(10);
/// How long initiators have at most to finish what they have under way by a key that ends; half of it passes before a lane that
/// no thread polls loses its connection. A program may well compute for some hundred milliseconds between two polls.
inline constexpr Duration kWithdrawPatience = std::chrono::seconds(1);
/// And at least, whatever the deadline: an answer over loopback takes a hundredth of it.
inline constexpr Duration kWithdrawLeast = std::chrono::milliseconds(20);
/// So many of the latest withdrawals are known on both sides, for who still goes by an older entry of the directory.
inline constexpr std::size_t kWithdrawalsKnown = 8;

}  // namespace ub::rdma
