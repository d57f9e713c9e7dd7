// Models for tests of the doors: rows that follow from the tokens alone, failures on demand, work that can be held.
#pragma once

#include <algorithm>
#include <atomic>
#include <map>
#include <memory>
#include <mutex>
#include <optional>
#include <string>
#include <utility>
#include <vector>

#include "engine/tokenize/text_decoder.h"
#include "serve/inference/inference.h"

namespace fovea::wire {

// Words between blanks; the id of a word follows from its bytes. [CLS] is 1, [SEP] is 2.
class StubTokenizer final : public tokenize::Tokenizer, public tokenize::TextDecoder {
 public:
  static constexpr int32_t kBegin = 1, kEnd = 2, kFirstWord = 10, kVocabulary = 100;

  void encode(std::string_view text, size_t tokens_max, tokenize::Encoding& out) const override {
    out.clear();
    add_special(kBegin, out);
    add_words(text, 0, tokens_max - 2, out);
    add_special(kEnd, out);
  }
  void encode_pair(std::string_view first, std::string_view second, size_t tokens_max,
                   tokenize::Encoding& out) const override {
    out.clear();
    add_special(kBegin, out);
    add_words(first, 0, (tokens_max - 3) / 2, out);
    add_special(kEnd, out);
    add_words(second, 1, (tokens_max - 3) / 2, out);
    add_special(kEnd, out);
  }
  // "[CLS] w20 [SEP]".
  Result<std::string> decode(std::span<const int32_t> ids, bool skip_special) const override {
    std::string out;
    for (const int32_t id : ids) {
      const bool special = id == kBegin || id == kEnd;
      if (id < 0 || id >= kVocabulary || (special && skip_special)) continue;
      out += (out.empty() ? "" : " ") + (id == kBegin ? "[CLS]" : id == kEnd ? "[SEP]" : "w" + std::to_string(id));
    }
    return out;
  }
  size_t special_tokens(bool of_pair) const override { return of_pair ? 3 : 2; }
  int64_t vocabulary_size() const override { return kVocabulary; }
  int64_t token_types() const override { return 2; }
  int32_t id_of(std::string_view piece) const override {
    return piece == "[CLS]" ? kBegin : piece == "[SEP]" ? kEnd : -1;
  }
  bool lowercase() const override { return false; }

 private:
  static void add_special(int32_t id, tokenize::Encoding& out) {
    out.ids.push_back(id);
    out.spans.push_back({});
    out.texts.push_back(tokenize::kNoText);
    out.type_ids.push_back(0);
  }
  static void add_words(std::string_view text, int8_t which, size_t most, tokenize::Encoding& out) {
    size_t at = 0, words = 0;
    for (;;) {
      at = std::min(text.find_first_not_of(' ', at), text.size());
      const size_t end = std::min(text.find(' ', at), text.size());
      if (at == end) return;
      if (words++ == most) {
        out.truncated = true;
        return;
      }
      int32_t sum = 0;
      for (const char c : text.substr(at, end - at)) sum = (sum * 31 + static_cast<unsigned char>(c)) % 80;
      out.ids.push_back(kFirstWord + sum);
      out.spans.push_back({static_cast<uint32_t>(at), static_cast<uint32_t>(end)});
      out.texts.push_back(which);
      out.type_ids.push_back(which);
      at = end;
    }
  }
};

class StubInference final : public inference::Inference {
 public:
  static constexpr int64_t kTokensMax = 16;

  StubInference() {
    add("embed", inference::Task::kEmbedding, {}, 4, false);
    add("sentiment", inference::Task::kClassification, {"negative", "neutral", "positive"}, 3, true);
    add("ner", inference::Task::kTokenClassification, {"O", "B-PER"}, 2, false);
    add("rank", inference::Task::kScore, {}, 1, true);
    add("bare", inference::Task::kEmbedding, {}, 4, false);
    models_["embed"]->info.token_width = 3;
    models_["bare"]->tokenizer = nullptr;
  }
  // "same_FP32", one for each datatype: gives back what it gets, [-1,-1].
  void add_tensor_models() {
    for (size_t i = 0; i < 14; ++i) add_same(static_cast<inference::Datatype>(i));
  }
  inference::ModelInfo& info_of(const std::string& name) { return models_.at(name)->info; }

  // Rows as the stub's models give them.
  static std::vector<float> row(const std::vector<int32_t>& ids, size_t width) {
    int64_t sum = 0;
    for (const int32_t id : ids) sum = sum * 7 + id;
    std::vector<float> out(width);
    for (size_t i = 0; i < width; ++i)
      out[i] = static_cast<float>((sum % 1009 * static_cast<int64_t>(i + 1)) % 17) / 8 - 1;
    return out;
  }

  std::unique_ptr<inference::Ticket> submit(inference::Call call, inference::Done done) override {
    const std::lock_guard lock(mutex_);
    last = call;
    auto found = model(call.model, call.version);
    if (!found) {
      done(std::unexpected(inference::Failure{found.error(), Nanos(0), false}));
    } else if (failure) {
      done(std::unexpected(*failure));
    } else if (hold) {
      held.push_back(std::move(done));
    } else {
      done(answer(call, *found));
    }
    return std::make_unique<StubTicket>(cancelled);
  }
  Result<std::shared_ptr<const inference::Model>> model(std::string_view name,
                                                        std::string_view version) const override {
    const auto found = models_.find(name);
    if (found == models_.end() || (!version.empty() && version != "1")) {
      return fail(Code::kNotFound, "there is no such model", std::string(name));
    }
    return found->second;
  }
  std::vector<inference::ModelState> models() const override {
    std::vector<inference::ModelState> out;
    const std::lock_guard lock(states_mutex_);
    for (const auto& [name, model] : models_) {
      const auto state = states_.find(name);
      out.push_back({name, "1", state == states_.end() ? "READY" : state->second, ""});
    }
    out.push_back({"gone", "1", "UNAVAILABLE", "unloaded"});
    return out;
  }
  Result<inference::Statistics> statistics(std::string_view name, std::string_view) const override {
    if (!models_.contains(name)) return fail(Code::kNotFound, "there is no such model", std::string(name));
    inference::Statistics out;
    out.requests = 5;
    out.failures = 1;
    out.refused = 1;
    out.groups = 3;
    out.inferences = 8;
    out.waited = Nanos(1000);
    out.computed = Nanos(2000);
    out.last_ms = 77;
    return out;
  }
  Result<void> load(std::string_view name, std::string_view version = {}) override {
    loaded_version = version;
    if (name == "embed" || name == "late") return {};
    return fail(Code::kNotFound, "no folder has that name", std::string(name));
  }
  Result<void> unload(std::string_view name) override { return load(name); }
  bool ready() const override { return is_ready; }

  void set_state(const std::string& name, const char* state) {  // of models(), nothing else
    const std::lock_guard lock(states_mutex_);
    states_[name] = state;
  }
  // What hold kept, for a test whose calls come from other threads.
  std::vector<inference::Done> take_held() {
    const std::lock_guard lock(mutex_);
    return std::exchange(held, {});
  }
  inference::Call last_call() {  // `last`, for the same
    const std::lock_guard lock(mutex_);
    return last;
  }
  size_t held_count() {
    const std::lock_guard lock(mutex_);
    return held.size();
  }

  std::string loaded_version;  // that the last load asked for

  void rename_labels(std::string_view name, std::vector<std::string> labels) {
    models_.find(name)->second->info.labels = std::move(labels);
  }
  void keep_only(std::string_view name) {
    std::erase_if(models_, [&](const auto& each) { return each.first != name; });
  }

  inference::Call last;
  std::optional<inference::Failure> failure;
  bool hold = false, is_ready = true;
  std::vector<inference::Done> held;
  std::shared_ptr<std::atomic<int>> cancelled = std::make_shared<std::atomic<int>>(0);

 private:
  struct StubTicket final : inference::Ticket {
    explicit StubTicket(std::shared_ptr<std::atomic<int>> count) : count_(std::move(count)) {}
    void cancel() override { ++*count_; }
    std::shared_ptr<std::atomic<int>> count_;
  };

  void add(const char* name, inference::Task task, std::vector<std::string> labels, int64_t width, bool pairs) {
    auto model = std::make_shared<inference::Model>();
    model->info = {
        name,  "1", task, "bert", "fp32", "d1ge5t", std::move(labels), width, kTokensMax, StubTokenizer::kVocabulary,
        pairs, 1000};
    model->tokenizer = &tokenizer_;
    models_[name] = std::move(model);
  }

  void add_same(inference::Datatype datatype) {
    auto model = std::make_shared<inference::Model>();
    model->info.name = "same_" + std::string(inference::datatype_name(datatype));
    model->info.version = "1";
    model->info.task = inference::Task::kTensors;
    model->info.architecture = "stub_same";
    model->info.inputs = {{"input", datatype, {-1, -1}, false}};
    model->info.outputs = {{"output", datatype, {-1, -1}, false}};
    models_[model->info.name] = std::move(model);
  }

  std::expected<inference::Reply, inference::Failure> answer(const inference::Call& call,
                                                             std::shared_ptr<const inference::Model> model) const {
    inference::Reply reply{std::move(model), {}, Nanos(1'000'000), Nanos(2'000'000), Nanos(3'000'000)};
    if (const auto* texts = std::get_if<std::vector<inference::Text>>(&call.inputs)) {
      for (const inference::Text& text : *texts) {
        tokenize::Encoding encoding;
        if (text.pair) {
          tokenizer_.encode_pair(text.first, text.second, kTokensMax, encoding);
        } else {
          tokenizer_.encode(text.first, kTokensMax, encoding);
        }
        if (encoding.truncated && !call.cut) {
          return std::unexpected(
              inference::Failure{{Code::kOutOfRange, "a text has too many tokens", {}, {}}, Nanos(0), false});
        }
        reply.answers.push_back(answer(encoding.ids, std::move(encoding.spans), *reply.model, call.all_rows));
        reply.answers.back().was_cut = encoding.truncated;
      }
    } else if (const auto* ids = std::get_if<std::vector<inference::Ids>>(&call.inputs)) {
      for (const inference::Ids& each : *ids)
        reply.answers.push_back(answer(each.ids, {}, *reply.model, call.all_rows));
    } else {
      const inference::Tensor& input = std::get<inference::Feed>(call.inputs).tensors.at(0);
      reply.answers.emplace_back().tensors = {{"output", input.datatype, input.shape, input.bytes}};
    }
    return reply;
  }
  static inference::Answer answer(const std::vector<int32_t>& ids, std::vector<tokenize::TokenSpan> spans,
                                  const inference::Model& model, bool all_rows) {
    const auto width = static_cast<size_t>(all_rows ? model.info.token_width : model.info.width);
    inference::Answer out{{}, ids.size(), {}, false};
    if (model.info.task != inference::Task::kTokenClassification && !all_rows) {
      out.values = row(ids, width);
      return out;
    }
    if (!all_rows) out.spans = std::move(spans);
    for (const int32_t id : ids) {
      const std::vector<float> one = row({id}, width);
      out.values.insert(out.values.end(), one.begin(), one.end());
    }
    return out;
  }

  StubTokenizer tokenizer_;
  mutable std::mutex mutex_, states_mutex_;
  std::map<std::string, std::string> states_;
  std::map<std::string, std::shared_ptr<inference::Model>, std::less<>> models_;
};

}  // namespace fovea::wire
