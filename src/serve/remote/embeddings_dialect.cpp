// OpenAI's /embeddings; numbers come as base64 of little-endian float32, which keeps every bit.
#include <fmt/format.h>

#include <cstring>

#include "base/digest.h"
#include "serve/remote/rows.h"

namespace fovea::remote {
namespace {

class EmbeddingsDialect final : public Dialect {
 public:
  explicit EmbeddingsDialect(const RemoteOptions& options) : options_(options) {}

  Result<Asked> ask(Items items, Nanos) const override {
    Asked asked;
    asked.path = "/embeddings";
    asked.body = fmt::format(R"({{"model":{},"input":{},"encoding_format":"base64"}})", json_text(options_.model),
                             quoted_list(items, false));
    return asked;
  }

  Result<Told> read(const fetch::HttpReply& reply, Items items) const override {
    FOVEA_TRY(const Json json, json_of(reply));
    const auto* data = member(json, "data").if_array();
    if (!data || data->size() != items.size())
      return unexpected_reply(fmt::format("no list of {} embeddings", items.size()));
    Told told;
    told.rows.resize(items.size());
    for (const Json& each : *data) {
      const double index = number_or(member(each, "index"), -1);
      if (!(index >= 0) || index >= static_cast<double>(items.size()) || !told.rows[static_cast<size_t>(index)].empty())
        return unexpected_reply("an embedding with an index that is none, or comes twice");
      FOVEA_TRY(told.rows[static_cast<size_t>(index)], embedding(member(each, "embedding")));
    }
    const Json& usage = member(json, "usage");
    told.tokens = static_cast<int64_t>(number_or(member(usage, "prompt_tokens"), -1));
    return told;
  }

 private:
  Result<std::vector<float>> embedding(const Json& json) const {
    if (!json.is_string()) return row_of(json, options_.width, "embedding");
    const auto bytes = from_base64(text_or(json, ""));
    if (!bytes) return unexpected_reply("an embedding that is no base64");
    if (bytes->size() != static_cast<size_t>(options_.width) * sizeof(float))
      return unexpected_reply(
          fmt::format("an embedding of {} numbers instead of {}", bytes->size() / sizeof(float), options_.width));
    std::vector<float> row(static_cast<size_t>(options_.width));
    std::memcpy(row.data(), bytes->data(), bytes->size());
    FOVEA_OK(check_finite(row, "an embedding"));
    return row;
  }

  const RemoteOptions& options_;
};

}  // namespace

std::unique_ptr<Dialect> make_embeddings_dialect(const RemoteOptions& options) {
  return std::make_unique<EmbeddingsDialect>(options);
}

}  // namespace fovea::remote
