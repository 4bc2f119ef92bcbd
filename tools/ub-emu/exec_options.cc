#include "tools/ub-emu/exec_options.h"

#include <algorithm>
#include <cstdlib>
#include <cstring>

#include "base/url.h"
#include "tools/common/cli.h"
#include "tools/common/print.h"
#include "tools/ub-emu/command.h"
#include "tools/ub-emu/fabrics.h"

namespace tools::emu {
namespace {

// Each needs two pipes; more than one host runs, and few enough to start together.
constexpr std::size_t kMostRanks = 4096;

int misused(const std::string& what) {
  complain(kTool, what + "; see ub-emu exec --help");
  return kNotRun;
}

}  // namespace

std::optional<std::vector<ub::Rank>> parse_ranks(std::string_view text, std::size_t most) {
  std::vector<ub::Rank> ranks;
  for (bool more = true; more;) {
    const std::size_t comma = text.find(',');
    const std::string_view part = text.substr(0, comma);
    const std::size_t dash = part.find('-');
    const auto first = ub::base::parse_number(part.substr(0, dash), ub::board::kMaxRanks);
    const auto last =
        dash == part.npos ? first : ub::base::parse_number(part.substr(dash + 1), ub::board::kMaxRanks);
    if (!first || !last || *last < *first || ranks.size() + (*last - *first) >= most) return std::nullopt;
    for (std::uint64_t r = *first; r <= *last; ++r) ranks.emplace_back(std::uint32_t(r));
    more = comma != text.npos;
    if (more) text.remove_prefix(comma + 1);
  }
  std::vector<ub::Rank> sorted = ranks;
  std::sort(sorted.begin(), sorted.end());
  if (std::adjacent_find(sorted.begin(), sorted.end()) != sorted.end()) return std::nullopt;
  return ranks;
}

std::optional<int> parse(int argc, char** argv, ExecOptions& o) {
  // All arguments after "--" are the program's, also options.
  char** const end = argv + argc;
  char** const dashes = std::find_if(argv, end, [](const char* a) { return std::strcmp(a, "--") == 0; });
  for (char** a = dashes; a != end && a + 1 != end; ++a) o.program.emplace_back(a[1]);

  std::optional<std::uint64_t> count, first;
  std::string list;
  Cli cli("ub-emu exec", "[NAME] -n N -- PROGRAM [ARGS]",
          "Starts ranks of a program with UB_FABRIC and UB_RANK set, and prefixes each line that they print "
          "with [RANK].");
  cli.argument("NAME", o.name);
  cli.group("Which ranks");
  cli.number("-n,--count", "N", count, {1, kMostRanks}, "how many (1)");
  cli.number("--first", "R", first, {0, ub::board::kMaxRanks - 1}, "ranks R to R+N-1 (0)");
  cli.text("--ranks", "LIST", list, "just these, such as 0-3,7");
  cli.group("Where");
  cli.text("--fabric", "URL", o.fabric, "any fabric, such as shm://job, in place of NAME");
  cli.text("--machine", "PROFILE", o.machine, "make the machine for this run; needs no NAME");
  cli.example("rack -n 8 -- ./program --fast", "ranks 0 to 7 of emu://rack");
  cli.example("--machine mesh:4x4 -n 16 -- ./program", "on a machine that is there for this run only");
  cli.example("--fabric shm://job --ranks 0,2-4 -- ./program", "four ranks in shared memory");
  if (const auto code = cli.parse(int(dashes - argv), argv)) return code;

  if (o.program.empty()) return misused("a program is missing: write it behind --");
  if (!list.empty() && (count || first)) return misused("--ranks excludes -n and --first");
  if (!o.fabric.empty() && (!o.name.empty() || !o.machine.empty()))
    return misused("--fabric excludes NAME and --machine");
  if (list.empty()) {
    for (std::uint64_t i = 0; i < count.value_or(1); ++i)
      o.ranks.emplace_back(std::uint32_t(first.value_or(0) + i));
    return std::nullopt;
  }
  const auto ranks = parse_ranks(list, kMostRanks);
  if (!ranks)
    return misused(format("--ranks: '%s' is not a list such as 0-3,7 of at most %zu ranks, each once",
                          list.c_str(), kMostRanks));
  o.ranks = *ranks;
  return std::nullopt;
}

ub::Expected<std::string> fabric_of(const ExecOptions& o) {
  std::string text = o.fabric;
  if (const char* named = std::getenv("UB_FABRIC"); text.empty() && o.name.empty() && named) text = named;
  if (text.empty()) {
    const auto name = which(o.name);
    if (!name.ok()) return name.error();
    text = "emu://" + name.value();
  }
  const auto url = ub::base::parse_url(text);
  if (!url.ok()) return url.error();
  if (url.value().transport != "emu" || url.value().option("machine")) return text;
  const auto seen = look(url.value().name);
  if (!seen.ok()) {
    ub::Failure f = seen.error();
    if (f.code() == ub::Code::not_found)
      f.advice = "start it with ub-emu up PROFILE --name " + url.value().name + ", or add --machine PROFILE";
    return f;
  }
  if (!seen.value().live)
    return failure(
        ub::Code::not_found, url.value().plain() + " is stale: nobody is left in it",
        "start it anew with ub-emu up PROFILE --name " + url.value().name + ", or add --machine PROFILE");
  return text;
}

std::optional<ub::Failure> unfit(const std::string& fabric, const std::vector<ub::Rank>& ranks) {
  const auto url = ub::base::parse_url(fabric);
  if (!url.ok()) return url.error();
  const auto info = ub::inspect(url.value().plain());
  if (!info.ok() || !info.value().live || !info.value().trouble.empty()) return std::nullopt;
  const ub::FabricInfo& f = info.value();
  std::vector<Occupant> held;
  for (const ub::Peer& p : f.ranks)
    if (p.state == ub::Peer::State::joined && std::find(ranks.begin(), ranks.end(), p.rank) != ranks.end())
      held.push_back({p.rank, {p.pid, 0}});
  if (!held.empty())
    return failure(
        ub::Code::taken,
        "of " + f.url + " " + occupants_text(held) + (held.size() == 1 ? " is" : " are") + " joined already",
        "choose others with --first or --ranks");
  const ub::Rank highest = *std::max_element(ranks.begin(), ranks.end());
  std::uint32_t room = f.capacity;
  if (const auto seen = look(f.name); seen.ok()) room = std::min(room, seen.value().machine.npu_count());
  if (highest.value < room) return std::nullopt;
  return failure(
      ub::Code::invalid_argument,
      format("%s has no place for rank %u: it has %u", f.url.c_str(), unsigned(highest.value), room),
      "start fewer, or choose others with --first or --ranks");
}

}  // namespace tools::emu
