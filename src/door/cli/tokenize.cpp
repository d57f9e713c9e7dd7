#include "door/cli/tokenize.h"

#include <fmt/format.h>

#include <CLI/CLI.hpp>
#include <iostream>
#include <iterator>
#include <memory>

#include "door/cli/output.h"
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
    const std::string_view text(line);
    if (const size_t tab = text.find('\t'); !options.pairs) {
      tokenizer.encode(text, most, encoding);
    } else if (tab != std::string_view::npos) {
      tokenizer.encode_pair(text.substr(0, tab), text.substr(tab + 1), most, encoding);
    } else {
      return fail(Code::kInvalidArgument, "has no tab", fmt::format("line {}", number),
                  "with --pairs a line is two texts with a tab between them");
    }
    append_answer(encoding, cut, options.pairs, answers);
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
  tokenize->add_flag("--pairs", options->pairs, "A line is two texts with a tab between them, for a cross encoder");
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
