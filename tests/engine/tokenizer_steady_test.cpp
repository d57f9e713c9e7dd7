// After a first pass over its texts no kind of tokenizer asks for memory again.
#include <gtest/gtest.h>

#include "counted_memory.h"
#include "engine/tokenize/tokenizer_folder.h"
#include "engine/tokenize/tokenizer_json.h"

namespace fovea::tokenize {
namespace {

constexpr const char* kTexts[] = {
    "the cafe ran late",
    "Café, über Ünïcödé!",
    "안녕하세요 東京都 不安",
    "[SEP] the <mask> x",
    "\xFF broken \xC3 x",
    "e\u0301\u0323 q\u0323\u0307",
    "don't stop   now 12345",
    "",
    "а unknown 😀 😀😀 words and a very long word indeed: abababababababababababababababababababab"};

std::unique_ptr<TextPipeline> of_json(std::string_view json) {
  auto read = read_tokenizer_json(json, Json());
  EXPECT_TRUE(read.has_value()) << read.error().text();
  return TextPipeline::create(std::move(read->parts)).value();
}

void expect_steady(const TextPipeline& tokenizer) {
  Encoding encoding;
  const auto pass = [&] {
    size_t tokens = 0;
    for (const char* text : kTexts) {
      tokenizer.encode(text, 1000, encoding);
      tokens += encoding.ids.size();
      tokenizer.encode_pair(text, "the other one", 9, encoding);
    }
    return tokens;
  };
  const size_t tokens = pass();
  pass();
  const uint64_t before = allocations();
  EXPECT_EQ(pass(), tokens);
  if (kCountsAllocations) {
    EXPECT_EQ(allocations(), before);
  }
}

TEST(TokenizerSteady, WordPieceAsksForNoMemory) {
  std::string lines = "[UNK]\n[CLS]\n[SEP]\n[MASK]\n";
  for (char c = 'a'; c <= 'z'; ++c) lines.append(1, c).append("\n##").append(1, c).append("\n");
  expect_steady(*TextPipeline::create(parts_from_vocabulary(lines, Json()).value()).value());
}

TEST(TokenizerSteady, BytePairAsksForNoMemory) {
  expect_steady(*of_json(R"({"model":{"type":"BPE","unk_token":"<unk>","vocab":{"<unk>":0,"a":1,"b":2,"ab":3,"Ġ":4,
    "abab":5,"t":6,"h":7,"e":8},"merges":["a b","ab ab"]},"normalizer":{"type":"NFC"},
    "pre_tokenizer":{"type":"ByteLevel","add_prefix_space":true},
    "post_processor":{"type":"ByteLevel","trim_offsets":true}})"));
}

TEST(TokenizerSteady, UnigramAsksForNoMemory) {
  expect_steady(*of_json(R"({"model":{"type":"Unigram","unk_id":0,"vocab":[["<unk>",0],["▁",-1],["a",-2],["b",-2],
    ["ab",-3],["the",-3],["▁the",-4]]},"normalizer":{"type":"Sequence","normalizers":[{"type":"NFKC"},
    {"type":"Lowercase"},{"type":"Replace","pattern":{"Regex":" {2,}"},"content":" "}]},
    "pre_tokenizer":{"type":"Metaspace","replacement":"▁"}})"));
}

}  // namespace
}  // namespace fovea::tokenize
