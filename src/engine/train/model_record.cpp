#include "engine/train/model_record.h"

#include <algorithm>
#include <cmath>

#include "base/digest.h"
#include "base/file_digest.h"
#include "base/files.h"

namespace fovea::train {
namespace {

constexpr int64_t kVersion = 1;
constexpr size_t kBudgetRowsMax = 20'000;  // kept in calibration.json
constexpr uint64_t kManifestBytesMax = 4u << 20, kCalibrationBytesMax = 64u << 20;

Json number(double value) {
  return std::isfinite(value) ? Json(value) : Json(nullptr);
}

JsonArray rows_json(const std::vector<HeldOut>& rows) {  // a probability, negative where it was wrong
  JsonArray out;
  size_t every = std::max<size_t>(1, (rows.size() + kBudgetRowsMax - 1) / kBudgetRowsMax);
  for (size_t i = 0; i < rows.size(); i += every) {
    double p = std::round(rows[i].probability * 1e6) / 1e6;
    out.push_back(Json(rows[i].right ? p : -p));
  }
  return out;
}

HeldOut row_from(double value) {
  return {static_cast<float>(std::abs(value)), !std::signbit(value)};
}

std::vector<HeldOut> rows_from(const Json& json) {
  std::vector<HeldOut> out;
  if (const auto* array = json.if_array()) {
    for (const Json& each : *array) out.push_back(row_from(number_or(each, 0)));
  }
  return out;
}

JsonObject cost_json(const CostFit& cost) {
  return {{"a", cost.a}, {"b", cost.b}, {"c", cost.c}};
}
CostFit cost_from(const Json& json) {
  return {number_or(member(json, "a"), 0), number_or(member(json, "b"), 0), number_or(member(json, "c"), 0)};
}

JsonObject judge_json(const Judge& j) {
  return {{"linear_temperature", j.linear_temperature},
          {"attention_temperature", j.attention_temperature},
          {"mixture_linear_weight", j.mixture.first_weight},
          {"mixture_temperature", j.mixture.temperature},
          {"linear_strength_min", number(j.linear_strength_min)},
          {"attention_strength_min", number(j.attention_strength_min)},
          {"hand_over", number(j.hand_over)},
          {"linear_min", number(j.linear_min)},
          {"attention_min", number(j.attention_min)},
          {"both_min", number(j.both_min)}};
}

Judge judge_from(const Json& json) {
  auto or_else = [&](const char* name, double fallback) { return number_or(member(json, name), fallback); };
  Judge j;
  j.linear_temperature = or_else("linear_temperature", 1);
  j.attention_temperature = or_else("attention_temperature", 1);
  j.mixture = {or_else("mixture_linear_weight", 0.5), or_else("mixture_temperature", 1)};
  j.linear_strength_min = or_else("linear_strength_min", -INFINITY);
  j.attention_strength_min = or_else("attention_strength_min", -INFINITY);
  j.hand_over = or_else("hand_over", kNeverSure);
  j.linear_min = or_else("linear_min", kNeverSure);
  j.attention_min = or_else("attention_min", kNeverSure);
  j.both_min = or_else("both_min", kNeverSure);
  return j;
}

Metrics metrics_from(const Json& json) {
  auto value = [&](const char* name) { return number_or(member(json, name), 0); };
  return {value("accuracy"), value("macro_f1"),           value("ece"),      value("us_per_message"),
          value("coverage"), value("accuracy_when_sure"), value("handed_on")};
}

Json calibration_json(const BudgetRows& rows) {
  JsonArray linear, both;
  for (const BudgetRows::Both& row : rows.both) {
    linear.push_back(rows_json({row.linear})[0]);
    both.push_back(rows_json({row.both})[0]);
  }
  return JsonObject{{"linear", rows_json(rows.linear)},
                    {"attention", rows_json(rows.attention)},
                    {"cascade_linear", std::move(linear)},
                    {"cascade_both", std::move(both)}};
}

Json manifest_json(const ModelRecord& r) {
  JsonArray labels(r.labels.begin(), r.labels.end());
  JsonObject files;
  for (const auto& [path, digest] : r.files) files[path] = digest;
  JsonObject out{{"format", "fovea-model"},
                 {"version", kVersion},
                 {"labels", std::move(labels)},
                 {"outside_label", r.outside_label},
                 {"table", JsonObject{{"name", r.table_name},
                                      {"sha256", r.table_digest},
                                      {"rows", r.rows},
                                      {"held_out_rows", r.held_out_rows},
                                      {"text", r.text_column},
                                      {"label", r.label_column}}},
                 {"seed", r.seed},
                 {"error_budget", r.error_budget},
                 {"budget_confidence", kBudgetConfidence},
                 {"reject_share", kRejectShare},
                 {"attention_kind", r.attention_kind},
                 {"judge", judge_json(r.judge)},
                 {"cost_us", JsonObject{{"linear", cost_json(r.linear_cost)}}},
                 {"metrics", JsonObject{{"linear", metrics_json(r.linear, true)}}},
                 {"files", std::move(files)}};
  if (r.has_attention()) {
    out["cost_us"].get_object()["attention"] = cost_json(r.attention_cost);
    out["metrics"].get_object()["attention"] = metrics_json(r.attention, true);
    out["metrics"].get_object()["cascade"] = metrics_json(r.cascade, true);
  }
  return out;
}

std::string self_digest(JsonObject manifest) {
  manifest.erase("sha256");
  return to_hex(bytes_of(sha256(canonical_text(Json(std::move(manifest))))));
}

// What decides an answer: labels, judge and weights. Not what was measured on the way, which differs from run to run.
std::string model_digest(const JsonObject& manifest) {
  JsonObject decides;
  for (const char* name : {"labels", "outside_label", "judge", "files"}) {
    if (const Json* value = manifest.if_contains(name)) decides[name] = *value;
  }
  return to_hex(bytes_of(sha256(canonical_text(Json(std::move(decides))))));
}

Result<void> check_files(const std::string& directory, const std::map<std::string, std::string>& files) {
  for (const auto& [path, digest] : files) {
    if (path.starts_with('/') || path.find("..") != std::string::npos) {
      return fail(Code::kDataLoss, "a path outside the directory: '" + path + "'", directory + "/manifest.json: files");
    }
    const Result<Digest> found = sha256_of_file(directory + "/" + path);
    if (!found) {
      return fail(Code::kDataLoss, "a part of the model is missing: " + found.error().message, directory + "/" + path,
                  "copy the directory as a whole, or train again");
    }
    if (to_hex(bytes_of(*found)) != digest) {
      return fail(Code::kDataLoss, "the file differs from what the manifest says", directory + "/" + path,
                  "copy the directory as a whole, or train again");
    }
  }
  return {};
}

}  // namespace

CostFit fit_cost(const std::vector<std::pair<double, double>>& samples) {
  // Normal equations of a + b L + c L^2; a part that comes out below zero is left out and the rest fitted again.
  bool use[3] = {true, samples.size() >= 8, samples.size() >= 20};
  for (int round = 0; round < 3; ++round) {
    double m[3][4] = {};
    for (const auto& [bytes, us] : samples) {
      double x[3] = {1, bytes, bytes * bytes * 1e-3};
      for (int r = 0; r < 3; ++r) {
        if (!use[r]) continue;
        for (int c = 0; c < 3; ++c) m[r][c] += use[c] ? x[r] * x[c] : 0;
        m[r][3] += x[r] * us;
      }
    }
    for (int r = 0; r < 3; ++r) m[r][r] += use[r] ? 1e-9 : 1;
    for (int p = 0; p < 3; ++p) {
      for (int r = 0; r < 3; ++r) {
        if (r == p) continue;
        double f = m[r][p] / m[p][p];
        for (int c = p; c < 4; ++c) m[r][c] -= f * m[p][c];
      }
    }
    double found[3];
    int worst = -1;
    for (int r = 0; r < 3; ++r) {
      found[r] = m[r][3] / m[r][r];
      if (use[r] && found[r] < 0 && (worst < 0 || r > worst)) worst = r;
    }
    if (worst < 0) return {found[0], found[1], found[2] * 1e-3};
    use[worst] = false;
  }
  return {};
}

JsonObject metrics_json(const Metrics& m, bool with_sureness) {
  JsonObject out{
      {"accuracy", m.accuracy}, {"macro_f1", m.macro_f1}, {"ece", m.ece}, {"us_per_message", m.us_per_message}};
  if (with_sureness) {
    out["coverage"] = m.coverage;
    out["accuracy_when_sure"] = m.accuracy_when_sure;
    out["handed_on"] = m.handed_on;
  }
  return out;
}

Result<void> write_record(const std::string& directory, ModelRecord& record, const std::vector<std::string>& parts) {
  RealFiles files;
  FOVEA_OK(files.write_atomic(directory + "/calibration.json", to_text(calibration_json(record.budget_rows)) + "\n"));
  record.files.clear();
  auto add = [&](const std::string& path) -> Result<void> {
    FOVEA_TRY(const Digest digest, sha256_of_file(directory + "/" + path));
    record.files[path] = to_hex(bytes_of(digest));
    return {};
  };
  FOVEA_OK(add("calibration.json"));
  for (const std::string& part : parts) FOVEA_OK(add(part));
  JsonObject manifest = manifest_json(record).get_object();
  record.digest = model_digest(manifest);
  manifest["model"] = record.digest;
  manifest["sha256"] = self_digest(manifest);
  return files.write_atomic(directory + "/manifest.json", to_text(Json(std::move(manifest))) + "\n");
}

Result<ModelRecord> read_record(const std::string& directory) {
  std::string path = directory + "/manifest.json";
  Result<std::string> text = read_file(path, kManifestBytesMax);
  if (!text) {
    return fail(text.error().code, "this is no model directory: " + text.error().message, path,
                "name a directory that `fovea train` wrote");
  }
  auto damaged = [&](std::string field, std::string what) {
    return fail(Code::kDataLoss, std::move(what), path + ": " + field, "copy the directory anew, or train again");
  };
  Result<Json> json = parse_json(*text);
  if (!json || !json->is_object()) return damaged("json", "the manifest is damaged");
  if (text_or(member(*json, "format"), "") != "fovea-model") return damaged("format", "this is no model's manifest");
  if (number_or(member(*json, "version"), 0) != kVersion) {
    return fail(Code::kUnimplemented, "a model directory of another version", path + ": version");
  }
  ModelRecord r;
  if (text_or(member(*json, "sha256"), "") != self_digest(json->get_object())) {
    return damaged("sha256", "the manifest was changed");
  }
  r.digest = model_digest(json->get_object());
  if (const auto* labels = member(*json, "labels").if_array()) {
    for (const Json& label : *labels) r.labels.emplace_back(text_or(label, ""));
  }
  if (r.labels.size() < 2) return damaged("labels", "fewer than two labels");
  r.outside_label = text_or(member(*json, "outside_label"), "");
  const Json& table = member(*json, "table");
  r.table_name = text_or(member(table, "name"), "");
  r.table_digest = text_or(member(table, "sha256"), "");
  r.rows = static_cast<size_t>(number_or(member(table, "rows"), 0));
  r.held_out_rows = static_cast<size_t>(number_or(member(table, "held_out_rows"), 0));
  r.text_column = text_or(member(table, "text"), "");
  r.label_column = text_or(member(table, "label"), "");
  r.seed = static_cast<uint64_t>(number_or(member(*json, "seed"), 1));
  r.error_budget = number_or(member(*json, "error_budget"), 0.02);
  r.attention_kind = text_or(member(*json, "attention_kind"), "");
  r.judge = judge_from(member(*json, "judge"));
  auto outside = std::find(r.labels.begin(), r.labels.end(), r.outside_label);
  if (outside != r.labels.end()) r.judge.outside_label = static_cast<uint32_t>(outside - r.labels.begin());
  r.linear_cost = cost_from(member(member(*json, "cost_us"), "linear"));
  r.attention_cost = cost_from(member(member(*json, "cost_us"), "attention"));
  r.linear = metrics_from(member(member(*json, "metrics"), "linear"));
  r.attention = metrics_from(member(member(*json, "metrics"), "attention"));
  r.cascade = metrics_from(member(member(*json, "metrics"), "cascade"));
  if (const auto* files = member(*json, "files").if_object()) {
    for (const auto& each : *files) r.files[std::string(each.key())] = std::string(text_or(each.value(), ""));
  }
  if (!r.files.contains("linear.fvl")) return damaged("files", "the linear model is not listed");
  FOVEA_OK(check_files(directory, r.files));
  FOVEA_TRY(std::string rows_text, read_file(directory + "/calibration.json", kCalibrationBytesMax));
  FOVEA_TRY(Json rows, parse_json(rows_text));
  r.budget_rows.linear = rows_from(member(rows, "linear"));
  r.budget_rows.attention = rows_from(member(rows, "attention"));
  std::vector<HeldOut> linear = rows_from(member(rows, "cascade_linear")),
                       both = rows_from(member(rows, "cascade_both"));
  for (size_t i = 0; i < std::min(linear.size(), both.size()); ++i) r.budget_rows.both.push_back({linear[i], both[i]});
  return r;
}

}  // namespace fovea::train
