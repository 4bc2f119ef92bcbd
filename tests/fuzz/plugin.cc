// The plug-in handshake: a struct as exported for another contract, by another compiler, or by mistake. It is accepted only if all
// its fields match; otherwise it is rejected in one line that names the file.
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

// Input: differences of contract and sizes, the missing pointers, the length of the wanted name, and the two names.
extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  std::uint32_t contract = 0, sizes = 0;
  if (size < sizeof contract + sizeof sizes + 2) return 0;
  std::memcpy(&contract, data, sizeof contract);
  std::memcpy(&sizes, data + 4, sizeof sizes);
  contract ^= transport::kContract, sizes ^= transport::kSizes;
  const unsigned missing = data[8];
  const std::string_view rest(reinterpret_cast<const char*>(data) + 10, size - 10);
  const std::string wanted(rest.substr(0, std::min<std::size_t>(data[9], 15)));  // a valid name in a URL
  const std::string own(rest.substr(wanted.size()));

  // Pointers of another contract may be invalid and must not be followed.
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
