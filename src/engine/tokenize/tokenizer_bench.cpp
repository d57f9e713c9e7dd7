// tokenizer_bench FOLDER FILE [ROUNDS]: how fast a Hugging Face folder's tokenizer reads the lines of a file, in CPU
// time of one thread; the fastest of ROUNDS (5). One JSON object: {"texts","bytes","tokens","cpu_s","texts_per_s",
// "mb_per_s","hash"}; the hash is that of all ids and spans. Without arguments it runs small on lines of its own.
#include <fmt/format.h>

#include <algorithm>
#include <cstdio>
#include <cstdlib>
#include <ctime>
#include <vector>

#include "base/files.h"
#include "engine/tokenize/tokenizer_folder.h"

using namespace fovea;
using namespace fovea::tokenize;

namespace {

double cpu_seconds() {
  timespec now{};
  clock_gettime(CLOCK_PROCESS_CPUTIME_ID, &now);
  return static_cast<double>(now.tv_sec) + 1e-9 * static_cast<double>(now.tv_nsec);
}

std::vector<std::string> lines_of(const std::string& text) {
  std::vector<std::string> lines;
  for (size_t at = 0; at < text.size();) {
    const size_t end = std::min(text.find('\n', at), text.size());
    lines.push_back(text.substr(at, end - at));
    at = end + 1;
  }
  return lines;
}

std::string small_tokenizer() {
  std::string pieces = "[UNK]\n[CLS]\n[SEP]\n";
  for (char c = 'a'; c <= 'z'; ++c) pieces += fmt::format("{}\n##{}\n", c, c);
  return pieces;
}

int run(const Tokenizer& tokenizer, const std::vector<std::string>& lines, int rounds) {
  size_t bytes = 0, tokens = 0;
  for (const std::string& line : lines) bytes += line.size();
  uint64_t hash = 0;
  double best = 1e30;
  Encoding encoding;
  for (int round = 0; round < rounds; ++round) {
    hash = 0xCBF29CE484222325u;
    tokens = 0;
    const double start = cpu_seconds();
    for (const std::string& line : lines) {
      tokenizer.encode(line, 1 << 20, encoding);
      tokens += encoding.ids.size();
      for (size_t i = 0; i < encoding.ids.size(); ++i) {
        const uint64_t token = static_cast<uint64_t>(encoding.ids[i]) << 40 ^
                               static_cast<uint64_t>(encoding.spans[i].begin) << 20 ^ encoding.spans[i].end;
        hash = (hash ^ token) * 0x100000001B3u;
      }
    }
    best = std::min(best, cpu_seconds() - start);
  }
  fmt::print(
      "{{\"texts\":{},\"bytes\":{},\"tokens\":{},\"cpu_s\":{:.6f},\"texts_per_s\":{:.0f},\"mb_per_s\":{:.2f},"
      "\"hash\":\"{:016x}\"}}\n",
      lines.size(), bytes, tokens, best, static_cast<double>(lines.size()) / best,
      static_cast<double>(bytes) / best / 1e6, hash);
  return 0;
}

}  // namespace

int main(int argc, char** argv) {
  if (argc < 3) {
    auto parts = parts_from_vocabulary(small_tokenizer(), Json());
    auto tokenizer = TextPipeline::create(std::move(parts).value());
    return run(**tokenizer, std::vector<std::string>(1000, "The quick brown fox jumps over the lazy dog."), 1);
  }
  const auto found = read_tokenizer(argv[1]);
  const auto text = read_file(argv[2]);
  if (!found || !text) {
    fmt::print(stderr, "{}\n", found ? text.error().text() : found.error().text());
    return 1;
  }
  return run(*found->tokenizer, lines_of(*text), argc > 3 ? std::max(1, std::atoi(argv[3])) : 5);
}
