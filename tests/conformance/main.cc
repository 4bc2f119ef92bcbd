// conformance: checks every transport against libub's promises.
//
//     conformance                                    the transports of this project, and `fault` around each
//     conformance --transport=URL [--transport=URL]  yours: UB_PLUGIN_PATH=. conformance --transport='mine://c?ranks=4'
//     conformance --transport=URL --far=COMMAND      between two hosts: homes are in the process `conformance --home` that
//                                                    COMMAND starts on the other host, connected by a pipe
//
// A transport needs room for three ranks in one process. Each group of checks is a test case; doctest's options select some
// (--test-case='order*') or list them (--list-test-cases). The summary shows what ran, by group, op and ending. --table=FILE
// writes a line for each op of the last transport: what executes it, if it was seen. A check is skipped only because of a
// Caps bit, and this is printed. The skips of the project's own transports must be those of skips.h.
// Exit code: 0 all promises kept, 1 not, 2 could not run.
#include <algorithm>
#include <cstdio>
#include <cstdlib>
#include <filesystem>
#include <optional>
#include <string_view>

#include "tests/place.h"
#include "world.h"

namespace {

using namespace ub;
using namespace ub::conformance;

constexpr const char* kHelp =
    "usage: conformance [--transport=URL]... [--test-case=FILTER] [--list-test-cases] [--table=FILE]\n"
    "Holds transports to libub's promises: without a URL those of this project, and `fault` around each.\n"
    "Every op, size, alignment, order, ending and right, against a plain reference. A transport needs room "
    "for three\n"
    "ranks in one process. What it cannot do, by its Caps, is skipped and named; at the end stands what "
    "ran.\n"
    "FILE gets a line for each op of the last transport: native, responder or refused, if it was seen so.\n"
    "Two hosts:        conformance --transport='rdma://c?directory=peer:HOST:PORT' --far='ssh HOST "
    "conformance --home'\n"
    "Yours:            UB_PLUGIN_PATH=. conformance --transport='mine://c?ranks=4'\n"
    "Made worse, too:  conformance "
    "--transport='fault+mine://c?ranks=4&seed=1&drop=0.05&delay=0.05&repeat=0.1&reorder=0.05'\n"
    "Exit code: 0 all promises kept, 1 not, 2 could not run.\n";

std::filesystem::path build_folder() {
  return std::filesystem::read_symlink("/proc/self/exe").parent_path().parent_path();
}

std::vector<std::string> own_transports() {
  std::vector<std::string> plain{"shm://conformance?ranks=8", "emu://conformance?machine=mesh:2x2",
                                 "emu://conformance?machine=ubmesh-rack", "loopback://conformance?ranks=8"};
  // Builds without libfabric's headers do not have it.
  if (std::filesystem::exists(build_folder() / "lib/ub/libub-rdma.so"))
    plain.push_back("rdma://conformance?ranks=4&provider=tcp");
  std::vector<std::string> all = plain;
  all.push_back("loopback://conformance?without=compare_swap16");
  plain.erase(plain.begin() + 2);  // one machine is enough for `fault`
  for (const int seed : {1, 2, 3})
    for (const std::string& url : plain)
      all.push_back("fault+" + url + "&seed=" + std::to_string(seed) +
                    "&drop=0.05&delay=0.05&repeat=0.1&reorder=0.05");
  return all;
}

// The names in the fault transport's counters of what these options of a URL cause.
std::vector<std::string> faults_asked(const World& w) {
  std::vector<std::string> all;
  for (const auto& [option, fault] : {std::pair("drop=", " dropped"), std::pair("delay=", " delayed"),
                                      std::pair("repeat=", " repeated"), std::pair("reorder=", " reordered")})
    if (w.transport.rfind("fault+", 0) == 0 && w.url.find(option) != std::string::npos) all.push_back(fault);
  return all;
}

void use_own_plugins() { ::setenv("UB_PLUGIN_PATH", (build_folder() / "plugins").c_str(), 1); }

bool write_table(const char* path, const World& w) {
  std::FILE* const f = std::fopen(path, "w");
  if (!f) return std::perror(path), false;
  for (unsigned i = 1; i < kOps; ++i)
    if (Op(i) != Op::wait)
      std::fprintf(f, "%s %s\n", name(Op(i)).data(), ledger().seen(w.transport, w.caps, Op(i)).data());
  return std::fclose(f) == 0;
}

std::vector<std::string> judge(bool own) {
  std::vector<std::string> all;
  for (const World& w : worlds())
    for (const std::string& c : ledger().complaints(w.transport, w.caps, faults_asked(w)))
      if (std::find(all.begin(), all.end(), c) == all.end()) all.push_back(c);
  if (own)
    for (const std::string& c : ledger().complaints()) all.push_back(c);
  return all;
}

}  // namespace

int main(int argc, char** argv) {
  std::vector<std::string> urls;
  const char* table = nullptr;
  std::optional<Far> far;
  bool picked = false;  // then a check that did not run is no error
  for (int i = 1; i < argc; ++i) {
    const std::string_view a = argv[i];
    if (a == "--home-beside") return play_home();
    if (a == "--home") {
      const ub::test::Place place;
      return play_home();
    }
    if (a == "--help" || a == "-h") return std::fputs(kHelp, stdout), 0;
    if (a.rfind("--transport=", 0) == 0)
      urls.emplace_back(a.substr(12));
    else if (a.rfind("--far=", 0) == 0)
      far.emplace(argv[i] + 6);
    else if (a.rfind("--table=", 0) == 0)
      table = argv[i] + 8;
    else if (a.rfind("--test", 0) == 0 || a.rfind("-tc", 0) == 0)
      picked = true;
  }
  const bool own = urls.empty();
  if (own) use_own_plugins();
  const ub::test::Place place;
  for (const std::string& url : own ? own_transports() : urls) {
    if (far) far->open(url);
    auto f = Fabric::open(url);
    if (!f.ok()) return std::fprintf(stderr, "conformance: %s\n", f.error().message().c_str()), 2;
    worlds().push_back({url, url.substr(0, url.find("://")), "", f->caps(), far ? &*far : nullptr});
  }

  const int code = doctest::Context(argc, argv).run();
  ledger().print();
  if (table && !write_table(table, worlds().back())) return 2;
  std::vector<std::string> bad = picked ? std::vector<std::string>() : judge(own);
  for (const std::string& left : ub::test::left_behind()) bad.push_back("left behind: " + left);
  for (const std::string& b : bad) std::printf("%s\n", b.c_str());
  return code != 0 || !bad.empty() ? 1 : 0;
}
