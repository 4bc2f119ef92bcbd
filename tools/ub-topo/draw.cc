// ub-topo draw: a machine as a picture.
#include <algorithm>
#include <cerrno>
#include <cstdio>
#include <cstring>

#include "routing/selection/backup_map.h"
#include "tools/common/cli.h"
#include "tools/common/print.h"
#include "tools/ub-topo/command.h"
#include "tools/ub-topo/nouns.h"
#include "tools/ub-topo/picture.h"
#include "tools/ub-topo/subject.h"

namespace tools::topo {
namespace {

using ub::routing::BackupMap;
using ub::routing::Path;
using ub::routing::PathSet;

constexpr std::size_t kTried = 4096;  // paths examined to find a usable one

struct Options {
  std::string machine, file, spare;
  std::vector<std::string> ends, failed;
  bool json = false;
};

std::optional<int> parse(int argc, char** argv, Options& o) {
  Cli cli("ub-topo draw", "MACHINE FILE.svg", "Draws a machine; a large one with a part of it opened up.");
  cli.argument("MACHINE", o.machine).argument("FILE", o.file);
  cli.group("Options");
  cli.list("--path", "A B", o.ends, 2, "mark the best path from node A to node B that works");
  cli.list("--fail", "LINK", o.failed, 1, "a link has failed: board0.npu0:board0.npu1; may be repeated");
  cli.text("--spare", "NPU", o.spare, "an NPU has failed, and the backup of its rack has its place");
  cli.flag("--json", o.json, "one document about what was drawn");
  cli.example("ubmesh-superpod pod.svg", "8,192 NPUs, one rack of them opened up");
  cli.example("ubmesh-rack rack.svg --path 0 63 --fail 0:7", "around a failed link");
  cli.example("ubmesh-rack rack.svg --spare board5.npu3", "14 links over the switch plane");
  if (const auto code = cli.parse(argc, argv)) return code;
  if (o.ends.size() > 2) return complain(kTool, "--path is given twice; draw one path at a time"), kNotRun;
  return std::nullopt;
}

int refused(const ub::Failure& f) { return complain(kTool, f.message()), kNotRun; }

std::optional<int> mark_failed(const Machine& m, const Options& o, Marks& marks) {
  for (const std::string& text : o.failed) {
    const auto l = link_of(m, text);
    if (!l.ok()) return refused(l.error());
    marks.failed.push_back(l.value());
    marks.said.push_back("Failed: " + m.name(l.value()));
  }
  return std::nullopt;
}

std::optional<int> mark_spared(const Machine& m, const Options& o, BackupMap& spares, Marks& marks) {
  if (o.spare.empty()) return std::nullopt;
  const auto npu = node_of(m, o.spare);
  if (!npu.ok()) return refused(npu.error());
  if (const auto why = spares.replace(npu.value())) {
    complain(kTool, "no backup can take the place of " + m.name(npu.value()) + ": " +
                        std::string(describe(*why)) + "; name an NPU of a machine with backups");
    return kNotRun;
  }
  marks.spared = npu.value();
  const auto links = m.links_from(npu.value(), LinkKind::mesh);
  for (const LinkId l : links) {
    Path direct;
    direct.route.links[direct.route.count++] = reverse(l);
    direct.hops = 1;
    for (const Path& p : spares.moved(direct)) marks.redirected.push_back(p.route);
  }
  marks.said.push_back(
      format("%s has failed, and %s has its place. Its %zu direct links have become paths over the "
             "switch plane: one switch more, all other NPUs as before.",
             m.name(npu.value()).c_str(), m.name(spares.in_place_of(npu.value())).c_str(), links.size()));
  return std::nullopt;
}

bool works(const Path& p, const std::vector<LinkId>& failed) {
  return std::none_of(p.route.begin(), p.route.end(), [&](LinkId l) {
    return std::any_of(failed.begin(), failed.end(), [&](LinkId f) { return l == f || l == reverse(f); });
  });
}

std::optional<int> mark_path(const Machine& m, const Options& o, const BackupMap& spares, Marks& marks) {
  if (o.ends.empty()) return std::nullopt;
  const auto from = node_of(m, o.ends[0]), to = node_of(m, o.ends[1]);
  if (!from.ok()) return refused(from.error());
  if (!to.ok()) return refused(to.error());
  std::vector<Path> all;
  if (marks.spared)
    all = spares.paths(from.value(), to.value(), {}, kTried);
  else
    all = ub::routing::paths(m, from.value(), to.value(), {}, kTried);
  for (const Path& p : all) {
    if (!works(p, marks.failed)) continue;
    marks.paths.push_back(p.route);
    marks.said.push_back(
        format("Path from A to B (%s, %u hop%s, %u switch%s): ", std::string(name(p.path_class)).c_str(),
               p.hops, p.hops == 1 ? "" : "s", p.switches, p.switches == 1 ? "" : "es") +
        text_of(m, p.route.begin(), p.route.end()));
    return std::nullopt;
  }
  complain(kTool,
           "there is no path from " + m.name(from.value()) + " to " + m.name(to.value()) +
               (marks.failed.empty() ? "; name two nodes that differ" : " that works; let fewer links fail"));
  return kBad;
}

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
  Options o;
  if (const auto code = parse(argc, argv, o)) return *code;
  const auto m = machine_of(o.machine);
  if (!m.ok()) return refused(m.error());
  if (o.file.empty() || (o.json && o.file == "-")) {
    complain(kTool, o.file.empty()
                        ? "a file is missing; name one such as machine.svg, or - for standard output"
                        : "the picture and --json cannot both go to standard output; name a file");
    return kNotRun;
  }
  Marks marks;
  BackupMap spares(m.value());
  if (const auto code = mark_failed(m.value(), o, marks)) return *code;
  if (const auto code = mark_spared(m.value(), o, spares, marks)) return *code;
  if (const auto code = mark_path(m.value(), o, spares, marks)) return *code;
  const std::string svg = picture(m.value(), marks);
  if (!write(o.file, svg)) return kNotRun;
  if (!o.json) return kGood;
  Json said = Json::array();
  for (const std::string& s : marks.said) said.add(s);
  say(opening(m.value()).set("file", o.file).set("bytes", svg.size()).set("said", said).document());
  return kGood;
}

}  // namespace tools::topo
