#include "serve/remote/rows.h"

#include <fmt/format.h>

#include <algorithm>
#include <charconv>
#include <cmath>

#include "base/utf8.h"
#include "serve/remote/limits.h"

namespace fovea::remote {
namespace {

// A probability of 0 or 1 has no finite logit.
constexpr double kLeast = 1e-7;

}  // namespace

std::unexpected<Error> unexpected_reply(std::string message) {
  return fail(Code::kDataLoss, "the reply is not what was declared: " + std::move(message), "",
              "compare the model's file with what the service gives");
}

Result<Json> json_of(const fetch::HttpReply& reply) {
  auto json = parse_json(reply.body);
  if (json) return std::move(*json);
  std::string begin = repair_utf8(std::string_view(reply.body).substr(0, 60));
  std::ranges::replace_if(begin, [](char c) { return static_cast<uint8_t>(c) < 0x20; }, ' ');
  return unexpected_reply(fmt::format(
      "no JSON ({}) but {} that begins with '{}'", json.error().text(),
      reply.header("content-type").empty() ? "something without a type" : reply.header("content-type"), begin));
}

const Json* at_pointer(const Json& json, std::string_view pointer) {
  const Json* at = &json;
  while (!pointer.empty()) {
    pointer.remove_prefix(1);  // '/'
    const size_t end = std::min(pointer.find('/'), pointer.size());
    std::string name(pointer.substr(0, end));
    for (const auto& [from, to] : {std::pair{"~1", "/"}, std::pair{"~0", "~"}})
      for (size_t found = 0; (found = name.find(from, found)) != std::string::npos; ++found) name.replace(found, 2, to);
    pointer.remove_prefix(end);
    if (const auto* array = at->if_array()) {
      size_t index = 0;
      const auto [stop, error] = std::from_chars(name.data(), name.data() + name.size(), index);
      if (error != std::errc() || stop != name.data() + name.size() || index >= array->size()) return nullptr;
      at = &(*array)[index];
    } else {
      const auto* object = at->if_object();
      const auto found = object ? object->find(name) : nullptr;
      if (!object || found == object->end()) return nullptr;
      at = &found->value();
    }
  }
  return at;
}

Result<std::vector<float>> row_of(const Json& json, int64_t width, std::string_view what) {
  const auto* array = json.if_array();
  if (width == 1 && json.is_number()) {
    std::vector<float> one{static_cast<float>(number_or(json, 0))};
    FOVEA_OK(check_finite(one, what));
    return one;
  }
  if (!array) return unexpected_reply(fmt::format("{} is no list of numbers", what));
  if (static_cast<int64_t>(array->size()) != width)
    return unexpected_reply(fmt::format("{} has {} numbers instead of {}", what, array->size(), width));
  std::vector<float> row;
  row.reserve(array->size());
  for (const Json& each : *array) {
    if (!each.is_number()) return unexpected_reply(fmt::format("{} has something that is no number", what));
    row.push_back(static_cast<float>(number_or(each, 0)));
  }
  FOVEA_OK(check_finite(row, what));
  return row;
}

Result<std::vector<std::vector<float>>> rows_of(const Json& json, size_t count, int64_t width, std::string_view what) {
  const auto* array = json.if_array();
  if (!array) return unexpected_reply(fmt::format("{} is no list", what));
  if (array->size() != count)
    return unexpected_reply(fmt::format("{} has {} rows instead of {}", what, array->size(), count));
  std::vector<std::vector<float>> rows;
  for (size_t i = 0; i < count; ++i) {
    FOVEA_TRY(std::vector<float> row, row_of((*array)[i], width, fmt::format("{}[{}]", what, i)));
    rows.push_back(std::move(row));
  }
  return rows;
}

Result<std::vector<float>> row_of_labels(const Json& json, const RemoteOptions& options, std::string_view what) {
  const auto* array = json.if_array();
  if (!array) return unexpected_reply(fmt::format("{} is no list of labels", what));
  std::vector<float> row(options.labels.size());
  std::vector<bool> seen(options.labels.size());
  for (const Json& each : *array) {
    const std::string_view label = text_or(member(each, "label"), "");
    const auto found = std::ranges::find(options.labels, label);
    if (found == options.labels.end())
      return unexpected_reply(
          fmt::format("{} has the label '{}', which is not declared", what, label.substr(0, kSaidBytesMax)));
    const auto at = static_cast<size_t>(found - options.labels.begin());
    if (seen[at]) return unexpected_reply(fmt::format("{} has the label '{}' twice", what, label));
    if (!member(each, "score").is_number())
      return unexpected_reply(fmt::format("the label '{}' of {} has no score", label, what));
    seen[at] = true;
    row[at] = static_cast<float>(number_or(member(each, "score"), 0));
  }
  if (const auto missing = std::ranges::find(seen, false); missing != seen.end())
    return unexpected_reply(
        fmt::format("{} lacks the label '{}'", what, options.labels[static_cast<size_t>(missing - seen.begin())]));
  FOVEA_OK(check_finite(row, what));
  return row;
}

std::vector<float> row_of_label(size_t label, const RemoteOptions& options) {
  const double rest = (1 - options.chat.accuracy) / static_cast<double>(options.labels.size() - 1);
  std::vector<float> row(options.labels.size(), static_cast<float>(std::log(rest)));
  row[label] = static_cast<float>(std::log(options.chat.accuracy));
  return row;
}

Result<void> logits_of(std::vector<float>& row, inference::Task task, std::string_view what) {
  if (task == inference::Task::kEmbedding) return {};
  for (float& each : row) {
    if (each < -1e-4F || each > 1 + 1e-4F)
      return unexpected_reply(fmt::format("{} has {}, which is no probability", what, each));
    const double p = std::clamp<double>(each, kLeast, 1 - kLeast);
    each = static_cast<float>(task == inference::Task::kScore ? std::log(p / (1 - p)) : std::log(p));
  }
  return {};
}

Result<Told> told_of(std::span<const float> values, size_t count, const RemoteOptions& options, std::string_view what) {
  Told told;
  const auto width = static_cast<size_t>(options.width);
  for (size_t i = 0; i < count; ++i) {
    const auto from = values.subspan(i * width, width);
    std::vector<float> row(from.begin(), from.end());
    if (options.probabilities) FOVEA_OK(logits_of(row, options.task, what));
    told.rows.push_back(std::move(row));
  }
  return told;
}

Result<void> check_finite(std::span<const float> row, std::string_view what) {
  if (std::ranges::all_of(row, [](float each) { return std::isfinite(each); })) return {};
  return unexpected_reply(fmt::format("{} has a number that is not finite", what));
}

std::string json_text(std::string_view text) {
  return is_utf8(text) ? quoted_text(text) : quoted_text(repair_utf8(text));
}

std::string quoted_list(Items items, bool pairs_too) {
  std::string out;
  for (const inference::Item* item : items) {
    out += out.empty() ? "[" : ",";
    if (pairs_too && item->text->pair) {
      out += "[" + json_text(item->text->first) + "," + json_text(item->text->second) + "]";
    } else {
      out += json_text(item->text->first);
    }
  }
  return out + "]";
}

}  // namespace fovea::remote
