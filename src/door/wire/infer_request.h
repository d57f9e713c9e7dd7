// A KServe v2 infer request, whichever bytes it came in, and what its parameters mean.
// A model without state answers the requests of a sequence as any others: parameters sequence_... change nothing.
// Errors: kInvalidArgument; `where` is the tensor, output or field.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <variant>
#include <vector>

#include "base/clock.h"
#include "base/error.h"
#include "door/wire/tensor.h"
#include "serve/schedule/priority.h"

namespace fovea::wire {

struct WantedOutput {
  std::string name;
  std::optional<bool> binary;  // nullopt: as the request says for all
  int64_t classes = 0;         // of the classification extension; 0: the tensor itself
};

struct InferRequest {
  std::string id;
  uint64_t priority = 0;  // 0: not said; 1: the highest
  Nanos timeout{0};       // 0: not said
  bool binary = false;    // outputs that do not say otherwise
  bool cut = true;        // parameter "truncate" of ours: texts longer than the model reads
  std::vector<Tensor> inputs;
  std::vector<WantedOutput> outputs;  // empty: all
};

using Parameter = std::variant<bool, int64_t, uint64_t, double, std::string>;

Result<void> take_parameter(std::string_view name, const Parameter& value, InferRequest& out);
// Of the input called `input`: those that would have its elements read from elsewhere are refused.
Result<void> check_input_parameter(std::string_view name, const std::string& input);
Result<void> take_output_parameter(std::string_view name, const Parameter& value, WantedOutput& out);

Result<bool> flag_of(const Parameter& value, std::string_view name, const std::string& where);
Result<uint64_t> count_of(const Parameter& value, std::string_view name, const std::string& where);  // from 0

// Whether it has inputs, and no input and no output twice.
Result<void> check_names(const InferRequest& request);

// Priority 1 is the highest, 0 the server's default.
schedule::Priority priority_of(uint64_t given, schedule::Priority otherwise);

}  // namespace fovea::wire
