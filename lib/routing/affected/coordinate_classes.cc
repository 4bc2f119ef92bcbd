#include "routing/affected/coordinate_classes.h"

#include <algorithm>
#include <numeric>

namespace ub::routing {

using topology::Divider;
using topology::Machine;
using topology::Reach;

CoordinateClasses::CoordinateClasses(const Machine& m, std::size_t each_from)
    : machine_(m), each_from_(each_from) {}

void CoordinateClasses::see(const LinkTraversal& c) {
  cells_ = 1;
  for (std::size_t d = machine_.dimensions(); d-- > 0;) {
    Axis& a = axes_[d];
    const std::uint32_t size = machine_.steps().along[d].size.divisor();
    a.begins.clear();
    if (machine_.reach(d) == Reach::clos) {
      const std::uint32_t here = machine_.coordinate(c.from[0], d);
      a.begins = {here, here + 1};
    } else if (d >= each_from_) {
      a.begins.resize(size + 1);
      std::iota(a.begins.begin(), a.begins.end(), 0);
    } else {
      a.begins = {0, size};
      for (const auto* nodes : {&c.from, &c.to})
        for (NodeId n : *nodes)
          for (const std::uint32_t here = machine_.coordinate(n, d); std::uint32_t begin : {here, here + 1})
            a.begins.push_back(begin);
      std::sort(a.begins.begin(), a.begins.end());
      a.begins.erase(std::unique(a.begins.begin(), a.begins.end()), a.begins.end());
    }
    a.size = Divider(a.begins.size() - 1), a.stride = Divider(cells_);
    cells_ *= a.size.divisor();
  }
}

std::uint32_t CoordinateClasses::cell(NodeId npu) const {
  std::uint32_t cell = 0;
  for (std::size_t d = 0; d < machine_.dimensions(); ++d) {
    const auto& begins = axes_[d].begins;
    const auto behind = std::upper_bound(begins.begin(), begins.end(), machine_.coordinate(npu, d));
    cell += std::uint32_t(behind - begins.begin() - 1) * axes_[d].stride.divisor();
  }
  return cell;
}

NodeId CoordinateClasses::npu(std::uint32_t cell) const {
  std::uint32_t npu = 0;
  for (std::size_t d = 0; d < machine_.dimensions(); ++d)
    npu += axes_[d].begins[zone(cell, d)] * machine_.steps().along[d].stride.divisor();
  return NodeId(npu);
}

void CoordinateClasses::add(std::uint32_t cell, NodeSet& set) const {
  std::array<std::uint32_t, topology::kMaxDimensions> more{};  // offset from the first NPU, as digits
  for (std::uint32_t npu = this->npu(cell).value;;) {
    set.add(NodeId(npu));
    std::size_t d = machine_.dimensions();
    for (;; more[d] = 0) {
      if (d-- == 0) return;
      const std::uint32_t at = zone(cell, d), stride = machine_.steps().along[d].stride.divisor();
      if (++more[d] < axes_[d].begins[at + 1] - axes_[d].begins[at]) {
        npu += stride;
        break;
      }
      npu -= (more[d] - 1) * stride;
    }
  }
}

}  // namespace ub::routing
