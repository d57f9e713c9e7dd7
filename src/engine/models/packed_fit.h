// Whether a folder of `fovea models import` may stand in for the weights that it says it was made of.
// Journey: serve, where a model that was trained has been imported too; the same bits, mapped instead of read.
// Cost: the packed file is read once for its digest.
// Errors: kDataLoss: the packed file differs from its manifest, or the manifest is malformed.
#pragma once

#include <map>
#include <string>

#include "base/error.h"
#include "engine/kernels/precision.h"

namespace fovea::models {

struct PackedFit {
  bool fits = false;
  std::string why;  // it does not; empty where there is no packed file at all
};

// `digests`: of the weights that are wanted, as weights_digests() gives them.
Result<PackedFit> packed_fits(const std::string& folder, kernels::Precision precision,
                              const std::map<std::string, std::string>& digests);

}  // namespace fovea::models
