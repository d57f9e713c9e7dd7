// Vertex AI's :predict: instances in, predictions out, in the same order. What an instance and a prediction look like
// is the model's own: `instance` names the member that has the text, `prediction` points to the numbers.
#include <fmt/format.h>

#include "serve/remote/rows.h"

namespace fovea::remote {
namespace {

class VertexDialect final : public Dialect {
 public:
  explicit VertexDialect(const RemoteOptions& options) : options_(options) {}

  Result<Asked> ask(Items items, Nanos) const override {
    Asked asked;
    for (const inference::Item* item : items) {
      asked.body += asked.body.empty() ? "" : ",";
      const std::string first = json_text(item->text->first);
      if (item->text->pair) {
        const std::string name = options_.instance.empty() ? "text" : options_.instance;
        asked.body += fmt::format(R"({{{}:{},"text_pair":{}}})", json_text(name), first, json_text(item->text->second));
      } else if (options_.instance.empty()) {
        asked.body += first;
      } else {
        asked.body += fmt::format("{{{}:{}}}", json_text(options_.instance), first);
      }
    }
    asked.body = R"({"instances":[)" + asked.body + "]}";
    return asked;
  }

  Result<Told> read(const fetch::HttpReply& reply, Items items) const override {
    FOVEA_TRY(const Json json, json_of(reply));
    const auto* predictions = member(json, "predictions").if_array();
    if (!predictions || predictions->size() != items.size())
      return unexpected_reply(fmt::format("no list of {} predictions", items.size()));
    Told told;
    for (size_t i = 0; i < predictions->size(); ++i) {
      const std::string what = fmt::format("predictions[{}]{}", i, options_.prediction);
      const Json* at = at_pointer((*predictions)[i], options_.prediction);
      if (!at) return unexpected_reply(fmt::format("nothing is at {}", what));
      FOVEA_TRY(std::vector<float> row, row_of(*at, options_.width, what));
      if (options_.probabilities) FOVEA_OK(logits_of(row, options_.task, what));
      told.rows.push_back(std::move(row));
    }
    return told;
  }

 private:
  const RemoteOptions& options_;
};

}  // namespace

std::unique_ptr<Dialect> make_vertex_dialect(const RemoteOptions& options) {
  return std::make_unique<VertexDialect>(options);
}

}  // namespace fovea::remote
