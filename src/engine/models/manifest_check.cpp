#include "engine/models/manifest_check.h"

#include <fmt/format.h>

#include <cmath>
#include <cstring>

#include "base/version.h"
#include "engine/kernels/isa.h"
#include "engine/models/encoder_model.h"
#include "engine/models/manifest.h"
#include "engine/models/packed_import.h"
#include "engine/weights/packed_file.h"

namespace fovea::models {
namespace {

constexpr const char* kHint = "the folder is damaged or was changed; import the model again";

double largest_difference(const std::vector<float>& got, const std::vector<float>& want) {
  double top = 0, away = 0;
  for (size_t i = 0; i < want.size(); ++i) {
    top = std::max(top, std::abs(static_cast<double>(want[i])));
    away = std::max(away, std::abs(static_cast<double>(got[i]) - static_cast<double>(want[i])));
  }
  if (away == 0) return 0;
  return top > 0 ? away / top : INFINITY;
}

// The digest of the packed file stands for those of its weights: they are looked at where it differs, to say which.
Result<void> check_files(const std::string& folder, const Manifest& manifest, const weights::PackedFile& packed) {
  if (!manifest.files.contains(std::string(weights::kPackedFileName))) FOVEA_OK(packed.check_contents());
  for (const auto& [name, digest] : manifest.files) {
    const std::string path = folder + "/" + name;
    FOVEA_TRY(const std::string found, file_digest(path));
    if (found != digest && name == weights::kPackedFileName) FOVEA_OK(packed.check_contents());
    if (found != digest) return fail(Code::kDataLoss, "does not match its digest in manifest.json", path, kHint);
  }
  return {};
}

double tolerance(const Manifest& manifest, std::string_view isa) {
  const bool same_maker = manifest.isa == isa && manifest.fovea == kFoveaVersion;
  if (manifest.precision == kernels::Precision::kInt8 || same_maker) return 0;
  return manifest.precision == kernels::Precision::kBf16 ? kGoldenToleranceBf16 : kGoldenToleranceFp32;
}

}  // namespace

Result<ModelCheck> check_model(const std::string& folder) {
  FOVEA_TRY(const Manifest manifest, read_manifest(folder));
  const std::string path = fmt::format("{}/{}", folder, weights::kPackedFileName);
  FOVEA_TRY(const auto file, weights::PackedFile::open(path));
  FOVEA_OK(check_files(folder, manifest, file));
  FOVEA_TRY(const auto model, EncoderModel::create(folder, {.ignore_verdict = true}));
  if (model->precision() != manifest.precision)
    return fail(Code::kDataLoss, "has another precision than manifest.json says", path, kHint);
  FOVEA_TRY(const kernels::IsaKernels* isa, kernels::isa_from_environment());
  FOVEA_TRY(const auto answers, golden_outputs(*model));
  ModelCheck check{.precision = manifest.precision,
                   .files = manifest.files.size(),
                   .weights = file.entries().size(),
                   .golden = answers.size()};
  if (manifest.golden.size() != answers.size())
    return fail(Code::kDataLoss,
                fmt::format("has {} golden outputs, {} are needed", manifest.golden.size(), answers.size()),
                folder + "/manifest.json: golden", kHint);
  const double allowed = tolerance(manifest, isa->name);
  for (size_t i = 0; i < answers.size(); ++i) {
    const GoldenOutput &got = answers[i], &want = manifest.golden[i];
    const std::string where = fmt::format("{}/manifest.json: golden: {}", folder, i);
    if (got.ids != want.ids || got.values.size() != want.values.size())
      return fail(Code::kDataLoss, "is about other token ids or another model", where, kHint);
    const bool same = std::memcmp(got.values.data(), want.values.data(), want.values.size() * sizeof(float)) == 0;
    const double difference = largest_difference(got.values, want.values);
    check.same_bits = check.same_bits && same;
    check.difference = std::max(check.difference, difference);
    if (!same && !(difference <= allowed && allowed > 0))
      return fail(Code::kDataLoss,
                  fmt::format("the answer on {} differs by {:.2e} of its largest value, {} is allowed", isa->name,
                              difference, allowed > 0 ? fmt::format("{:.0e}", allowed) : "no bit"),
                  where, kHint);
  }
  return check;
}

}  // namespace fovea::models
