// A view of nodes and all switches above them, in rows, with every link: a node of CloudMatrix384, a whole NVL72, a pod of a
// fat tree.
// Owner: plain value; the machine must outlive it.  Thread safety: any thread.
// Units: pixels.
// Errors: none.
#pragma once

#include <string>
#include <vector>

#include "tools/ub-topo/nouns.h"
#include "tools/ub-topo/scene.h"
#include "tools/ub-topo/view.h"

namespace tools::topo {

class TierView : public View {
 public:
  TierView(const Machine&, const Level&, NodeId opened, Point at, double width);

  Box box() const override { return box_; }
  void draw(Svg&) const override;
  std::optional<Box> at(NodeId) const override;
  std::string line(NodeId from, NodeId to) const override;
  Point half_way(NodeId from, NodeId to) const override;
  bool close_up() const override { return true; }
  std::string title() const override;
  std::vector<std::string> said() const override;
  void explain(std::vector<Symbol>&) const override;

 private:
  // The nodes of a group in this view: in one row, divided into `units` by the part to which they belong.
  struct Row {
    const NodeGroup* group = nullptr;
    std::uint64_t first = 0, count = 0, units = 1;
    double x = 0, y = 0, width = 0, side = 0;
  };
  Row row_of(const NodeGroup&) const;
  Box slot(const Row&, std::uint64_t) const;
  void draw_row(Svg&, const Row&) const;
  void draw_links(Svg&) const;

  const Machine& machine_;
  Level level_;
  NodeId opened_;
  Box box_;
  std::vector<Row> rows_;  // NPUs, CPUs, then switches upwards
};

}  // namespace tools::topo
