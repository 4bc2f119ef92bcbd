// ub-info: shows fabrics with their ranks and events, and transports with their devices.
#include <algorithm>

#include "tools/common/cli.h"
#include "tools/common/print.h"
#include "tools/common/signals.h"
#include "tools/ub-info/report.h"
#include "tools/ub-info/watch.h"

namespace tools::info {
namespace {

constexpr const char* kTool = "ub-info";

struct Options {
  std::string fabric;
  bool json = false, clean = false, watch = false;
};

int no(const Options& o, const ub::Failure& f) {
  if (o.json) say(failure_document(kTool, f));
  complain(kTool, f.message());
  // A fabric that does not exist is a bad result; an invalid name is a mistake.
  return f.code() == ub::Code::not_found ? kBad : kNotRun;
}

void print(std::string text) {
  if (text.ends_with('\n')) text.pop_back();
  say(text);
}

int clean(const Options& o) {
  const auto removed = ub::clean();
  if (!removed) return no(o, removed.error());
  if (o.json) {
    Json all = Json::array();
    for (const std::string& line : removed.value()) all.add(line);
    print(Json()
              .set("schema", 1)
              .set("tool", kTool)
              .set("version", ub::version())
              .set("removed", all)
              .document());
  } else {
    for (const std::string& line : removed.value()) say(line);
    if (removed.value().empty()) say("nothing to clean: no job has left anything");
  }
  return kGood;
}

int show_all(const Options& o) {
  const auto fabrics = ub::inspect();
  if (!fabrics) return no(o, fabrics.error());
  if (o.json) {
    Json all = Json::array();
    for (const ub::FabricInfo& f : fabrics.value()) all.add(fabric_json(f));
    Json j;
    j.set("schema", 1).set("tool", kTool).set("version", ub::version());
    j.set("transports", transports_json(ub::transports())).set("devices", devices_json(ub::devices()));
    print(j.set("fabrics", all).document());
  } else {
    print(transports_text(ub::transports()) + "\n" + devices_text(ub::devices()) + "\n" +
          fabrics_text(fabrics.value()));
  }
  const bool trouble = std::any_of(fabrics.value().begin(), fabrics.value().end(),
                                   [](const ub::FabricInfo& f) { return !f.trouble.empty(); });
  return trouble ? kBad : kGood;
}

int show_one(const Options& o) {
  const auto fabric = ub::inspect(o.fabric);
  if (!fabric) return no(o, fabric.error());
  if (o.json) {
    Json j;
    j.set("schema", 1).set("tool", kTool).set("version", ub::version());
    print(j.set("fabric", fabric_json(fabric.value())).document());
  } else {
    print(fabric_text(fabric.value()));
  }
  return fabric.value().trouble.empty() ? kGood : kBad;
}

int run(int argc, char** argv) {
  Options o;
  Cli cli(kTool, "[URL|NAME]",
          "Shows transports, their devices and this user's fabrics, or all there is to see of one.");
  cli.argument("fabric", o.fabric);
  cli.group("Options");
  cli.flag("--json", o.json, "one document; with --watch, one a line");
  cli.flag("--watch", o.watch, "join, and tell of ports, paths and peers that go and come, until Ctrl-C");
  cli.flag("--clean", o.clean, "remove what killed jobs have left: stale fabrics and their segments");
  cli.example("", "transports and fabrics");
  cli.example("emu://rack", "ranks, segments, counters, links");
  cli.example("--json rack | jq .fabric.ranks", "the same for a script");
  cli.example("--watch emu://rack", "what happens to it");
  if (const auto code = cli.parse(argc, argv)) return *code;
  if (o.watch && (o.clean || o.fabric.empty())) {
    complain(kTool, o.clean ? "--watch and --clean are two things; say one"
                            : "--watch joins a fabric; say its URL, such as shm://NAME");
    return kNotRun;
  }
  if (o.clean && !o.fabric.empty()) {
    complain(kTool, "--clean removes every stale fabric and takes no name; leave '" + o.fabric + "' out");
    return kNotRun;
  }
  catch_signals();
  if (o.watch) return watch(o.fabric, o.json);
  if (o.clean) return clean(o);
  return o.fabric.empty() ? show_all(o) : show_one(o);
}

}  // namespace
}  // namespace tools::info

int main(int argc, char** argv) { return tools::guarded(tools::info::kTool, tools::info::run, argc, argv); }
