// The plug-in handshake: a struct as a file of another contract, another compiler or a careless author may export it.
// It is accepted exactly if all of it is ours; what is refused is refused in one line that names the file.
#include <algorithm>
#include <cstdint>
#include <cstring>

#include "core/plugins.h"
#include "tests/fuzz/refusal.h"

namespace {

using namespace ub;

Expected<std::unique_ptr<transport::Transport>> create(const transport::Setup&) {
  return std::unique_ptr<transport::Transport>();
}
Caps caps() { return {}; }

}  // namespace

// How contract and sizes differ from ours, which pointers are missing, the length of the wanted name, the two names.
extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  std::uint32_t contract = 0, sizes = 0;
  if (size < sizeof contract + sizeof sizes + 2) return 0;
  std::memcpy(&contract, data, sizeof contract);
  std::memcpy(&sizes, data + 4, sizeof sizes);
  contract ^= transport::kContract, sizes ^= transport::kSizes;
  const unsigned missing = data[8];
  const std::string_view rest(reinterpret_cast<const char*>(data) + 10, size - 10);
  const std::string wanted(rest.substr(0, std::min<std::size_t>(data[9], 15)));  // what a URL can name
  const std::string own(rest.substr(wanted.size()));

  // What belongs to another contract may lie anywhere: following it would be a crash.
  const bool ours = contract == transport::kContract && sizes == transport::kSizes;
  const char* const nowhere = reinterpret_cast<const char*>(8);
  const transport::Plugin p{contract, sizes,
                            missing & 1 ? nullptr
                            : ours      ? own.c_str()
                                        : nowhere,
                            missing & 2 ? nullptr : create, missing & 4 ? nullptr : caps};
  const auto bad = core::check_plugin(p, "/a/libub-x.so", wanted);
  const bool good = ours && (missing & 7) == 0 && std::string_view(own.c_str()) == wanted;
  UB_ASSERT(good == !bad);
  if (!bad) return 0;
  test::in_one_line(*bad);
  UB_ASSERT(bad->code() == Code::version_mismatch && bad->what.find("/a/libub-x.so") != std::string::npos);
  return 0;
}
