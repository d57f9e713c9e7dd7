#include "engine/train/torch/job.h"

#include <cstring>

#include "base/digest.h"
#include "base/files.h"
#include "base/json.h"

namespace fovea::train_torch {
namespace {

constexpr uint64_t kJobBytesMax = 1 << 20;
constexpr uint64_t kRowsBytesMax = uint64_t{1} << 33;

Result<void> check(const Job& job, const std::string& where) {
  auto range = [&](const char* field, double value, double least, double most) -> Result<void> {
    if (value >= least && value <= most) return {};
    return fail(Code::kInvalidArgument, "out of range: " + std::to_string(value), where + ": " + field);
  };
  FOVEA_OK(range("labels", static_cast<double>(job.labels), 2, 4096));
  FOVEA_OK(range("features", static_cast<double>(job.features), 1, 2'000'000));
  FOVEA_OK(range("positions", static_cast<double>(job.positions), 1, 65'536));
  FOVEA_OK(range("layers", static_cast<double>(job.layers), 1, 48));
  FOVEA_OK(range("hidden", static_cast<double>(job.hidden), 8, 2048));
  FOVEA_OK(range("heads", static_cast<double>(job.heads), 1, 64));
  FOVEA_OK(range("intermediate", static_cast<double>(job.intermediate), 8, 8192));
  FOVEA_OK(range("epochs", static_cast<double>(job.epochs), 1, 1000));
  FOVEA_OK(range("batch_rows", static_cast<double>(job.batch_rows), 1, 1024));
  if (job.hidden % job.heads != 0) return fail(Code::kInvalidArgument, "hidden does not divide by heads", where);
  return {};
}

}  // namespace

Result<Job> read_job(const std::string& folder) {
  std::string path = folder + "/job.json";
  FOVEA_TRY(std::string text, read_file(path, kJobBytesMax));
  FOVEA_TRY(Json json, parse_json(text));
  Job job;
  job.folder = folder;
  auto number = [&](const char* name, auto& field) {
    field = static_cast<std::remove_reference_t<decltype(field)>>(
        number_or(member(json, name), static_cast<double>(field)));
  };
  job.base = text_or(member(json, "base"), "");
  std::string_view pool = text_or(member(json, "pool"), "");
  job.pool = pool == "mean_max" ? Pool::kMeanMax : pool == "mean" ? Pool::kMean : Pool::kFirstTanh;
  number("labels", job.labels);
  number("features", job.features);
  number("positions", job.positions);
  number("layers", job.layers);
  number("hidden", job.hidden);
  number("heads", job.heads);
  number("intermediate", job.intermediate);
  number("layer_norm_eps", job.layer_norm_eps);
  number("seed", job.seed);
  number("epochs", job.epochs);
  number("batch_rows", job.batch_rows);
  number("patience", job.patience);
  number("top_up_epochs", job.top_up_epochs);
  number("threads", job.threads);
  number("rate", job.rate);
  number("head_factor", job.head_factor);
  number("table_factor", job.table_factor);
  number("weight_decay", job.weight_decay);
  number("warm_up", job.warm_up);
  number("label_smoothing", job.label_smoothing);
  number("dropout", job.dropout);
  number("attention_dropout", job.attention_dropout);
  number("feature_dropout", job.feature_dropout);
  number("seconds_max", job.seconds_max);
  job.digest = to_hex(bytes_of(sha256(text)));
  FOVEA_OK(check(job, path));
  return job;
}

Result<Rows> read_training_rows(const Job& job) {
  std::string path = job.folder + "/rows.bin";
  FOVEA_TRY(std::string bytes, read_file(path, kRowsBytesMax));
  std::vector<uint32_t> words(bytes.size() / 4);
  std::memcpy(words.data(), bytes.data(), words.size() * 4);
  auto damaged = [&] { return fail(Code::kDataLoss, "damaged training rows", path); };
  Rows rows;
  size_t at = 0;
  while (at < words.size()) {
    if (words.size() - at < 3) return damaged();
    Row row{words[at], words[at + 1] != 0, static_cast<uint32_t>(rows.begins.size() - 1), words[at + 2]};
    at += 3;
    if (row.label >= job.labels || row.tokens == 0 || row.tokens > job.positions) return damaged();
    for (uint32_t t = 0; t < row.tokens; ++t) {
      if (at >= words.size()) return damaged();
      uint32_t count = words[at++];
      if (count > words.size() - at) return damaged();
      for (uint32_t f = 0; f < count; ++f) {
        if (words[at] >= job.features) return damaged();
        rows.features.push_back(words[at++]);
      }
      rows.begins.push_back(static_cast<uint32_t>(rows.features.size()));
    }
    rows.rows.push_back(row);
  }
  if (rows.rows.empty()) return damaged();
  return rows;
}

}  // namespace fovea::train_torch
