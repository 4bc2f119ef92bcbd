#include "ub/status.h"

#include "base/text.h"
#include "ub/caps.h"

namespace ub {
namespace {

struct Text {
  std::string_view name, meaning;
};

constexpr Text kTexts[] = {
    {"ok", "done"},
    {"busy", "no room, or a lock is held; try again later"},
    {"cancelled", "cancelled before it was executed"},
    {"timed_out", "the deadline passed and nothing was executed"},
    {"outcome_unknown",
     "the op may have been executed, in part or in whole; read the memory, or repeat the op if that is "
     "harmless"},
    {"peer_gone",
     "the peer's process has exited or left the fabric; wait for a process to take its rank, then attach "
     "again"},
    {"stale_epoch", "another process has taken the rank since; attach again"},
    {"segment_gone", "the home has closed the segment; attach again when it is exposed anew"},
    {"access_denied", "the right or the token is missing; check which rights and token the home grants"},
    {"misaligned", "the offset must be a multiple of the op's size"},
    {"out_of_range", "the op reaches beyond the segment"},
    {"unsupported", "this transport or processor cannot do it; see Caps"},
    {"invalid_argument", "a size, name, URL or option is malformed"},
    {"not_joined",
     "this process is not a member of the fabric; open the fabric (in the child too, after fork)"},
    {"not_found", "no such fabric, peer, node or segment"},
    {"taken", "the rank, node or name is in use"},
    {"version_mismatch", "the formats of the two sides differ; use one version of libub"},
    {"corrupt", "shared state fails its checks; stop the processes that use it and run ub-info --clean"},
    {"no_memory", "memory, locked memory (ulimit -l), files or table slots have run out"},
    {"no_permission", "the operating system refuses"},
    {"system_error", "the operating system refuses"},
};
static_assert(std::size(kTexts) == kCodes);

constexpr std::string_view kOpNames[] = {
    "none",           "load",      "store", "fetch_add",    "fetch_sub",   "fetch_and",
    "fetch_or",       "fetch_xor", "swap",  "compare_swap", "masked_swap", "masked_compare_swap",
    "compare_swap16", "read",      "write", "write_signal", "wait",
};
static_assert(std::size(kOpNames) == kOps);

}  // namespace

std::string_view name(Code c) { return unsigned(c) < kCodes ? kTexts[unsigned(c)].name : "?"; }
std::string_view meaning(Code c) { return unsigned(c) < kCodes ? kTexts[unsigned(c)].meaning : "?"; }
std::string_view name(Op op) { return unsigned(op) < kOps ? kOpNames[unsigned(op)] : "?"; }

std::string_view name(Support s) {
  return s == Support::native ? "native" : s == Support::responder ? "responder" : "refused";
}

std::string Status::describe() const {
  if (ok()) return "ok";
  std::string text;
  if (op() == Op::wait)
    text = "wait: ";
  else if (op() != Op::none)
    text = base::cat(name(op()), " on rank ", peer().value, ": ");
  return base::cat(text, name(code()), ": ", meaning(code()));
}

void throw_error(Status s) { throw Error(s, s.describe()); }

}  // namespace ub
