#include "door/wire/infer_request.h"

#include <fmt/format.h>

#include <algorithm>

#include "door/wire/limits.h"

namespace fovea::wire {
namespace {

constexpr int64_t kNanosPerMicro = 1000;

std::unexpected<Error> bad(std::string message, std::string where, std::string hint = {}) {
  return fail(Code::kInvalidArgument, std::move(message), std::move(where), std::move(hint));
}

std::unexpected<Error> no_shared_memory(const std::string& where) {
  return bad("shared memory is off", where, "send the tensor in the request");
}

template <typename T>
Result<void> no_name_twice(const std::vector<T>& all, std::string_view what) {
  for (size_t i = 0; i < all.size(); ++i) {
    for (size_t k = 0; k < i; ++k) {
      if (all[k].name == all[i].name)
        return bad(fmt::format("'{}' stands there twice", all[i].name), std::string(what));
    }
  }
  return {};
}

}  // namespace

Result<bool> flag_of(const Parameter& value, std::string_view name, const std::string& where) {
  if (const bool* given = std::get_if<bool>(&value)) return *given;
  return bad(fmt::format("the parameter '{}' is neither true nor false", name), where);
}

Result<uint64_t> count_of(const Parameter& value, std::string_view name, const std::string& where) {
  if (const int64_t* number = std::get_if<int64_t>(&value); number && *number >= 0) {
    return static_cast<uint64_t>(*number);
  }
  if (const uint64_t* number = std::get_if<uint64_t>(&value)) return *number;
  return bad(fmt::format("the parameter '{}' is no whole number from 0", name), where);
}

Result<void> take_parameter(std::string_view name, const Parameter& value, InferRequest& out) {
  const std::string where = "parameters";
  if (name == "binary_data_output") {
    FOVEA_TRY(out.binary, flag_of(value, name, where));
  } else if (name == "truncate") {
    FOVEA_TRY(out.cut, flag_of(value, name, where));
  } else if (name == "priority") {
    FOVEA_TRY(out.priority, count_of(value, name, where));
  } else if (name == "timeout") {
    FOVEA_TRY(const uint64_t micros, count_of(value, name, where));
    const auto most = static_cast<uint64_t>(std::chrono::microseconds(kTimeoutMax).count());
    out.timeout = Nanos(static_cast<int64_t>(std::min(micros, most)) * kNanosPerMicro);
  } else if (name.starts_with("triton_") || name == "headers") {
    return bad(fmt::format("the parameter '{}' is reserved", name.substr(0, 40)), where);
  }
  return {};
}

Result<void> check_input_parameter(std::string_view name, const std::string& input) {
  if (name.starts_with("shared_memory_")) return no_shared_memory(input);
  return {};
}

Result<void> take_output_parameter(std::string_view name, const Parameter& value, WantedOutput& out) {
  if (name.starts_with("shared_memory_")) return no_shared_memory(out.name);
  if (name == "binary_data") {
    FOVEA_TRY(out.binary, flag_of(value, name, out.name));
  } else if (name == "classification") {
    FOVEA_TRY(const uint64_t classes, count_of(value, name, out.name));
    out.classes = static_cast<int64_t>(std::min<uint64_t>(classes, kElementsMax));
  }
  return {};
}

Result<void> check_names(const InferRequest& request) {
  if (request.inputs.empty()) return bad("the request has no inputs", "inputs");
  FOVEA_OK(no_name_twice(request.inputs, "inputs"));
  return no_name_twice(request.outputs, "outputs");
}

schedule::Priority priority_of(uint64_t given, schedule::Priority otherwise) {
  switch (given) {
    case 0:
      return otherwise;
    case 1:
      return schedule::Priority::kInteractive;
    case 2:
      return schedule::Priority::kStandard;
    default:
      return schedule::Priority::kBatch;
  }
}

}  // namespace fovea::wire
