#include "engine/models/encoder_bench_load.h"

#include <fmt/format.h>

#include <algorithm>
#include <charconv>
#include <string_view>

#include "base/files.h"
#include "base/random.h"

namespace fovea::models {
namespace {

constexpr uint64_t kFileBytesMax = 16ULL << 20;  // a million counts of up to 15 digits and blanks
constexpr std::string_view kHint = "the file holds a token count a line";

std::string_view trimmed(std::string_view line) {
  const auto blank = [](char c) { return c == ' ' || c == '\t' || c == '\r'; };
  while (!line.empty() && blank(line.front())) line.remove_prefix(1);
  while (!line.empty() && blank(line.back())) line.remove_suffix(1);
  return line;
}

std::string shown(std::string_view line) {
  std::string text(line.substr(0, 20));
  for (char& c : text)
    if (c < 0x20 || c > 0x7E) c = '?';
  return text;
}

}  // namespace

Result<std::vector<int32_t>> read_lengths(const std::string& path, int64_t tokens_max) {
  FOVEA_TRY(const std::string text, read_file(path, kFileBytesMax));
  std::vector<int32_t> counts;
  size_t tokens = 0, number = 0;
  std::string_view rest = text;
  rest = rest.substr(0, rest.find_last_not_of(" \t\r\n") + 1);
  while (!rest.empty()) {
    const size_t end = std::min(rest.find('\n'), rest.size());
    const std::string_view line = trimmed(rest.substr(0, end));
    rest.remove_prefix(std::min(end + 1, rest.size()));
    ++number;
    int32_t count = 0;
    const auto [stop, error] = std::from_chars(line.data(), line.data() + line.size(), count);
    if (error != std::errc() || stop != line.data() + line.size() || count < 1 || count > tokens_max)
      return fail(Code::kInvalidArgument,
                  fmt::format("'{}' is no token count from 1 to the model's {}", shown(line), tokens_max),
                  fmt::format("{}:{}", path, number), std::string(kHint));
    counts.push_back(count);
    tokens += static_cast<size_t>(count);
    if (counts.size() > kBenchMessagesMax || tokens > kBenchTokensMax)
      return fail(Code::kResourceExhausted,
                  fmt::format("more than {} messages or {} tokens", kBenchMessagesMax, kBenchTokensMax), path);
  }
  if (counts.empty()) return fail(Code::kInvalidArgument, "no token count", path, std::string(kHint));
  return counts;
}

BenchLoad make_load(std::span<const int32_t> counts, int64_t vocabulary) {
  BenchLoad load;
  load.offsets.push_back(0);
  for (const int32_t count : counts) load.offsets.push_back(load.offsets.back() + count);
  load.ids.resize(static_cast<size_t>(load.offsets.back()));
  const int64_t free = std::min<int64_t>(1000, vocabulary / 2);
  Random random(kBenchIdSeed);
  for (int32_t& id : load.ids)
    id = static_cast<int32_t>(free + static_cast<int64_t>(random.below(static_cast<uint64_t>(vocabulary - free))));
  return load;
}

}  // namespace fovea::models
