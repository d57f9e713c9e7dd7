#include "door/assemble/models_file.h"

#include <fmt/format.h>

#include <algorithm>
#include <set>

#include "base/yaml/yaml.h"
#include "flow/file/reader.h"
#include "serve/registry/model_address.h"
#include "serve/rollout/limits.h"

namespace fovea::assemble {
namespace {

using file::Reader;
using file::Shape;
using file::Want;

constexpr uint64_t kFileBytesMax = uint64_t{1} << 20;
constexpr size_t kModelsMax = 256;
constexpr size_t kVersionsMax = 16;  // declared by name, of one model

const std::vector<Shape>& shapes() {
  static const std::vector<Shape> all{
      {"models file",
       "Which models serve, where they come from, and how new versions come to serve.",
       {{"models", Want::kNamedShapes, "The models, each by its name.", true, false, "model"},
        {"cache", Want::kBytes, "Answers that are kept, for each tenant its own; left out: none."},
        {"refresh", Want::kDuration, "How often it is looked where names and aliases point; left out: never."},
        {"state", Want::kText, "Where the state of canaries is kept; left out: beside this file, .state.json."}}},
      {"model",
       "One model.",
       {{"from", Want::kText, "A folder, or an address: hf://, mlflow://, s3://.", true},
        {"versions", Want::kHeaders, "Further versions by a name of their own, each a folder or an address."},
        {"shadow", Want::kShape, "A version that gets copies of requests.", false, false, "shadow"},
        {"canary", Want::kShape, "A version that gets a growing share of requests.", false, false, "canary"}}},
      {"shadow",
       "A version that gets copies of requests; its answers are compared and thrown away.",
       {{"version", Want::kText, "A version, an alias, or a name of `versions`.", true},
        {"share", Want::kShare, "Of keys (100%)."}}},
      {"canary",
       "A version that gets a growing share of requests, until it is promoted or rolled back.",
       {{"version", Want::kText, "A version, an alias, or a name of `versions`.", true},
        {"steps", Want::kShares, "Shares of keys, one after another (1%, 5%, 25%, 100%)."},
        {"every", Want::kDuration, "Of a step, at least (10m)."},
        {"gate", Want::kShape, "What each step must show.", false, false, "gate"}}},
      {"gate",
       "What a step must show before the next; what does not hold rolls the canary back.",
       {{"samples", Want::kWhole, "Answers of the canary in the step, at least (200)."},
        {"errors", Want::kShare, "Share of them that fail, at most (1%)."},
        {"p99", Want::kDuration, "Latency, at most."},
        {"p99_ratio", Want::kNumber, "Latency in times of the primary's, at most."},
        {"agreement", Want::kShare, "With the primary on copies, at least; needs a shadow of the same version."}}},
  };
  return all;
}

const Shape& shape(std::string_view name) {
  return *std::ranges::find(shapes(), name, &Shape::name);
}

class FileReader {
 public:
  FileReader(Files& files, const std::string& path) : in_(files, path), path_(path) {}

  Result<ModelsFile> read(const Yaml& root) {
    FOVEA_OK(in_.check_keys(root, shape("models file")));
    out_.state_file = path_ + ".state.json";
    if (const Yaml* each = root.find("cache")) {
      FOVEA_TRY(out_.cache_bytes, in_.bytes(*each, "cache"));
    }
    if (const Yaml* each = root.find("refresh")) {
      FOVEA_TRY(out_.refresh, in_.duration(*each, "refresh"));
    }
    if (const Yaml* each = root.find("state")) {
      FOVEA_TRY(const std::string state, in_.text(*each, "state"));
      out_.state_file = in_.joined(state);
    }
    const Yaml& list = *root.find("models");
    if (list.kind != Yaml::Kind::kList || list.items.empty())
      return in_.bad(list.place, "'models' is a list of at least one model", "- intents: { from: ./models/intents }");
    if (list.items.size() > kModelsMax)
      return in_.bad(list.place, fmt::format("over {} models", kModelsMax), {}, Code::kResourceExhausted);
    for (const Yaml& item : list.items) FOVEA_OK(read_model(item));
    return std::move(out_);
  }

 private:
  Result<std::string> place(const Yaml& node, std::string_view what) {
    FOVEA_TRY(std::string text, in_.text(node, what));
    if (registry::is_remote(text)) {
      if (auto address = registry::parse_address(text); !address)
        return in_.bad(node.place, address.error().message, address.error().hint);
      return text;
    }
    if (text == "null") return text;
    const size_t colon = text.find(':');  // KIND:PLACE
    const bool kind = colon != std::string::npos && colon > 0 &&
                      std::all_of(text.begin(), text.begin() + static_cast<ptrdiff_t>(colon),
                                  [](char c) { return c >= 'a' && c <= 'z'; });
    return kind ? text.substr(0, colon + 1) + in_.joined(text.substr(colon + 1)) : in_.joined(text);
  }

  Result<std::string> version(const Yaml& node) {
    FOVEA_TRY(std::string text, in_.text(*node.find("version"), "version"));
    if (registry::is_name(text)) return text;
    return in_.bad(node.find("version")->place, fmt::format("'{}' is no version or alias", text));
  }

  Result<void> read_model(const Yaml& item) {
    if (item.kind != Yaml::Kind::kMap || item.members.size() != 1)
      return in_.bad(item.place, "a model is one name and what belongs to it", "- intents: { from: ./models/intents }");
    const auto& [name, node] = item.members.front();
    if (!registry::is_name(name))
      return in_.bad(item.place, fmt::format("'{}' is no name for a model", name),
                     "letters, digits, '.', '_', '-'; the first a letter or a digit");
    if (!names_.insert(name).second) return in_.bad(item.place, fmt::format("a second model '{}'", name));
    FOVEA_OK(in_.check_keys(node, shape("model")));
    inference::ModelPlace model;
    model.name = name;
    FOVEA_TRY(model.folder, place(*node.find("from"), "from"));
    if (const Yaml* each = node.find("versions")) FOVEA_OK(read_versions(*each, model));
    rollout::Plan plan;
    plan.model = name;
    if (const Yaml* each = node.find("shadow")) {
      FOVEA_OK(read_shadow(*each, plan.shadow));
      model.background.push_back(plan.shadow.version);
    }
    if (const Yaml* each = node.find("canary")) {
      FOVEA_OK(read_canary(*each, plan.canary));
      model.canaries.push_back(plan.canary.version);
      if (plan.canary.gate.agreement > 0 && plan.shadow.version != plan.canary.version)
        return in_.bad(each->place, "a gate on agreement needs a shadow of the same version",
                       fmt::format("add shadow: {{ version: {} }}", plan.canary.version));
    }
    out_.models.push_back(std::move(model));
    if (!plan.shadow.version.empty() || !plan.canary.version.empty()) out_.plans.push_back(std::move(plan));
    return {};
  }

  Result<void> read_versions(const Yaml& node, inference::ModelPlace& model) {
    if (node.kind != Yaml::Kind::kMap || node.members.empty() || node.members.size() > kVersionsMax)
      return in_.bad(node.place, fmt::format("'versions' is a mapping of 1 to {} names", kVersionsMax),
                     "versions: { candidate: hf://ORG/NAME@next }");
    for (const auto& [name, value] : node.members) {
      if (!registry::is_name(name)) return in_.bad(value.place, fmt::format("'{}' is no name for a version", name));
      FOVEA_TRY(model.more[name], place(value, name));
    }
    return {};
  }

  Result<void> read_shadow(const Yaml& node, rollout::ShadowPlan& out) {
    FOVEA_OK(in_.check_keys(node, shape("shadow")));
    FOVEA_TRY(out.version, version(node));
    if (const Yaml* each = node.find("share")) {
      FOVEA_TRY(out.share, in_.share(*each, "share"));
    }
    return {};
  }

  Result<void> read_canary(const Yaml& node, rollout::CanaryPlan& out) {
    FOVEA_OK(in_.check_keys(node, shape("canary")));
    FOVEA_TRY(out.version, version(node));
    if (const Yaml* each = node.find("every")) {
      FOVEA_TRY(out.every, in_.duration(*each, "every"));
    }
    if (const Yaml* each = node.find("steps")) FOVEA_OK(read_steps(*each, out));
    const Yaml* gate = node.find("gate");
    return gate ? read_gate(*gate, out.gate) : Result<void>();
  }

  Result<void> read_steps(const Yaml& node, rollout::CanaryPlan& out) {
    if (node.kind != Yaml::Kind::kList || node.items.empty() || node.items.size() > rollout::kStepsMax)
      return in_.bad(node.place, fmt::format("'steps' is a list of 1 to {} shares", rollout::kStepsMax),
                     "steps: [1%, 5%, 25%, 100%]");
    out.steps.clear();
    for (const Yaml& item : node.items) {
      FOVEA_TRY(const double share, in_.share(item, "steps"));
      if (share <= 0 || (!out.steps.empty() && share <= out.steps.back()))
        return in_.bad(item.place, "each step is above 0 and above the one before", "steps: [1%, 5%, 25%, 100%]");
      out.steps.push_back(share);
    }
    return {};
  }

  Result<void> read_gate(const Yaml& node, rollout::Gate& out) {
    FOVEA_OK(in_.check_keys(node, shape("gate")));
    if (const Yaml* each = node.find("samples")) {
      FOVEA_TRY(const int64_t samples, in_.whole(*each, "samples", 1, 100'000'000));
      out.samples = static_cast<uint64_t>(samples);
    }
    if (const Yaml* each = node.find("errors")) {
      FOVEA_TRY(out.errors, in_.share(*each, "errors"));
    }
    if (const Yaml* each = node.find("p99")) {
      FOVEA_TRY(out.p99, in_.duration(*each, "p99"));
    }
    if (const Yaml* each = node.find("p99_ratio")) {
      FOVEA_TRY(out.p99_ratio, in_.number(*each, "p99_ratio"));
    }
    if (const Yaml* each = node.find("agreement")) {
      FOVEA_TRY(out.agreement, in_.share(*each, "agreement"));
    }
    return {};
  }

  Reader in_;
  const std::string path_;
  ModelsFile out_;
  std::set<std::string> names_;
};

}  // namespace

Result<ModelsFile> read_models_file(Files& files, const std::string& path) {
  FOVEA_TRY(const uint64_t bytes, files.size(path));
  if (bytes > kFileBytesMax)
    return fail(Code::kResourceExhausted, fmt::format("is longer than {} bytes", kFileBytesMax), path);
  FOVEA_TRY(const std::string text, files.read(path, 0, kFileBytesMax));
  FOVEA_TRY(const Yaml root, parse_yaml(path, text));
  return FileReader(files, path).read(root);
}

Result<size_t> bytes_of_text(const std::string& text, const std::string& what) {
  RealFiles files;
  Yaml node;
  node.text = text;
  node.plain = true;
  auto bytes = Reader(files, what).bytes(node, what);
  if (bytes) return bytes;
  Error error = bytes.error();
  error.where = what;
  return std::unexpected(std::move(error));
}

std::string models_schema() {
  return file::schema_text("fovea models file", shapes());
}

}  // namespace fovea::assemble
