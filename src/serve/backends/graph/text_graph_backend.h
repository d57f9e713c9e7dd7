// A graph of a text model (as Hugging Face's exporters write it) with the tokenizer beside it: texts in, rows out.
// The graph takes `input_ids`, and `attention_mask` and `token_type_ids` if it likes, [n, s] of INT64 or INT32. Its
// answer: `logits` [n, classes] or [n, s, classes]; else `sentence_embedding` [n, d]; else the hidden states of its
// first output of three dimensions, pooled as the folder says (modules.json; the mean where it says nothing).
// Each text is run alone, at its own length: nothing is padded, and an answer depends on its own text.
// Threads: as Backend. Errors: of make(): kInvalidArgument, kUnimplemented (other inputs or outputs, Dense modules),
// those of the tokenizer and config.json.
#pragma once

#include <memory>
#include <string>

#include "serve/backends/graph/graph_backend.h"

namespace fovea::graph {

Result<std::unique_ptr<inference::Backend>> make_text_graph_backend(std::unique_ptr<const Graph> graph,
                                                                    const std::string& folder, GraphFacts facts);

}  // namespace fovea::graph
