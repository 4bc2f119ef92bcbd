#include "tools/ub-topo/path_options.h"

#include "routing/paths/route.h"

namespace tools::topo {

using ub::routing::Policy;

void PathOptions::add_to(Cli& cli) {
  cli.flag("--all", all, "not only the shortest: detours of one hop more, and paths over switches");
  cli.choice("--class", "CLASS", path_class, {"shortest", "detour", "borrow"},
             "only shortest, detour (more hops) or borrow (over switches)");
  cli.number("--max-hops", "N", max_hops, {1, ub::routing::kMaxHops},
             "all of at most N hops from NPU to NPU");
  cli.flag("--illegal", illegal, "also those that could deadlock, which nobody may use");
}

Policy PathOptions::policy() const {
  const bool asked = all || max_hops || !path_class.empty();
  Policy p = asked && path_class != "shortest" ? Policy{} : ub::routing::kShortest;
  if (path_class == "detour") p.borrow = false;
  if (path_class == "borrow") p.detours = false;
  if (max_hops) p.max_hops = std::uint8_t(*max_hops), p.extra_hops = std::uint8_t(ub::routing::kMaxHops);
  if (path_class == "shortest") p.extra_hops = 0;
  p.illegal = illegal;
  return p;
}

std::string PathOptions::text() const {
  const Policy p = policy();
  std::string s = p == ub::routing::kShortest || path_class == "shortest" ? "shortest paths"
                  : p.detours && p.borrow ? "shortest paths, detours and borrowed ones"
                  : p.detours             ? "detours"
                                          : "borrowed paths";
  if (max_hops) s += " of at most " + std::to_string(*max_hops) + (*max_hops == 1 ? " hop" : " hops");
  if (illegal) s += ", illegal ones too";
  return s;
}

Json PathOptions::json() const {
  const Policy p = policy();
  Json j;
  j.set("extra_hops", p.extra_hops).set("max_hops", p.max_hops).set("detours", p.detours);
  return j.set("borrow", p.borrow).set("illegal", p.illegal);
}

}  // namespace tools::topo
