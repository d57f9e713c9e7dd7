#include "serve/inference/all_rows.h"

#include <fmt/format.h>

#include "serve/inference/limits.h"

namespace fovea::inference {

Result<void> want_all_rows(const ModelInfo& info, std::span<Item> items) {
  if (info.task != Task::kEmbedding)
    return fail(Code::kFailedPrecondition,
                fmt::format("the model '{}' does {}; it has no embeddings", info.name, task_name(info.task)), "model");
  if (info.token_width <= 0)
    return fail(Code::kUnimplemented, fmt::format("the model '{}' gives one row for a text", info.name), "model",
                "models that this process's engine runs from their folder give those of all tokens");
  int64_t tokens = 0;
  for (Item& item : items) {
    item.token_width = info.token_width;
    tokens += static_cast<int64_t>(item.ids.size());
  }
  if (tokens > kTokenValuesMax / info.token_width)
    return fail(Code::kOutOfRange,
                fmt::format("{} tokens of {} numbers each, at most {} numbers are given at once", tokens,
                            info.token_width, kTokenValuesMax),
                "inputs", "send fewer texts, or shorter ones");
  return {};
}

}  // namespace fovea::inference
