// A view of one level of a machine: a grid of NPUs, racks or pods with the links along its rows and columns; above it the
// switches that connect its cells; beside it a rack's switch plane.
// Owner: plain value; the machine must outlive it.  Thread safety: any thread.
// Units: pixels.
// Errors: none.
#pragma once

#include <string>
#include <vector>

#include "tools/ub-topo/grid.h"
#include "tools/ub-topo/nouns.h"
#include "tools/ub-topo/plane_view.h"
#include "tools/ub-topo/scene.h"
#include "tools/ub-topo/view.h"

namespace tools::topo {

class LevelView : public View {
 public:
  /// Level `k` of `levels`, of the part that contains `opened`, with its upper left corner at `at`. A level of cells over
  /// switches is `width` wide.
  LevelView(const Machine&, const std::vector<Level>& levels, std::size_t k, NodeId opened, Point at,
            double width);

  Box box() const override { return box_; }
  void draw(Svg&) const override;
  std::optional<Box> at(NodeId) const override;
  std::string line(NodeId from, NodeId to) const override;
  bool close_up() const override { return k_ == 0; }

  Point half_way(NodeId from, NodeId to) const override;
  std::string title() const override;
  std::vector<std::string> said() const override;
  void explain(std::vector<Symbol>&) const override;

 private:
  // In a row or column of more cells than can be drawn, one cell represents those left out.
  std::uint32_t shown(std::uint32_t of, std::uint32_t size) const;
  bool stands_for_more(std::uint32_t cell) const;
  std::uint32_t cell_of(NodeId npu) const;
  NodeId npu_of(std::uint32_t cell) const;
  std::string cell_name(std::uint32_t cell) const;
  std::string cells(bool one = false) const;
  std::string said_of_switches() const;
  std::string said_of_mesh() const;
  Point edge(NodeId of, NodeId towards) const;
  bool on_an_arc(NodeId, NodeId) const;
  std::optional<Box> switch_at(NodeId) const;
  std::uint64_t switches_here() const;
  std::uint64_t planes() const;
  Box slot(std::uint64_t) const;
  void draw_arcs(Svg&) const;
  void draw_cell(Svg&, std::uint32_t) const;
  void draw_small(Svg&, Box) const;
  void draw_band(Svg&) const;

  const Machine& machine_;
  const std::vector<Level>& levels_;
  std::size_t k_;
  NodeId opened_;
  Grid grid_;
  Box box_;
  std::optional<Box> band_;
  const NodeGroup* switches_ = nullptr;  // in the band
  std::optional<PlaneView> plane_;
};

}  // namespace tools::topo
