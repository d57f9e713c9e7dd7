#include "door/wire/model_choice.h"

#include <fmt/format.h>

#include <algorithm>

#include "door/wire/model_name.h"

namespace fovea::wire {
namespace {

bool has(Tasks tasks, inference::Task task) {
  return std::ranges::find(tasks, task) != tasks.end();
}

std::string names_of(Tasks tasks) {
  std::string out;
  for (const inference::Task each : tasks) out += (out.empty() ? "" : " or ") + std::string(task_name(each));
  return out;
}

}  // namespace

Result<ModelPtr> model_for(const inference::Inference& inference, const std::string& usual, std::string_view name,
                           Tasks tasks) {
  if (!name.empty()) {
    if (!is_model_name(name)) return fail(Code::kInvalidArgument, "is no model's name", "model");
    FOVEA_TRY(ModelPtr model, inference.model(name, ""));
    if (has(tasks, model->info.task)) return model;
    return fail(Code::kInvalidArgument,
                fmt::format("the model '{}' does {}, not {}", name, task_name(model->info.task), names_of(tasks)),
                "model");
  }
  if (!usual.empty()) {
    if (auto model = inference.model(usual, ""); model && has(tasks, (*model)->info.task)) return *model;
  }
  ModelPtr found;
  for (const inference::ModelState& each : inference.models()) {
    auto model = inference.model(each.name, "");
    if (!model || !has(tasks, (*model)->info.task)) continue;
    if (found && found->info.name != (*model)->info.name) {
      return fail(Code::kInvalidArgument, fmt::format("several models do {}", names_of(tasks)), "model",
                  "name one, or serve with a model for requests that name none");
    }
    found = std::move(*model);
  }
  if (found) return found;
  return fail(Code::kNotFound, fmt::format("no model does {}", names_of(tasks)), "model");
}

Result<ModelPtr> model_of_task(const inference::Inference& inference, const std::string& usual, Tasks tasks) {
  auto found = model_for(inference, usual, "", tasks);
  if (found || found.error().code != Code::kNotFound) return found;
  for (const inference::ModelState& each : inference.models()) {
    const auto model = inference.model(each.name, "");
    if (!model) continue;
    return fail(Code::kFailedPrecondition, found.error().message, found.error().where,
                fmt::format("'{}' does {}", each.name, task_name((*model)->info.task)));
  }
  return found;
}

}  // namespace fovea::wire
