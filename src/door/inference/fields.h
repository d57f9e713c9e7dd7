// Members of a JSON body, as routes want them. Errors: kInvalidArgument, `where` is the member's name.
#pragma once

#include <optional>
#include <string>
#include <vector>

#include "base/json.h"
#include "serve/inference/inference.h"

namespace fovea::wire {

using inference::Inputs;

Result<std::string> text_field(const Json& body, std::string_view name);  // required
Result<std::string> text_field_or(const Json& body, std::string_view name, std::string fallback);
Result<bool> flag_field(const Json& body, std::string_view name, bool fallback);
// A whole number in least..most; nullopt: not there, or null.
Result<std::optional<int64_t>> number_field(const Json& body, std::string_view name, int64_t least, int64_t most);
// An array of strings with 1..kInputsMax elements.
Result<std::vector<std::string>> texts_field(const Json& body, std::string_view name);

// A string, an array of strings, of token ids, or of arrays of token ids: 1..kInputsMax inputs.
Result<Inputs> inputs_in(const Json& value, std::string_view name, const inference::Model& model);
std::vector<inference::Text> as_texts(std::vector<std::string> texts);
size_t characters_in(const Inputs& inputs);  // bytes of texts

}  // namespace fovea::wire
