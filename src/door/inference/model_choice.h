// Which model a request means: the one that it names, or the one that fits where it names none.
// Errors: kNotFound, kUnavailable, kInvalidArgument (the named one has another task; none fits; several fit).
#pragma once

#include <initializer_list>
#include <memory>
#include <string_view>

#include "door/inference/exchange.h"

namespace fovea::wire {

using Tasks = std::initializer_list<inference::Task>;
using ModelPtr = std::shared_ptr<const inference::Model>;

Result<ModelPtr> model_for(const Exchange& exchange, std::string_view name, Tasks tasks);
// Of any task.
Result<ModelPtr> model_for(const Exchange& exchange, std::string_view name);

}  // namespace fovea::wire
