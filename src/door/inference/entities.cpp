#include "door/inference/entities.h"

#include <fmt/format.h>

#include <vector>

#include "base/json.h"
#include "base/utf8.h"
#include "door/inference/tensor_json.h"
#include "door/wire/scores.h"

namespace fovea::wire {
namespace {

constexpr std::string_view kNone = "O";

struct Found {
  std::string label;  // "B-PER"; of a run: "PER"
  double score = 0;   // sum over its tokens
  size_t tokens = 0;
  uint32_t begin = 0, end = 0;  // bytes
};

std::string_view kind_of(std::string_view label) {
  return label.starts_with("B-") || label.starts_with("I-") ? label.substr(2) : label;
}

std::vector<Found> labelled_tokens(const inference::ModelInfo& info, const inference::Answer& answer) {
  const auto width = static_cast<size_t>(info.width);
  std::vector<Found> out;
  for (size_t token = 0; token < answer.spans.size(); ++token) {
    const tokenize::TokenSpan span = answer.spans[token];
    if (span.begin == span.end) continue;  // stands for no text
    const auto probabilities = probabilities_of(std::span(answer.values).subspan(token * width, width));
    const size_t best = greatest(probabilities, 1)[0];
    out.push_back({label_of(info.labels, best), probabilities[best], 1, span.begin, span.end});
  }
  return out;
}

std::vector<Found> joined(const std::vector<Found>& tokens) {
  std::vector<Found> out;
  for (const Found& each : tokens) {
    const std::string_view kind = kind_of(each.label);
    if (!out.empty() && out.back().label == kind && !each.label.starts_with("B-")) {
      out.back().score += each.score;
      out.back().tokens += 1;
      out.back().end = each.end;
    } else {
      out.push_back(each);
      out.back().label = kind;
    }
  }
  return out;
}

// Characters in the first `bytes` of a text; each call goes on from the last.
class Characters {
 public:
  explicit Characters(std::string_view text) : text_(text) {}
  size_t before(size_t bytes) {
    if (bytes < at_) at_ = count_ = 0;
    while (at_ < std::min(bytes, text_.size())) {
      next_code_point(text_, at_);
      ++count_;
    }
    return count_;
  }

 private:
  std::string_view text_;
  size_t at_ = 0, count_ = 0;
};

}  // namespace

std::string entities_text(const inference::ModelInfo& info, const inference::Answer& answer, std::string_view text,
                          bool simple) {
  std::vector<Found> found = labelled_tokens(info, answer);
  if (simple) found = joined(found);
  Characters characters(text);
  std::string out = "[";
  for (const Found& each : found) {
    if (each.label == kNone) continue;
    const size_t end = std::min<size_t>(each.end, text.size()), begin = std::min<size_t>(each.begin, end);
    out += fmt::format(R"({}{{"{}":{},"score":)", out.size() == 1 ? "" : ",", simple ? "entity_group" : "entity",
                       quoted_text(each.label));
    append_number(static_cast<float>(each.score / static_cast<double>(each.tokens)), out);
    out += fmt::format(R"(,"word":{},"start":{},)", quoted_text(repair_utf8(text.substr(begin, end - begin))),
                       characters.before(begin));
    out += fmt::format(R"("end":{}}})", characters.before(end));
  }
  return out + "]";
}

}  // namespace fovea::wire
