// The only file that includes CLI11: it takes long to compile.
#include "tools/common/cli.h"

#include <CLI/CLI.hpp>
#include <algorithm>
#include <cctype>

#include "tools/common/print.h"
#include "tools/common/units.h"
#include "ub/inspect.h"

namespace tools {

struct Cli::Parser {
  CLI::App app;

  // An option whose text `read` parses or refuses; `wanted` describes a valid one.
  template <class To, class Read> void add(const char* names, To& to, std::string wanted, Read read) {
    const std::string shown = std::string(names).substr(std::string(names).find_last_of(',') + 1);
    app.add_option_function<std::string>(names, [&to, wanted, read, shown](const std::string& text) {
      const auto value = read(text);
      if (!value) throw CLI::ValidationError(shown, "'" + text + "' is not " + wanted);
      to = *value;
    });
  }
};

namespace {

std::string bounds(Range r, std::string (*label)(std::uint64_t)) {
  const bool least = r.least > 0, most = r.most < std::numeric_limits<std::uint64_t>::max();
  if (least && most) return " from " + label(r.least) + " to " + label(r.most);
  if (least) return " of at least " + label(r.least);
  return most ? " up to " + label(r.most) : "";
}

std::string plain(std::uint64_t v) { return std::to_string(v); }

template <class T, class Parse> auto within(Range range, Parse parse) {
  return [range, parse](const std::string& text) -> std::optional<T> {
    const auto v = parse(text);
    return v && *v >= range.least && *v <= range.most ? v : std::nullopt;
  };
}

// A message of CLI11 as one line in the style of the others.
std::string one_line(std::string text) {
  std::replace(text.begin(), text.end(), '\n', ' ');
  while (!text.empty() && (text.back() == ' ' || text.back() == '.')) text.pop_back();
  if (text.size() > 1 && std::islower(static_cast<unsigned char>(text[1])))
    text[0] = char(std::tolower(static_cast<unsigned char>(text[0])));
  return text;
}

}  // namespace

Cli::Cli(std::string tool, std::string arguments, std::string purpose)
    : tool_(std::move(tool)),
      arguments_(std::move(arguments)),
      purpose_(std::move(purpose)),
      parser_(new Parser) {
  parser_->app.set_help_flag("-h,--help");
  parser_->app.set_version_flag("--version", std::string(ub::version()));
}
Cli::~Cli() = default;

Cli& Cli::entry(std::string left, const char* help) {
  if (*help) entries_.push_back({std::move(left), help, false});
  return *this;
}

Cli& Cli::group(std::string title) {
  entries_.push_back({std::move(title), {}, true});
  return *this;
}

Cli& Cli::flag(const char* names, bool& to, const char* help) {
  parser_->app.add_flag_callback(names, [&to] { to = true; });
  return entry(names, help);
}

Cli& Cli::text(const char* names, const char* shown, std::string& to, const char* help) {
  parser_->add(names, to, "anything: a value is missing",
               [](const std::string& text) { return text.empty() ? std::nullopt : std::optional(text); });
  return entry(std::string(names) + " " + shown, help);
}

Cli& Cli::number(const char* names, const char* shown, std::optional<std::uint64_t>& to, Range range,
                 const char* help) {
  parser_->add(names, to, "a number" + bounds(range, plain), within<std::uint64_t>(range, parse_number));
  return entry(std::string(names) + " " + shown, help);
}

Cli& Cli::decimal(const char* names, const char* shown, std::optional<double>& to, const char* help) {
  parser_->add(names, to, "a number such as 12 or 1.5", parse_decimal);
  return entry(std::string(names) + " " + shown, help);
}

Cli& Cli::size(const char* names, std::optional<std::uint64_t>& to, Range range, const char* help) {
  parser_->add(names, to, "a size" + bounds(range, size_text) + ", such as 64, 64K or 1M",
               within<std::uint64_t>(range, parse_size));
  return entry(std::string(names) + " SIZE", help);
}

Cli& Cli::time(const char* names, std::optional<ub::Duration>& to, ub::Duration least, const char* help) {
  const std::string wanted = "a time" + (least.count() ? " of at least " + time_text(least) : std::string());
  parser_->add(names, to, wanted + ", such as 200ms or 1.5s",
               [least](const std::string& text) -> std::optional<ub::Duration> {
                 const auto v = parse_time(text);
                 return v && *v >= least ? v : std::nullopt;
               });
  return entry(std::string(names) + " TIME", help);
}

Cli& Cli::choice(const char* names, const char* shown, std::string& to, std::vector<std::string> among,
                 const char* help) {
  std::string all;
  for (const std::string& a : among) all += (all.empty() ? "" : "|") + a;
  parser_->add(names, to, "one of " + all, [among](const std::string& text) {
    const bool known = std::find(among.begin(), among.end(), text) != among.end();
    return known ? std::optional(text) : std::nullopt;
  });
  return entry(std::string(names) + " " + shown, help);
}

Cli& Cli::list(const char* names, const char* shown, std::vector<std::string>& to, int each,
               const char* help) {
  parser_->app.add_option(names, to)->type_size(each)->allow_extra_args(false);
  return entry(std::string(names) + " " + shown, help);
}

Cli& Cli::argument(const char* name, std::string& to) {
  parser_->app.add_option(name, to);
  return *this;
}

Cli& Cli::example(std::string line, std::string what) {
  examples_.push_back({tool_ + (line.empty() ? "" : " ") + std::move(line), std::move(what), false});
  return *this;
}

std::string Cli::help() const {
  std::string all = "Usage: " + tool_ + " [OPTIONS] " + arguments_ + "\n" + purpose_ + "\n";
  const auto block = [&all](const std::vector<Entry>& entries) {
    std::size_t width = 0;
    for (const Entry& e : entries)
      if (!e.title) width = std::max(width, e.left.size());
    for (const Entry& e : entries) {
      if (e.title) {
        all += "\n" + e.left + ":\n";
        continue;
      }
      const std::string pad(width > e.left.size() ? width - e.left.size() : 0, ' ');
      all += "  " + e.left + pad + "  " + e.right + "\n";
    }
  };
  block(entries_);
  all += "\nExamples:\n";
  block(examples_);
  return all;
}

std::optional<int> Cli::parse(int argc, char** argv) {
  try {
    parser_->app.parse(argc, argv);
    return std::nullopt;
  } catch (const CLI::CallForHelp&) {
    std::fputs(help().c_str(), stdout);
    return finish(tool_, kGood);
  } catch (const CLI::CallForVersion&) {
    std::printf("%s %s\n", tool_.c_str(), std::string(ub::version()).c_str());
    return finish(tool_, kGood);
  } catch (const CLI::ParseError& e) {
    complain(tool_, one_line(e.what()) + "; see " + tool_ + " --help");
  }
  return kNotRun;
}

}  // namespace tools
