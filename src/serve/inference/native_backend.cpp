#include "serve/inference/native_backend.h"

#include <fmt/format.h>

#include <algorithm>
#include <filesystem>

#include "base/digest.h"
#include "engine/models/encoder_model.h"
#include "engine/models/manifest.h"
#include "engine/models/manifest_check.h"
#include "engine/models/text_reader.h"
#include "engine/models/verify_verdict.h"
#include "serve/inference/memory_left.h"

namespace fovea::inference {
namespace {

namespace fs = std::filesystem;

Task task_of(const models::EncoderModel& model) {
  if (model.per_token()) return Task::kTokenClassification;
  if (!model.classifies()) return Task::kEmbedding;
  return model.width() == 1 ? Task::kScore : Task::kClassification;
}

class NativeBackend final : public Backend {
 public:
  static Result<std::unique_ptr<Backend>> open(const std::string& folder, const NativeOptions& options) {
    auto made = std::unique_ptr<NativeBackend>(new NativeBackend());
    const int64_t bytes = weight_bytes(folder);
    FOVEA_OK(check_memory_left(bytes, folder));
    FOVEA_TRY(made->encoder_, models::EncoderModel::create(folder, options.load));
    FOVEA_TRY(made->reader_, models::TextReader::create(folder, *made->encoder_));
    if (options.check_golden && fs::exists(fs::path(folder) / models::kManifestFileName) &&
        fs::exists(fs::path(folder) / weights::kPackedFileName))
      if (auto checked = models::check_model(folder); !checked) return std::unexpected(checked.error());
    FOVEA_TRY(const auto digests, models::weights_digests(folder));
    made->describe(options, digests, bytes);
    return made;
  }

  const Model& model() const override { return model_; }
  int steps() const override { return static_cast<int>(encoder_->shape().layers); }

  Result<Item> read(const Text& text, bool cut, const std::string& where) const override {
    const tokenize::Tokenizer& tokenizer = *reader_.tokenizer;
    if (text.pair && reader_.tokens_max <= tokenizer.special_tokens(true))
      return fail(Code::kInvalidArgument, "the model reads too few tokens for a pair of texts", where);
    tokenize::Encoding encoding;
    if (text.pair) {
      tokenizer.encode_pair(text.first, text.second, reader_.tokens_max, encoding);
    } else {
      tokenizer.encode(text.first, reader_.tokens_max, encoding);
    }
    if (encoding.truncated && !cut)
      return fail(Code::kOutOfRange,
                  fmt::format("has more than the {} tokens that the model reads", reader_.tokens_max), where,
                  "shorten it, or allow it to be cut");
    Item item;
    item.was_cut = encoding.truncated;
    item.ids = std::move(encoding.ids);
    if (encoder_->token_types() > 1) item.types = std::move(encoding.type_ids);
    if (encoder_->per_token()) item.spans = std::move(encoding.spans);
    return item;
  }

  Result<Item> read(Ids ids, const std::string& where) const override {
    FOVEA_OK(models::check_ids(*encoder_, ids.ids, ids.types, where));
    Item item;
    item.ids = std::move(ids.ids);
    if (encoder_->token_types() > 1) item.types = std::move(ids.types);
    return item;
  }

  Result<void> run(const Run& run) const override {
    const tensor::Arena::Scope scope(run.arena);
    const models::RaggedBatch batch = models::pack_batch(
        run.items.size(), [&](size_t i) { return std::span(run.items[i]->ids); },
        [&](size_t i) { return std::span(run.items[i]->types); }, encoder_->token_types() > 1, run.arena);
    const tensor::Matrix out = run.arena.matrix(encoder_->output_rows(batch), encoder_->width());
    models::ModelRun how;
    how.before_layer = run.pause;
    if (std::ranges::any_of(run.items, [](const Item* item) { return item->token_width > 0; }))
      how.token_rows = run.arena.matrix(static_cast<int64_t>(batch.ids.size()), encoder_->shape().hidden);
    FOVEA_OK(encoder_->run(batch, out, run.arena, how));
    for (size_t i = 0; i < run.items.size(); ++i) {
      const tensor::Matrix own =
          run.items[i]->token_width > 0
              ? how.token_rows.row_range(batch.offsets[i], batch.offsets[i + 1] - batch.offsets[i])
              : encoder_->rows_of(batch, out, i);
      run.answers[i]->values.assign(own.data, own.data + own.rows * own.cols);
      run.answers[i]->tokens = run.items[i]->ids.size();
    }
    return {};
  }

 private:
  void describe(const NativeOptions& options, const std::map<std::string, std::string>& digests, int64_t bytes) {
    std::string all;
    for (const auto& [file, digest] : digests) all += file + " " + digest + "\n";
    model_.tokenizer = reader_.tokenizer.get();
    model_.info = {.name = options.name,
                   .version = options.version,
                   .task = task_of(*encoder_),
                   .architecture = encoder_->model_type(),
                   .precision = std::string(kernels::precision_name(encoder_->precision())),
                   .digest = to_hex(bytes_of(sha256(all))),
                   .labels = encoder_->labels(),
                   .width = encoder_->width(),
                   .tokens_max = static_cast<int64_t>(reader_.tokens_max),
                   .vocabulary = encoder_->vocabulary_size(),
                   .pairs = encoder_->token_types() > 1,
                   .bytes = bytes,
                   .token_width = task_of(*encoder_) == Task::kEmbedding ? encoder_->shape().hidden : 0};
  }

  std::unique_ptr<models::EncoderModel> encoder_;
  models::TextReader reader_;
  Model model_;
};

}  // namespace

Result<std::unique_ptr<Backend>> open_native_backend(const std::string& folder, const NativeOptions& options) {
  return NativeBackend::open(folder, options);
}

}  // namespace fovea::inference
