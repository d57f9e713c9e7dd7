// Hugging Face inference endpoints: the task shapes text-classification, zero-shot-classification, feature-extraction
// and sentence-similarity. The URL is that of the model or the endpoint itself.
#include <fmt/format.h>

#include "serve/remote/rows.h"

namespace fovea::remote {
namespace {

using inference::Task;

class HuggingFaceDialect final : public Dialect {
 public:
  explicit HuggingFaceDialect(const RemoteOptions& options) : options_(options) {}

  // Sentences are compared with one source; a text of zero-shot comes alone.
  size_t fits(std::span<const inference::Item> items, size_t batch) const override {
    if (options_.zero_shot) return 1;
    size_t count = Dialect::fits(items, batch);
    if (options_.task == Task::kScore)
      for (size_t i = 1; i < count; ++i)
        if (items[i].text->first != items[0].text->first) return i;
    return count;
  }

  Result<Asked> ask(Items items, Nanos) const override {
    Asked asked;
    if (options_.task == Task::kScore) {
      std::string sentences;
      for (const inference::Item* item : items)
        sentences += (sentences.empty() ? "" : ",") + json_text(item->text->second);
      asked.body = fmt::format(R"({{"inputs":{{"source_sentence":{},"sentences":[{}]}}}})",
                               json_text(items[0]->text->first), sentences);
    } else if (options_.zero_shot) {
      std::string labels;
      for (const std::string& label : options_.labels) labels += (labels.empty() ? "" : ",") + json_text(label);
      asked.body = fmt::format(R"({{"inputs":{},"parameters":{{"candidate_labels":[{}],"multi_label":false}}}})",
                               json_text(items[0]->text->first), labels);
    } else if (options_.task == Task::kClassification) {
      asked.body = fmt::format(R"({{"inputs":{},"parameters":{{"top_k":{}}}}})", inputs(items), options_.labels.size());
    } else {
      asked.body = fmt::format(R"({{"inputs":{}}})", inputs(items));
    }
    return asked;
  }

  Result<Told> read(const fetch::HttpReply& reply, Items items) const override {
    FOVEA_TRY(const Json json, json_of(reply));
    Told told;
    if (options_.task == Task::kEmbedding) {
      FOVEA_TRY(told.rows, rows_of(json, items.size(), options_.width, "features"));
      return told;
    }
    if (options_.task == Task::kScore) {
      FOVEA_TRY(told.rows, rows_of(json, items.size(), 1, "similarities"));
    } else if (options_.zero_shot) {
      FOVEA_TRY(std::vector<float> row, zero_shot_row(json));
      told.rows.push_back(std::move(row));
    } else {
      FOVEA_OK(read_labels(json, items.size(), told));
    }
    if (options_.task == Task::kScore) return told;  // similarities are no probabilities
    for (auto& row : told.rows) FOVEA_OK(logits_of(row, options_.task, "a score"));
    return told;
  }

 private:
  static std::string inputs(Items items) {
    std::string out;
    for (const inference::Item* item : items) {
      out += out.empty() ? "[" : ",";
      out += item->text->pair ? fmt::format(R"({{"text":{},"text_pair":{}}})", json_text(item->text->first),
                                            json_text(item->text->second))
                              : json_text(item->text->first);
    }
    return out + "]";
  }

  // [[{label, score}]], or flat for one text: both are in use.
  Result<void> read_labels(const Json& json, size_t count, Told& told) const {
    const auto* array = json.if_array();
    if (!array || array->empty()) return unexpected_reply("no list of predictions");
    if (array->front().is_object() && count == 1) {
      FOVEA_TRY(std::vector<float> row, row_of_labels(json, options_, "[0]"));
      told.rows.push_back(std::move(row));
      return {};
    }
    if (array->size() != count) return unexpected_reply(fmt::format("{} predictions, not {}", array->size(), count));
    for (size_t i = 0; i < count; ++i) {
      FOVEA_TRY(std::vector<float> row, row_of_labels((*array)[i], options_, fmt::format("[{}]", i)));
      told.rows.push_back(std::move(row));
    }
    return {};
  }

  // {"labels", "scores"}, or the newer [{label, score}].
  Result<std::vector<float>> zero_shot_row(const Json& json) const {
    const auto *labels = member(json, "labels").if_array(), *scores = member(json, "scores").if_array();
    if (!labels || !scores || labels->size() != scores->size()) return row_of_labels(json, options_, "labels");
    JsonArray both;
    for (size_t i = 0; i < labels->size(); ++i)
      both.push_back(JsonObject{{"label", (*labels)[i]}, {"score", (*scores)[i]}});
    return row_of_labels(both, options_, "labels");
  }

  const RemoteOptions& options_;
};

}  // namespace

std::unique_ptr<Dialect> make_huggingface_dialect(const RemoteOptions& options) {
  return std::make_unique<HuggingFaceDialect>(options);
}

}  // namespace fovea::remote
