#include "engine/train/linear_fit.h"

#include <algorithm>
#include <cmath>
#include <numeric>

#include "base/check.h"
#include "base/clones.h"
#include "base/random.h"

namespace fovea::train {
namespace {

using models::SparseEntry;

constexpr size_t kLane = 16;  // labels are padded to whole AVX-512 registers

// Element by element, without fused multiply-add: the same bits on every machine.
FOVEA_CLONES("avx512f", "avx2", "default")
void add_scaled(float* out, const float* in, float factor, size_t count) {
  for (size_t i = 0; i < count; ++i) out[i] += factor * in[i];
}

// One step of every label's problem for one row: new duals, and in `step` what to add along the row, with its sign.
// `sign` is +1 for the row's own label, -1 for the others. Returns the largest projected gradient.
FOVEA_CLONES("avx512f", "avx2", "default")
void dual_step(const float* score, const float* sign, float* alpha, float* step, float* gradient, float square,
               float diagonal, size_t count) {
  float inverse = 1.0f / (square + diagonal);
  for (size_t i = 0; i < count; ++i) {
    float g = sign[i] * score[i] - 1.0f + alpha[i] * diagonal;
    float fresh = alpha[i] - g * inverse;
    fresh = fresh > 0.0f ? fresh : 0.0f;
    float moved = fresh - alpha[i];
    step[i] = moved * sign[i];
    gradient[i] = moved * (square + diagonal);  // zero where the projected gradient is zero
    alpha[i] = fresh;
  }
}

struct Rows {
  std::vector<SparseEntry> entries;
  std::vector<size_t> offsets{0};
  std::vector<float> squares;  // with the bias feature
  std::span<const SparseEntry> row(size_t i) const {
    return std::span(entries).subspan(offsets[i], offsets[i + 1] - offsets[i]);
  }
};

Rows make_rows(std::span<const std::string_view> texts, const models::LinearVocabulary& vocabulary) {
  Rows rows;
  models::LinearScratch scratch;
  for (std::string_view text : texts) {
    auto row = vocabulary.row(text, scratch);
    float square = 1.0f;
    for (const SparseEntry& e : row) square += e.value * e.value;
    rows.entries.insert(rows.entries.end(), row.begin(), row.end());
    rows.offsets.push_back(rows.entries.size());
    rows.squares.push_back(square);
  }
  return rows;
}

// The primal weights [features + 1, lanes], the last row the bias.
class Descent {
 public:
  Descent(const Rows& rows, std::span<const uint32_t> labels, size_t features, size_t lanes, double cost)
      : rows_(rows),
        labels_(labels),
        bias_(features),
        lanes_(lanes),
        diagonal_(static_cast<float>(0.5 / cost)),
        weights_((features + 1) * lanes),
        alpha_(labels.size() * lanes),
        sign_(lanes, -1.0f),
        score_(lanes),
        step_(lanes),
        gradient_(lanes) {}

  float visit(size_t i) {
    auto row = rows_.row(i);
    std::copy_n(weights_.data() + bias_ * lanes_, lanes_, score_.data());
    for (const SparseEntry& e : row) add_scaled(score_.data(), weights_.data() + e.feature * lanes_, e.value, lanes_);
    sign_[labels_[i]] = 1.0f;
    dual_step(score_.data(), sign_.data(), alpha_.data() + i * lanes_, step_.data(), gradient_.data(), rows_.squares[i],
              diagonal_, lanes_);
    sign_[labels_[i]] = -1.0f;
    float largest = 0;
    for (float g : gradient_) largest = std::max(largest, std::abs(g));
    if (largest < 1e-6f) return largest;
    add_scaled(weights_.data() + bias_ * lanes_, step_.data(), 1.0f, lanes_);
    for (const SparseEntry& e : row) add_scaled(weights_.data() + e.feature * lanes_, step_.data(), e.value, lanes_);
    return largest;
  }

  const std::vector<float>& weights() const { return weights_; }

 private:
  const Rows& rows_;
  std::span<const uint32_t> labels_;
  size_t bias_, lanes_;
  float diagonal_;
  std::vector<float> weights_, alpha_, sign_, score_, step_, gradient_;
};

}  // namespace

Result<models::LinearModel> fit_linear(std::span<const std::string_view> texts, std::span<const uint32_t> labels,
                                       size_t label_count, const LinearFitOptions& options,
                                       const std::function<bool(const LinearFitProgress&)>& go_on) {
  FOVEA_CHECK(texts.size() == labels.size());
  auto vocabulary =
      models::LinearVocabulary::build(texts, options.shape, options.texts_min, models::kLinearFeaturesMax);
  Rows rows = make_rows(texts, vocabulary);
  size_t features = vocabulary.size(), lanes = (label_count + kLane - 1) / kLane * kLane;
  Descent descent(rows, labels, features, lanes, options.cost);
  std::vector<uint32_t> order(texts.size());
  std::iota(order.begin(), order.end(), 0u);
  Random random(options.seed ^ 0x4C494E454152u);
  for (int epoch = 1; epoch <= options.epochs_max; ++epoch) {
    for (size_t i = order.size(); i > 1; --i) std::swap(order[i - 1], order[random.below(i)]);
    float largest = 0;
    for (uint32_t i : order) largest = std::max(largest, descent.visit(i));
    if (go_on && !go_on({epoch, largest})) return fail(Code::kCancelled, "training was cancelled");
    if (largest < options.tolerance) break;
  }
  std::vector<float> weights(features * label_count), bias(label_count);
  for (size_t f = 0; f < features; ++f) {
    std::copy_n(descent.weights().data() + f * lanes, label_count, weights.data() + f * label_count);
  }
  std::copy_n(descent.weights().data() + features * lanes, label_count, bias.data());
  return models::LinearModel(std::move(vocabulary), weights, bias);
}

}  // namespace fovea::train
