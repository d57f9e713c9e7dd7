#include "serve/remote/remote_options.h"

#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <charconv>
#include <cmath>
#include <filesystem>
#include <functional>

#include "base/files.h"
#include "base/suggest.h"
#include "base/time_text.h"
#include "base/yaml/limits.h"
#include "serve/remote/limits.h"
#include "serve/remote/secret.h"

namespace fovea::remote {
namespace {

constexpr std::array<std::string_view, 9> kKinds = {
    "v2", "v2-grpc", "tei", "huggingface", "openai-embeddings", "openai-chat", "ray-serve", "sagemaker", "vertex"};

// Reads one mapping: every key is known, and none is forgotten.
class OptionsReader {
 public:
  using Read = std::function<Result<void>(const Yaml&, std::string_view)>;
  struct Key {
    std::string_view name;
    Read read;
  };

  OptionsReader(const std::string& file, const std::string& folder) : file_(file), folder_(folder) {}

  std::unexpected<Error> bad(const Yaml& node, std::string message, std::string hint = {}) const {
    return fail(Code::kInvalidArgument, std::move(message), where_of(file_, node.place), std::move(hint));
  }

  Result<void> map(const Yaml& node, std::string_view what, const std::vector<Key>& keys) const {
    if (node.kind != Yaml::Kind::kMap)
      return bad(node, fmt::format("'{}' is a mapping, not {}", what, kind_word(node)));
    for (size_t i = 0; i < node.members.size(); ++i) {
      const auto& [name, value] = node.members[i];
      const auto found = std::ranges::find(keys, name, &Key::name);
      if (found == keys.end()) {
        std::vector<std::string_view> names;
        for (const Key& key : keys) names.push_back(key.name);
        return fail(Code::kInvalidArgument, fmt::format("unknown key '{}' in {}", name, what),
                    where_of(file_, node.key_places[i]), suggest(name, names));
      }
      FOVEA_OK(found->read(value, found->name));
    }
    return {};
  }

  Read text(std::string& out) const {
    return [this, &out](const Yaml& node, std::string_view what) -> Result<void> {
      if (node.kind != Yaml::Kind::kScalar || node.text.empty())
        return bad(node, fmt::format("'{}' is a text, not {}", what, kind_word(node)));
      if (node.text.find_first_of("\r\n") != std::string::npos && what != "instruction")
        return bad(node, fmt::format("'{}' is one line", what));
      out = node.text;
      return {};
    };
  }
  // A reference; its value must not stand in the file.
  Read secret(std::string& out) const {
    return [this, &out](const Yaml& node, std::string_view what) -> Result<void> {
      FOVEA_OK(text(out)(node, what));
      if (!is_secret_reference(out)) {
        out.clear();
        return bad(node, fmt::format("'{}' is a secret, which stands in no file like this", what),
                   "write ${NAME} for an environment variable or ${file:PATH} for a file");
      }
      return {};
    };
  }
  Read path(std::string& out) const {
    return [this, &out](const Yaml& node, std::string_view what) -> Result<void> {
      FOVEA_OK(text(out)(node, what));
      out = (std::filesystem::path(folder_) / out).lexically_normal().string();
      return {};
    };
  }
  Read truth(bool& out) const {
    return [this, &out](const Yaml& node, std::string_view what) -> Result<void> {
      const bool yes = node.text == "true", no = node.text == "false";
      if (node.kind != Yaml::Kind::kScalar || (!yes && !no))
        return bad(node, fmt::format("'{}' is true or false", what));
      out = yes;
      return {};
    };
  }
  template <typename T>
  Read whole(T& out, int64_t low, int64_t high) const {
    return [this, &out, low, high](const Yaml& node, std::string_view what) -> Result<void> {
      int64_t value = 0;
      const char* end = node.text.data() + node.text.size();
      const auto [at, error] = std::from_chars(node.text.data(), end, value);
      if (node.kind != Yaml::Kind::kScalar || error != std::errc() || at != end || value < low || value > high)
        return bad(node, fmt::format("'{}' is a whole number from {} to {}", what, low, high));
      out = static_cast<T>(value);
      return {};
    };
  }
  template <typename T>
  Read number(T& out, double high = 1e12) const {
    return [this, &out, high](const Yaml& node, std::string_view what) -> Result<void> {
      double value = 0;
      const char* end = node.text.data() + node.text.size();
      const auto [at, error] = std::from_chars(node.text.data(), end, value);
      if (node.kind != Yaml::Kind::kScalar || error != std::errc() || at != end || !std::isfinite(value) || value < 0 ||
          value > high)
        return bad(node, fmt::format("'{}' is a number from 0 to {}", what, high));
      out = value;
      return {};
    };
  }
  template <typename T>
  Read duration(T& out, Nanos high) const {
    return [this, &out, high](const Yaml& node, std::string_view what) -> Result<void> {
      const auto value = parse_duration(node.text);
      if (node.kind != Yaml::Kind::kScalar || !value || value->count() <= 0 || *value > high)
        return bad(node,
                   fmt::format("'{}' is a duration with a unit, at most {} s", what, high.count() / 1'000'000'000),
                   "as 500ms, 10s, 2m");
      out = *value;
      return {};
    };
  }
  Read texts(std::vector<std::string>& out, size_t count_max) const {
    return [this, &out, count_max](const Yaml& node, std::string_view what) -> Result<void> {
      if (node.kind != Yaml::Kind::kList || node.items.empty() || node.items.size() > count_max)
        return bad(node, fmt::format("'{}' is a list of 1 to {} texts", what, count_max));
      for (const Yaml& each : node.items) {
        std::string one;
        FOVEA_OK(text(one)(each, what));
        if (std::ranges::find(out, one) != out.end()) return bad(each, fmt::format("'{}' stands twice", one));
        out.push_back(std::move(one));
      }
      return {};
    };
  }
  template <typename Set>
  Read choice(std::span<const std::string_view> names, Set set) const {
    return [this, names, set](const Yaml& node, std::string_view what) -> Result<void> {
      const auto found = std::ranges::find(names, node.text);
      if (node.kind != Yaml::Kind::kScalar || found == names.end())
        return bad(node, fmt::format("'{}' may not be '{}'", what, node.text), suggest(node.text, names));
      set(static_cast<size_t>(found - names.begin()));
      return {};
    };
  }
  Read nested(std::vector<Key> keys) const {
    return [this, keys = std::move(keys)](const Yaml& node, std::string_view what) { return map(node, what, keys); };
  }

 private:
  const std::string& file_;
  const std::string& folder_;
};

using Key = OptionsReader::Key;

std::vector<Key> auth_keys(const OptionsReader& in, Auth& out) {
  return {{"bearer", in.secret(out.bearer)},
          {"header", in.text(out.header)},
          {"value", in.secret(out.value)},
          {"aws_access_key", in.secret(out.aws_access_key)},
          {"aws_secret_key", in.secret(out.aws_secret_key)},
          {"aws_session_token", in.secret(out.aws_session_token)},
          {"aws_region", in.text(out.aws_region)},
          {"google_key", in.secret(out.google_key)}};
}

std::vector<Key> limit_keys(const OptionsReader& in, RemoteOptions& out) {
  return {
      {"timeout", in.duration(out.timeout, kTimeoutMax)},
      {"batch", in.whole(out.batch, 1, kBatchMax)},
      {"concurrency", in.whole(out.concurrency, 1, kConcurrencyMax)},
      {"waiting", in.whole(out.waiting, 1, kWaitingMax)},
      {"region", in.text(out.region)},
      {"allowed_regions", in.texts(out.allowed_regions, 100)},
      {"auth", in.nested(auth_keys(in, out.auth))},
      {"tls", in.nested({{"ca", in.path(out.tls.ca_file)},
                         {"certificate", in.path(out.tls.certificate_file)},
                         {"key", in.path(out.tls.key_file)}})},
      {"retry", in.nested({{"attempts", in.whole(out.retry.attempts, 1, kAttemptsMax)},
                           {"idempotent", in.truth(out.retry.idempotent)},
                           {"backoff", in.duration(out.retry.backoff, kBackoffMax)}})},
      {"breaker", in.nested({{"failures", in.whole(out.breaker.failures, 1, 1000)},
                             {"pause", in.duration(out.breaker.pause, kTimeoutMax)}})},
      {"price", in.nested({{"request", in.number(out.price.request)},
                           {"tokens_1000", in.number(out.price.tokens)},
                           {"tokens_made_1000", in.number(out.price.tokens_made)},
                           {"currency", in.text(out.price.currency)}})},
      {"budget_per_day", in.nested({{"money", in.number(out.budget.money)},
                                    {"time", in.duration(out.budget.time, std::chrono::hours(24 * 64))},
                                    {"state", in.path(out.budget.state)}})},
  };
}

std::vector<Key> wire_keys(const OptionsReader& in, RemoteOptions& out) {
  static constexpr std::string_view kAnswers[] = {"tool", "schema"};
  static constexpr std::string_view kGives[] = {"logits", "probabilities"};
  return {
      {"gives", in.choice(kGives, [&out](size_t at) { out.probabilities = at == 1; })},
      {"normalize", in.truth(out.normalize)},
      {"zero_shot", in.truth(out.zero_shot)},
      {"tensors", in.nested({{"text", in.text(out.tensors.text)},
                             {"pair", in.text(out.tensors.pair)},
                             {"output", in.text(out.tensors.output)},
                             {"binary", in.truth(out.tensors.binary)},
                             {"batched", in.truth(out.tensors.batched)}})},
      {"chat", in.nested({{"instruction", in.text(out.chat.instruction)},
                          {"answer", in.choice(kAnswers, [&out](size_t at) { out.chat.tool = at == 0; })},
                          {"stream", in.truth(out.chat.stream)},
                          {"accuracy", in.number(out.chat.accuracy, 1)},
                          {"tokens_made_max", in.whole(out.chat.tokens_made_max, 1, 100'000)}})},
      {"json", in.nested({{"input", in.text(out.json.input)}, {"output", in.text(out.json.output)}})},
      {"endpoint", in.text(out.endpoint)},
      {"target_model", in.text(out.target_model)},
      {"target_variant", in.text(out.target_variant)},
      {"component", in.text(out.component)},
      {"stream", in.truth(out.stream)},
      {"raw", in.truth(out.raw)},
      {"instance", in.text(out.instance)},
      {"prediction", in.text(out.prediction)},
      {"shape", in.choice(kKinds, [&out](size_t at) { out.shape = static_cast<Kind>(at); })},
  };
}

Result<void> check_auth(const OptionsReader& in, const Yaml& node, const RemoteOptions& out) {
  const Auth& auth = out.auth;
  const int ways = int{!auth.bearer.empty()} + int{!auth.header.empty()} + int{!auth.aws_access_key.empty()} +
                   int{!auth.google_key.empty()};
  if (ways > 1)
    return in.bad(node, "'auth' says more than one way", "one of bearer, header, aws_access_key, google_key");
  if (auth.header.empty() != auth.value.empty()) return in.bad(node, "'header' and 'value' belong together");
  if (auth.aws_access_key.empty() != auth.aws_secret_key.empty())
    return in.bad(node, "'aws_access_key' and 'aws_secret_key' belong together");
  if (!auth.aws_access_key.empty() && auth.aws_region.empty())
    return in.bad(node, "'aws_region' is missing", "the region that the endpoint is in, as eu-central-1");
  if (!out.tls.certificate_file.empty() && out.tls.key_file.empty())
    return in.bad(node, "'tls' has a certificate and no key");
  return {};
}

Result<void> check_task(const OptionsReader& in, const Yaml& node, RemoteOptions& out) {
  using inference::Task;
  if (out.task == Task::kClassification) {
    if (out.labels.size() < 2) return in.bad(node, "a classification has 2 labels at least", "labels: [a, b]");
    out.width = static_cast<int64_t>(out.labels.size());
  } else if (!out.labels.empty()) {
    return in.bad(node, "only a classification has labels");
  }
  if (out.task == Task::kScore) out.width = 1, out.pairs = true;
  if (out.task == Task::kEmbedding && out.width == 0)
    return in.bad(node, "'width' is missing", "how many numbers an embedding has, as width: 384");
  return {};
}

bool may_be_behind(Kind kind) {
  return kind == Kind::kV2 || kind == Kind::kTei || kind == Kind::kHuggingFace || kind == Kind::kJson;
}

// What one kind wants, or does not have.
Result<void> check_kind(const OptionsReader& in, const Yaml& node, const RemoteOptions& out) {
  using inference::Task;
  const bool classifies = out.task == Task::kClassification, embeds = out.task == Task::kEmbedding;
  switch (out.kind) {
    case Kind::kOpenAiChat:
      if (!classifies) return in.bad(node, "a chat model is asked for one of some labels: task: classification");
      if (out.chat.instruction.empty())
        return in.bad(node, "'chat.instruction' is missing", "say what the texts are and what the labels mean");
      if (out.chat.accuracy <= 0 || out.chat.accuracy >= 1)
        return in.bad(node, "'chat.accuracy' is missing",
                      "the share of right answers on your own labelled texts, as 0.92: it is the probability that an "
                      "answer is given, for a chat model's own would not be calibrated");
      break;
    case Kind::kOpenAiEmbeddings:
      if (!embeds) return in.bad(node, "openai-embeddings is for task: embedding");
      break;
    case Kind::kSageMaker:
      if (out.endpoint.empty()) return in.bad(node, "'endpoint' is missing");
      if (!may_be_behind(out.shape)) return in.bad(node, "'shape' is one of v2, tei, huggingface, ray-serve");
      break;
    case Kind::kVertex:
      if (out.raw && !may_be_behind(out.shape))
        return in.bad(node, "'shape' is one of v2, tei, huggingface, ray-serve");
      break;
    default:
      break;
  }
  const bool by_name = out.kind == Kind::kV2 || out.kind == Kind::kV2Grpc || out.kind == Kind::kOpenAiChat ||
                       out.kind == Kind::kOpenAiEmbeddings;
  if (by_name && out.model.empty()) return in.bad(node, "'model' is missing", "its name there");
  if (out.zero_shot && (out.kind != Kind::kHuggingFace || !classifies))
    return in.bad(node, "'zero_shot' is for huggingface and task: classification");
  const bool has_price = out.price.request > 0 || out.price.tokens > 0 || out.price.tokens_made > 0;
  if (out.budget.money && !has_price) return in.bad(node, "a budget in money needs a 'price'");
  if ((out.budget.money || out.budget.time) && out.budget.state.empty())
    return in.bad(node, "'budget_per_day.state' is missing", "a file that keeps what was spent, as ./spent.json");
  if (!out.allowed_regions.empty() && std::ranges::find(out.allowed_regions, out.region) == out.allowed_regions.end())
    return in.bad(node, out.region.empty() ? "'region' is missing, and only some are allowed"
                                           : fmt::format("the region '{}' is not an allowed one", out.region));
  return {};
}

}  // namespace

std::string_view kind_name(Kind kind) {
  return kKinds[static_cast<size_t>(kind)];
}

Result<RemoteOptions> read_remote_options(const Yaml& node, const std::string& file, const std::string& folder) {
  static constexpr std::string_view kTasks[] = {"embedding", "classification", "score"};
  RemoteOptions out;
  out.file = file;
  out.folder = folder;
  const OptionsReader in(file, folder);
  std::vector<Key> keys = {
      {"remote", in.choice(kKinds, [&out](size_t at) { out.kind = static_cast<Kind>(at); })},
      {"url", in.text(out.url)},
      {"model", in.text(out.model)},
      {"version", in.text(out.version)},
      {"task", in.choice(kTasks,
                         [&out](size_t at) {
                           constexpr inference::Task kOf[] = {
                               inference::Task::kEmbedding, inference::Task::kClassification, inference::Task::kScore};
                           out.task = kOf[at];
                         })},
      {"pairs", in.truth(out.pairs)},
      {"labels", in.texts(out.labels, kLabelsMax)},
      {"width", in.whole(out.width, 1, kWidthMax)},
      {"tokens_max", in.whole(out.tokens_max, 1, 10'000'000)},
  };
  for (auto&& more : {wire_keys(in, out), limit_keys(in, out)}) keys.insert(keys.end(), more.begin(), more.end());
  FOVEA_OK(in.map(node, "a remote model", keys));
  for (std::string_view needed : {"remote", "url", "task"})
    if (!node.find(needed)) return in.bad(node, fmt::format("'{}' is missing", needed));
  FOVEA_OK(check_auth(in, node, out));
  FOVEA_OK(check_task(in, node, out));
  FOVEA_OK(check_kind(in, node, out));
  while (out.url.ends_with('/')) out.url.pop_back();
  return out;
}

Result<RemoteOptions> load_remote_options(const std::string& path) {
  FOVEA_TRY(const std::string text, read_file(path, kYamlBytesMax));
  FOVEA_TRY(const Yaml root, parse_yaml(path, text));
  return read_remote_options(root, path, std::filesystem::path(path).parent_path().string());
}

}  // namespace fovea::remote
