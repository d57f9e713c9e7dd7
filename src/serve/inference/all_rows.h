// Calls that want the row of every token instead of one for a text: which models give them, and how many at once.
// Journey: ModelServer asks when a call's inputs are read, before they wait.
// Errors: kFailedPrecondition (the model embeds nothing), kUnimplemented (it runs where such rows are not to be had),
// kOutOfRange (more than kTokenValuesMax numbers).
#pragma once

#include <span>

#include "base/error.h"
#include "serve/inference/backend.h"

namespace fovea::inference {

// Has all of a call's items be answered with a row for each token.
Result<void> want_all_rows(const ModelInfo& info, std::span<Item> items);

}  // namespace fovea::inference
