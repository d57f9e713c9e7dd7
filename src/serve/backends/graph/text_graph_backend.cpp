#include "serve/backends/graph/text_graph_backend.h"

#include <fmt/format.h>

#include <algorithm>
#include <cstring>

#include "base/digest.h"
#include "engine/layers/pooling.h"
#include "engine/models/sentence_config.h"
#include "engine/tokenize/tokenizer_folder.h"
#include "engine/weights/config_file.h"
#include "serve/schedule/limits.h"

namespace fovea::graph {
namespace {

using inference::Answer;
using inference::Datatype;
using inference::Item;
using inference::Task;
using inference::Tensor;
using inference::TensorSpec;

constexpr std::string_view kIds = "input_ids", kMask = "attention_mask", kTypes = "token_type_ids";
constexpr int64_t kWidthMax = 1 << 16;

template <typename T>
Tensor numbers(const TensorSpec& spec, size_t count, auto value) {
  Tensor out{spec.name, spec.datatype, {1, static_cast<int64_t>(count)}, {}};
  out.bytes.reserve(count * sizeof(T));
  for (size_t i = 0; i < count; ++i) {
    const T number = static_cast<T>(value(i));
    out.bytes.append(reinterpret_cast<const char*>(&number), sizeof number);
  }
  return out;
}

Tensor numbers_of(const TensorSpec& spec, size_t count, auto value) {
  return spec.datatype == Datatype::kInt64 ? numbers<int64_t>(spec, count, value)
                                           : numbers<int32_t>(spec, count, value);
}

std::vector<std::string> labels_in(const weights::ConfigFile& config, int64_t width) {
  std::vector<std::string> out;
  const Json& names = member(config.root(), "id2label");
  for (int64_t i = 0; i < width && names.is_object(); ++i)
    out.emplace_back(text_or(member(names, std::to_string(i)), fmt::format("LABEL_{}", i)));
  return out;
}

class TextGraphBackend final : public inference::Backend {
 public:
  explicit TextGraphBackend(std::unique_ptr<const Graph> graph) : graph_(std::move(graph)) {}

  Result<void> open(const std::string& folder, GraphFacts facts) {
    FOVEA_TRY(auto read, tokenize::read_tokenizer(folder));
    FOVEA_TRY(const auto config, weights::ConfigFile::open(folder + "/config.json"));
    FOVEA_TRY(sentence_, models::read_sentence_config(folder));
    tokenizer_ = std::move(read.tokenizer);
    for (const models::SentenceStep& step : sentence_.steps)
      if (!step.normalise)
        return fail(Code::kUnimplemented, "a Dense module follows the graph", folder + "/modules.json",
                    "export it with its modules, so that it gives sentence_embedding");
    FOVEA_OK(check_inputs(facts.name));
    FOVEA_OK(choose_output(facts.name));
    return describe(config, read.tokens_max, std::move(facts));
  }

  const inference::Model& model() const override { return model_; }
  int steps() const override { return 1; }

  Result<Item> read(const inference::Text& text, bool cut, const std::string& where) const override {
    if (text.pair && tokens_max_ <= tokenizer_->special_tokens(true))
      return fail(Code::kInvalidArgument, "the model reads too few tokens for a pair of texts", where);
    tokenize::Encoding encoding;
    text.pair ? tokenizer_->encode_pair(text.first, text.second, tokens_max_, encoding)
              : tokenizer_->encode(text.first, tokens_max_, encoding);
    if (encoding.truncated && !cut)
      return fail(Code::kOutOfRange, fmt::format("has more than the {} tokens that the model reads", tokens_max_),
                  where, "shorten it, or allow it to be cut");
    Item item;
    item.was_cut = encoding.truncated;
    item.ids = std::move(encoding.ids);
    if (types_) item.types = std::move(encoding.type_ids);
    if (model_.info.task == Task::kTokenClassification) item.spans = std::move(encoding.spans);
    return item;
  }

  Result<Item> read(inference::Ids ids, const std::string& where) const override {
    if (ids.ids.size() > tokens_max_)
      return fail(Code::kOutOfRange, fmt::format("{} tokens, the model reads {}", ids.ids.size(), tokens_max_), where);
    if (!ids.types.empty() && ids.types.size() != ids.ids.size())
      return fail(Code::kInvalidArgument, fmt::format("{} token types for {} ids", ids.types.size(), ids.ids.size()),
                  where);
    for (const int32_t id : ids.ids)
      if (id < 0 || id >= model_.info.vocabulary)
        return fail(Code::kInvalidArgument,
                    fmt::format("id {} is outside the vocabulary of {}", id, model_.info.vocabulary), where);
    Item item;
    item.ids = std::move(ids.ids);
    if (types_) item.types = std::move(ids.types);
    return item;
  }

  Result<void> run(const Run& run) const override {
    for (size_t i = 0; i < run.items.size(); ++i) {
      if (i != 0 && run.pause) FOVEA_OK(run.pause());
      FOVEA_OK(run_one(*run.items[i], *run.answers[i], run.abandoned));
    }
    return {};
  }

 private:
  Result<void> check_inputs(const std::string& name) {
    for (const TensorSpec& each : graph_->inputs()) {
      const TensorSpec** place = each.name == kIds     ? &ids_
                                 : each.name == kMask  ? &mask_
                                 : each.name == kTypes ? &types_
                                                       : nullptr;
      const bool fits = (each.datatype == Datatype::kInt64 || each.datatype == Datatype::kInt32) &&
                        each.shape.size() == 2 && each.shape[1] < 0 && each.shape[0] <= 1;
      if (place && fits) {
        *place = &each;
        continue;
      }
      return fail(Code::kUnimplemented,
                  fmt::format("its input '{}' {} {} is none of a text model", each.name,
                              inference::datatype_name(each.datatype), inference::shape_text(each.shape)),
                  name, "name the file itself, to serve it as a model of tensors");
    }
    if (ids_) return {};
    return fail(Code::kUnimplemented, "the graph has no input_ids", name,
                "name the file itself, to serve it as a model of tensors");
  }

  Result<void> choose_output(const std::string& name) {
    const std::vector<TensorSpec>& outputs = graph_->outputs();
    const auto named = [&](std::string_view wanted) {
      return std::ranges::find_if(outputs, [&](const TensorSpec& each) { return each.name == wanted; });
    };
    auto found = named("logits");
    logits_ = found != outputs.end();
    if (!logits_) found = named("sentence_embedding");
    if (found == outputs.end())
      found = std::ranges::find_if(outputs, [](const TensorSpec& each) { return each.shape.size() == 3; });
    const bool fits = found != outputs.end() && found->datatype == Datatype::kFp32 &&
                      (found->shape.size() == 2 || found->shape.size() == 3);
    if (!fits)
      return fail(Code::kUnimplemented, "the graph gives neither logits nor embeddings nor hidden states in FP32", name,
                  "name the file itself, to serve it as a model of tensors");
    output_ = static_cast<size_t>(found - outputs.begin());
    by_token_ = found->shape.size() == 3;
    return {};
  }

  Result<void> describe(const weights::ConfigFile& config, std::optional<int64_t> tokenizer_max, GraphFacts facts) {
    int64_t width = graph_->outputs()[output_].shape.back();
    if (width < 0) {
      FOVEA_TRY(width, logits_ ? config.integer_or(
                                     "num_labels",
                                     member(config.root(), "id2label").is_object()
                                         ? static_cast<int64_t>(member(config.root(), "id2label").get_object().size())
                                         : 2,
                                     1, kWidthMax)
                               : config.integer("hidden_size", 1, kWidthMax));
    }
    FOVEA_TRY(int64_t most, config.integer_or("max_position_embeddings", 512, 1, schedule::kTokensEachMax));
    if (sentence_.tokens_max) {
      most = std::min(most, *sentence_.tokens_max);
    } else if (tokenizer_max) {
      most = std::min(most, *tokenizer_max);
    }
    if (most <= static_cast<int64_t>(tokenizer_->special_tokens()))
      return fail(Code::kInvalidArgument, fmt::format("a limit of {} tokens leaves none for the text", most),
                  config.path());
    tokens_max_ = static_cast<size_t>(most);
    FOVEA_TRY(const int64_t vocabulary,
              config.integer_or("vocab_size", tokenizer_->vocabulary_size(), 1, int64_t{1} << 31));
    FOVEA_TRY(const std::string kind, config.text_or("model_type", "graph"));
    inference::ModelInfo& info = model_.info;
    info.name = std::move(facts.name);
    info.version = std::move(facts.version);
    info.architecture = kind;
    info.precision = std::move(facts.platform);
    // The same graph pooled otherwise gives other answers.
    info.digest = to_hex(bytes_of(
        sha256(fmt::format("{} {} {}", facts.digest, static_cast<int>(sentence_.pooling), sentence_.steps.size()))));
    info.bytes = facts.bytes;
    info.width = width;
    info.tokens_max = most;
    info.vocabulary = vocabulary;
    info.pairs = types_ != nullptr;
    info.task = !logits_     ? Task::kEmbedding
                : by_token_  ? Task::kTokenClassification
                : width == 1 ? Task::kScore
                             : Task::kClassification;
    if (logits_ && info.task != Task::kScore) info.labels = labels_in(config, width);
    model_.tokenizer = tokenizer_.get();
    return {};
  }

  Result<void> run_one(const Item& item, Answer& answer, const Abandoned& abandoned) const {
    const size_t count = item.ids.size();
    std::vector<Tensor> feed{numbers_of(*ids_, count, [&](size_t i) { return item.ids[i]; })};
    if (mask_) feed.push_back(numbers_of(*mask_, count, [](size_t) { return 1; }));
    if (types_)
      feed.push_back(numbers_of(*types_, count, [&](size_t i) { return item.types.empty() ? 0 : item.types[i]; }));
    const size_t wanted[] = {output_};
    FOVEA_TRY(const std::vector<Tensor> outputs, graph_->run(feed, wanted, abandoned));
    const Tensor& out = outputs.front();
    const auto width = static_cast<size_t>(model_.info.width), rows = by_token_ ? count : 1;
    if (out.datatype != Datatype::kFp32 || out.bytes.size() != rows * width * sizeof(float))
      return fail(Code::kInternal, fmt::format("{} tokens gave the shape {}", count, inference::shape_text(out.shape)),
                  out.name);
    std::vector<float> values(rows * width);
    std::memcpy(values.data(), out.bytes.data(), out.bytes.size());
    answer.tokens = count;
    answer.values = by_token_ && !logits_ ? pooled(values, rows, width) : std::move(values);
    return {};
  }

  std::vector<float> pooled(std::vector<float>& hidden, size_t rows, size_t width) const {
    std::vector<float> out(width);
    const int32_t offsets[] = {0, static_cast<int32_t>(rows)};
    const auto r = static_cast<int64_t>(rows), w = static_cast<int64_t>(width);
    layers::pool({hidden.data(), r, w}, offsets, sentence_.pooling, {out.data(), 1, w});
    for (size_t i = 0; i < sentence_.steps.size(); ++i) layers::scale_to_unit({out.data(), 1, w});
    return out;
  }

  std::unique_ptr<const Graph> graph_;
  std::unique_ptr<tokenize::Tokenizer> tokenizer_;
  models::SentenceConfig sentence_;
  const TensorSpec *ids_ = nullptr, *mask_ = nullptr, *types_ = nullptr;  // of graph_
  size_t output_ = 0, tokens_max_ = 0;
  bool logits_ = false, by_token_ = false;
  inference::Model model_;
};

}  // namespace

Result<std::unique_ptr<inference::Backend>> make_text_graph_backend(std::unique_ptr<const Graph> graph,
                                                                    const std::string& folder, GraphFacts facts) {
  auto made = std::make_unique<TextGraphBackend>(std::move(graph));
  FOVEA_OK(made->open(folder, std::move(facts)));
  return made;
}

}  // namespace fovea::graph
