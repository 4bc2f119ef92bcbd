// A machine: its nodes, its links and their names, as a profile says. Immutable facts; no state, no traffic.
// Owner: whoever builds it; everything handed out is a value or a view into it.  Threads: any, it never
// changes. Units: rates in bytes a second, propagation in picoseconds, lengths in millimetres. Errors: none
// once built (a Profile has been checked); ids out of range are our bug and assert.
#pragma once

#include <cstdint>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "topology/profile.h"
#include "ub/types.h"

namespace ub::topology {

/// A directed link. Both directions of cable k are links 2k and 2k+1.
struct LinkId {
  std::uint32_t value = 0;
  constexpr LinkId() = default;
  constexpr explicit LinkId(std::uint32_t v) : value(v) {}
  constexpr auto operator<=>(const LinkId&) const = default;
};
constexpr LinkId reverse(LinkId l) { return LinkId(l.value ^ 1); }

enum class NodeKind : std::uint8_t { npu, cpu, switch_, backup };
std::string_view name(NodeKind);

/// What a link is for. `mesh` links are the only ones that minimal NPU-NPU paths use.
enum class LinkKind : std::uint8_t { mesh, npu_switch, switch_switch, backup_switch, cpu_switch };
std::string_view name(LinkKind);

struct Link {
  NodeId from, to;
  std::uint16_t from_port, to_port;  ///< index in links_from(from) and links_from(to)
  LinkKind kind;
  std::uint8_t dimension;  ///< of a mesh link, as in Profile::dimensions
  Medium medium;
  std::uint32_t lanes, length_mm;
  std::uint64_t bytes_per_s, propagation_ps;
};

class Machine {
 public:
  explicit Machine(const Profile&);
  const Profile& profile() const { return profile_; }

  // Nodes are numbered NPUs, backup, CPUs, first-level switches by group, second-level switches by group.
  std::uint32_t node_count() const { return node_count_; }
  std::uint32_t npu_count() const { return npus_; }
  /// The nodes on which a rank may sit are NodeId 0 .. endpoint_count()-1; rank r's own is NodeId(r), NPU r.
  std::uint32_t endpoint_count() const { return first_switch_; }
  std::vector<NodeId> endpoints() const;
  NodeKind kind(NodeId) const;
  /// "board2.npu5", "n1.2" (mesh:AxB), "backup", "cpu0", "lrs.g0.f3" (group 0, first level), "lrs.g0.s1".
  std::string name(NodeId) const;
  /// The node of that name; a plain number is an NPU's ordinal.
  std::optional<NodeId> find(std::string_view name) const;
  /// What a node's router adds when a packet passes through.
  std::uint64_t hop_ps(NodeId) const;

  /// An NPU's position along a dimension, and the NPU that differs from `npu` in that coordinate only.
  std::uint32_t coordinate(NodeId npu, std::size_t dimension) const;
  NodeId moved(NodeId npu, std::size_t dimension, std::uint32_t coordinate) const;

  std::uint32_t link_count() const { return std::uint32_t(2 * cables_.size()); }
  Link link(LinkId) const;
  NodeId from(LinkId) const;
  NodeId to(LinkId) const;
  /// "board2.npu5>board2.npu6".
  std::string name(LinkId) const;
  /// The links out of a node, by port.
  std::span<const LinkId> links_from(NodeId) const;
  std::optional<LinkId> link_between(NodeId from, NodeId to) const;
  /// The mesh link from an NPU to `moved(npu, dimension, coordinate)`, which must be another; O(1).
  LinkId mesh_link(NodeId npu, std::size_t dimension, std::uint32_t coordinate) const;
  /// Lanes in use at a node, outward ones (to other racks, to HRS) not counted.
  std::uint32_t lanes_used(NodeId) const;

 private:
  struct Cable {
    NodeId end[2];
    std::uint16_t port[2];
    std::uint8_t type;  // index in types_
  };
  struct CableType {  // one a dimension, then the plane's
    LinkKind kind;
    std::uint32_t lanes;
    Run run;
  };
  void add(std::uint32_t a, std::uint32_t b, std::size_t type, std::vector<std::uint16_t>& degree);
  void wire_mesh(std::vector<std::uint16_t>& degree);
  void wire_plane(std::vector<std::uint16_t>& degree);
  std::uint32_t first_level(std::uint32_t group, std::uint32_t i) const;
  std::uint32_t second_level(std::uint32_t group, std::uint32_t i) const;

  Profile profile_;
  std::uint32_t npus_ = 0, first_cpu_ = 0, first_switch_ = 0, first_second_level_ = 0, node_count_ = 0;
  std::vector<std::uint32_t> stride_;  // NPUs between neighbours, by dimension
  std::vector<CableType> types_;
  std::vector<Cable> cables_;
  std::vector<std::uint32_t> out_begin_;  // by node, one more than there are
  std::vector<LinkId> out_;
};

}  // namespace ub::topology
