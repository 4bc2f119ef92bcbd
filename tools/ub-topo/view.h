// A part of a drawing in which nodes have positions: a grid of NPUs with the switches beside it, or a machine's tiers.
// Owner: the picture; the machine must outlive it.  Thread safety: one thread at a time.
// Units: pixels.
// Errors: none; a node that is not in a view has no position in it.
#pragma once

#include <optional>
#include <string>
#include <vector>

#include "tools/ub-topo/nouns.h"
#include "tools/ub-topo/svg.h"

namespace tools::topo {

/// A line of the legend: its symbol and its meaning.
struct Symbol {
  enum class Shape { box, square, line } shape = Shape::box;
  std::string css, meaning;
  bool operator==(const Symbol&) const = default;
};

class View {
 public:
  virtual ~View() = default;
  virtual Box box() const = 0;
  virtual void draw(Svg&) const = 0;
  /// The box of a node, or of the cell that contains it.
  virtual std::optional<Box> at(NodeId) const = 0;
  /// The line between the boxes of two nodes.
  virtual std::string line(NodeId from, NodeId to) const = 0;
  virtual Point half_way(NodeId from, NodeId to) const = 0;
  /// Whether each node in the view has its own box, not one shared in a cell.
  virtual bool close_up() const = 0;
  /// The title, and the sentences that explain the view to a new reader.
  virtual std::string title() const = 0;
  virtual std::vector<std::string> said() const = 0;
  /// Adds the view's symbols to the legend.
  virtual void explain(std::vector<Symbol>&) const = 0;
};

}  // namespace tools::topo
