#include "serve/attention_part.h"

#include <fmt/format.h>

#include <algorithm>
#include <map>

#include "engine/models/load_options.h"
#include "engine/models/packed_fit.h"
#include "engine/models/verify_verdict.h"

namespace fovea::serve {
namespace {

// As models::weights_digests() gives them; read_record() has compared them with the files.
std::map<std::string, std::string> known_digests(const train::ModelRecord& record) {
  std::map<std::string, std::string> digests;
  for (const char* name : {"config.json", "model.safetensors", "features.bin"}) {
    const auto found = record.files.find(std::string("attention/") + name);
    if (found != record.files.end()) digests[name] = found->second;
  }
  return digests;
}

double speed_of(const std::optional<models::Verdict>& verdict, kernels::Precision precision) {
  if (!verdict) return 1;
  const auto *own = verdict->find(precision), *fp32 = verdict->find(kernels::Precision::kFp32);
  if (!own || !fp32 || !(own->texts_per_s > 0) || !(fp32->texts_per_s > 0)) return 1;
  return std::clamp(own->texts_per_s / fp32->texts_per_s, 0.1, 20.0);
}

}  // namespace

std::string packed_attention_path(const std::string& path, const std::string& precision) {
  return path + "/attention-" + precision;
}

Result<AttentionPart> open_attention(const std::string& path, const train::ModelRecord& record,
                                     const std::string& precision, Obey obey) {
  FOVEA_TRY(const models::LoadOptions asked, models::parse_load_options(precision));
  if (!asked.precision)
    return fail(Code::kInvalidArgument, fmt::format("no precision '{}'", precision), "precision", "fp32, bf16 or int8");
  const std::string folder = path + "/attention";
  const auto digests = known_digests(record);
  models::GrantedPrecision granted{.precision = *asked.precision, .why = ""};
  AttentionPart part;
  if (*asked.precision != kernels::Precision::kFp32) {
    FOVEA_TRY(const auto verdict, models::read_verdict(folder, digests));
    if (obey == Obey::kVerdict) granted = models::grant_precision(verdict, *asked.precision);
    part.speed = speed_of(verdict, granted.precision);
  }
  const std::string name(kernels::precision_name(granted.precision));
  if (!granted.why.empty())
    part.notes.push_back(
        fmt::format("{}, so the attention model scores in {}; `fovea models verify {} TABLE` judges it "
                    "on texts of yours",
                    granted.why, name, path));
  const std::string packed = packed_attention_path(path, name);
  FOVEA_TRY(const models::PackedFit fit, models::packed_fits(packed, granted.precision, digests));
  if (!fit.why.empty())
    part.notes.push_back(fmt::format("{} is not taken: {}; `fovea models import {} --precision {}` makes it again",
                                     packed, fit.why, path, name));
  FOVEA_TRY(part.model, train::AttentionModel::open(folder, record.labels.size(), {name, fit.fits ? packed : ""}));
  return part;
}

}  // namespace fovea::serve
