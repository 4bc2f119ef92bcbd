// ub-topo links: every link of a machine, one line per cable.
#include <cstdio>

#include "tools/common/cli.h"
#include "tools/common/print.h"
#include "tools/ub-topo/command.h"
#include "tools/ub-topo/nouns.h"
#include "tools/ub-topo/subject.h"

namespace tools::topo {
namespace {

// Prints line by line, not as one text: there may be ten million lines.
void print(const Machine& m) {
  for (std::uint32_t c = 0; c < m.link_count(); c += 2) {
    const Link l = m.link(LinkId(c));
    std::printf("%s  %s  x%u  %s GB/s  %s  %s\n", m.name(LinkId(c)).c_str(),
                std::string(name(l.kind)).c_str(), l.lanes, gigabytes(l.bytes_per_s).c_str(),
                metres(l.length_mm).c_str(), std::string(ub::topology::name(l.medium)).c_str());
    if (std::ferror(stdout)) return;
  }
}

// Likewise for JSON: an array whose elements are written one by one.
void print_json(const Machine& m) {
  std::string head = opening(m).document();
  head.erase(head.find_last_of('}'));
  while (head.back() == '\n' || head.back() == ' ') head.pop_back();
  std::printf("%s,\n  \"links\": [", head.c_str());
  for (std::uint32_t c = 0; c < m.link_count(); c += 2) {
    std::printf("%s\n    %s", c ? "," : "", link_json(m, LinkId(c)).line().c_str());
    if (std::ferror(stdout)) return;
  }
  std::printf("\n  ]\n}\n");
}

}  // namespace

int links(int argc, char** argv) {
  bool json = false;
  std::string machine;
  Cli cli("ub-topo links", "MACHINE", "Lists every link of a machine, once for its two directions.");
  cli.argument("MACHINE", machine);
  cli.group("Options");
  cli.flag("--json", json, "one document");
  cli.example("ubmesh-rack", "a line a link");
  cli.example("ubmesh-rack | grep backup", "those of the backup");
  cli.example("mesh:4x4 --json | jq '.links | length'", "how many there are");
  if (const auto code = cli.parse(argc, argv)) return *code;
  const auto m = machine_of(machine);
  if (!m.ok()) return complain(kTool, m.error().message()), kNotRun;
  if (json)
    print_json(m.value());
  else
    print(m.value());
  return kGood;
}

}  // namespace tools::topo
