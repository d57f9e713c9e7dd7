#include "door/cli/tokenize.h"

#include <fmt/format.h>

#include <CLI/CLI.hpp>
#include <iostream>
#include <iterator>
#include <memory>
#include <vector>

#include "base/json.h"
#include "door/cli/output.h"
#include "engine/tokenize/text_decoder.h"
#include "engine/tokenize/tokenizer_folder.h"

namespace fovea::cli {
namespace {

constexpr size_t kAnswerBytesKept = 1 << 16;  // answers wait for one another up to so many bytes

// Reads up to the next LF or the end. False where nothing is left.
bool read_line(std::streambuf& in, std::string& line, bool& cut) {
  line.clear();
  cut = false;
  int c = in.sbumpc();
  if (c == std::char_traits<char>::eof()) return false;
  for (; c != std::char_traits<char>::eof() && c != '\n'; c = in.sbumpc()) {
    cut = line.size() == kTokenizeLineBytesMax;
    if (!cut) line += static_cast<char>(c);
  }
  return true;
}

void append_answer(const tokenize::Encoding& encoding, bool cut, bool pair, std::string& out) {
  const auto into = std::back_inserter(out);
  fmt::format_to(into, "{{\"ids\":[{}],\"spans\":[", fmt::join(encoding.ids, ","));
  const char* comma = "";
  for (const tokenize::TokenSpan& span : encoding.spans) {
    fmt::format_to(into, "{}[{},{}]", comma, span.begin, span.end);
    comma = ",";
  }
  if (pair) fmt::format_to(into, "],\"texts\":[{}", fmt::join(encoding.texts, ","));
  fmt::format_to(into, "],\"type_ids\":[{}],\"truncated\":{}}}\n", fmt::join(encoding.type_ids, ","),
                 cut || encoding.truncated);
}

// Appends the text of a line of ids.
Result<void> append_text(const tokenize::TextDecoder& decoder, std::string_view line, bool skip_special,
                         std::string& out) {
  FOVEA_TRY(const Json json, parse_json(line));
  const auto* array = json.if_array();
  if (!array) return fail(Code::kInvalidArgument, "is no list of ids", "", "[101,2023,102]");
  std::vector<int32_t> ids;
  for (const Json& each : *array) {
    const int64_t* id = each.if_int64();
    if (!id || *id < 0 || *id > INT32_MAX) return fail(Code::kInvalidArgument, "has an element that is no id");
    ids.push_back(static_cast<int32_t>(*id));
  }
  FOVEA_TRY(const std::string text, decoder.decode(ids, skip_special));
  out += R"({"text":)" + quoted_text(text) + "}\n";
  return {};
}

// Appends what is said to a line.
Result<void> append_line(const TokenizeOptions& options, const tokenize::Tokenizer& tokenizer, std::string_view text,
                         bool cut, tokenize::Encoding& encoding, std::string& out) {
  const size_t most = options.tokens_max == 0 ? SIZE_MAX : options.tokens_max;
  if (options.decode) {
    const auto* decoder = dynamic_cast<const tokenize::TextDecoder*>(&tokenizer);
    if (!decoder) return fail(Code::kUnimplemented, "the tokenizer writes no texts", options.folder);
    return append_text(*decoder, text, options.skip_special, out);
  }
  if (const size_t tab = text.find('\t'); !options.pairs) {
    tokenizer.encode(text, most, encoding);
  } else if (tab != std::string_view::npos) {
    tokenizer.encode_pair(text.substr(0, tab), text.substr(tab + 1), most, encoding);
  } else {
    return fail(Code::kInvalidArgument, "has no tab", "", "with --pairs a line is two texts with a tab between them");
  }
  append_answer(encoding, cut, options.pairs, out);
  return {};
}

}  // namespace

Result<void> run_tokenize(const TokenizeOptions& options, std::istream& in, std::ostream& out) {
  FOVEA_TRY(const auto found, tokenize::read_tokenizer(options.folder));
  const tokenize::Tokenizer& tokenizer = *found.tokenizer;
  const size_t most = options.tokens_max == 0 ? SIZE_MAX : options.tokens_max;
  if (most < tokenizer.special_tokens(options.pairs))
    return fail(Code::kInvalidArgument,
                fmt::format("{} tokens are fewer than the {} that stand around a text", most,
                            tokenizer.special_tokens(options.pairs)),
                "--tokens-max");
  tokenize::Encoding encoding;
  std::string line, answers;
  bool cut = false;
  for (size_t number = 1; read_line(*in.rdbuf(), line, cut); ++number) {
    if (auto answered = append_line(options, tokenizer, line, cut, encoding, answers); !answered) {
      Error error = std::move(answered.error());
      if (error.where.empty() || options.decode) error.where = fmt::format("line {}", number);
      return std::unexpected(std::move(error));
    }
    if (answers.size() < kAnswerBytesKept && in.rdbuf()->in_avail() > 0) continue;
    out.write(answers.data(), static_cast<std::streamsize>(answers.size()));
    out.flush();
    answers.clear();
    if (!out) return fail(Code::kUnavailable, "the output can no longer be written");
  }
  return {};
}

void add_tokenize_command(CLI::App& app, Command& chosen) {
  auto options = std::make_shared<TokenizeOptions>();
  auto json = std::make_shared<bool>(false);
  CLI::App* tokenize = app.add_subcommand(
      "tokenize",
      "Token ids of texts, a line of standard input each, as JSON lines: ids, spans (bytes of the line), type_ids");
  tokenize
      ->add_option("folder", options->folder,
                   "A Hugging Face folder: tokenizer.json, or vocab.txt, or vocab.json and merges.txt")
      ->required();
  tokenize->add_option("--tokens-max", options->tokens_max,
                       "Cut to so many tokens, special ones included (default: no limit)");
  CLI::Option* pairs =
      tokenize->add_flag("--pairs", options->pairs, "A line is two texts with a tab between them, for a cross encoder");
  CLI::Option* decode =
      tokenize
          ->add_flag("--decode", options->decode, "A line is a list of ids, \"[101,2023,102]\"; their text comes out")
          ->excludes(pairs);
  tokenize->add_flag("--skip-special", options->skip_special, "Special tokens are left out of the text")->needs(decode);
  tokenize->add_flag("--json", *json, "The answers are JSON lines in any case; errors too with this flag");
  tokenize->callback([options, json, &chosen] {
    chosen = [options, json] {
      std::ios::sync_with_stdio(false);
      const auto done = run_tokenize(*options, std::cin, std::cout);
      return done ? kDone : report(done.error(), *json);
    };
  });
}

}  // namespace fovea::cli
