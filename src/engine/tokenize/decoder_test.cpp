#include "engine/tokenize/decoder.h"

#include <gtest/gtest.h>

#include "base/json.h"
#include "engine/tokenize/limits.h"
#include "engine/tokenize/tokenizer_json.h"

namespace fovea::tokenize {
namespace {

using Tokens = std::vector<std::string>;

Result<std::string> decoded(const char* decoder, Tokens tokens) {
  const Json json = parse_json(decoder).value();
  FOVEA_TRY(const Decoder made, read_decoder(JsonField(json, "tokenizer.json: decoder")));
  return made.text_of(std::move(tokens));
}

// What tokenizers 0.23 gives; tests/engine/decoder_against_reference.py compares many more with it.
TEST(Decoder, EachKind) {
  const struct {
    const char* decoder;
    Tokens tokens;
    const char* want;
  } cases[] = {
      {"null", {"a", "##b", ""}, "a ##b "},
      {R"({"type":"WordPiece"})", {"it", "'", "s", "un", "##able", ".", "do", "not"}, "it ' s unable. do not"},
      {R"({"type":"WordPiece","prefix":"@@","cleanup":false})", {"@@a", "@@b", "."}, "@@ab ."},
      {R"({"type":"ByteLevel"})", {"\u0120a", "\u00c3", "\u00a4", "x y", "\u4e2d"}, " a\u00e4x y\u4e2d"},
      {R"({"type":"ByteLevel"})", {"\u00c3", "b"}, "\uFFFDb"},
      {R"({"type":"Metaspace","replacement":"_"})", {"_a", "_b", "c_"}, "a bc "},
      {R"({"type":"Metaspace","replacement":"_","prepend_scheme":"never"})", {"_a", "_b"}, " a b"},
      {R"({"type":"Metaspace","replacement":"_","add_prefix_space":false})", {"_a"}, " a"},
      {R"({"type":"BPEDecoder"})", {"un", "able</w>", "a</w>"}, "unable a"},
      {R"({"type":"CTC"})", {"<pad>", "h", "h", "<pad>", "h", "|", "i"}, "hh i"},
      {R"({"type":"Sequence","decoders":[{"type":"Replace","pattern":{"String":"_"},"content":" "},
           {"type":"ByteFallback"},{"type":"Fuse"},{"type":"Strip","content":" ","start":1,"stop":0}]})",
       {"_a", "<0xE4>", "<0xB8>", "<0xAD>", "_", "<0xFF>", "<0x41>", "b"},
       "a\u4e2d \uFFFD\uFFFDb"},
      {R"({"type":"Strip","content":"x","start":1,"stop":2})", {"xxaxxx", "x", "", "xx"}, "xax"},
      {R"({"type":"Replace","pattern":{"Regex":"a+"},"content":""})", {"baab", "a"}, "bb"},
  };
  for (const auto& each : cases) {
    const auto out = decoded(each.decoder, each.tokens);
    ASSERT_TRUE(out) << each.decoder << out.error().text();
    EXPECT_EQ(*out, each.want) << each.decoder;
    EXPECT_TRUE(decoded(each.decoder, {})) << each.decoder;
  }
}

TEST(Decoder, SaysWhatItCannot) {
  const auto refused = [](const char* decoder) { return decoded(decoder, {"a"}).error(); };
  EXPECT_EQ(refused(R"({"type":"DecodeStream"})").code, Code::kUnimplemented);
  EXPECT_EQ(refused(R"({"type":"Strip","content":"ab","start":0,"stop":0})").where, "tokenizer.json: decoder.content");
  EXPECT_EQ(refused(R"({"type":"Strip","content":"a","start":-1,"stop":0})").where, "tokenizer.json: decoder.start");
  EXPECT_EQ(refused(R"({"type":"Replace","content":""})").code, Code::kInvalidArgument);
  std::string many = R"({"type":"Sequence","decoders":[{"type":"Fuse"})";
  for (size_t i = 1; i < kStepsMax; ++i) many += R"(,{"type":"Fuse"})";
  EXPECT_TRUE(decoded((many + "]}").c_str(), {"a"}));
  EXPECT_EQ(refused((many + R"(,{"type":"Fuse"}]})").c_str()).code, Code::kInvalidArgument);
}

TEST(Decoder, TextsAtTheLimitAndOnePastIt) {
  const std::string half(kTextBytesMax / 2, 'a');
  EXPECT_EQ(decoded(R"({"type":"Fuse"})", {half, half})->size(), kTextBytesMax);
  EXPECT_EQ(decoded(R"({"type":"Fuse"})", {half, half, "b"}).error().code, Code::kOutOfRange);
  const char* doubling = R"({"type":"Replace","pattern":{"String":"a"},"content":"aa"})";
  EXPECT_EQ(decoded(doubling, {half, "a"}).error().code, Code::kOutOfRange);
}

}  // namespace
}  // namespace fovea::tokenize
