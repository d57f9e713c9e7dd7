// The effects of a flow file.
#pragma once

#include <vector>

#include "flow/file/reader.h"

namespace fovea::file {

Result<std::vector<EffectSpec>> read_effects(Reader& in, const Yaml& node, const Source& source,
                                             const expr::Environment& environment);

}  // namespace fovea::file
