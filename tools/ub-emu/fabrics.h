// Emulated fabrics for the commands: found by name, inspected from outside, described as text.
// Owner: plain values and an observed board, which keeps no fabric live.  Thread safety: one thread.
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

/// This user's emulated fabrics, live or stale; also unreadable ones, which may be emulated.
ub::Expected<std::vector<ub::FabricInfo>> emulated();
/// The name that a command works on: as given, or that of UB_FABRIC, or the only one.
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
/// Opens one without joining. Fails with not_found if there is none of this name and transport.
ub::Expected<Seen> look(const std::string& name);

std::size_t joined(const ub::FabricInfo&);
/// "12", or "none".
std::string holder_text(const ub::FabricInfo&);
/// The start of a document.
Json opening();
/// A fabric's keys in the documents of both list and status.
Json head(const ub::FabricInfo&);

/// A rank and its process, exactly.
struct Occupant {
  ub::Rank rank;
  ub::board::ProcessId process;
};
/// The ranks whose processes have not exited.
std::vector<Occupant> occupants_of(const ub::board::Board&);
/// "rank 0 (process 12), rank 1 (process 13) and 6 more".
std::string occupants_text(const std::vector<Occupant>&);

ub::Expected<ub::topology::Machine> machine_of(const ub::board::Board&);
/// The URL's options of paths: "routing=all, spread=flow, extra_hops=1, borrow=yes".
std::string paths_text(const ub::board::Board&);

}  // namespace tools::emu
