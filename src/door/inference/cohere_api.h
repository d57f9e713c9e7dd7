// Cohere's rerank (and Jina's, which is the same with the documents in the answer) and embed.
#pragma once

#include <vector>

#include "door/inference/route.h"

namespace fovea::wire {

void add_cohere_routes(std::vector<Route>& out);

}  // namespace fovea::wire
