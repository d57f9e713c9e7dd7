#include "door/wire/infer_inputs.h"

#include <fmt/format.h>

#include <algorithm>

#include "door/wire/feed.h"
#include "door/wire/limits.h"

namespace fovea::wire {
namespace {

using Numbers = std::vector<int64_t>;

std::unexpected<Error> bad(std::string message, std::string where, std::string hint = {}) {
  return fail(Code::kInvalidArgument, std::move(message), std::move(where), std::move(hint));
}

Tensor* find(InferRequest& request, std::string_view name) {
  const auto found = std::ranges::find(request.inputs, name, &Tensor::name);
  return found == request.inputs.end() ? nullptr : &*found;
}

Result<std::vector<std::string>> texts_in(Tensor& tensor) {
  auto* texts = std::get_if<std::vector<std::string>>(&tensor.values);
  if (!texts) return bad(fmt::format("is {}, must be BYTES", datatype_name(tensor.datatype)), tensor.name);
  const bool column = tensor.shape.size() == 2 && tensor.shape[1] == 1;
  if (tensor.shape.size() != 1 && !column) {
    return bad(fmt::format("has the shape {}", shape_text(tensor.shape)), tensor.name, "[n] or [n,1]");
  }
  return std::move(*texts);
}

Result<InferInputs> texts_of(Tensor& first, Tensor* second, const inference::ModelInfo& info) {
  FOVEA_TRY(std::vector<std::string> firsts, texts_in(first));
  FOVEA_OK(check_count(firsts.size()));
  std::vector<inference::Text> out(firsts.size());
  for (size_t i = 0; i < out.size(); ++i) out[i].first = std::move(firsts[i]);
  if (!second) {
    if (info.task == inference::Task::kScore) {
      return bad(fmt::format("the model '{}' scores pairs of texts", info.name), "text_pair",
                 "give each text's second");
    }
    return InferInputs{std::move(out), 0};
  }
  if (!info.pairs) return bad(fmt::format("the model '{}' reads no pairs of texts", info.name), second->name);
  FOVEA_TRY(std::vector<std::string> seconds, texts_in(*second));
  if (seconds.size() != out.size()) {
    return bad(fmt::format("has {} texts, 'text' has {}", seconds.size(), out.size()), second->name);
  }
  for (size_t i = 0; i < out.size(); ++i) {
    out[i].second = std::move(seconds[i]);
    out[i].pair = true;
  }
  return InferInputs{std::move(out), 0};
}

Result<const Numbers*> numbers_in(const Tensor& tensor, const Tensor& ids) {
  const bool known = tensor.datatype == Datatype::kInt64 || tensor.datatype == Datatype::kInt32;
  if (!known) return bad(fmt::format("is {}, must be INT64", datatype_name(tensor.datatype)), tensor.name);
  if (tensor.shape.size() != 2) {
    return bad(fmt::format("has the shape {}", shape_text(tensor.shape)), tensor.name, "[n,s]");
  }
  if (tensor.shape != ids.shape) {
    return bad(fmt::format("has the shape {}, 'input_ids' has {}", shape_text(tensor.shape), shape_text(ids.shape)),
               tensor.name);
  }
  return &std::get<Numbers>(tensor.values);
}

// How many of a row's tokens the mask keeps.
Result<size_t> kept(const Numbers& mask, size_t row, size_t width) {
  const auto begin = mask.begin() + static_cast<std::ptrdiff_t>(row * width);
  const auto end = begin + static_cast<std::ptrdiff_t>(width);
  const auto last = std::find_if(begin, end, [](int64_t each) { return each != 1; });
  if (std::any_of(last, end, [](int64_t each) { return each != 0; })) {
    return bad(fmt::format("row {} is not ones followed by zeros", row), "attention_mask",
               "pad after the text, with 0 in the mask");
  }
  return static_cast<size_t>(last - begin);
}

Result<InferInputs> ids_of(InferRequest& request, const Tensor& ids, const inference::ModelInfo& info) {
  FOVEA_TRY(const Numbers* tokens, numbers_in(ids, ids));
  const Numbers *mask = nullptr, *types = nullptr;
  if (const Tensor* given = find(request, "attention_mask")) {
    FOVEA_TRY(mask, numbers_in(*given, ids));
  }
  if (const Tensor* given = find(request, "token_type_ids")) {
    FOVEA_TRY(types, numbers_in(*given, ids));
  }
  const auto rows = static_cast<size_t>(ids.shape[0]), width = static_cast<size_t>(ids.shape[1]);
  FOVEA_OK(check_count(rows));
  std::vector<inference::Ids> out(rows);
  for (size_t row = 0; row < rows; ++row) {
    size_t count = width;
    if (mask) {
      FOVEA_TRY(count, kept(*mask, row, width));
    }
    for (size_t i = row * width; i < row * width + count; ++i) {
      if ((*tokens)[i] < 0 || (*tokens)[i] >= info.vocabulary) {
        return bad(fmt::format("{} is no token id: there are {}", (*tokens)[i], info.vocabulary), ids.name);
      }
      if (types && ((*types)[i] < 0 || (*types)[i] > INT8_MAX)) {
        return bad(fmt::format("{} is no token type", (*types)[i]), "token_type_ids");
      }
      out[row].ids.push_back(static_cast<int32_t>((*tokens)[i]));
      if (types) out[row].types.push_back(static_cast<int32_t>((*types)[i]));
    }
    FOVEA_OK(check_ids(out[row], info, ids.name));
  }
  return InferInputs{std::move(out), ids.shape[1]};
}

}  // namespace

Result<void> check_count(size_t inputs) {
  if (inputs == 0) return bad("there is no input", "inputs", "at least one text");
  if (inputs > kInputsMax) {
    return bad(fmt::format("{} inputs in one request", inputs), "inputs", fmt::format("at most {}", kInputsMax));
  }
  return {};
}

Result<void> check_ids(const inference::Ids& ids, const inference::ModelInfo& info, const std::string& where) {
  if (ids.ids.empty()) return bad("an input has no token", where);
  for (const int32_t each : ids.ids) {
    if (each < 0 || each >= info.vocabulary) {
      return bad(fmt::format("{} is no token id: there are {}", each, info.vocabulary), where);
    }
  }
  return {};
}

Result<InferInputs> inputs_of(InferRequest& request, const inference::Model& model) {
  const inference::ModelInfo& info = model.info;
  if (takes_tensors(info)) {
    FOVEA_TRY(inference::Feed feed, feed_of(request, info));
    return InferInputs{std::move(feed), 0};
  }
  constexpr std::string_view kKnown[] = {"text", "text_pair", "input_ids", "attention_mask", "token_type_ids"};
  for (const Tensor& each : request.inputs) {
    if (std::ranges::find(kKnown, each.name) == std::end(kKnown)) {
      return bad(fmt::format("unexpected inference input '{}' for model '{}'", each.name, info.name), "inputs",
                 model.reads_texts() ? "its input is 'text', or 'input_ids' with 'attention_mask'"
                                     : "its input is 'input_ids' with 'attention_mask'");
    }
  }
  Tensor *text = find(request, "text"), *ids = find(request, "input_ids"), *pair = find(request, "text_pair");
  if (text && ids) return bad("either 'text' or 'input_ids'", "inputs");
  if (ids) {
    if (pair) return bad("a pair of token ids is one row, with token_type_ids", "text_pair");
    return ids_of(request, *ids, info);
  }
  if (!text) return bad("neither 'text' nor 'input_ids' is given", "inputs");
  if (find(request, "attention_mask") || find(request, "token_type_ids")) {
    return bad("a mask and types belong to 'input_ids'", "inputs");
  }
  if (!model.reads_texts())
    return bad(fmt::format("the model '{}' has no tokenizer", info.name), "text", "give input_ids");
  return texts_of(*text, pair, info);
}

}  // namespace fovea::wire
