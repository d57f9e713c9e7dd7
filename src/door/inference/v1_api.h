// POST /v1/models/NAME:predict of KServe v1 and TensorFlow Serving, and the two routes that Vertex AI asks for.
#pragma once

#include <vector>

#include "door/inference/route.h"

namespace fovea::wire {

void add_v1_routes(std::vector<Route>& out);
// Nothing where the options have no Vertex routes.
void add_vertex_routes(const ServingOptions& options, std::vector<Route>& out);

}  // namespace fovea::wire
