// What dialects share: rows of numbers off JSON, checked, and probabilities as logits.
// Errors: kDataLoss: `what` names where in the reply.
#pragma once

#include <span>
#include <string>
#include <vector>

#include "base/json.h"
#include "serve/fetch/http_fetch.h"
#include "serve/remote/dialect.h"
#include "serve/remote/remote_options.h"

namespace fovea::remote {

std::unexpected<Error> unexpected_reply(std::string message);

// The reply's JSON. Errors: kDataLoss, with how its body begins and of which type it says to be.
Result<Json> json_of(const fetch::HttpReply& reply);

// The member that `pointer` (RFC 6901) leads to; null: it leads nowhere.
const Json* at_pointer(const Json& json, std::string_view pointer);

// `count` rows of `width` numbers, nested or, of width 1, flat.
Result<std::vector<std::vector<float>>> rows_of(const Json& json, size_t count, int64_t width, std::string_view what);
Result<std::vector<float>> row_of(const Json& json, int64_t width, std::string_view what);

// The row of a list of {"label","score"}, in the order of the declared labels.
Result<std::vector<float>> row_of_labels(const Json& json, const RemoteOptions& options, std::string_view what);
// A row that gives `accuracy` to one label and the rest to the others evenly.
std::vector<float> row_of_label(size_t label, const RemoteOptions& options);

// In place: probabilities become what the engine's models give.
Result<void> logits_of(std::vector<float>& row, inference::Task task, std::string_view what);
// `count` rows that lie one behind the other, of `options.width` numbers.
Result<Told> told_of(std::span<const float> values, size_t count, const RemoteOptions& options, std::string_view what);
Result<void> check_finite(std::span<const float> row, std::string_view what);

// Texts for JSON: quoted, repaired.
std::string json_text(std::string_view text);
std::string quoted_list(Items items, bool pairs_too);  // ["a", ["b", "c"]]

}  // namespace fovea::remote
