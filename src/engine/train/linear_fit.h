// Fits the linear model: one-vs-rest squared hinge by dual coordinate descent (Hsieh et al. 2008, algorithm 1 with the
// L2-loss diagonal), all labels in lockstep over one row, so that a row's features are read once.
// The same rows, labels and seed give the same weights to the bit.
// Cost: epochs x rows x features of a row x labels; memory (features + rows) x labels x 4 bytes.
// Threads: each fit uses one.
#pragma once

#include <cstdint>
#include <functional>
#include <span>
#include <string_view>
#include <vector>

#include "base/error.h"
#include "engine/models/linear.h"

namespace fovea::train {

struct LinearFitOptions {
  tokenize::NgramShape shape;
  double cost = 1.0;  // C of the squared hinge: higher fits the rows more closely
  int epochs_max = 30;
  double tolerance = 0.01;  // ends when the largest projected gradient of an epoch is below
  uint32_t texts_min = 1;   // an n-gram must occur in this many texts
  uint64_t seed = 1;
};

struct LinearFitProgress {
  int epoch = 0;
  double gradient = 0;
};

// kCancelled if `go_on` says so after an epoch.
Result<models::LinearModel> fit_linear(std::span<const std::string_view> texts, std::span<const uint32_t> labels,
                                       size_t label_count, const LinearFitOptions& options,
                                       const std::function<bool(const LinearFitProgress&)>& go_on = {});

}  // namespace fovea::train
