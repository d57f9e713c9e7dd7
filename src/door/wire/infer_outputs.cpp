#include "door/wire/infer_outputs.h"

#include <fmt/format.h>

#include <algorithm>

#include "door/wire/feed.h"
#include "door/wire/limits.h"
#include "door/wire/scores.h"

namespace fovea::wire {
namespace {

using inference::Reply;
using inference::Task;
using Floats = std::vector<float>;
using Texts = std::vector<std::string>;
using Numbers = std::vector<int64_t>;

// Rows of `width` values, as many for each answer as it has tokens or one, each made of logits by `row`.
template <typename Row>
Floats rows(const Reply& reply, size_t width, size_t padded, Row row) {
  Floats out;
  for (const inference::Answer& answer : reply.answers) {
    const size_t begin = out.size();
    for (size_t at = 0; at + width <= answer.values.size(); at += width) {
      const Floats made = row(std::span(answer.values).subspan(at, width));
      out.insert(out.end(), made.begin(), made.end());
    }
    if (padded != 0) out.resize(std::max(out.size(), begin + padded * width));
  }
  return out;
}

Texts labels(const Reply& reply, size_t padded) {
  const auto width = static_cast<size_t>(reply.model->info.width);
  Texts out;
  for (const inference::Answer& answer : reply.answers) {
    const size_t begin = out.size();
    for (size_t at = 0; at + width <= answer.values.size(); at += width) {
      const auto logits = std::span(answer.values).subspan(at, width);
      out.push_back(label_of(reply.model->info.labels, greatest(logits, 1)[0]));
    }
    if (padded != 0) out.resize(std::max(out.size(), begin + padded));
  }
  return out;
}

Numbers spans(const Reply& reply, std::string_view name) {
  Numbers out;
  for (size_t i = 0; i < reply.answers.size(); ++i) {
    const inference::Answer& answer = reply.answers[i];
    for (size_t token = 0; token < answer.tokens; ++token) {
      const tokenize::TokenSpan span = token < answer.spans.size() ? answer.spans[token] : tokenize::TokenSpan{};
      out.push_back(name == "text_index" ? static_cast<int64_t>(i) : name == "begin" ? span.begin : span.end);
    }
  }
  return out;
}

// `rows` of the tensor in all; its shape as the header says.
std::vector<int64_t> shape_of(const TensorInfo& info, size_t elements, size_t texts, int64_t padded) {
  int64_t width = 1;
  std::vector<int64_t> shape = info.shape;
  for (size_t i = 1; i < shape.size(); ++i) width *= shape[i];
  shape[0] = static_cast<int64_t>(elements) / std::max<int64_t>(width, 1);
  if (padded != 0) {
    shape[0] = padded;
    shape.insert(shape.begin(), static_cast<int64_t>(texts));
  }
  return shape;
}

Tensor tensor_of(const TensorInfo& info, const Reply& reply, int64_t padded_to) {
  const inference::ModelInfo& model = reply.model->info;
  const auto width = static_cast<size_t>(model.width);
  if (model.task != Task::kTokenClassification) padded_to = 0;
  const auto padded = static_cast<size_t>(padded_to);
  Tensor out{info.name, info.datatype, {}, {}};
  size_t elements = 0;
  if (info.name == "label") {
    out.values = labels(reply, padded);
    elements = std::get<Texts>(out.values).size();
  } else if (info.datatype == Datatype::kInt64) {
    out.values = spans(reply, info.name);
    elements = std::get<Numbers>(out.values).size();
    padded_to = 0;
  } else {
    const bool as_it_is = info.name == "embedding" || info.name == "logits";
    out.values = rows(reply, width, padded, [&](std::span<const float> logits) {
      return as_it_is ? Floats(logits.begin(), logits.end()) : probabilities_of(logits);
    });
    elements = std::get<Floats>(out.values).size();
  }
  out.shape = shape_of(info, elements, reply.answers.size(), padded_to);
  return out;
}

}  // namespace

std::vector<TensorInfo> inputs_of_model(const inference::Model& model) {
  if (model.info.task == Task::kTensors) return model.info.inputs;
  std::vector<TensorInfo> out;
  const bool texts = model.reads_texts();
  if (texts) {
    out.push_back({"text", Datatype::kBytes, {-1}, false});
    if (model.info.pairs) out.push_back({"text_pair", Datatype::kBytes, {-1}, model.info.task != Task::kScore});
  }
  out.push_back({"input_ids", Datatype::kInt64, {-1, -1}, texts});
  out.push_back({"attention_mask", Datatype::kInt64, {-1, -1}, true});
  if (model.info.pairs) out.push_back({"token_type_ids", Datatype::kInt64, {-1, -1}, true});
  return out;
}

std::vector<TensorInfo> outputs_of_model(const inference::ModelInfo& info) {
  switch (info.task) {
    case Task::kEmbedding:
      return {{"embedding", Datatype::kFp32, {-1, info.width}}};
    case Task::kScore:
      return {{"score", Datatype::kFp32, {-1}}, {"logits", Datatype::kFp32, {-1, info.width}}};
    case Task::kTensors:
      return info.outputs;
    case Task::kClassification:
    case Task::kTokenClassification:
      break;
  }
  std::vector<TensorInfo> out = {{"label", Datatype::kBytes, {-1}},
                                 {"probabilities", Datatype::kFp32, {-1, info.width}},
                                 {"logits", Datatype::kFp32, {-1, info.width}}};
  if (info.task == Task::kTokenClassification) {
    for (const char* name : {"text_index", "begin", "end"}) out.push_back({name, Datatype::kInt64, {-1}});
  }
  return out;
}

Result<void> check_outputs(const std::vector<WantedOutput>& wanted, const inference::ModelInfo& info) {
  const std::vector<TensorInfo> known = outputs_of_model(info);
  for (const WantedOutput& each : wanted) {
    const auto found = std::ranges::find(known, each.name, &TensorInfo::name);
    if (found == known.end()) {
      std::string names;
      for (const TensorInfo& one : known) names += (names.empty() ? "" : ", ") + one.name;
      return fail(Code::kInvalidArgument,
                  fmt::format("unexpected inference output '{}' for model '{}'", each.name, info.name), "outputs",
                  "it has " + names);
    }
    if (each.classes > 0 && found->datatype != Datatype::kFp32) {
      return fail(Code::kInvalidArgument, "classification is of numbers", each.name, "ask it of 'probabilities'");
    }
  }
  return {};
}

Result<std::vector<Tensor>> output_tensors(const std::vector<WantedOutput>& wanted, const Reply& reply,
                                           int64_t padded) {
  if (takes_tensors(reply.model->info)) return raw_outputs(wanted, reply);
  FOVEA_OK(check_answers(reply));
  const std::vector<TensorInfo> known = outputs_of_model(reply.model->info);
  std::vector<Tensor> out;
  const bool by_token = reply.model->info.task == Task::kTokenClassification;
  if (wanted.empty()) {
    for (const TensorInfo& each : known) {
      if (padded != 0 && by_token && each.datatype == Datatype::kInt64) continue;  // rows are where the ids are
      out.push_back(tensor_of(each, reply, padded));
    }
    return out;
  }
  FOVEA_OK(check_outputs(wanted, reply.model->info));
  for (const WantedOutput& each : wanted) {
    out.push_back(tensor_of(*std::ranges::find(known, each.name, &TensorInfo::name), reply, padded));
  }
  return out;
}

Result<void> check_answers(const Reply& reply, bool all_rows) {
  const inference::ModelInfo& info = reply.model->info;
  const auto width = static_cast<size_t>(all_rows ? info.token_width : info.width);
  const bool by_token = all_rows || info.task == Task::kTokenClassification;
  size_t values = 0;
  for (const inference::Answer& each : reply.answers) {
    values += each.values.size();
    if (width == 0 || each.values.size() != (by_token ? each.tokens * width : width)) {
      return fail(Code::kInternal, fmt::format("an answer has {} values, not {} wide", each.values.size(), width),
                  info.name);
    }
  }
  if (values > kAnswerValuesMax) {
    return fail(Code::kOutOfRange, fmt::format("the answer has {} numbers", values), info.name, "send fewer texts");
  }
  return {};
}

}  // namespace fovea::wire
