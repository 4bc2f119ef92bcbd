// A part of a drawing in which nodes have places: a grid of NPUs with the switches beside it, or a machine's tiers.
// Owner: whoever draws; the machine must outlive it.  Thread safety: one thread at a time.
// Units: pixels.
// Errors: none; a node that is not in a view has no place in it.
#pragma once

#include <optional>
#include <string>
#include <vector>

#include "tools/ub-topo/nouns.h"
#include "tools/ub-topo/svg.h"

namespace tools::topo {

/// A line of the legend: how it is drawn, and what it means.
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
  /// What stands for a node: itself, or what contains it.
  virtual std::optional<Box> at(NodeId) const = 0;
  /// How the line runs between what stands for two nodes.
  virtual std::string line(NodeId from, NodeId to) const = 0;
  virtual Point half_way(NodeId from, NodeId to) const = 0;
  /// Is each node that it shows shown for itself, not in a cell with others?
  virtual bool close_up() const = 0;
  /// What is seen: a few words, and sentences for who sees such a machine for the first time.
  virtual std::string title() const = 0;
  virtual std::vector<std::string> said() const = 0;
  /// Adds what the legend has to explain.
  virtual void explain(std::vector<Symbol>&) const = 0;
};

}  // namespace tools::topo
