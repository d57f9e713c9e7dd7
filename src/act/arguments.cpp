#include "act/arguments.h"

#include <algorithm>
#include <span>
#include <vector>

#include "act/limits.h"
#include "base/digest.h"
#include "base/suggest.h"
#include "base/time_text.h"
#include "base/utf8.h"

namespace fovea::act {
namespace {

using Kind = record::Outcome::Kind;

constexpr size_t kKeyBytesMax = 200;  // of a header value that services take

record::Outcome outcome_of(Kind kind, std::string error, Nanos retry_after) {
  if (error.size() > kErrorBytesMax) error.resize(kErrorBytesMax);
  return {kind, nullptr, repair_utf8(error), retry_after};
}

}  // namespace

Result<void> check_members(const Json& arguments, std::string_view kind,
                           std::initializer_list<std::string_view> known) {
  const JsonObject* object = arguments.if_object();
  if (object == nullptr) return fail(Code::kInvalidArgument, "the arguments are not an object", std::string(kind));
  for (const auto& each : *object) {
    std::string_view name = each.key();
    if (std::ranges::find(known, name) != known.end()) continue;
    return fail(Code::kInvalidArgument, "unknown argument '" + std::string(name) + "'", std::string(kind),
                suggest(name, std::span(known.begin(), known.size())));
  }
  return {};
}

Result<std::string> text_of(const Json& arguments, std::string_view name) {
  const Json& value = member(arguments, name);
  if (value.is_null()) return fail(Code::kInvalidArgument, "'" + std::string(name) + "' is missing");
  if (!value.is_string()) return fail(Code::kInvalidArgument, "'" + std::string(name) + "' is not a text");
  std::string_view text = text_or(value, "");
  if (text.empty()) return fail(Code::kInvalidArgument, "'" + std::string(name) + "' is empty");
  if (text.find('\0') != std::string_view::npos) {
    return fail(Code::kInvalidArgument, "'" + std::string(name) + "' holds a NUL");
  }
  return std::string(text);
}

Result<std::string> line_of(const Json& arguments, std::string_view name) {
  FOVEA_TRY(std::string text, text_of(arguments, name));
  if (std::ranges::any_of(text, [](char c) { return static_cast<uint8_t>(c) < 0x20 || c == 0x7F; })) {
    return fail(Code::kInvalidArgument, "'" + std::string(name) + "' holds a line break or control character");
  }
  return text;
}

Result<bool> truth_of(const Json& arguments, std::string_view name) {
  const Json& value = member(arguments, name);
  if (value.is_null()) return false;
  if (!value.is_bool()) return fail(Code::kInvalidArgument, "'" + std::string(name) + "' is neither true nor false");
  return value.get_bool();
}

Result<Nanos> timeout_of(const Json& arguments) {
  const Json& value = member(arguments, "timeout");
  if (value.is_null()) return Nanos(kTimeoutDefault);
  FOVEA_TRY(Nanos timeout, parse_duration(text_or(value, "")));
  if (timeout <= Nanos(0) || timeout > kTimeoutMax) {
    return fail(Code::kInvalidArgument, "'timeout' is not between 0 and 5 minutes");
  }
  return timeout;
}

std::string foreign_key(const record::Effect& effect) {
  std::string key = effect.flow + "/" + effect.key;
  bool visible = std::ranges::all_of(key, [](char c) { return c > 0x20 && c < 0x7F && c != '"'; });
  if (visible && key.size() <= kKeyBytesMax) return key;
  return "sha256-" + to_hex(bytes_of(sha256(key)));
}

record::Outcome done(Json detail) {
  return {Kind::kDone, std::move(detail), {}, Nanos(0)};
}
record::Outcome again(std::string error, Nanos retry_after) {
  return outcome_of(Kind::kRetry, std::move(error), retry_after);
}
record::Outcome failed(std::string error) {
  return outcome_of(Kind::kFailed, std::move(error), Nanos(0));
}
record::Outcome unknown(std::string error, Nanos retry_after) {
  return outcome_of(Kind::kUnknown, std::move(error), retry_after);
}

}  // namespace fovea::act
