#include "door/cli/output.h"

#include <fmt/format.h>
#include <unistd.h>

#include <cstdio>
#include <cstdlib>

#include "base/utf8.h"

namespace fovea::cli {

void say(const std::string& line) {
  fmt::print(stderr, "{}\n", line);
}

void answer(const Json& json) {
  fmt::print("{}\n", to_text(json));
  std::fflush(stdout);
}

int report(const Error& error, bool json) {
  say("fovea: " + error.text());
  if (json) {
    answer(JsonObject{{"error", JsonObject{{"code", code_name(error.code)},
                                           {"message", error.message},
                                           {"where", error.where},
                                           {"hint", error.hint}}}});
  }
  switch (error.code) {
    case Code::kInvalidArgument:
    case Code::kNotFound:
    case Code::kUnimplemented:
    case Code::kFailedPrecondition:
      return kUsage;
    case Code::kAborted:
    case Code::kUnavailable:
    case Code::kResourceExhausted:
      return kTryAgain;
    default:
      return kFailed;
  }
}

int answer_or_report(const Result<JsonObject>& made, bool json) {
  if (!made) return report(made.error(), json);
  if (json) answer(*made);
  return kDone;
}

bool colours() {
  static const bool on = isatty(STDERR_FILENO) != 0 && std::getenv("NO_COLOR") == nullptr;
  return on;
}

std::string bold(const std::string& text) {
  return colours() ? "\x1b[1m" + text + "\x1b[0m" : text;
}
std::string dim(const std::string& text) {
  return colours() ? "\x1b[2m" + text + "\x1b[0m" : text;
}
std::string tint(const std::string& text, int colour) {
  return colours() ? fmt::format("\x1b[38;5;{}m{}\x1b[0m", colour, text) : text;
}

std::string fit(const std::string& text, size_t columns) {
  std::string out;
  size_t width = 0;
  for (size_t at = 0; at < text.size();) {
    size_t start = at;
    char32_t c = next_code_point(text, at);
    if (c < 0x20 || c == 0x7F) {
      if (width + 1 > columns) break;
      out += ' ';
      ++width;
      continue;
    }
    std::string piece = text.substr(start, at - start);
    size_t wide = display_width(piece);
    if (width + wide > columns) break;
    out += piece;
    width += wide;
  }
  return out + std::string(columns - width, ' ');
}

}  // namespace fovea::cli
