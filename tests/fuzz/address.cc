// Node addresses: a text is the name of one node, the ordinal of one NPU, or is rejected. The first byte selects the machine and
// the rest is the text. The same bytes as a number select a node, whose name must resolve to it.
#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

#include "base/check.h"
#include "topology/machine.h"

namespace {

using namespace ub;

std::vector<topology::Machine> machines() {
  std::vector<topology::Machine> all;
  for (const char* name : {"ubmesh-rack", "ubmesh-superpod", "ubmesh-165k", "cloudmatrix384", "fat-tree",
                           "nvl72", "mesh:3x1x12", "mesh:11"})
    all.emplace_back(topology::parse_profile(topology::profile_text(name).value(), name).value());
  return all;
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  static const std::vector<topology::Machine> all = machines();
  if (size == 0) return 0;
  const topology::Machine& m = all[data[0] % all.size()];
  const std::string_view text(reinterpret_cast<const char*>(data) + 1, size - 1);
  if (const auto node = m.find(text)) {
    UB_ASSERT(node->value < m.node_count());
    UB_ASSERT(m.name(*node) == text || std::to_string(node->value) == text);
    UB_ASSERT(m.name(*node) == text || node->value < m.npu_count());
  }
  std::uint32_t number = 0;
  for (const char c : text) number = number * 257 + static_cast<unsigned char>(c);
  const NodeId chosen(number % m.node_count());
  UB_ASSERT(m.find(m.name(chosen)) == chosen);
  return 0;
}
