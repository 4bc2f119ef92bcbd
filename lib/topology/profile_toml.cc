// The only file that includes toml++ (3.3), which takes seconds to compile and needs these precautions:
//  - Errors are returned by value, not as exceptions.
//  - toml++ does not limit the nesting of dotted keys, and destroys tables recursively. A line of 500 characters has at
//    most 250 dots, and values nest 8 deep: so the stack stays small.
//  - Its assertions fail on bad text too ("[?]" is enough): undefined behaviour with NDEBUG, an abort without.
//    Here a failed assertion throws, and only try_parse() below catches it.
//  - A letter like U+00E9 in the wrong place reaches __builtin_unreachable: toml++ is given ASCII only.
#include "topology/profile.h"

namespace ub::topology {
namespace {
struct ParserGaveUp {};
[[noreturn]] void give_up() { throw ParserGaveUp{}; }
}  // namespace
}  // namespace ub::topology

#undef NDEBUG
#define TOML_ASSERT(condition) ((condition) ? (void)0 : ub::topology::give_up())
#define TOML_EXCEPTIONS 0
#define TOML_ENABLE_FORMATTERS 0
#define TOML_MAX_NESTED_VALUES 8
#include <toml++/toml.h>

#include <algorithm>
#include <charconv>
#include <cmath>
#include <initializer_list>

#include "topology/profile_rules.h"

namespace ub::topology {
namespace {

constexpr const char* kAdvice = "see ub-profile(5)";

// A profile's text for an error message: one line, printable, short.
std::string printable(std::string_view text, std::size_t limit = 120) {
  std::string out(text.substr(0, limit));
  for (char& c : out)
    if (static_cast<unsigned char>(c) < 0x20 || c == 0x7f) c = '?';
  return text.size() > limit ? out + "..." : out;
}

// Keeps the first mistake. Reading continues with substitute values, so that callers need not check each figure.
struct Mistakes {
  std::string_view origin;
  std::optional<Failure> first;

  void add(std::size_t line, std::string_view key, std::string_view text,
           Code code = Code::invalid_argument) {
    if (first) return;
    std::string what =
        "profile " + printable(origin) + ":" + std::to_string(std::max<std::size_t>(line, 1)) + ": ";
    if (!key.empty()) what += printable(key) + ": ";
    first = Failure{Status(code), what += text, kAdvice};
  }
};

std::string_view kind_of(const toml::node& n) {
  switch (n.type()) {
    case toml::node_type::table:
      return "a table";
    case toml::node_type::array:
      return "an array";
    case toml::node_type::string:
      return "a string";
    case toml::node_type::integer:
      return "a whole number";
    case toml::node_type::floating_point:
      return "a fraction";
    case toml::node_type::boolean:
      return "true or false";
    default:
      return "a date or time";
  }
}

std::string plain(double v) {
  std::string s = std::to_string(v);
  s.erase(s.find_last_not_of('0') + 1);
  if (s.back() == '.') s.pop_back();
  return s;
}

// One table of the file. The allowed keys are given first, so that a misspelt key is reported as unknown.
class Section {
 public:
  Section(const toml::table& table, std::string path, Mistakes& mistakes,
          std::initializer_list<std::string_view> keys)
      : table_(table), path_(std::move(path)), mistakes_(mistakes) {
    for (auto&& [key, value] : table)
      if (std::find(keys.begin(), keys.end(), key.str()) == keys.end()) {
        std::string text = "unknown key; here belong";
        for (std::string_view k : keys) text.append(k == *keys.begin() ? " " : ", ").append(k);
        mistakes_.add(key.source().begin.line, path_ + std::string(key.str()), text);
      }
  }

  std::uint32_t integer(std::string_view key, std::uint32_t min, std::uint32_t max) {
    const toml::node* n = get(key);
    if (!n) return min;
    const std::string wanted =
        "wants a whole number from " + std::to_string(min) + " to " + std::to_string(max);
    const auto* value = n->as_integer();
    if (!value) return wrong(key, *n, wanted + ", this is " + std::string(kind_of(*n))), min;
    if (value->get() < min || value->get() > max)
      return wrong(key, *n, wanted + ", this is " + std::to_string(value->get())), min;
    return std::uint32_t(value->get());
  }

  // Converts a figure in large units with a fraction to small whole units.
  std::uint64_t scaled(std::string_view key, double min, double max, double scale) {
    const toml::node* n = get(key);
    if (!n) return std::uint64_t(min * scale);
    const std::string wanted = "wants a number from " + plain(min) + " to " + plain(max);
    if (!n->is_number()) return wrong(key, *n, wanted + ", this is " + std::string(kind_of(*n))), 1;
    const double v = n->is_integer() ? double(n->as_integer()->get()) : n->as_floating_point()->get();
    if (!(v >= min && v <= max)) {  // written so that NaN fails
      const std::string is = std::isnan(v) ? "nan" : std::abs(v) > 1e15 ? "far outside" : plain(v);
      return wrong(key, *n, wanted + ", this is " + is), 1;
    }
    return std::uint64_t(std::llround(v * scale));
  }

  std::string text(std::string_view key, std::size_t max) {
    const toml::node* n = get(key);
    if (!n) return {};
    const auto* value = n->as_string();
    if (!value) return wrong(key, *n, "wants a string, this is " + std::string(kind_of(*n))), std::string();
    if (value->get().size() > max || printable(value->get(), max) != value->get())
      return wrong(key, *n, "wants at most " + std::to_string(max) + " printable characters"), std::string();
    return value->get();
  }

  // Refuses keys that are not allowed in this table's form.
  void only(std::initializer_list<std::string_view> keys, const char* who) {
    for (auto&& [key, value] : table_)
      if (std::find(keys.begin(), keys.end(), key.str()) == keys.end())
        mistakes_.add(key.source().begin.line, path_ + std::string(key.str()),
                      std::string("is no key ") + who);
  }

  // A rate in bytes a second that replaces that of the lanes; 0 if not given.
  std::uint64_t rate(std::string_view key) { return has(key) ? scaled(key, 0.001, 1e6, 1e9) : 0; }

  bool has(std::string_view key) const { return table_.contains(key); }

  // Failures a year; 0 if not given.
  double failures(std::string_view key) {
    constexpr double kSteps = 1e12;
    return has(key) ? double(scaled(key, 0, 1e6, kSteps)) / kSteps : 0;
  }

  Run run() {
    Run r;
    r.length_mm = std::uint32_t(scaled("length_m", 0, 1e6, 1000));
    r.failures_per_year = failures("failures_per_year");
    const std::string medium = text("medium", 40);
    for (Medium m : {Medium::passive_copper, Medium::active_copper, Medium::optical})
      if (name(m) == medium) return r.medium = m, r;
    if (const toml::node* n = get("medium"))
      wrong("medium", *n, "wants \"passive copper\", \"active copper\" or \"optical\"");
    return r;
  }

  Reach reach() {
    if (!has("reach")) return Reach::direct;
    const std::string reach = text("reach", 40);
    for (Reach r : {Reach::direct, Reach::trunk, Reach::clos})
      if (name(r) == reach) return r;
    wrong("reach", *get("reach"), "wants \"direct\", \"trunk\" or \"clos\"");
    return Reach::direct;
  }

  // "9+9": the number of ports on each die.
  std::vector<std::uint32_t> islands(std::string_view key) {
    std::vector<std::uint32_t> all;
    if (!has(key)) return all;
    const std::string value = text(key, 60);
    const char *at = value.data(), *const end = at + value.size();
    for (;;) {
      std::uint32_t ports = 0;
      const auto [stop, error] = std::from_chars(at, end, ports);
      if (error != std::errc() || ports == 0 || ports > kMaxPorts) break;
      all.push_back(ports);
      if (all.size() > kMaxIslands) break;
      if (stop == end) return all;
      if (*stop != '+') break;
      at = stop + 1;
    }
    wrong(key, *get(key), "wants how many ports are on each die, at most 8 of them, such as \"9+9\"");
    return {};
  }

  // The number of dimensions that select a tier's domain: up to the last of that name.
  std::size_t scope(const Profile& p) {
    const std::string within = text("within", 16);
    if (within.empty()) return 0;
    for (std::size_t d = p.dimensions.size(); d-- > 0;)
      if (p.dimensions[d].name == within) return d + 1;
    wrong("within", *get("within"), "wants a dimension's name, or \"\" for the whole machine");
    return 0;
  }

 private:
  const toml::node* get(std::string_view key) {
    const toml::node* n = table_.get(key);
    if (!n) mistakes_.add(table_.source().begin.line, path_ + std::string(key), "is missing");
    return n;
  }
  void wrong(std::string_view key, const toml::node& n, const std::string& text) {
    mistakes_.add(n.source().begin.line, path_ + std::string(key), text);
  }

  const toml::table& table_;
  std::string path_;
  Mistakes& mistakes_;
};

const toml::table* table(const toml::table& root, std::string_view key, Mistakes& mistakes, bool required) {
  const toml::node* n = root.get(key);
  if (!n && required) mistakes.add(1, "[" + std::string(key) + "]", "the table is missing");
  if (n && !n->is_table())
    mistakes.add(n->source().begin.line, key, "wants a table, this is " + std::string(kind_of(*n)));
  return n ? n->as_table() : nullptr;
}

void read_dimensions(const toml::table& root, Profile& p, Mistakes& mistakes) {
  const toml::node* n = root.get("dimension");
  const toml::array* list = n ? n->as_array() : nullptr;
  if (!list || list->empty() || list->size() > kMaxDimensions)
    return mistakes.add(n ? n->source().begin.line : 1, "dimension",
                        "wants 1 to " + std::to_string(kMaxDimensions) + " tables [[dimension]]");
  for (const toml::node& e : *list) {
    if (!e.is_table()) return mistakes.add(e.source().begin.line, "dimension", "wants tables [[dimension]]");
    Section s(*e.as_table(), "dimension[" + std::to_string(p.dimensions.size()) + "].", mistakes,
              {"name", "size", "reach", "lanes", "length_m", "medium", "failures_per_year"});
    Dimension& d = p.dimensions.emplace_back();
    d.name = s.text("name", 16);
    d.size = s.integer("size", 1, kMaxNpus);
    d.reach = s.reach();
    if (d.reach == Reach::clos) {
      s.only({"name", "size", "reach"}, "of a dimension of reach clos");
      continue;
    }
    d.lanes = s.integer("lanes", 1, d.reach == Reach::trunk ? kMaxNodeLanes : kMaxLanes);
    d.run = s.run();
  }
}

void read_tiers(const toml::table& root, Profile& p, Mistakes& mistakes) {
  const toml::node* n = root.get("tier");
  if (!n) return;
  const toml::array* list = n->as_array();
  if (!list || list->empty() || list->size() > kMaxTiers)
    return mistakes.add(n->source().begin.line, "tier",
                        "wants at most " + std::to_string(kMaxTiers) + " tables [[tier]]");
  for (const toml::node& e : *list) {
    if (!e.is_table()) return mistakes.add(e.source().begin.line, "tier", "wants tables [[tier]]");
    Section s(*e.as_table(), "tier[" + std::to_string(p.tiers.size()) + "].", mistakes,
              {"name", "within", "switches", "switch_lanes", "switch_hop_ns", "switch_failures_per_year",
               "link_lanes", "link_gbyte_s", "length_m", "medium", "failures_per_year"});
    Tier& t = p.tiers.emplace_back();
    t.name = s.text("name", 16);
    t.scope = s.scope(p);
    t.switches = s.integer("switches", 1, kMaxLanes);
    t.switch_lanes = s.integer("switch_lanes", 1, kMaxLanes);
    t.switch_hop_ps = s.scaled("switch_hop_ns", 0, 1e9, 1e3);
    t.switch_failures_per_year = s.failures("switch_failures_per_year");
    t.link_lanes = s.integer("link_lanes", 1, kMaxLanes);
    t.link_bytes_per_s = s.rate("link_gbyte_s");
    t.run = s.run();
  }
}

void read_plane(const toml::table& t, Profile& p, Mistakes& mistakes) {
  Section s(
      t, "plane.", mistakes,
      {"groups", "first_level", "second_level", "switch_lanes", "switch_hop_ns", "npu_lanes", "outward_lanes",
       "first_second_lanes", "length_m", "medium", "failures_per_year", "switch_failures_per_year"});
  Plane& pl = p.plane.emplace();
  pl.groups = s.integer("groups", 1, 64);
  pl.first_level = s.integer("first_level", 1, 64);
  pl.second_level = s.integer("second_level", 1, 64);
  pl.switch_lanes = s.integer("switch_lanes", 1, kMaxLanes);
  pl.switch_hop_ps = s.scaled("switch_hop_ns", 0, 1e9, 1e3);
  pl.switch_failures_per_year = s.failures("switch_failures_per_year");
  pl.npu_lanes = s.integer("npu_lanes", 1, kMaxLanes);
  pl.outward_lanes = s.integer("outward_lanes", 0, kMaxNodeLanes);
  pl.first_second_lanes = s.integer("first_second_lanes", 1, kMaxLanes);
  pl.run = s.run();
}

Attached read_attached(const toml::table& t, const char* path, std::uint32_t most, Mistakes& mistakes) {
  Section s(t, path, mistakes, {"count", "lanes", "link_lanes", "link_gbyte_s"});
  return {.count = s.integer("count", 1, most),
          .node_lanes = s.integer("lanes", 1, kMaxLanes),
          .link_lanes = s.integer("link_lanes", 1, kMaxLanes),
          .link_bytes_per_s = s.rate("link_gbyte_s")};
}

void read_rates(const toml::table& root, Profile& p, Mistakes& mistakes) {
  if (const auto* t = table(root, "link", mistakes, true)) {
    Section s(*t, "link.", mistakes,
              {"lane_rate_gbit_s", "propagation_ns_per_m", "flit_bytes", "packet_flits", "header_bytes"});
    p.lane_bytes_per_s = s.scaled("lane_rate_gbit_s", 0.001, 1e6, 1e9 / 8);
    p.propagation_ps_per_m = s.scaled("propagation_ns_per_m", 0, 1000, 1e3);
    p.flit_bytes = s.integer("flit_bytes", 1, 4096);
    p.packet_flits = s.integer("packet_flits", 1, 65536);
    p.header_bytes = s.integer("header_bytes", 0, 65536);
  }
  if (const auto* t = table(root, "endpoint", mistakes, true)) {
    Section s(*t, "endpoint.", mistakes, {"issue_ns", "execute_ns", "complete_ns"});
    p.issue_ps = s.scaled("issue_ns", 0, 1e9, 1e3);
    p.execute_ps = s.scaled("execute_ns", 0, 1e9, 1e3);
    p.complete_ps = s.scaled("complete_ns", 0, 1e9, 1e3);
  }
  if (const auto* t = table(root, "npu", mistakes, true)) {
    Section s(*t, "npu.", mistakes,
              {"lanes", "between_racks_lanes", "to_hrs_lanes", "unused_lanes", "hop_ns", "router_islands"});
    p.npu_lanes = s.integer("lanes", 0, kMaxNodeLanes);
    p.npu_between_racks_lanes = s.integer("between_racks_lanes", 0, kMaxLanes);
    p.npu_to_hrs_lanes = s.integer("to_hrs_lanes", 0, kMaxLanes);
    p.npu_unused_lanes = s.integer("unused_lanes", 0, kMaxNodeLanes);
    p.npu_hop_ps = s.scaled("hop_ns", 0, 1e9, 1e3);
    p.router_islands = s.islands("router_islands");
  }
}

void read_machine(const toml::table& root, Profile& p, Mistakes& mistakes) {
  Section top(root, "", mistakes,
              {"format", "name", "summary", "link", "endpoint", "npu", "dimension", "plane", "backup", "cpu",
               "tier"});
  if (const auto* n = root.get_as<std::int64_t>("format"); n && n->get() != 1)
    return mistakes.add(n->source().begin.line, "format",
                        "this library reads format 1, the file is of format " + std::to_string(n->get()),
                        Code::version_mismatch);
  top.integer("format", 1, 1);
  p.name = top.text("name", 64);
  p.summary = top.text("summary", 200);
  read_rates(root, p, mistakes);
  read_dimensions(root, p, mistakes);
  if (const auto* t = table(root, "plane", mistakes, false)) read_plane(*t, p, mistakes);
  if (const auto* t = table(root, "backup", mistakes, false))
    p.backup = read_attached(*t, "backup.", 1, mistakes);
  if (const auto* t = table(root, "cpu", mistakes, false)) p.cpu = read_attached(*t, "cpu.", 1024, mistakes);
  read_tiers(root, p, mistakes);
}

// Checks before toml++ reads the text.
bool within_limits(std::string_view text, Mistakes& mistakes) {
  if (text.size() > kMaxProfileBytes)
    return mistakes.add(1, "", "the text is over 1 MiB, which no profile needs"), false;
  std::size_t line = 1;
  for (std::size_t begin = 0; begin < text.size(); ++line) {
    const std::size_t end = std::min(text.find('\n', begin), text.size());
    if (end - begin > kMaxProfileLine)
      return mistakes.add(line, "", "the line is over " + std::to_string(kMaxProfileLine) + " characters"),
             false;
    begin = end + 1;
  }
  return true;
}

std::optional<toml::parse_result> try_parse(std::string_view text) {
  try {
    return toml::parse(text);
  } catch (const ParserGaveUp&) {
    return {};
  }
}

// The line on which the parser fails: the last of the fewest leading lines that make it fail. It reads front to back, so
// more lines fail too, and bisection finds the line.
std::size_t line_of_giving_up(std::string_view text) {
  std::vector<std::size_t> ends;
  for (std::size_t at = 0; (at = text.find('\n', at)) != text.npos;) ends.push_back(++at);
  ends.push_back(text.size());
  return 1 + std::size_t(std::partition_point(
                             ends.begin(), ends.end(),
                             [&](std::size_t e) { return try_parse(text.substr(0, e)).has_value(); }) -
                         ends.begin());
}

std::optional<toml::parse_result> parse(std::string text, Mistakes& mistakes) {
  if (!within_limits(text, mistakes)) return {};
  for (char& c : text)
    if (static_cast<unsigned char>(c) >= 0x80) c = '?';
  auto result = try_parse(text);
  if (!result) return mistakes.add(line_of_giving_up(text), "", "this is not TOML"), std::nullopt;
  if (!*result) {
    const toml::parse_error& e = result->error();
    return mistakes.add(e.source().begin.line, "", printable(e.description())), std::nullopt;
  }
  return result;
}

}  // namespace

Expected<Profile> parse_profile(std::string_view text, std::string_view origin) {
  Mistakes mistakes{origin, {}};
  Profile p;
  if (const auto parsed = parse(std::string(text), mistakes)) {
    read_machine(parsed->table(), p, mistakes);
    if (mistakes.first) return *std::move(mistakes.first);
    if (const auto broken = broken_rule(p)) {
      const auto node = parsed->table().at_path(broken->key);
      mistakes.add(node ? node.node()->source().begin.line : 1, broken->key, broken->text);
    }
  }
  if (mistakes.first) return *std::move(mistakes.first);
  return p;
}

}  // namespace ub::topology
