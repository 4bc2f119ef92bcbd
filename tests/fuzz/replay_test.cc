// Runs every input of tests/fuzz/corpus through its target, without libFuzzer. The Makefile names the entry of each target after
// its file. To add a target: write tests/fuzz/NAME.cc, add some inputs to corpus/NAME, and add a test case here.
#include <doctest/doctest.h>

#include <algorithm>
#include <cstdio>
#include <filesystem>
#include <fstream>
#include <iterator>
#include <string>
#include <vector>

using Target = int(const std::uint8_t*, std::size_t);
extern "C" Target fuzz_address, fuzz_board, fuzz_directory, fuzz_header, fuzz_plugin, fuzz_profile, fuzz_rdma,
    fuzz_units, fuzz_url;

namespace {

void replay(const std::string& name, Target* target) {
  const std::filesystem::path corpus = "tests/fuzz/corpus/" + name;
  std::vector<std::filesystem::path> files(std::filesystem::directory_iterator(corpus), {});
  std::sort(files.begin(), files.end());
  REQUIRE(!files.empty());
  for (const auto& file : files) {
    std::printf("%s\n", file.c_str());  // the last line names the input that crashed
    std::fflush(stdout);
    std::ifstream in(file, std::ios::binary);
    const std::string bytes{std::istreambuf_iterator<char>(in), {}};
    CHECK(target(reinterpret_cast<const std::uint8_t*>(bytes.data()), bytes.size()) == 0);
  }
}

}  // namespace

TEST_CASE("fuzz: an address names one node, whose name resolves to it") { replay("address", fuzz_address); }
TEST_CASE("fuzz: damaged boards do no harm") { replay("board", fuzz_board); }
TEST_CASE("fuzz: messages to a peer directory do no harm") { replay("directory", fuzz_directory); }
TEST_CASE("fuzz: source-route headers are rejected, or end within twelve hops") {
  replay("header", fuzz_header);
}
TEST_CASE("fuzz: a plug-in is accepted only if all its fields match") { replay("plugin", fuzz_plugin); }
TEST_CASE("fuzz: profiles are rejected, or describe machines") { replay("profile", fuzz_profile); }
TEST_CASE("fuzz: data received over rdma:// does no harm") { replay("rdma", fuzz_rdma); }
TEST_CASE("fuzz: sizes, times and numbers do no harm") { replay("units", fuzz_units); }
TEST_CASE("fuzz: URLs are rejected, or parse to the same when written again") { replay("url", fuzz_url); }
