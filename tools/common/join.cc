#include "tools/common/join.h"

#include <cstdlib>

#include "tools/common/child.h"
#include "tools/common/print.h"

namespace tools {

void add_join_options(Cli& cli, JoinOptions& o) {
  const Range word{0, UINT32_MAX};
  cli.argument("target", o.target);
  cli.group("Where");
  cli.text("--fabric", "URL", o.fabric, "shm://NAME or emu://NAME[?machine=P]; else $UB_FABRIC");
  cli.number("--rank", "R", o.rank, word, "join as this rank; else the next free one");
  cli.text("--segment", "NAME", o.segment, "the peer's segment, if not the tool's own");
  cli.number("--token", "N", o.token, word, "the segment's token");
  cli.flag("--listen", o.listen, "be the responder, for another terminal");
  cli.number("--respond-to", "PID", o.parent, {}, "");
  cli.text("--respond-at", "NODE", o.node, "");
}

ub::Expected<ub::Fabric> join(const JoinOptions& o) {
  if (o.parent) enter_child(pid_t(*o.parent));
  ub::FabricOptions options;
  if (o.rank) options.rank = ub::Rank(std::uint32_t(*o.rank));
  options.node = o.node;
  if (!o.fabric.empty()) return ub::Fabric::open(o.fabric, options);
  if (const char* url = std::getenv("UB_FABRIC"); !url || !*url)
    return failure(ub::Code::invalid_argument, "no fabric named",
                   "say --fabric shm://NAME or emu://NAME?machine=ubmesh-rack, or set UB_FABRIC");
  return ub::Fabric::open(options);
}

std::string url_for_others(const std::string& plain, const std::string& given) {
  std::size_t at = given.find('?');
  while (at != std::string::npos) {
    const std::size_t next = given.find('&', at + 1);
    const std::string key = given.substr(at + 1, given.find('=', at) - at - 1);
    if (key != "ranks" && key != "machine") return given;
    at = next;
  }
  return plain;
}

std::string url_for_others(const ub::Fabric& fabric, const JoinOptions& o) {
  const char* url = std::getenv("UB_FABRIC");
  return url_for_others(fabric.url(), !o.fabric.empty() ? o.fabric : url ? url : "");
}

std::string shell_word(const std::string& text) {
  return text.find_first_of("?&[") == std::string::npos ? text : "'" + text + "'";
}

std::string node_name(const ub::Fabric& fabric, ub::Rank rank) {
  for (const ub::Peer& p : fabric.peers())
    if (p.rank == rank) return p.node_name;
  return {};
}

std::string rank_text(const ub::Fabric& fabric, ub::Rank rank) {
  const std::string node = node_name(fabric, rank);
  const std::string text = "rank " + std::to_string(rank.value);
  return node.empty() || node == text ? text : text + " (" + node + ")";
}

}  // namespace tools
