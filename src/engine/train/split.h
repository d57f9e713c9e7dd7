// Divides a table into folds of nearly equal size in which every label has its share. The same seed, rows and labels
// give the same folds on every machine.
#pragma once

#include <cstdint>
#include <span>
#include <vector>

namespace fovea::train {

// The fold [0, folds) of each row. A label with fewer rows than folds is missing from some.
std::vector<uint32_t> stratified_folds(std::span<const uint32_t> labels, uint32_t folds, uint64_t seed);

}  // namespace fovea::train
