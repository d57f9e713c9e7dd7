#include "door/cli/encode.h"

#include <fmt/format.h>

#include <algorithm>
#include <charconv>
#include <istream>
#include <iterator>
#include <ostream>
#include <vector>

#include "base/json.h"
#include "engine/models/load_options.h"
#include "engine/models/text_encoder.h"

namespace fovea::cli {
namespace {

// Reads up to the next LF or the end. False where nothing is left.
bool read_line(std::streambuf& in, std::string& line) {
  line.clear();
  int c = in.sbumpc();
  if (c == std::char_traits<char>::eof()) return false;
  for (; c != std::char_traits<char>::eof() && c != '\n'; c = in.sbumpc())
    if (line.size() < kEncodeLineBytesMax) line += static_cast<char>(c);
  return true;
}

// Waits for one line, then takes what is there.
std::vector<std::string> read_lines(std::streambuf& in) {
  std::vector<std::string> lines;
  std::string line;
  while (lines.size() < kEncodeLinesMax && (lines.empty() || in.in_avail() > 0) && read_line(in, line))
    lines.push_back(line);
  return lines;
}

// Whole numbers between blanks. False where something else stands there.
bool read_numbers(std::string_view text, std::vector<int32_t>& numbers) {
  for (size_t at = 0;;) {
    at = text.find_first_not_of(" \t\r", at);
    if (at == std::string_view::npos) return true;
    int32_t number = 0;
    const auto [end, error] = std::from_chars(text.data() + at, text.data() + text.size(), number);
    at = static_cast<size_t>(end - text.data());
    const bool ends = at == text.size() || std::string_view(" \t\r").find(text[at]) != std::string_view::npos;
    if (error != std::errc() || !ends) return false;
    numbers.push_back(number);
  }
}

Result<models::TokenIds> parse_ids(std::string_view line, uint64_t number) {
  models::TokenIds parsed;
  const size_t bar = line.find('|');
  const bool read = line.size() < kEncodeLineBytesMax && read_numbers(line.substr(0, bar), parsed.ids) &&
                    (bar == std::string_view::npos || read_numbers(line.substr(bar + 1), parsed.types));
  if (read) return parsed;
  return fail(Code::kInvalidArgument, "holds no token ids", fmt::format("line {}", number),
              "ids between blanks, and token types behind a bar: 101 2023 102 | 0 0 0");
}

Result<models::TextPair> parse_pair(const std::string& line, uint64_t number) {
  const size_t tab = line.find('\t');
  if (tab != std::string::npos) return models::TextPair{line.substr(0, tab), line.substr(tab + 1)};
  return fail(Code::kInvalidArgument, "holds no pair", fmt::format("line {}", number), "FIRST<tab>SECOND");
}

void append_list(std::span<const float> values, std::string& out) {
  fmt::format_to(std::back_inserter(out), "[{}]", fmt::join(values, ","));
}

void append_token_logits(const models::EncodedText& text, const std::vector<std::string>& labels, std::string& out) {
  const size_t width = labels.size(), tokens = text.tokens.ids.size();
  std::string names;
  out += "\"token_logits\":[";
  for (size_t i = 0; i < tokens; ++i) {
    const auto row = std::span(text.values).subspan(i * width, width);
    if (i > 0) out += ',';
    append_list(row, out);
    names += (i > 0 ? "," : "") + quoted_text(labels[static_cast<size_t>(std::ranges::max_element(row) - row.begin())]);
  }
  fmt::format_to(std::back_inserter(out), "],\"token_labels\":[{}]", names);
  if (text.tokens.spans.empty()) return;
  out += ",\"spans\":[";
  for (size_t i = 0; i < tokens; ++i)
    fmt::format_to(std::back_inserter(out), "{}[{},{}]", i > 0 ? "," : "", text.tokens.spans[i].begin,
                   text.tokens.spans[i].end);
  out += ']';
}

void append_focus(const models::EncodedText& text, std::string& out) {
  out += ",\"focus\":";
  if (text.tokens.spans.empty()) return append_list(text.focus, out);
  out += '[';
  for (size_t i = 0; i < text.focus.size(); ++i)
    fmt::format_to(std::back_inserter(out), "{}[{},{},{}]", i == 0 ? "" : ",", text.tokens.spans[i].begin,
                   text.tokens.spans[i].end, text.focus[i]);
  out += ']';
}

void append_answer(const models::EncodedText& text, const models::EncoderModel& model, bool pairs, std::string& out) {
  fmt::format_to(std::back_inserter(out), "{{\"tokens\":{},", text.tokens.ids.size());
  if (model.per_token()) {
    append_token_logits(text, model.labels(), out);
  } else {
    out += model.classifies() ? "\"logits\":" : "\"embedding\":";
    append_list(text.values, out);
  }
  if (!text.focus.empty()) append_focus(text, out);
  const bool spans = !text.tokens.spans.empty() && (model.per_token() || !text.focus.empty());
  if (pairs && spans) fmt::format_to(std::back_inserter(out), ",\"texts\":[{}]", fmt::join(text.tokens.texts, ","));
  out += "}\n";
}

// `before`: lines that were answered already.
Result<std::vector<models::EncodedText>> encode_lines(models::TextEncoder& encoder, const EncodeOptions& options,
                                                      const std::vector<std::string>& lines, uint64_t before) {
  if (options.pairs) {
    std::vector<models::TextPair> pairs;
    for (const std::string& line : lines) {
      FOVEA_TRY(models::TextPair parsed, parse_pair(line, before + pairs.size() + 1));
      pairs.push_back(std::move(parsed));
    }
    return encoder.encode_pairs(pairs);
  }
  if (!options.ids) return encoder.encode(lines);
  std::vector<models::TokenIds> sequences;
  for (const std::string& line : lines) {
    FOVEA_TRY(models::TokenIds parsed, parse_ids(line, before + sequences.size() + 1));
    sequences.push_back(std::move(parsed));
  }
  return encoder.encode_ids(sequences, before + 1);
}

}  // namespace

Result<void> run_encode(const EncodeOptions& options, std::istream& in, std::ostream& out) {
  if (options.ids && options.pairs)
    return fail(Code::kInvalidArgument, "a line holds either ids or a pair of texts", "--ids --pairs",
                "with --ids a pair has its token types behind a bar");
  FOVEA_TRY(const models::LoadOptions load, models::parse_load_options(options.precision));
  FOVEA_TRY(
      const auto encoder,
      models::TextEncoder::create(
          options.folder, {.workers = options.workers, .focus = options.focus, .ids_only = options.ids, .load = load}));
  for (uint64_t before = 0;;) {
    const std::vector<std::string> lines = read_lines(*in.rdbuf());
    if (lines.empty()) return {};
    FOVEA_TRY(const auto encoded, encode_lines(*encoder, options, lines, before));
    before += lines.size();
    std::string answers;
    for (const models::EncodedText& text : encoded) append_answer(text, encoder->model(), options.pairs, answers);
    out.write(answers.data(), static_cast<std::streamsize>(answers.size()));
    out.flush();
    if (!out) return fail(Code::kUnavailable, "the output can no longer be written");
  }
}

}  // namespace fovea::cli
