// Emulated fabrics as the commands see them: found by name, looked at from outside, described in words.
// Owner: plain values and an observed board, which keeps nothing alive.  Threads: one.
// Units: none.
// Errors: Expected, with advice in terms of ub-emu.
#pragma once

#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "board/board.h"
#include "board/process.h"
#include "tools/common/json.h"
#include "topology/machine.h"
#include "ub/inspect.h"

namespace tools::emu {

/// Those of this user, live or stale; also what cannot be read, since it may be one.
ub::Expected<std::vector<ub::FabricInfo>> emulated();
/// The name that a command works on: as given, or that of UB_FABRIC, or the only one there.
ub::Expected<std::string> which(const std::string& given);
/// "live", "stale" or "unreadable".
const char* state_of(const ub::FabricInfo&);

struct Seen {
  std::shared_ptr<ub::board::Board> board;
  bool live = false;
  ub::topology::Machine machine;
  ub::board::ProcessId holder;  // {0, 0} without one

  std::string url() const { return "emu://" + board->name(); }
};
/// Looks at one without joining. not_found where there is none, or none of this transport.
ub::Expected<Seen> look(const std::string& name);

std::size_t joined(const ub::FabricInfo&);
/// "12", or "none".
std::string holder_text(const ub::FabricInfo&);
/// How a document begins.
Json opening();
/// What the documents of list and status both say of a fabric.
Json head(const ub::FabricInfo&);

/// A rank and its process, exactly.
struct Occupant {
  ub::Rank rank;
  ub::board::ProcessId process;
};
/// The ranks whose processes live.
std::vector<Occupant> occupants_of(const ub::board::Board&);
/// "rank 0 (process 12), rank 1 (process 13) and 6 more".
std::string occupants_text(const std::vector<Occupant>&);

ub::Expected<ub::topology::Machine> machine_of(const ub::board::Board&);
/// What its URL said of paths: "routing=all, spread=flow, extra_hops=1, borrow=yes".
std::string paths_text(const ub::board::Board&);

}  // namespace tools::emu
