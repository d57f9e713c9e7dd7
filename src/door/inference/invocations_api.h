// POST /invocations, which MLflow's scoring server, SageMaker's containers and TEI share, and the routes around it:
// /ping, /version, SageMaker's multi-model /models.
// A body is told by what it has: tensors (KServe v2, as Triton on SageMaker), dataframe_split, dataframe_records or
// instances (MLflow), CSV; {"inputs"} is MLflow's, unless the options say SageMaker: then Hugging Face's task shape.
#pragma once

#include <vector>

#include "door/inference/route.h"

namespace fovea::wire {

void add_invocations_routes(std::vector<Route>& out);

}  // namespace fovea::wire
