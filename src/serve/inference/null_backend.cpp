#include "serve/inference/null_backend.h"

#include <fmt/format.h>

#include "base/digest.h"

namespace fovea::inference {
namespace {

constexpr int64_t kTokensMax = 8192;

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
  }
  const Model& model() const override { return model_; }
  int steps() const override { return 1; }

  Result<Item> read(const Text& text, bool cut, const std::string& where) const override {
    const size_t size = text.first.size() + text.second.size();
    if (!cut && static_cast<int64_t>(size) > kTokensMax)
      return fail(Code::kOutOfRange, fmt::format("{} tokens, the model reads {}", size, kTokensMax), where);
    Item item;
    item.ids.assign(std::min<size_t>(size, kTokensMax), 0);
    item.was_cut = item.ids.size() < size;
    return item;
  }
  Result<Item> read(Ids ids, const std::string& where) const override {
    if (static_cast<int64_t>(ids.ids.size()) > kTokensMax)
      return fail(Code::kOutOfRange, fmt::format("{} tokens, the model reads {}", ids.ids.size(), kTokensMax), where);
    return Item{std::move(ids.ids), {}, {}, false};
  }

  Result<void> run(const Run& run) const override {
    for (size_t i = 0; i < run.items.size(); ++i) {
      run.answers[i]->values.assign(1, static_cast<float>(run.items[i]->tokens()));
      run.answers[i]->tokens = run.items[i]->ids.size();
    }
    return {};
  }

 private:
  Model model_;
};

}  // namespace

std::unique_ptr<Backend> make_null_backend(std::string name) {
  return std::make_unique<NullBackend>(std::move(name));
}

}  // namespace fovea::inference
