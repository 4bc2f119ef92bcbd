#include "base/text.h"

#include <cerrno>
#include <cstdio>
#include <system_error>

namespace ub::base {

std::string human_bytes(std::uint64_t n) {
  static constexpr const char* kUnits[] = {"KiB", "MiB", "GiB", "TiB", "PiB", "EiB"};
  if (n < 1024) return cat(n, " bytes");
  double v = double(n) / 1024;
  std::size_t unit = 0;
  while (v >= 1024 && unit + 1 < std::size(kUnits)) v /= 1024, ++unit;
  char text[32];
  std::snprintf(text, sizeof text, v < 10 && v != double(int(v)) ? "%.1f %s" : "%.0f %s", v, kUnits[unit]);
  return text;
}

std::string printable(std::string_view foreign, std::size_t at_most) {
  std::string out(foreign.substr(0, at_most));
  for (char& c : out)
    if (c < 0x20 || c > 0x7e) c = '?';
  if (foreign.size() > at_most) out += "...";
  return out;
}

namespace {
Code code_of(int error) {
  switch (error) {
    case ENOMEM:
    case ENOSPC:
    case EDQUOT:
    case EMFILE:
    case ENFILE:
    case EAGAIN:
      return Code::no_memory;
    case EACCES:
    case EPERM:
    case EROFS:
      return Code::no_permission;
    case ENOENT:
      return Code::not_found;
    default:
      return Code::system_error;
  }
}
}  // namespace

Failure fail_errno(int error, std::string what, std::string advice) {
  return fail(code_of(error), cat(what, ": ", std::generic_category().message(error)), std::move(advice));
}

}  // namespace ub::base
