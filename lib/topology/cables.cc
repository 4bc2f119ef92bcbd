#include "topology/cables.h"

#include <utility>

#include "base/check.h"
#include "topology/count.h"

namespace ub::topology {
namespace {

// The inverse of pair_number().
std::pair<std::uint32_t, std::uint32_t> pair_of(const Divider& size, std::uint32_t number) {
  const std::uint32_t n = size.divisor();
  const std::uint32_t row = size.quotient(number), column = number - row * n, first = n - 1 - row;
  if (column < first) return {row, row + 1 + column};
  return {n - 2 - row, n - 1 - row + (column - first)};
}

}  // namespace

Cables Cables::line(std::uint64_t nodes, std::uint64_t size, std::uint64_t stride) {
  Cables c;
  c.shape = Shape::line;
  const std::uint64_t pairs = size * (size - 1) / 2;
  c.count = times(nodes / size, pairs);
  c.ports[0] = c.ports[1] = size - 1;
  c.size_ = Divider(size), c.stride_ = Divider(stride), c.pairs_ = Divider(pairs);
  return c;
}

Cables Cables::tree(std::uint64_t lower, std::uint64_t units, std::uint64_t numbers, std::uint64_t switches,
                    std::uint64_t turn) {
  Cables c;
  c.shape = Shape::tree;
  c.count = times(lower, switches);
  c.ports[0] = switches, c.ports[1] = units;
  c.units_ = Divider(units), c.numbers_ = Divider(numbers), c.switches_ = Divider(switches);
  c.turn_ = Divider(turn);
  return c;
}

Cables Cables::diagonal(std::uint64_t npus, const std::vector<Axis>& rack, std::uint64_t groups,
                        std::uint64_t switches) {
  Cables c;
  c.shape = Shape::diagonal;
  c.axes_ = std::uint8_t(rack.size());
  c.solving_ = c.axes_;
  std::uint32_t in_a_rack = 1;
  for (std::uint8_t a = 0; a < c.axes_; ++a) {
    c.axis_[a] = rack[a];
    in_a_rack *= rack[a].size.divisor();
    if (c.solving_ == c.axes_ && rack[a].size.divisor() % switches == 0) c.solving_ = a;
  }
  UB_ASSERT(c.solving_ < c.axes_);
  c.count = times(npus, groups);
  c.ports[0] = groups, c.ports[1] = in_a_rack / switches;
  c.groups_ = Divider(groups), c.switches_ = Divider(switches), c.rack_ = Divider(in_a_rack);
  c.solutions_ = Divider(rack[c.solving_].size.divisor() / switches);
  return c;
}

std::uint32_t Cables::diagonal_of(std::uint32_t npu) const {
  std::uint32_t sum = 0;
  for (std::uint8_t a = 0; a < axes_; ++a) sum += axis_[a].size.remainder(axis_[a].stride.quotient(npu));
  return switches_.remainder(sum);
}

Cables::End Cables::end(std::uint32_t k, unsigned side) const {
  switch (shape) {
    case Shape::line: {
      const std::uint32_t line = pairs_.quotient(k);
      const auto [i, j] = pair_of(size_, k - line * pairs_.divisor());
      const std::uint32_t outer = stride_.quotient(line), inner = line - outer * stride_.divisor();
      const std::uint32_t begin = outer * stride_.divisor() * size_.divisor() + inner;
      if (side == 0) return {begin + i * stride_.divisor(), j - 1};
      return {begin + j * stride_.divisor(), i};
    }
    case Shape::tree: {
      const std::uint32_t lower = switches_.quotient(k), port = k - lower * switches_.divisor();
      if (side == 0) return {lower, port};
      const std::uint32_t round = turn_.quotient(port);
      const std::uint32_t s =
          (port - round * turn_.divisor()) * (switches_.divisor() / turn_.divisor()) + round;
      const std::uint32_t unit = numbers_.quotient(lower), number = lower - unit * numbers_.divisor();
      const std::uint32_t domain = units_.quotient(unit);
      return {(domain * numbers_.divisor() + number) * switches_.divisor() + s,
              unit - domain * units_.divisor()};
    }
    case Shape::diagonal: {
      const std::uint32_t npu = groups_.quotient(k), way = k - npu * groups_.divisor();
      if (side == 0) return {npu, way};
      const std::uint32_t rack = rack_.quotient(npu), in_rack = npu - rack * rack_.divisor();
      const std::uint32_t upper = (rack * groups_.divisor() + way) * switches_.divisor() + diagonal_of(npu);
      const Axis& axis = axis_[solving_];
      const std::uint32_t above = axis.stride.quotient(in_rack),
                          inner = in_rack - above * axis.stride.divisor();
      const std::uint32_t outer = axis.size.quotient(above), at = above - outer * axis.size.divisor();
      const std::uint32_t others = outer * axis.stride.divisor() + inner;
      return {upper, others * solutions_.divisor() + switches_.quotient(at)};
    }
  }
  return {};
}

Cables::Place Cables::along(std::uint32_t node, std::uint32_t here, std::uint32_t to) const {
  const std::uint32_t size = size_.divisor(), stride = stride_.divisor();
  const std::uint32_t above = stride_.quotient(node);
  const std::uint32_t line = size_.quotient(above) * stride + (node - above * stride);
  const std::uint32_t pair = here < to ? pair_number(size, here, to) : pair_number(size, to, here);
  return {line * pairs_.divisor() + pair, std::uint8_t(here > to)};
}

Cables::Place Cables::at(unsigned side, std::uint32_t node, std::uint32_t port) const {
  switch (shape) {
    case Shape::line: {
      const std::uint32_t here = size_.remainder(stride_.quotient(node));
      return along(node, here, port < here ? port : port + 1);
    }
    case Shape::tree: {
      if (side == 0) return {node * switches_.divisor() + port, 0};
      const std::uint32_t plane = switches_.quotient(node), s = node - plane * switches_.divisor();
      const std::uint32_t domain = numbers_.quotient(plane), number = plane - domain * numbers_.divisor();
      const std::uint32_t lower = (domain * units_.divisor() + port) * numbers_.divisor() + number;
      const std::uint32_t a_round = switches_.divisor() / turn_.divisor();
      return {lower * switches_.divisor() + (s % a_round) * turn_.divisor() + s / a_round, 1};
    }
    case Shape::diagonal: {
      if (side == 0) return {node * groups_.divisor() + port, 0};
      const std::uint32_t plane = switches_.quotient(node), f = node - plane * switches_.divisor();
      const std::uint32_t rack = groups_.quotient(plane), way = plane - rack * groups_.divisor();
      const Axis& axis = axis_[solving_];
      const std::uint32_t others = solutions_.quotient(port), nth = port - others * solutions_.divisor();
      const std::uint32_t outer = axis.stride.quotient(others),
                          inner = others - outer * axis.stride.divisor();
      const std::uint32_t at_zero = outer * axis.stride.divisor() * axis.size.divisor() + inner;
      const std::uint32_t missing = switches_.remainder(f + switches_.divisor() - diagonal_of(at_zero));
      const std::uint32_t npu =
          rack * rack_.divisor() + at_zero + (missing + nth * switches_.divisor()) * axis.stride.divisor();
      return {npu * groups_.divisor() + way, 1};
    }
  }
  return {};
}

std::optional<Cables::Place> Cables::between(unsigned side, std::uint32_t a, std::uint32_t b) const {
  if (count == 0) return {};
  if (shape == Shape::line) {
    const std::uint32_t stride = stride_.divisor();
    const std::uint32_t above_a = stride_.quotient(a), above_b = stride_.quotient(b);
    const std::uint32_t outer = size_.quotient(above_a);
    if (a == b || outer != size_.quotient(above_b) || a - above_a * stride != b - above_b * stride) return {};
    return along(a, above_a - outer * size_.divisor(), above_b - outer * size_.divisor());
  }
  // The lower node's port to the upper node, if both are in one domain or rack.
  const std::uint32_t lower = side == 0 ? a : b, upper = side == 0 ? b : a;
  const std::uint32_t plane = switches_.quotient(upper), s = upper - plane * switches_.divisor();
  std::uint32_t port = 0;
  if (shape == Shape::tree) {
    const std::uint32_t a_round = switches_.divisor() / turn_.divisor();
    port = (s % a_round) * turn_.divisor() + s / a_round;
  } else {
    port = groups_.remainder(plane);
  }
  const std::uint32_t k = lower * std::uint32_t(ports[0]) + port;
  if (end(k, 1).node != upper) return {};
  return Place{k, std::uint8_t(side)};
}

}  // namespace ub::topology
