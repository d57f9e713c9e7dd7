// The HTTP interface of Hugging Face's text-embeddings-inference: predict, embed, embed_all, rerank, similarity,
// tokenize, decode, info.
// Its requests name no model: the one that does the task answers.
#pragma once

#include <vector>

#include "door/inference/route.h"

namespace fovea::wire {

void add_tei_routes(std::vector<Route>& out);

// [[0.1,...],...]: unit vectors where `normalize`.
Result<std::string> embeddings_text(const inference::Reply& reply, bool normalize, size_t dimensions);
// [[[0.1,...],...],...]: of each text the row of each token, as it is. REQUIRES: check_answers(reply, true).
std::string token_rows_text(const inference::Reply& reply);
// [{"score":0.9,"label":"a"},...], the greatest first; `raw`: logits.
std::string labels_text(const inference::ModelInfo& info, std::span<const float> logits, bool raw, size_t count);
// The cosine of the first answer with each other one: [0.5,...].
Result<std::string> similarities_text(const inference::Reply& reply);

}  // namespace fovea::wire
