// Which model a request means (door/wire/model_choice.h).
#pragma once

#include <string_view>

#include "door/inference/exchange.h"
#include "door/wire/model_choice.h"

namespace fovea::wire {

inline Result<ModelPtr> model_for(const Exchange& exchange, std::string_view name, Tasks tasks = kAnyTask) {
  return model_for(exchange.inference(), exchange.door().options.model, name, tasks);
}

inline Result<ModelPtr> model_of_task(const Exchange& exchange, Tasks tasks) {
  return model_of_task(exchange.inference(), exchange.door().options.model, tasks);
}

}  // namespace fovea::wire
