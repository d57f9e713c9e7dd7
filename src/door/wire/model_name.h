// Names of models and versions as requests say them.
#pragma once

#include <string_view>

namespace fovea::wire {

// A name that may be looked up and put into messages: at most kNameBytesMax of letters, digits, and . _ - / : @ without
// "..", beginning with a letter, a digit or '_'.
bool is_model_name(std::string_view name);

}  // namespace fovea::wire
