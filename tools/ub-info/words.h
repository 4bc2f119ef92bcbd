// Names of states and rights, for text and JSON.
// Owner: pure functions.  Thread safety: any thread.
// Units: none.
// Errors: none.
#pragma once

#include <string>
#include <utility>

#include "ub/fabric.h"
#include "ub/types.h"

namespace tools::info {

inline const char* state_name(ub::Peer::State s) {
  return s == ub::Peer::State::joined ? "joined" : s == ub::Peer::State::dead ? "dead" : "free";
}

inline std::string access_name(ub::Access a) {
  std::string all;
  for (const auto& [bit, word] : {std::pair(ub::Access::read, "read"), std::pair(ub::Access::write, "write"),
                                  std::pair(ub::Access::atomic, "atomic")})
    if (ub::allows(a, bit)) all += (all.empty() ? "" : "+") + std::string(word);
  return all.empty() ? "none" : all;
}

/// Every op that a transport may support.
template <class F> void for_each_op(F f) {
  for (unsigned op = unsigned(ub::Op::none) + 1; op < ub::kOps; ++op) f(ub::Op(op));
}

}  // namespace tools::info
