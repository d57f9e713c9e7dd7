// OpenAI's HTTP interface, as far as encoders have one: embeddings, moderations, models. /v1/models is KServe v1's
// list, too: one object that both kinds of clients read.
#pragma once

#include <vector>

#include "door/inference/route.h"

namespace fovea::wire {

void add_openai_routes(std::vector<Route>& out);

}  // namespace fovea::wire
