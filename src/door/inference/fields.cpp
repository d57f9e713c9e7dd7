#include "door/inference/fields.h"

#include <fmt/format.h>

#include "door/inference/limits.h"
#include "door/wire/infer_inputs.h"

namespace fovea::wire {
namespace {

std::unexpected<Error> bad(std::string message, std::string_view name, std::string hint = {}) {
  return fail(Code::kInvalidArgument, std::move(message), std::string(name), std::move(hint));
}

Result<inference::Ids> ids_in(const JsonArray& array, std::string_view name, const inference::Model& model) {
  inference::Ids out;
  out.ids.reserve(array.size());
  for (const Json& each : array) {
    const int64_t* id = each.if_int64();
    if (!id || *id < 0 || *id >= model.info.vocabulary) {
      return bad(fmt::format("a token id is no whole number from 0 to {}", model.info.vocabulary - 1), name);
    }
    out.ids.push_back(static_cast<int32_t>(*id));
  }
  FOVEA_OK(check_ids(out, model.info, std::string(name)));
  return out;
}

}  // namespace

Result<std::string> text_field(const Json& body, std::string_view name) {
  const auto* text = member(body, name).if_string();
  if (!text) return bad("is missing, or no string", name);
  return std::string(text->data(), text->size());
}

Result<std::string> text_field_or(const Json& body, std::string_view name, std::string fallback) {
  if (member(body, name).is_null()) return fallback;
  return text_field(body, name);
}

Result<bool> flag_field(const Json& body, std::string_view name, bool fallback) {
  const Json& value = member(body, name);
  if (value.is_null()) return fallback;
  if (const bool* given = value.if_bool()) return *given;
  return bad("is neither true nor false", name);
}

Result<std::optional<int64_t>> number_field(const Json& body, std::string_view name, int64_t least, int64_t most) {
  const Json& value = member(body, name);
  if (value.is_null()) return std::nullopt;
  const int64_t* given = value.if_int64();
  if (!given || *given < least || *given > most) {
    return bad(fmt::format("is no whole number from {} to {}", least, most), name);
  }
  return *given;
}

Result<std::vector<std::string>> texts_field(const Json& body, std::string_view name) {
  const auto* array = member(body, name).if_array();
  if (!array) return bad("is missing, or no array of strings", name);
  FOVEA_OK(check_count(array->size()));
  std::vector<std::string> out;
  for (const Json& each : *array) {
    const auto* text = each.if_string();
    if (!text) return bad("has an element that is no string", name);
    out.emplace_back(text->data(), text->size());
  }
  return out;
}

Result<Inputs> inputs_in(const Json& value, std::string_view name, const inference::Model& model) {
  const auto* array = value.if_array();
  const bool ids = array && !array->empty() && !array->front().is_string();
  if (!ids && !model.reads_texts()) return bad("the model reads token ids only", name);
  if (const auto* text = value.if_string()) {
    return Inputs(std::vector<inference::Text>{{std::string(text->data(), text->size()), {}, false}});
  }
  if (!array) return bad("is missing, or neither a string nor an array", name);
  if (array->empty()) return bad("is empty", name);
  if (array->front().is_number()) {
    FOVEA_TRY(inference::Ids one, ids_in(*array, name, model));
    return Inputs(std::vector<inference::Ids>{std::move(one)});
  }
  FOVEA_OK(check_count(array->size()));
  if (array->front().is_array()) {
    std::vector<inference::Ids> out;
    for (const Json& each : *array) {
      const auto* inner = each.if_array();
      if (!inner) return bad("mixes token ids with something else", name);
      FOVEA_TRY(inference::Ids one, ids_in(*inner, name, model));
      out.push_back(std::move(one));
    }
    return Inputs(std::move(out));
  }
  std::vector<std::string> texts;
  for (const Json& each : *array) {
    const auto* text = each.if_string();
    if (!text) return bad("has an element that is no string", name);
    texts.emplace_back(text->data(), text->size());
  }
  return Inputs(as_texts(std::move(texts)));
}

std::vector<inference::Text> as_texts(std::vector<std::string> texts) {
  std::vector<inference::Text> out(texts.size());
  for (size_t i = 0; i < texts.size(); ++i) out[i].first = std::move(texts[i]);
  return out;
}

size_t characters_in(const Inputs& inputs) {
  size_t out = 0;
  if (const auto* texts = std::get_if<std::vector<inference::Text>>(&inputs)) {
    for (const inference::Text& each : *texts) out += each.first.size() + each.second.size();
  }
  return out;
}

}  // namespace fovea::wire
