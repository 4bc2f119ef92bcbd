#include "topology/layout.h"

#include <utility>

#include "topology/count.h"

namespace ub::topology {
namespace {

std::uint64_t plus(std::uint64_t a, std::uint64_t b) { return std::min(a + b, kTooMany); }

class Drawing {
 public:
  explicit Drawing(const Profile& p) : profile_(p) {}

  Layout draw() {
    measure();
    const std::size_t npus =
        add({.kind = NodeKind::npu, .word = npu_word(), .segments = std::uint8_t(out_.segments.size())},
            out_.npus, profile_.npu_lanes, profile_.npu_hop_ps);
    std::size_t backups = 0, cpus = 0;
    if (profile_.backup.count != 0)
      backups =
          add({.kind = NodeKind::backup, .word = "backup", .segments = rack_segments_},
              times(out_.racks, profile_.backup.count), profile_.backup.node_lanes, profile_.npu_hop_ps);
    if (profile_.cpu.count != 0)
      cpus = add({.kind = NodeKind::cpu,
                  .word = "cpu",
                  .segments = profile_.plane ? rack_segments_ : segments_of(first_scope()),
                  .parts = {{"", profile_.cpu.count}}},
                 times(profile_.plane ? out_.racks : domains(first_scope()), profile_.cpu.count),
                 profile_.cpu.node_lanes, 0);
    out_.endpoints = out_.nodes;
    wire_mesh(npus);
    Lower below{npus, profile_.dimensions.size(), 1};
    if (profile_.plane) below = wire_plane(npus, backups, cpus);
    for (std::size_t t = 0; t < profile_.tiers.size(); ++t) below = wire_tier(t, below, cpus);
    return std::move(out_);
  }

 private:
  // The nodes below a tier: their group, the number of dimensions that select their domain, and the nodes of a domain.
  struct Lower {
    std::size_t group, scope;
    std::uint64_t numbers;
  };

  void measure() {
    const auto& dims = profile_.dimensions;
    out_.strides.resize(dims.size());
    for (std::size_t d = dims.size(); d-- > 0; out_.npus = times(out_.npus, dims[d].size))
      out_.strides[d] = out_.npus;
    while (out_.rack_dimension < dims.size() && dims[out_.rack_dimension].reach != Reach::direct)
      ++out_.rack_dimension;
    out_.racks = domains(out_.rack_dimension);
    for (std::size_t d = out_.rack_dimension; d < dims.size(); ++d)
      out_.npus_per_rack = times(out_.npus_per_rack, dims[d].size);
    for (std::size_t d = 0; d < dims.size(); ++d) {
      const bool joins = d > 0 && !dims[d].name.empty() && dims[d].name == dims[d - 1].name;
      if (!joins) out_.segments.push_back({dims[d].name, 1, 0});
      Segment& s = out_.segments.back();
      s.size = times(s.size, dims[d].size), ++s.dimensions;
    }
    rack_segments_ = segments_of(out_.rack_dimension);
  }

  std::uint64_t domains(std::size_t scope) const {
    std::uint64_t n = 1;
    for (std::size_t d = 0; d < scope; ++d) n = times(n, profile_.dimensions[d].size);
    return n;
  }
  std::size_t first_scope() const { return profile_.tiers.empty() ? 0 : profile_.tiers.front().scope; }
  std::uint8_t segments_of(std::size_t scope) const {
    std::uint8_t n = 0;
    for (std::size_t d = 0; d < scope; d += out_.segments[n++].dimensions) {
    }
    return n;
  }
  std::string npu_word() const {
    const std::string& last = profile_.dimensions.back().name;
    return last.size() < 2 ? "npu" : last;  // the "n" of a mesh:AxB is no word for people
  }

  std::size_t add(NodeGroup g, std::uint64_t count, std::uint64_t lanes, std::uint64_t hop_ps,
                  double failures = 0) {
    g.first = out_.nodes, g.count = count, g.lanes = lanes, g.hop_ps = hop_ps, g.failures_per_year = failures;
    out_.nodes = plus(out_.nodes, count);
    out_.groups.push_back(std::move(g));
    return out_.groups.size() - 1;
  }

  void plug(std::size_t group, unsigned side, const Cables& c) {
    NodeGroup& g = out_.groups[group];
    g.ports.push_back({std::uint8_t(out_.cables.size()), std::uint8_t(side), std::uint32_t(g.port_count),
                       std::uint32_t(c.ports[side])});
    g.port_count = plus(g.port_count, c.ports[side]);
    g.lanes_used = plus(g.lanes_used, times(c.ports[side], c.lanes));
  }

  // Adds cables of `lanes` each between two groups, or along lines within one.
  void wire(Cables c, LinkKind kind, std::uint32_t lanes, std::uint64_t bytes_per_s, const Run& run,
            std::size_t lower, std::size_t upper) {
    c.kind = kind, c.lanes = lanes, c.run = run;
    c.bytes_per_s = bytes_per_s != 0 ? bytes_per_s : lanes * profile_.lane_bytes_per_s;
    c.propagation_ps = (run.length_mm * profile_.propagation_ps_per_m + 999) / 1000;
    c.group[0] = std::uint8_t(lower), c.group[1] = std::uint8_t(upper);
    c.first = out_.cable_count;
    out_.cable_count = plus(out_.cable_count, c.count);
    plug(lower, 0, c);
    if (c.shape != Cables::Shape::line) plug(upper, 1, c);
    out_.cables.push_back(std::move(c));
  }

  void wire_line(std::size_t dimension, LinkKind kind, std::size_t group, std::uint64_t scale,
                 std::uint32_t lanes) {
    const Dimension& d = profile_.dimensions[dimension];
    if (d.size < 2) return;
    Cables c = Cables::line(out_.groups[group].count, d.size, times(scale, out_.strides[dimension]));
    c.dimension = std::uint8_t(dimension);
    wire(std::move(c), kind, lanes, 0, d.run, group, group);
  }

  // X (the last dimension) first, so that an NPU's ports begin with its nearest peers.
  void wire_mesh(std::size_t npus) {
    for (std::size_t d = profile_.dimensions.size(); d-- > out_.rack_dimension;)
      wire_line(d, LinkKind::mesh, npus, 1, profile_.dimensions[d].lanes);
  }

  // The wiring of the LRS is not published beyond their numbers; this is libub's choice [?]: in every group an NPU has a link
  // to first-level switch (sum of its coordinates in the rack) mod their number, so that the NPUs of a board, and of a
  // column, use different switches.
  Lower wire_plane(std::size_t npus, std::size_t backups, std::size_t cpus) {
    const Plane& pl = *profile_.plane;
    const std::uint64_t first_level = times(pl.groups, pl.first_level),
                        second_level = times(pl.groups, pl.second_level);
    const auto level = [&](const char* mark, std::uint64_t size, std::uint64_t in_a_rack) {
      return add({.kind = NodeKind::switch_,
                  .word = "lrs",
                  .segments = rack_segments_,
                  .parts = {{".g", pl.groups}, {mark, size}}},
                 times(out_.racks, in_a_rack), pl.switch_lanes, pl.switch_hop_ps,
                 pl.switch_failures_per_year);
    };
    const std::size_t first = level(".f", pl.first_level, first_level),
                      second = level(".s", pl.second_level, second_level);
    std::vector<Cables::Axis> rack;
    for (std::size_t d = profile_.dimensions.size(); d-- > out_.rack_dimension;)
      rack.push_back({Divider(profile_.dimensions[d].size), Divider(out_.strides[d])});
    wire(Cables::diagonal(out_.npus, rack, pl.groups, pl.first_level), LinkKind::npu_switch, pl.npu_lanes, 0,
         pl.run, npus, first);
    wire(Cables::tree(out_.groups[first].count, pl.first_level, 1, pl.second_level), LinkKind::switch_switch,
         pl.first_second_lanes, 0, pl.run, first, second);
    if (profile_.backup.count != 0)
      wire(Cables::tree(out_.groups[backups].count, profile_.backup.count, 1, first_level),
           LinkKind::backup_switch, profile_.backup.link_lanes, 0, pl.run, backups, first);
    // A CPU's consecutive ports lead to different groups.
    if (profile_.cpu.count != 0)
      wire(Cables::tree(out_.groups[cpus].count, profile_.cpu.count, 1, second_level, pl.groups),
           LinkKind::cpu_switch, profile_.cpu.link_lanes, profile_.cpu.link_bytes_per_s, pl.run, cpus,
           second);
    for (std::size_t d = out_.rack_dimension; d-- > 0;)
      if (profile_.dimensions[d].reach == Reach::trunk)
        wire_trunk(d, first, std::uint32_t(profile_.dimensions[d].lanes / first_level), first_level);
    return {first, out_.rack_dimension, first_level};
  }

  // A first-level switch has a cable to the same switch in each rack of the row: racks form lines, as NPUs do in a mesh.
  void wire_trunk(std::size_t d, std::size_t first, std::uint32_t lanes, std::uint64_t first_level) {
    const Dimension& dim = profile_.dimensions[d];
    if (dim.size < 2) return;
    Cables c = Cables::line(out_.groups[first].count, dim.size,
                            times(first_level, out_.strides[d] / out_.npus_per_rack));
    c.dimension = std::uint8_t(d);
    wire(std::move(c), LinkKind::trunk, lanes, 0, dim.run, first, first);
  }

  Lower wire_tier(std::size_t index, const Lower& below, std::size_t cpus) {
    const Tier& t = profile_.tiers[index];
    const std::uint64_t here = domains(t.scope), units = here == 0 ? kTooMany : domains(below.scope) / here,
                        switches = times(below.numbers, t.switches);
    NodeGroup g{.kind = NodeKind::switch_, .word = t.name, .segments = segments_of(t.scope)};
    const std::string mark = t.name.empty() || t.name.back() > '9' ? "" : ".s";
    // In the tier over a rack's plane each plane belongs to one first-level switch; its switches are numbered consecutively.
    if (below.numbers == 1 || (index == 0 && profile_.plane))
      g.parts = {{mark, switches}};
    else
      g.parts = {{".p", below.numbers}, {".s", t.switches}};
    const std::size_t group =
        add(std::move(g), times(here, switches), t.switch_lanes, t.switch_hop_ps, t.switch_failures_per_year);
    const bool on_npus = out_.groups[below.group].kind == NodeKind::npu;
    wire(Cables::tree(out_.groups[below.group].count, units, below.numbers, t.switches),
         on_npus ? LinkKind::npu_switch : LinkKind::tier_link, t.link_lanes, t.link_bytes_per_s, t.run,
         below.group, group);
    if (on_npus && profile_.cpu.count != 0)
      wire(Cables::tree(out_.groups[cpus].count, profile_.cpu.count, 1, t.switches), LinkKind::cpu_switch,
           profile_.cpu.link_lanes, profile_.cpu.link_bytes_per_s, t.run, cpus, group);
    return {group, t.scope, switches};
  }

  const Profile& profile_;
  Layout out_;
  std::uint8_t rack_segments_ = 0;
};

}  // namespace

Layout lay_out(const Profile& p) { return Drawing(p).draw(); }

}  // namespace ub::topology
