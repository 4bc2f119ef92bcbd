// A JSON document, built key by key; keys keep their order.
// Owner: a plain value (copies are deep).  Thread safety: one thread at a time.
// Units: keys carry them: host_ns, model_ps, bytes.
// Errors: none; invalid UTF-8 is replaced.
#pragma once

#include <concepts>
#include <cstdint>
#include <memory>
#include <string>
#include <string_view>

#include "ub/status.h"

namespace tools {

class Samples;

class Json {
 public:
  Json();  ///< an object
  static Json array();
  Json(const Json&);
  Json(Json&&) noexcept;
  Json& operator=(Json) noexcept;
  ~Json();

  Json& set(std::string_view key, std::string_view value);
  Json& set(std::string_view key, const char* value) { return set(key, std::string_view(value)); }
  Json& set(std::string_view key, bool value);
  Json& set(std::string_view key, double value);
  Json& set(std::string_view key, const Json& value);
  template <std::integral T>
  requires(!std::same_as<T, bool>) Json& set(std::string_view key, T value) {
    if constexpr (std::signed_integral<T>)
      return set_signed(key, value);
    else
      return set_unsigned(key, value);
  }
  /// null: requested, and there is none.
  Json& set_null(std::string_view key);
  /// To an array.
  Json& add(const Json& value);
  Json& add(std::string_view value);

  std::string line() const;      ///< in one line
  std::string document() const;  ///< indented

 private:
  Json& set_signed(std::string_view key, std::int64_t value);
  Json& set_unsigned(std::string_view key, std::uint64_t value);
  struct Value;
  std::unique_ptr<Value> value_;
};

/// Sets "error" to {"code", "text"} of a failure, or to null where there is none.
Json& set_error(Json&, const ub::Failure*);
/// The document of a run that failed before its first result: schema, tool, version, "error", and "good": false.
std::string failure_document(std::string_view tool, const ub::Failure&);

/// {"samples", "min", "median", "mean", "p90", "p99", "p99_9", "max"}, in the samples' unit.
Json figures(const Samples&);

}  // namespace tools
