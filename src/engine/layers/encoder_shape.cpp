#include "engine/layers/encoder_shape.h"

#include <fmt/format.h>

#include <string_view>

#include "engine/kernels/limits.h"
#include "engine/layers/limits.h"

namespace fovea::layers {
namespace {

Result<void> check_extent(std::string_view name, int64_t value, int64_t least, int64_t most) {
  if (value >= least && value <= most) return {};
  return fail(Code::kInvalidArgument, fmt::format("must be from {} to {}, is {}", least, most, value),
              std::string(name));
}

}  // namespace

Result<void> EncoderShape::check() const {
  FOVEA_OK(check_extent("layers", layers, 1, kLayersMax));
  FOVEA_OK(check_extent("hidden", hidden, 1, kHiddenMax));
  FOVEA_OK(check_extent("heads", heads, 1, kHeadsMax));
  FOVEA_OK(check_extent("intermediate", intermediate, 1, kIntermediateMax));
  FOVEA_OK(check_extent("positions", positions, 1, kPositionsMax));
  FOVEA_OK(check_extent("relative_buckets", relative_buckets, 0, kRelativeBucketsMax));
  if (hidden % heads != 0)
    return fail(Code::kInvalidArgument, fmt::format("hidden {} does not divide by heads {}", hidden, heads), "heads");
  FOVEA_OK(check_extent("hidden / heads", hidden / heads, 1, kernels::kHeadDimMax));
  if (relative_buckets % 4 != 0 || (relative_buckets > 0 && relative_distance_max <= relative_buckets / 4))
    return fail(Code::kInvalidArgument,
                fmt::format("{} buckets up to a distance of {} make no sense", relative_buckets, relative_distance_max),
                "relative_buckets");
  if (attention.empty()) return {};
  if (static_cast<int64_t>(attention.size()) != layers)
    return fail(Code::kInvalidArgument, fmt::format("has {} entries for {} layers", attention.size(), layers),
                "attention");
  for (const LayerAttention& layer : attention) {
    if (layer.window < 0 || !(layer.rope_theta >= 0))
      return fail(Code::kInvalidArgument, "windows and rotary bases must not be negative", "attention");
    if (layer.rope_theta > 0 && hidden / heads % 2 != 0)
      return fail(Code::kInvalidArgument, "rotary positions need an even number of values a head", "heads");
  }
  return {};
}

}  // namespace fovea::layers
