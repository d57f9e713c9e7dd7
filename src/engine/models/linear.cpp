#include "engine/models/linear.h"

#include <algorithm>
#include <bit>
#include <cmath>
#include <cstring>

#include "base/check.h"
#include "base/clones.h"
#include "base/digest.h"
#include "base/files.h"

namespace fovea::models {
namespace {

static_assert(std::endian::native == std::endian::little, "the file is little-endian and read as it lies");

constexpr std::string_view kMagic = "FOVEALIN";
constexpr uint32_t kVersion = 1;

struct Header {  // 32 bytes at the start of the file
  char magic[8];
  uint32_t version;
  uint32_t labels;
  uint32_t features;
  uint8_t words_max, piece_min, piece_max, han_max;
  uint64_t reserved;
};
static_assert(sizeof(Header) == 32);

// out[l] += factor * weights[l]. No contraction to fused multiply-add (ISO mode): the same bits on every machine.
FOVEA_CLONES("avx512f", "avx2", "default")
void add_scaled(float* out, const int8_t* weights, float factor, size_t count) {
  for (size_t i = 0; i < count; ++i) out[i] += factor * static_cast<float>(weights[i]);
}

template <typename T>
void put(std::string& out, std::span<const T> values) {
  out.append(reinterpret_cast<const char*>(values.data()), values.size_bytes());
}

template <typename T>
void take(std::string_view& bytes, std::vector<T>& values) {
  std::memcpy(values.data(), bytes.data(), values.size() * sizeof(T));
  bytes.remove_prefix(values.size() * sizeof(T));
}

bool all_finite(std::span<const float> values) {
  return std::all_of(values.begin(), values.end(), [](float v) { return std::isfinite(v); });
}

Result<void> check_header(const Header& h, size_t bytes) {
  auto bad = [](std::string field, std::string what) {
    return fail(Code::kDataLoss, std::move(what), std::move(field));
  };
  if (std::string_view(h.magic, 8) != kMagic) return bad("magic", "this is no linear model of fovea");
  if (h.version != kVersion) {
    return fail(Code::kUnimplemented, "linear model of version " + std::to_string(h.version), "version",
                "this program reads version 1");
  }
  if (h.labels < 2 || h.labels > kLinearLabelsMax) return bad("labels", "a count of labels out of range");
  if (h.features > kLinearFeaturesMax) return bad("features", "a count of features out of range");
  if (h.words_max > 8 || h.piece_min == 0 || h.piece_max > 16 || h.han_max > 8) {
    return bad("ngrams", "a shape of n-grams out of range");
  }
  uint64_t expected = sizeof(Header) + 4ull * h.labels + uint64_t{h.features} * (12ull + h.labels) + 32;
  if (bytes != expected) {
    return bad("size", "the file has " + std::to_string(bytes) + " bytes where its header asks for " +
                           std::to_string(expected));
  }
  return {};
}

}  // namespace

LinearModel::LinearModel(LinearVocabulary vocabulary, std::span<const float> weights, std::span<const float> bias)
    : vocabulary_(std::move(vocabulary)), bias_(bias.begin(), bias.end()) {
  size_t labels = bias_.size(), features = vocabulary_.size();
  FOVEA_CHECK(weights.size() == labels * features);
  scales_.resize(features);
  weights_.resize(weights.size());
  for (size_t f = 0; f < features; ++f) {
    std::span<const float> row = weights.subspan(f * labels, labels);
    float largest = 0;
    for (float w : row) largest = std::max(largest, std::abs(w));
    scales_[f] = largest / 127.0f;
    float inverse = largest > 0 ? 127.0f / largest : 0.0f;
    for (size_t l = 0; l < labels; ++l) weights_[f * labels + l] = static_cast<int8_t>(std::lround(row[l] * inverse));
  }
}

std::span<const float> LinearModel::score(std::string_view text, LinearScratch& scratch) const {
  scratch.scores.assign(bias_.begin(), bias_.end());
  size_t labels = bias_.size();
  for (const SparseEntry& e : vocabulary_.row(text, scratch)) {
    add_scaled(scratch.scores.data(), weights_.data() + e.feature * labels, e.value * scales_[e.feature], labels);
  }
  return scratch.scores;
}

std::string LinearModel::to_bytes() const {
  const tokenize::NgramShape& shape = vocabulary_.shape();
  Header h{};
  std::memcpy(h.magic, kMagic.data(), 8);
  h.version = kVersion;
  h.labels = static_cast<uint32_t>(bias_.size());
  h.features = static_cast<uint32_t>(vocabulary_.size());
  h.words_max = shape.words_max;
  h.piece_min = shape.piece_min;
  h.piece_max = shape.piece_max;
  h.han_max = shape.han_max;
  std::string out(reinterpret_cast<const char*>(&h), sizeof h);
  put<float>(out, bias_);
  put<uint32_t>(out, vocabulary_.keys());
  put<float>(out, vocabulary_.idf());
  put<float>(out, scales_);
  put<int8_t>(out, weights_);
  out += bytes_of(sha256(out));
  return out;
}

Result<LinearModel> LinearModel::from_bytes(std::string_view bytes) {
  if (bytes.size() < sizeof(Header) + 32) return fail(Code::kDataLoss, "too short for a linear model", "size");
  Header h;
  std::memcpy(&h, bytes.data(), sizeof h);
  FOVEA_OK(check_header(h, bytes.size()));
  std::string_view body = bytes.substr(0, bytes.size() - 32);
  if (bytes_of(sha256(body)) != bytes.substr(body.size())) {
    return fail(Code::kDataLoss, "the file's digest differs from its content", "digest", "train the model again");
  }
  body.remove_prefix(sizeof h);
  LinearModel model;
  model.bias_.resize(h.labels);
  std::vector<uint32_t> keys(h.features);
  std::vector<float> idf(h.features);
  model.scales_.resize(h.features);
  model.weights_.resize(size_t{h.features} * h.labels);
  take(body, model.bias_);
  take(body, keys);
  take(body, idf);
  take(body, model.scales_);
  take(body, model.weights_);
  if (!all_finite(model.bias_) || !all_finite(idf) || !all_finite(model.scales_)) {
    return fail(Code::kDataLoss, "a value that is not finite", "weights");
  }
  if (std::adjacent_find(keys.begin(), keys.end(), std::greater_equal<>()) != keys.end()) {
    return fail(Code::kDataLoss, "the keys do not rise", "keys");
  }
  model.vocabulary_ =
      LinearVocabulary({h.words_max, h.piece_min, h.piece_max, h.han_max}, std::move(keys), std::move(idf));
  return model;
}

Result<LinearModel> LinearModel::open(const std::string& path) {
  FOVEA_TRY(std::string bytes, read_file(path, kLinearFileBytesMax));
  Result<LinearModel> model = from_bytes(bytes);
  if (!model) model.error().where = path + (model.error().where.empty() ? "" : ":" + model.error().where);
  return model;
}

}  // namespace fovea::models
