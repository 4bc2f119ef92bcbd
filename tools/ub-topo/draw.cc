// ub-topo draw: a machine as a picture.
#include <cerrno>
#include <cstdio>
#include <cstring>

#include "routing/route.h"
#include "tools/common/cli.h"
#include "tools/common/print.h"
#include "tools/ub-topo/command.h"
#include "tools/ub-topo/picture.h"
#include "tools/ub-topo/subject.h"

namespace tools::topo {
namespace {

bool write(const std::string& file, const std::string& text) {
  std::FILE* f = file == "-" ? stdout : std::fopen(file.c_str(), "we");
  bool good = f && std::fwrite(text.data(), 1, text.size(), f) == text.size() && std::fflush(f) == 0;
  const int why = errno;
  if (f && f != stdout && std::fclose(f) != 0) good = false;
  if (!good) complain(kTool, "cannot write " + file + ": " + std::strerror(why) + "; name another file");
  return good;
}

}  // namespace

int draw(int argc, char** argv) {
  std::string machine, file;
  std::vector<std::string> ends, failed;
  Cli cli("ub-topo draw", "MACHINE FILE.svg", "Draws a machine.");
  cli.argument("MACHINE", machine).argument("FILE", file);
  cli.group("Options");
  cli.list("--path", "A B", ends, 2, "mark the path from node A to node B");
  cli.list("--fail", "LINK", failed, 1,
           "mark a failed link, such as board0.npu0:board0.npu1; may be repeated");
  cli.example("ubmesh-rack rack.svg", "a rack");
  cli.example("ubmesh-rack rack.svg --path 0 63", "with a path from corner to corner");
  cli.example("ubmesh-superpod pod.svg", "8,192 NPUs, one rack of them opened up");
  if (const auto code = cli.parse(argc, argv)) return *code;
  auto m = machine_of(machine);
  if (!m.ok()) return complain(kTool, m.error().message()), kNotRun;
  if (file.empty())
    return complain(kTool, "a file is missing; name one such as machine.svg, or - for standard output"),
           kNotRun;
  Marks marks;
  if (!ends.empty()) {
    const auto from = node_of(m.value(), ends[0]), to = node_of(m.value(), ends[1]);
    if (!from.ok()) return complain(kTool, from.error().message()), kNotRun;
    if (!to.ok()) return complain(kTool, to.error().message()), kNotRun;
    const auto route = ub::routing::shortest(m.value(), from.value(), to.value());
    if (route)
      marks.paths.push_back(*route),
          marks.said.push_back("Path: " + text_of(m.value(), route->begin(), route->end()));
  }
  for (const std::string& f : failed) {
    const auto l = link_of(m.value(), f);
    if (!l.ok()) return complain(kTool, l.error().message()), kNotRun;
    marks.failed.push_back(l.value());
    marks.said.push_back("Failed: " + m->name(l.value()));
  }
  return write(file, picture(m.value(), marks)) ? kGood : kNotRun;
}

}  // namespace tools::topo
