// Which model a request means: the one that it names, or the one that fits where it names none.
// Errors: kNotFound, kUnavailable, kInvalidArgument (the named one has another task; none fits; several fit).
#pragma once

#include <initializer_list>
#include <memory>
#include <string>
#include <string_view>

#include "serve/inference/inference.h"

namespace fovea::wire {

using Tasks = std::initializer_list<inference::Task>;
using ModelPtr = std::shared_ptr<const inference::Model>;

constexpr Tasks kAnyTask = {inference::Task::kEmbedding, inference::Task::kClassification,
                            inference::Task::kTokenClassification, inference::Task::kScore};

// `usual`: the model of requests that name none, where it does one of the tasks; empty: none.
Result<ModelPtr> model_for(const inference::Inference& inference, const std::string& usual, std::string_view name,
                           Tasks tasks);

// The same for requests that name none, as text-embeddings-inference has it: kFailedPrecondition where models serve,
// but none that does one of the tasks.
Result<ModelPtr> model_of_task(const inference::Inference& inference, const std::string& usual, Tasks tasks);

}  // namespace fovea::wire
