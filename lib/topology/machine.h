// A machine: the nodes, links and names that a profile defines, without state or traffic. Everything is computed from a few
// figures for each kind of node and cable, so that the largest machine needs no more memory than a rack.
// Owner: the caller; every result is a value, or a view into the machine.  Thread safety: any thread; immutable.
// Units: rates in bytes a second, propagation in picoseconds, lengths in millimetres.
// Errors: none once built (a Profile has been checked); ids out of range are bugs and assert.
#pragma once

#include <array>
#include <cstddef>
#include <cstdint>
#include <iterator>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "base/check.h"
#include "topology/layout.h"
#include "topology/profile.h"
#include "topology/steps.h"
#include "ub/types.h"

namespace ub::topology {

/// A directed link. The directions of cable k are links 2k and 2k+1. Link 2k leads to the greater coordinate of a mesh or
/// trunk, and otherwise up, away from NPUs, CPUs and backups.
struct LinkId {
  std::uint32_t value = 0;
  constexpr LinkId() = default;
  constexpr explicit LinkId(std::uint32_t v) : value(v) {}
  constexpr auto operator<=>(const LinkId&) const = default;
};
constexpr LinkId reverse(LinkId l) { return LinkId(l.value ^ 1); }
constexpr bool up(LinkId l) { return (l.value & 1) == 0; }

struct Link {
  NodeId from, to;
  std::uint16_t from_port, to_port;  ///< index in links_from(from) and links_from(to)
  LinkKind kind;
  std::uint8_t dimension;  ///< of a mesh link or trunk, as in Profile::dimensions; else 0xff
  Medium medium;
  std::uint32_t lanes, length_mm;
  std::uint64_t bytes_per_s, propagation_ps;
  double failures_per_year;  ///< of the cable, both directions
};

/// The links that one step along a dimension takes: one, or the three of a trunk.
struct Hop {
  std::array<LinkId, 3> links{};
  std::uint8_t count = 0;
  const LinkId* begin() const { return links.data(); }
  const LinkId* end() const { return links.data() + count; }
};

class Machine;

/// The links out of a node by port, or those of one kind: a small value; the machine must outlive it.
class LinkRange {
 public:
  class Iterator {
   public:
    using iterator_category = std::input_iterator_tag;
    using value_type = LinkId;
    using difference_type = std::ptrdiff_t;
    using pointer = void;
    using reference = LinkId;
    Iterator() = default;
    LinkId operator*() const;
    Iterator& operator++() { return ++port_, *this; }
    Iterator operator++(int) {
      Iterator old = *this;
      return ++port_, old;
    }
    bool operator==(const Iterator& o) const { return port_ == o.port_; }

   private:
    friend LinkRange;
    Iterator(const LinkRange& l, std::uint32_t port)
        : machine_(l.machine_), in_group_(l.in_group_), port_(port), group_(l.group_) {}
    const Machine* machine_ = nullptr;
    std::uint32_t in_group_ = 0, port_ = 0;
    std::uint8_t group_ = 0;
  };

  std::size_t size() const { return size_; }
  bool empty() const { return size_ == 0; }
  LinkId operator[](std::size_t i) const;
  Iterator begin() const { return {*this, first_}; }
  Iterator end() const { return {*this, first_ + size_}; }

 private:
  friend Machine;
  LinkRange(const Machine& m, std::uint8_t group, std::uint32_t in_group, std::uint32_t first,
            std::uint32_t size)
      : machine_(&m), in_group_(in_group), first_(first), size_(size), group_(group) {}
  const Machine* machine_;
  std::uint32_t in_group_, first_, size_;
  std::uint8_t group_;
};

class Machine {
 public:
  explicit Machine(const Profile&);
  const Profile& profile() const { return profile_; }
  /// The kinds of nodes and cables, with their counts: for sums over a large machine.
  const Layout& layout() const { return layout_; }
  /// The figures from which links are computed, for callers that cannot afford the checks of the members below.
  const Steps& steps() const { return steps_; }

  // Nodes are numbered NPUs, backups, CPUs, first-level switches, second-level switches, tiers of switches; each by rack or
  // domain, and in it by group.
  std::uint32_t node_count() const { return std::uint32_t(layout_.nodes); }
  std::uint32_t npu_count() const { return npus_; }
  /// A rank may run on NodeId 0 .. endpoint_count()-1; rank r's default is NodeId(r), NPU r.
  std::uint32_t endpoint_count() const { return std::uint32_t(layout_.endpoints); }
  std::vector<NodeId> endpoints() const;
  NodeKind kind(NodeId) const;
  /// "npu", "backup", "cpu", "lrs", "hrs", "l1": the word in names.
  std::string_view type(NodeId) const;
  /// "board2.npu5", "n1.2" (mesh:AxB), "backup", "cpu0", "lrs.g0.f3" (group 0, first level), "lrs.g0.s1"; in a machine of
  /// several racks "pod0.rack3.board2.npu5", "pod0.rack3.lrs.g0.f3", and "hrs5".
  std::string name(NodeId) const;
  /// The node of that name; a plain number is an NPU's ordinal.
  std::optional<NodeId> find(std::string_view name) const;
  /// The delay that a node's router adds to a packet that passes through.
  std::uint64_t hop_ps(NodeId) const;
  /// Lanes in use at a node.
  std::uint32_t lanes_used(NodeId) const;
  /// The die of a node's port: a node forwards only between ports of one die. 0 without router_islands, and for CPUs and
  /// switches.
  std::uint32_t island(NodeId, std::uint32_t port) const;

  std::size_t dimensions() const { return steps_.dimensions; }
  Reach reach(std::size_t dimension) const { return steps_.along[dimension].reach; }
  /// The parallel ways of a step along a dimension: 1 if direct, the number of groups of switches by trunk, 0 if clos.
  std::uint32_t ways(std::size_t dimension) const;
  /// An NPU's position along a dimension, and the NPU that differs from `npu` in that coordinate only.
  std::uint32_t coordinate(NodeId npu, std::size_t dimension) const;
  NodeId moved(NodeId npu, std::size_t dimension, std::uint32_t coordinate) const;
  /// The links from an NPU to `moved(npu, dimension, coordinate)`, which must be another: the mesh link, or NPU, first-level
  /// switch of group `way`, the same switch of the other rack, NPU. Not along a clos dimension. O(1).
  Hop hop(NodeId npu, std::size_t dimension, std::uint32_t coordinate, std::uint32_t way = 0) const;
  /// The mesh link from an NPU to `moved(npu, dimension, coordinate)`, which must be another; direct dimensions only. O(1).
  LinkId mesh_link(NodeId npu, std::size_t dimension, std::uint32_t coordinate) const;
  /// The link from an NPU to its first-level switch of a group, in a machine with a plane. O(1).
  LinkId plane_link(NodeId npu, std::uint32_t group) const;

  /// The direct dimensions span a rack. A machine without other dimensions is one rack.
  std::uint32_t rack_count() const { return std::uint32_t(layout_.racks); }
  std::uint32_t npus_per_rack() const { return std::uint32_t(layout_.npus_per_rack); }
  std::uint32_t rack(NodeId npu) const;
  std::optional<NodeId> backup(std::uint32_t rack) const;

  std::uint32_t link_count() const { return std::uint32_t(2 * layout_.cable_count); }
  Link link(LinkId) const;
  NodeId from(LinkId) const;
  NodeId to(LinkId) const;
  /// "board2.npu5>board2.npu6".
  std::string name(LinkId) const;
  /// The links out of a node, by port; or only those of one kind.
  LinkRange links_from(NodeId) const;
  LinkRange links_from(NodeId, LinkKind) const;
  std::optional<LinkId> link_between(NodeId from, NodeId to) const;

 private:
  friend LinkRange;
  friend LinkRange::Iterator;
  std::uint8_t group_of(NodeId) const;
  std::uint8_t cables_of(LinkId) const;
  NodeId end(const Cables&, std::uint32_t cable, unsigned side) const;
  LinkId link_at(std::uint8_t group, std::uint32_t in_group, std::uint32_t port) const;
  static LinkId id(const Cables& c, Cables::Place p) {
    return LinkId(2 * (std::uint32_t(c.first) + p.cable) + p.side);
  }

  Profile profile_;
  Layout layout_;
  std::uint32_t npus_ = 0;
  Steps steps_;
  // For lookups: the number of the first node of each group, and of the first cable of each kind, from the second on.
  std::vector<std::uint32_t> group_begins_, cables_begin_;
};

inline std::uint32_t Machine::coordinate(NodeId npu, std::size_t dimension) const {
  UB_ASSERT(npu.value < npus_ && dimension < steps_.dimensions);
  return steps_.along[dimension].coordinate(npu.value);
}

inline NodeId Machine::moved(NodeId npu, std::size_t dimension, std::uint32_t to) const {
  const std::uint32_t here = coordinate(npu, dimension);
  const Steps::Along& a = steps_.along[dimension];
  UB_ASSERT(to < a.size.divisor());
  return NodeId(npu.value + (to - here) * a.stride.divisor());
}

inline LinkId LinkRange::operator[](std::size_t i) const {
  return machine_->link_at(group_, in_group_, first_ + std::uint32_t(i));
}
inline LinkId LinkRange::Iterator::operator*() const { return machine_->link_at(group_, in_group_, port_); }

}  // namespace ub::topology
