// What a token classifier found in a text, as Hugging Face's pipelines say it: each token that has a label other than
// "O", or runs of tokens with one label joined ("simple": B- begins a run, I- goes on with it).
// start and end count characters of the text, as Python does.
#pragma once

#include <string>
#include <string_view>

#include "serve/inference/inference.h"

namespace fovea::wire {

// [{"entity_group":"PER","score":0.9,"word":"Ada","start":0,"end":3},...]; `simple`: false gives "entity" and tokens.
std::string entities_text(const inference::ModelInfo& info, const inference::Answer& answer, std::string_view text,
                          bool simple);

}  // namespace fovea::wire
