// The steps of a flow file. Each step adds the names that later ones may read to the environment.
#pragma once

#include <vector>

#include "flow/file/reader.h"

namespace fovea::file {

Result<std::vector<Step>> read_steps(Reader& in, const Yaml& node, expr::Environment& environment);

}  // namespace fovea::file
