// Logits made into what clients read: probabilities, a score, the labels in their order.
#pragma once

#include <cstdint>
#include <span>
#include <string>
#include <vector>

namespace fovea::wire {

float sigmoid(float logit);
// Softmax; of a single logit its sigmoid (a classifier with one label says yes or no).
std::vector<float> probabilities_of(std::span<const float> logits);
// Indices of the `count` greatest, the greatest first, the first of equals first.
std::vector<size_t> greatest(std::span<const float> values, size_t count);
std::string label_of(std::span<const std::string> labels, size_t index);  // "LABEL_3" where there are none

// The first `dimensions` of an embedding (0: all), made unit length; a unit vector stays as it is, bit for bit.
std::vector<float> unit_embedding(std::span<const float> values, size_t dimensions);
float cosine(std::span<const float> a, std::span<const float> b);

}  // namespace fovea::wire
