// Plain HTTP JSON, as applications of Ray Serve speak it: the texts go where one pointer says, the rows come from where
// another says. A pair of texts is a list of two.
#include <fmt/format.h>

#include "serve/remote/rows.h"

namespace fovea::remote {
namespace {

class JsonDialect final : public Dialect {
 public:
  explicit JsonDialect(const RemoteOptions& options) : options_(options) {}

  Result<Asked> ask(Items items, Nanos) const override {
    Asked asked;
    asked.body = quoted_list(items, true);
    std::string_view pointer = options_.json.input;  // "/a/b": {"a":{"b":...}}
    while (!pointer.empty()) {
      const size_t slash = pointer.rfind('/');
      asked.body = "{" + json_text(pointer.substr(slash + 1)) + ":" + asked.body + "}";
      pointer = pointer.substr(0, slash);
    }
    if (!options_.model.empty()) asked.headers.emplace_back("serve_multiplexed_model_id", options_.model);
    return asked;
  }

  Result<Told> read(const fetch::HttpReply& reply, Items items) const override {
    FOVEA_TRY(const Json json, json_of(reply));
    const Json* rows = at_pointer(json, options_.json.output);
    if (!rows) return unexpected_reply(fmt::format("nothing is at '{}'", options_.json.output));
    Told told;
    FOVEA_TRY(told.rows, rows_of(*rows, items.size(), options_.width, options_.json.output));
    if (options_.probabilities)
      for (auto& row : told.rows) FOVEA_OK(logits_of(row, options_.task, options_.json.output));
    return told;
  }

 private:
  const RemoteOptions& options_;
};

}  // namespace

std::unique_ptr<Dialect> make_json_dialect(const RemoteOptions& options) {
  return std::make_unique<JsonDialect>(options);
}

}  // namespace fovea::remote
