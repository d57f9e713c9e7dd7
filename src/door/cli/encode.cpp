#include "door/cli/encode.h"

#include <fmt/format.h>

#include <istream>
#include <iterator>
#include <ostream>
#include <vector>

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

void append_answer(const models::EncodedText& text, bool classifies, std::string& out) {
  const auto into = std::back_inserter(out);
  fmt::format_to(into, "{{\"tokens\":{},\"{}\":[{}]", text.tokens.ids.size(), classifies ? "logits" : "embedding",
                 fmt::join(text.values, ","));
  if (!text.focus.empty()) {
    out += ",\"focus\":[";
    for (size_t i = 0; i < text.focus.size(); ++i)
      fmt::format_to(into, "{}[{},{},{}]", i == 0 ? "" : ",", text.tokens.spans[i].begin, text.tokens.spans[i].end,
                     text.focus[i]);
    out += ']';
  }
  out += "}\n";
}

}  // namespace

Result<void> run_encode(const EncodeOptions& options, std::istream& in, std::ostream& out) {
  FOVEA_TRY(const auto encoder,
            models::TextEncoder::create(options.folder, {.workers = options.workers, .focus = options.focus}));
  for (;;) {
    const std::vector<std::string> lines = read_lines(*in.rdbuf());
    if (lines.empty()) return {};
    FOVEA_TRY(const auto encoded, encoder->encode(lines));
    std::string answers;
    for (const models::EncodedText& text : encoded) append_answer(text, encoder->model().classifies(), answers);
    out.write(answers.data(), static_cast<std::streamsize>(answers.size()));
    out.flush();
    if (!out) return fail(Code::kUnavailable, "the output can no longer be written");
  }
}

}  // namespace fovea::cli
