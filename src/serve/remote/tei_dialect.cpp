// text-embeddings-inference: /predict with raw scores, /embed, /rerank of one query.
#include <fmt/format.h>

#include <algorithm>

#include "serve/remote/rows.h"

namespace fovea::remote {
namespace {

using inference::Task;

class TeiDialect final : public Dialect {
 public:
  explicit TeiDialect(const RemoteOptions& options) : options_(options) {}

  // Texts that may be cut and those that may not go apart, as do those of different queries.
  size_t fits(std::span<const inference::Item> items, size_t batch) const override {
    size_t count = Dialect::fits(items, batch);
    for (size_t i = 1; i < count; ++i) {
      const bool alike = items[i].may_cut == items[0].may_cut &&
                         (options_.task != Task::kScore || items[i].text->first == items[0].text->first);
      if (!alike) return i;
    }
    return count;
  }

  Result<Asked> ask(Items items, Nanos) const override {
    Asked asked;
    const std::string_view cut = items[0]->may_cut ? "true" : "false";
    if (options_.task == Task::kEmbedding) {
      asked.path = "/embed";
      asked.body = fmt::format(R"({{"inputs":{},"truncate":{},"normalize":{}}})", quoted_list(items, false), cut,
                               options_.normalize);
    } else if (options_.task == Task::kClassification) {
      asked.path = "/predict";
      std::string inputs;
      for (const inference::Item* item : items) {
        inputs += (inputs.empty() ? "[" : ",[") + json_text(item->text->first);
        if (item->text->pair) inputs += "," + json_text(item->text->second);
        inputs += "]";
      }
      asked.body = fmt::format(R"({{"inputs":[{}],"truncate":{},"raw_scores":true}})", inputs, cut);
    } else {
      asked.path = "/rerank";
      std::string texts;
      for (const inference::Item* item : items) texts += (texts.empty() ? "" : ",") + json_text(item->text->second);
      asked.body = fmt::format(R"({{"query":{},"texts":[{}],"truncate":{},"raw_scores":true}})",
                               json_text(items[0]->text->first), texts, cut);
    }
    return asked;
  }

  Result<Told> read(const fetch::HttpReply& reply, Items items) const override {
    FOVEA_TRY(const Json json, json_of(reply));
    Told told;
    if (options_.task == Task::kEmbedding) {
      FOVEA_TRY(told.rows, rows_of(json, items.size(), options_.width, "embeddings"));
    } else if (options_.task == Task::kScore) {
      FOVEA_OK(read_ranks(json, items.size(), told));
    } else {
      const auto* array = json.if_array();
      if (!array || array->size() != items.size())
        return unexpected_reply(fmt::format("no list of {} predictions", items.size()));
      for (size_t i = 0; i < array->size(); ++i) {
        FOVEA_TRY(std::vector<float> row, row_of_labels((*array)[i], options_, fmt::format("[{}]", i)));
        told.rows.push_back(std::move(row));
      }
    }
    return told;
  }

 private:
  static Result<void> read_ranks(const Json& json, size_t count, Told& told) {
    const auto* array = json.if_array();
    if (!array || array->size() != count) return unexpected_reply(fmt::format("no list of {} ranks", count));
    told.rows.resize(count);
    for (const Json& each : *array) {
      const double index = number_or(member(each, "index"), -1);
      if (!(index >= 0) || index >= static_cast<double>(count) || !told.rows[static_cast<size_t>(index)].empty())
        return unexpected_reply("a rank with an index that is none, or comes twice");
      FOVEA_TRY(told.rows[static_cast<size_t>(index)], row_of(member(each, "score"), 1, "score"));
    }
    return {};
  }

  const RemoteOptions& options_;
};

}  // namespace

std::unique_ptr<Dialect> make_tei_dialect(const RemoteOptions& options) {
  return std::make_unique<TeiDialect>(options);
}

}  // namespace fovea::remote
