// A view of a rack's switch plane: groups of first- and second-level switches, the backup and the CPUs, beside the NPUs.
// Owner: plain value; the machine must outlive it.  Thread safety: any thread.
// Units: pixels.
// Errors: none.
#pragma once

#include <optional>
#include <string>

#include "tools/ub-topo/nouns.h"
#include "tools/ub-topo/svg.h"

namespace tools::topo {

class PlaneView {
 public:
  /// `in` is the space of the view; `npu` selects the rack. The NPUs' wires come from the left.
  PlaneView(const Machine&, NodeId npu, Box in);
  void draw(Svg&) const;
  std::optional<Box> at(NodeId) const;
  /// The line between two nodes of the plane, along the wires; empty if one of them is an NPU.
  std::optional<std::string> line(NodeId from, NodeId to) const;
  /// The x of the NPUs' wires, and the point at which they reach a first-level switch.
  double bus() const;
  Point port(NodeId first_level) const;

  static constexpr double kWidth = 430;

 private:
  void draw_group(Svg&, std::uint32_t) const;
  void draw_ends(Svg&) const;
  const NodeGroup* nodes(NodeKind, std::string_view mark = {}) const;
  std::string name(const NodeGroup*, std::uint32_t in_rack) const;
  double backup_bus() const;
  double cpu_bus() const;
  Box group(std::uint32_t) const;
  Box first_level(std::uint32_t group, std::uint32_t i) const;
  Box second_level(std::uint32_t group, std::uint32_t i) const;
  Box backup() const;
  Box cpu(std::uint32_t) const;

  const Machine& machine_;
  NodeId npu_;
  Box in_;
};

}  // namespace tools::topo
