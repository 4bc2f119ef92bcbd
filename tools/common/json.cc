// The only file that includes nlohmann-json: it takes long to compile.
#include "tools/common/json.h"

#include <nlohmann/json.hpp>

#include "tools/common/samples.h"
#include "ub/inspect.h"

namespace tools {

struct Json::Value {
  nlohmann::ordered_json json;
};

Json::Json() : value_(new Value{nlohmann::ordered_json::object()}) {}
Json::Json(const Json& other) : value_(new Value(*other.value_)) {}
Json::Json(Json&&) noexcept = default;
Json& Json::operator=(Json other) noexcept {
  value_.swap(other.value_);
  return *this;
}
Json::~Json() = default;

Json Json::array() {
  Json a;
  a.value_->json = nlohmann::ordered_json::array();
  return a;
}

Json& Json::set(std::string_view key, std::string_view value) {
  value_->json[std::string(key)] = std::string(value);
  return *this;
}
Json& Json::set(std::string_view key, bool value) {
  value_->json[std::string(key)] = value;
  return *this;
}
Json& Json::set(std::string_view key, double value) {
  value_->json[std::string(key)] = value;
  return *this;
}
Json& Json::set(std::string_view key, const Json& value) {
  value_->json[std::string(key)] = value.value_->json;
  return *this;
}
Json& Json::set_signed(std::string_view key, std::int64_t value) {
  value_->json[std::string(key)] = value;
  return *this;
}
Json& Json::set_unsigned(std::string_view key, std::uint64_t value) {
  value_->json[std::string(key)] = value;
  return *this;
}
Json& Json::set_null(std::string_view key) {
  value_->json[std::string(key)] = nullptr;
  return *this;
}
Json& Json::add(const Json& value) {
  value_->json.push_back(value.value_->json);
  return *this;
}
Json& Json::add(std::string_view value) {
  value_->json.push_back(std::string(value));
  return *this;
}

std::string Json::line() const {
  return value_->json.dump(-1, ' ', false, nlohmann::ordered_json::error_handler_t::replace);
}
std::string Json::document() const {
  return value_->json.dump(2, ' ', false, nlohmann::ordered_json::error_handler_t::replace);
}

Json& set_error(Json& j, const ub::Failure* f) {
  if (!f) return j.set_null("error");
  return j.set("error", Json().set("code", ub::name(f->code())).set("text", f->message()));
}

std::string failure_document(std::string_view tool, const ub::Failure& f) {
  Json j;
  j.set("schema", 1).set("tool", tool).set("version", ub::version());
  return set_error(j, &f).set("good", false).document();
}

Json figures(const Samples& s) {
  Json j;
  j.set("samples", s.count()).set("min", s.min()).set("median", s.median()).set("mean", s.mean());
  j.set("p90", s.percentile(90))
      .set("p99", s.percentile(99))
      .set("p99_9", s.percentile(99.9))
      .set("max", s.max());
  return j;
}

}  // namespace tools
