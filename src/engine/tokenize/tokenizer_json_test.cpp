#include "engine/tokenize/tokenizer_json.h"

#include <gtest/gtest.h>

namespace fovea::tokenize {
namespace {

using Ids = std::vector<int32_t>;

// A tokenizer.json as Hugging Face writes it, with one field changed.
Json tokenizer_json(std::string_view field = "", Json value = {}) {
  Json json = parse_json(R"({"version":"1.0","truncation":null,
    "added_tokens":[{"id":3,"content":"[SEP]","special":true,"normalized":false}],
    "normalizer":{"type":"BertNormalizer","clean_text":true,"handle_chinese_chars":true,"strip_accents":null,
                  "lowercase":true},
    "pre_tokenizer":{"type":"BertPreTokenizer"},
    "post_processor":{"type":"TemplateProcessing",
      "single":[{"SpecialToken":{"id":"[CLS]","type_id":0}},{"Sequence":{"id":"A","type_id":0}},
                {"SpecialToken":{"id":"[SEP]","type_id":0}}],
      "pair":[{"Sequence":{"id":"A","type_id":0}},{"SpecialToken":{"id":"[SEP]","type_id":0}},
              {"Sequence":{"id":"B","type_id":1}}],
      "special_tokens":{"[CLS]":{"id":"[CLS]","ids":[2]},"[SEP]":{"id":"[SEP]","ids":[3]}}},
    "model":{"type":"WordPiece","unk_token":"[UNK]","max_input_chars_per_word":100,
             "vocab":{"[PAD]":0,"[UNK]":1,"[CLS]":2,"[SEP]":3,"über":4,"uber":5,"Uber":6}}})")
                  .value();
  if (!field.empty()) json.as_object()[field] = std::move(value);
  return json;
}

std::unique_ptr<TextPipeline> made(const Json& json, const Json& config = {}) {
  auto read = read_tokenizer_json(to_text(json), config);
  EXPECT_TRUE(read.has_value()) << read.error().text();
  return TextPipeline::create(std::move(read->parts)).value();
}

Encoding encoded(const Json& json, std::string_view text, const Json& config = {}) {
  Encoding encoding;
  made(json, config)->encode(text, 1000, encoding);
  return encoding;
}

TEST(TokenizerJson, ReadsWordPiece) {
  EXPECT_EQ(encoded(tokenizer_json(), "Über[SEP]uber x").ids, (Ids{2, 5, 3, 5, 1, 3}));
  Encoding pair;
  made(tokenizer_json())->encode_pair("uber", "uber uber", 1000, pair);
  EXPECT_EQ(pair.ids, (Ids{5, 3, 5, 5}));
  EXPECT_EQ(pair.type_ids, (Ids{0, 0, 1, 1}));
  EXPECT_EQ(pair.texts, (std::vector<int8_t>{0, kNoText, 1, 1}));
  EXPECT_EQ(pair.spans, (std::vector<TokenSpan>{{0, 4}, {0, 0}, {0, 4}, {5, 9}}));
  EXPECT_EQ(encoded(tokenizer_json(), "uber").texts, (std::vector<int8_t>{kNoText, 0, kNoText}));
}

TEST(TokenizerJson, TokenizerConfigHasTheLastWord) {
  // Without lower case accents stay too.
  EXPECT_EQ(encoded(tokenizer_json(), "Uber über", JsonObject{{"do_lower_case", false}}).ids, (Ids{2, 6, 4, 3}));
  EXPECT_EQ(encoded(tokenizer_json(), "Über", JsonObject{{"strip_accents", false}}).ids, (Ids{2, 4, 3}));
}

TEST(TokenizerJson, ReadsByteLevelBpe) {
  Json json = tokenizer_json("model", parse_json(R"({"type":"BPE","vocab":{"a":0,"b":1,"Ġ":2,"ab":3,"Ġab":4,"[SEP]":5},
    "merges":[["a","b"],"Ġ ab"]})")
                                          .value());
  json.as_object()["added_tokens"] = parse_json(R"([{"id":6,"content":"<mask>","lstrip":true}])").value();
  json.as_object()["normalizer"] = nullptr;
  json.as_object()["pre_tokenizer"] = parse_json(R"({"type":"ByteLevel","add_prefix_space":true})").value();
  json.as_object()["post_processor"] =
      parse_json(R"({"type":"RobertaProcessing","cls":["<s>",0],"sep":["</s>",5],"trim_offsets":true})").value();
  const Encoding encoding = encoded(json, "ab ab  <mask>b");
  EXPECT_EQ(encoding.ids, (Ids{0, 4, 4, 6, 2, 1, 5}));
  EXPECT_EQ(encoding.spans[1], (TokenSpan{0, 2}));
  EXPECT_EQ(encoding.spans[2], (TokenSpan{3, 5}));
  EXPECT_EQ(made(json)->vocabulary_size(), 7);
}

TEST(TokenizerJson, ReadsUnigram) {
  Json json = tokenizer_json("model", parse_json(R"({"type":"Unigram","unk_id":0,"vocab":[["<unk>",0],["▁a",-1],
    ["▁",-2],["a",-3],["b",-3],["ab",-4.5]]})")
                                          .value());
  for (const char* field : {"added_tokens", "post_processor"}) json.as_object()[field] = nullptr;
  json.as_object()["normalizer"] = parse_json(R"({"type":"NFKC"})").value();
  json.as_object()["pre_tokenizer"] = parse_json(R"({"type":"Metaspace","replacement":"▁"})").value();
  const Encoding encoding = encoded(json, "ａb a xyb");
  EXPECT_EQ(encoding.ids, (Ids{1, 4, 1, 2, 0, 4}));
  EXPECT_EQ(encoding.spans[0], (TokenSpan{0, 3}));
  EXPECT_EQ(encoding.spans[4], (TokenSpan{7, 9}));  // "xy", one unknown token
}

void refused(const Json& json, Code code, std::string_view field) {
  const auto read = read_tokenizer_json(to_text(json), Json());
  ASSERT_FALSE(read.has_value()) << field;
  EXPECT_EQ(read.error().where, "tokenizer.json: " + std::string(field));
  EXPECT_EQ(read.error().code, code) << read.error().text();
}

TEST(TokenizerJson, RefusesOtherKindsByName) {
  const auto of = [](std::string_view type) { return JsonObject{{"type", type}}; };
  refused(tokenizer_json("model", of("Morse")), Code::kUnimplemented, "model");
  refused(tokenizer_json("normalizer", of("Morse")), Code::kUnimplemented, "normalizer");
  refused(tokenizer_json("pre_tokenizer", of("UnicodeScripts")), Code::kUnimplemented, "pre_tokenizer");
  refused(tokenizer_json("post_processor", of("Morse")), Code::kUnimplemented, "post_processor");
  refused(tokenizer_json("version", "2.0"), Code::kUnimplemented, "version");
  refused(tokenizer_json("normalizer",
                         parse_json(R"({"type":"Sequence","normalizers":[{"type":"NFC"},{"type":"X"}]})").value()),
          Code::kUnimplemented, "normalizer.normalizers[1]");
}

TEST(TokenizerJson, RefusesWhatIsMalformedByField) {
  const auto text = [](std::string_view json) { return parse_json(json).value(); };
  const auto bad = Code::kInvalidArgument;
  refused(tokenizer_json("model", nullptr), bad, "model");
  refused(tokenizer_json("model", text(R"({"type":"WordPiece"})")), bad, "model.vocab");
  refused(tokenizer_json("model", text(R"({"type":"WordPiece","vocab":{"a":0}})")), bad, "model");
  refused(tokenizer_json("model", text(R"({"type":"WordPiece","vocab":{"a":-1}})")), bad, "model.vocab['a']");
  refused(tokenizer_json("model", text(R"({"type":"BPE","vocab":{"a":0},"merges":[["a","b"]]})")), bad,
          "model.merges[0]");
  refused(tokenizer_json("model", text(R"({"type":"BPE","vocab":{"a":0},"merges":["a"]})")), bad, "model.merges[0]");
  refused(tokenizer_json("model", text(R"({"type":"Unigram","unk_id":4,"vocab":[["a",0]]})")), bad, "model");
  refused(tokenizer_json("model", text(R"({"type":"Unigram","unk_id":0,"vocab":[["a"]]})")), bad, "model.vocab[0]");
  refused(tokenizer_json("added_tokens", text(R"([{"id":99,"content":"x"}])")), bad, "added_tokens[0].id");
  refused(tokenizer_json("added_tokens", text(R"([{"id":7}])")), bad, "added_tokens[0].content");
  refused(tokenizer_json("normalizer", text(R"({"type":"Precompiled","precompiled_charsmap":"AAAA"})")), bad,
          "normalizer.precompiled_charsmap");
  refused(tokenizer_json("normalizer", text(R"({"type":"Replace","pattern":{"Regex":"("},"content":""})")), bad,
          "normalizer.pattern.Regex");
  refused(tokenizer_json("post_processor", text(R"({"type":"TemplateProcessing","single":[{"SpecialToken":
    {"id":"[CLS]","type_id":0}}],"special_tokens":{}})")),
          bad, "post_processor.special_tokens.[CLS].ids");
  refused(tokenizer_json("truncation", text(R"({"max_length":-1})")), bad, "truncation.max_length");
  EXPECT_EQ(read_tokenizer_json("{", Json()).error().where, "tokenizer.json");
  EXPECT_EQ(read_tokenizer_json("[]", Json()).error().where, "tokenizer.json");
  EXPECT_FALSE(read_tokenizer_json(std::string(5000, '[') + std::string(5000, ']'), Json()).has_value());
}

}  // namespace
}  // namespace fovea::tokenize
