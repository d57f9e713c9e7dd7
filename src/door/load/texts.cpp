#include "door/load/texts.h"

#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <charconv>
#include <string_view>

#include "base/files.h"
#include "base/utf8.h"
#include "door/load/limits.h"

namespace fovea::load {
namespace {

constexpr std::array<std::string_view, 64> kWords = {
    "the",  "of",   "and",   "to",      "in",    "was",   "is",    "for",  "as",     "on",    "with",
    "by",   "he",   "at",    "from",    "his",   "an",    "were",  "are",  "which",  "this",  "also",
    "be",   "had",  "has",   "first",   "one",   "their", "after", "new",  "not",    "who",   "but",
    "her",  "they", "she",   "two",     "been",  "when",  "other", "time", "during", "there", "into",
    "all",  "may",  "more",  "school",  "years", "over",  "only",  "year", "most",   "would", "world",
    "city", "some", "where", "between", "later", "three", "state", "such", "then"};

// Calls take(line, number) for each line, without its end.
template <typename Take>
Result<void> each_line(const std::string& path, Take take) {
  FOVEA_TRY(const std::string bytes, read_file(path, kFileBytesMax));
  std::string_view rest = bytes;
  for (size_t number = 1; !rest.empty(); ++number) {
    const size_t end = rest.find('\n');
    std::string_view line = rest.substr(0, end);
    rest.remove_prefix(end == std::string_view::npos ? rest.size() : end + 1);
    if (line.ends_with('\r')) line.remove_suffix(1);
    FOVEA_TRY(const bool more, take(line, fmt::format("{}:{}", path, number)));
    if (!more) break;
  }
  return {};
}

}  // namespace

std::string made_text(uint32_t tokens, Random& random) {
  const uint32_t words = std::max<uint32_t>(tokens, 3) - 2;
  std::string text;
  text.reserve(words * 6);
  for (uint32_t i = 0; i < words; ++i) {
    if (i != 0) text += ' ';
    text += kWords[random.below(kWords.size())];
  }
  return text;
}

Result<std::vector<uint32_t>> read_lengths(const std::string& path) {
  std::vector<uint32_t> lengths;
  FOVEA_OK(each_line(path, [&](std::string_view line, const std::string& where) -> Result<bool> {
    uint32_t value = 0;
    const auto [end, error] = std::from_chars(line.data(), line.data() + line.size(), value);
    if (error != std::errc{} || end != line.data() + line.size() || value == 0 || value > kTokensMax)
      return fail(Code::kInvalidArgument, fmt::format("'{}' is no token count", line.substr(0, 40)), where,
                  fmt::format("a number from 1 to {} a line", kTokensMax));
    lengths.push_back(value);
    return lengths.size() < kPayloadsMax;
  }));
  if (lengths.empty()) return fail(Code::kInvalidArgument, "no lengths", path, "a token count a line");
  return lengths;
}

Result<std::vector<std::string>> read_texts(const std::string& path) {
  std::vector<std::string> texts;
  FOVEA_OK(each_line(path, [&](std::string_view line, const std::string& where) -> Result<bool> {
    if (line.size() > kTextBytesMax)
      return fail(Code::kResourceExhausted, fmt::format("a text of {} bytes", line.size()), where,
                  fmt::format("at most {} a line", kTextBytesMax));
    if (!is_utf8(line))
      return fail(Code::kInvalidArgument, fmt::format("not UTF-8 at byte {}", utf8_error_at(line)), where);
    if (!line.empty()) texts.emplace_back(line);
    return texts.size() < kPayloadsMax;
  }));
  if (texts.empty()) return fail(Code::kInvalidArgument, "no texts", path, "a text a line");
  return texts;
}

}  // namespace fovea::load
