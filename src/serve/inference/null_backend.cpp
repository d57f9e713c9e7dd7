#include "serve/inference/null_backend.h"

#include <fmt/format.h>

#include "base/digest.h"

namespace fovea::inference {
namespace {

constexpr int64_t kTokensMax = 8192;

// A token for each byte.
class Bytes final : public tokenize::Tokenizer {
 public:
  void encode(std::string_view text, size_t tokens_max, tokenize::Encoding& out) const override {
    out.clear();
    add(text, 0, tokens_max, out);
  }
  void encode_pair(std::string_view first, std::string_view second, size_t tokens_max,
                   tokenize::Encoding& out) const override {
    out.clear();
    add(first, 0, tokens_max, out);
    add(second, 1, tokens_max, out);
  }
  size_t special_tokens(bool) const override { return 0; }
  int64_t vocabulary_size() const override { return 256; }
  int64_t token_types() const override { return 2; }
  int32_t id_of(std::string_view piece) const override {
    return piece.size() == 1 ? static_cast<uint8_t>(piece[0]) : -1;
  }
  bool lowercase() const override { return false; }

 private:
  static void add(std::string_view text, int8_t number, size_t tokens_max, tokenize::Encoding& out) {
    for (uint32_t i = 0; i < text.size(); ++i) {
      out.truncated = out.ids.size() >= tokens_max;
      if (out.truncated) return;
      out.ids.push_back(static_cast<uint8_t>(text[i]));
      out.spans.push_back({i, i + 1});
      out.texts.push_back(number);
      out.type_ids.push_back(number);
    }
  }
};

class NullBackend final : public Backend {
 public:
  explicit NullBackend(std::string name) {
    model_.info = {.name = std::move(name),
                   .version = "1",
                   .task = Task::kEmbedding,
                   .architecture = "null",
                   .precision = "fp32",
                   .digest = to_hex(bytes_of(sha256("null"))),
                   .labels = {},
                   .width = 1,
                   .tokens_max = kTokensMax,
                   .vocabulary = 256,
                   .pairs = true};
    model_.tokenizer = &tokenizer_;
  }
  const Model& model() const override { return model_; }
  int steps() const override { return 1; }

  Result<Item> read(const Text& text, bool cut, const std::string& where) const override {
    tokenize::Encoding encoding;
    text.pair ? tokenizer_.encode_pair(text.first, text.second, kTokensMax, encoding)
              : tokenizer_.encode(text.first, kTokensMax, encoding);
    if (!cut && encoding.truncated)
      return fail(Code::kOutOfRange, fmt::format("has more than the {} tokens that the model reads", kTokensMax),
                  where);
    Item item;
    item.ids = std::move(encoding.ids);
    item.was_cut = encoding.truncated;
    return item;
  }
  Result<Item> read(Ids ids, const std::string& where) const override {
    if (static_cast<int64_t>(ids.ids.size()) > kTokensMax)
      return fail(Code::kOutOfRange, fmt::format("{} tokens, the model reads {}", ids.ids.size(), kTokensMax), where);
    Item item;
    item.ids = std::move(ids.ids);
    return item;
  }

  Result<void> run(const Run& run) const override {
    for (size_t i = 0; i < run.items.size(); ++i) {
      run.answers[i]->values.assign(1, static_cast<float>(run.items[i]->tokens()));
      run.answers[i]->tokens = run.items[i]->ids.size();
    }
    return {};
  }

 private:
  Bytes tokenizer_;
  Model model_;
};

}  // namespace

std::unique_ptr<Backend> make_null_backend(std::string name) {
  return std::make_unique<NullBackend>(std::move(name));
}

}  // namespace fovea::inference
