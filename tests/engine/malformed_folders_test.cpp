// Malformed folders, as `fovea encode` and the library open them: each is refused, and the error names the file and the
// field, what is wrong and how to mend it. One table of all that may be wrong: truncated files, wrong shapes, NaN,
// cyclic or huge JSON, missing vocabulary, hostile offsets.
#include <gtest/gtest.h>

#include <cmath>
#include <set>

#include "damage.h"
#include "engine/models/text_encoder.h"

namespace fovea::models {
namespace {

struct Malformed {
  FolderKind kind;
  std::string word, what;
  Damage damage;
  std::string where;          // behind the folder; empty: the folder itself
  std::string message, hint;  // parts of them
};

constexpr FolderKind kWhole = FolderKind::kWhole, kShards = FolderKind::kShards, kPacked = FolderKind::kPacked;
constexpr size_t kGoodRow = 13 * TinyBertFolder::kHidden * sizeof(float);  // of the piece "good"
const std::string kWeights = "model.safetensors", kLastShard = "model-3.safetensors",
                  kIndex = "model.safetensors.index.json", kPackedFile = "model.fovea";
const std::string kBias = "encoder.layer.1.output.dense.bias", kWords = "embeddings.word_embeddings.weight",
                  kLast = "encoder.layer.1.output.LayerNorm.bias";
const std::string kNorm = "encoder.embeddings.LayerNorm.bias", kDense = "encoder.layer.1.output.dense";  // packed
const Json kFar = JsonArray{uint64_t{1} << 62, (uint64_t{1} << 62) + 96};

std::string repeated(std::string_view part, size_t times) {
  std::string text;
  for (size_t i = 0; i < times; ++i) text += part;
  return text;
}

std::string nested(std::string_view open, std::string_view close, size_t depth) {
  return repeated(open, depth) + "null" + repeated(close, depth);
}

const std::vector<Malformed> kMalformed = {
    {kWhole, "truncated", "an empty file", cut_to(kWeights, 0), kWeights, "0 bytes are no safetensors file",
     "cut short or damaged; fetch it again"},
    {kWhole, "truncated", "in the length of the header", cut_to(kWeights, 5), kWeights,
     "5 bytes are no safetensors file", "fetch it again"},
    {kWhole, "truncated", "in the header", cut_to(kWeights, 200), kWeights, "the file has 200", "cut short"},
    {kWhole, "truncated", "in the values", cut_by(kWeights, 4), kWeights + ": " + kLast, "leave the file's",
     "cut short"},
    {kWhole, "truncated", "config.json", cut_to("config.json", 40), "config.json",
     "is no JSON: incomplete JSON at byte 40", "fetch it again, or mend it"},
    {kWhole, "truncated", "an empty config.json", cut_to("config.json", 0), "config.json", "incomplete JSON at byte 0",
     "fetch it again"},
    {kWhole, "truncated", "tokenizer.json", cut_to("tokenizer.json", 300), "tokenizer.json",
     "incomplete JSON at byte 300", "fetch it again"},
    {kWhole, "truncated", "no weights", without({kWeights}), "",
     "no model.safetensors and no model.safetensors.index.json", "a folder needs config.json, model.safetensors"},
    {kShards, "truncated", "an empty shard", cut_to("model-2.safetensors", 0), "model-2.safetensors",
     "0 bytes are no safetensors file", "fetch it again"},
    {kShards, "truncated", "a shard", cut_by(kLastShard, 4), kLastShard + ": " + kLast, "leave the file's",
     "cut short"},
    {kShards, "truncated", "a shard is missing", without({kLastShard}), kLastShard,
     "is named by the index and is not there", "fetch all shards"},
    {kShards, "truncated", "the index", cut_to(kIndex, 100), kIndex, "incomplete JSON at byte 100", "fetch it again"},
    {kPacked, "truncated", "an empty file", cut_to(kPackedFile, 0), kPackedFile, "is no packed model file",
     "`fovea models import` makes one"},
    {kPacked, "truncated", "in the header", cut_to(kPackedFile, 1000), kPackedFile, "the file has 1000",
     "import the model again"},
    {kPacked, "truncated", "in the values", cut_by(kPackedFile, 4), kPackedFile, "bytes, the file has",
     "import the model again"},
    {kPacked, "truncated", "no weights", without({kPackedFile}), "", "no model.safetensors", "a folder needs"},

    {kWhole, "shapes", "others than config.json's", config("intermediate_size", 48),
     kWeights + ": encoder.layer.0.intermediate.dense.weight", "has shape [40, 24], [48, 24] is needed",
     "belong to this config.json?"},
    {kWhole, "shapes", "fewer words than config.json's", config("vocab_size", 23), kWeights + ": " + kWords,
     "has shape [22, 24], [23, 24] is needed", "belong to this config.json?"},
    {kWhole, "shapes", "fewer layers than config.json's", config("num_hidden_layers", 3),
     kWeights + ": encoder.layer.2.attention.self.query.weight", "no such tensor", "belong to this config.json?"},
    {kWhole, "shapes", "more values than bytes", header(kBias, "shape", JsonArray{25}), kWeights + ": " + kBias,
     "shape [25] of F32 needs 100", "fetch the file again"},
    {kWhole, "shapes", "other dimensions", header(kBias, "shape", JsonArray{4, 6}), kWeights + ": " + kBias,
     "has shape [4, 6], [24] is needed", "belong to this config.json?"},
    {kWhole, "shapes", "no list", header(kBias, "shape", "24"), kWeights + ": " + kBias, "shape must be a list",
     "fetch the file again"},
    {kWhole, "shapes", "a negative extent", header(kBias, "shape", JsonArray{-24}), kWeights + ": " + kBias,
     "not negative", "fetch the file again"},
    {kWhole, "shapes", "a product beyond 64 bits",
     header(kBias, "shape", JsonArray{uint64_t{1} << 35, uint64_t{1} << 35}), kWeights + ": " + kBias,
     "too many values", "fetch the file again"},
    {kWhole, "shapes", "whole numbers", header(kBias, "dtype", "I32"), kWeights + ": " + kBias,
     "dtype I32 cannot become fp32", "F32, F16 and BF16 can"},
    {kWhole, "shapes", "an unknown type", header(kBias, "dtype", "F31"), kWeights + ": " + kBias, "unknown dtype 'F31'",
     "F32, F16 and BF16 are read"},
    {kWhole, "shapes", "no width", config("hidden_size", 0), "config.json: hidden_size",
     "must be a whole number from 1 to", "mend it"},
    {kWhole, "shapes", "a width beyond the limit", config("hidden_size", 1 << 30), "config.json: hidden_size",
     "is 1073741824", "mend it"},
    {kWhole, "shapes", "a width in words", config("intermediate_size", "40"), "config.json: intermediate_size",
     "is \"40\"", "mend it"},
    {kWhole, "shapes", "a width that is missing", config("vocab_size", nullptr), "config.json: vocab_size",
     "is missing", "mend it"},
    {kWhole, "shapes", "heads that do not divide the width", config("num_attention_heads", 5),
     "config.json: num_attention_heads", "does not divide", "saved with"},
    {kShards, "shapes", "more values than bytes", header(kBias, "shape", JsonArray{25}, kLastShard),
     kLastShard + ": " + kBias, "shape [25] of F32 needs 100", "fetch the file again"},
    {kShards, "shapes", "others than config.json's", config("intermediate_size", 48),
     "model-2.safetensors: encoder.layer.0.intermediate.dense.weight", "[48, 24] is needed",
     "belong to this config.json?"},
    {kPacked, "shapes", "another config.json", config("intermediate_size", 48), "config.json",
     "is not the one that the weights were packed with", "import the model again"},
    {kPacked, "shapes", "of a layer", record(kDense, 16, 25), kPackedFile + ": " + kDense,
     "has shape [25, 40], [24, 40] is needed", "belong to this config.json?"},
    {kPacked, "shapes", "a product beyond 64 bits", record(kDense, 16, uint64_t{1} << 36), kPackedFile + ": " + kDense,
     "has too many values", "import the model again"},
    {kPacked, "shapes", "more values than bytes", record(kNorm, 16, 25), kPackedFile + ": " + kNorm,
     "its shape needs 100", "import the model again"},

    {kWhole, "NaN", "in a bias", last(kBias, NAN), kWeights + ": " + kBias, "holds NaN or infinity",
     "fetch them again"},
    {kWhole, "NaN", "in a matrix", last("encoder.layer.0.attention.self.key.weight", NAN),
     kWeights + ": encoder.layer.0.attention.self.key.weight", "holds NaN or infinity", "fetch them again"},
    {kWhole, "NaN", "in the words", last(kWords, NAN), kWeights + ": " + kWords, "holds NaN or infinity",
     "fetch them again"},
    {kWhole, "NaN", "infinity", last(kBias, -INFINITY), kWeights + ": " + kBias, "holds NaN or infinity",
     "fetch them again"},
    {kShards, "NaN", "in a shard", last(kBias, NAN, kLastShard), kLastShard + ": " + kBias, "holds NaN or infinity",
     "fetch them again"},
    {kPacked, "NaN", "in a norm", values(kNorm, 0, NAN), kPackedFile + ": " + kNorm, "holds NaN or infinity",
     "import the model again"},
    {kPacked, "NaN", "in a layer", values(kDense, 0, NAN), kPackedFile + ": " + kDense, "holds NaN or infinity",
     "import the model again"},
    {kPacked, "NaN", "in the row of a word", values("encoder." + kWords, kGoodRow, NAN),
     kPackedFile + ": word_embeddings", "the row of token id 13 holds NaN or infinity", "import the model again"},

    {kWhole, "cyclic JSON", "lists in lists", written("config.json", nested("[", "]", 100'000)), "config.json",
     "is nested more than 64 levels deep", "is it the right file?"},
    {kWhole, "cyclic JSON", "objects in objects", written("config.json", nested("{\"a\":", "}", 100'000)),
     "config.json", "is nested more than 64 levels deep", "is it the right file?"},
    {kWhole, "cyclic JSON", "normalizers in normalizers",
     normalizers(nested("{\"type\":\"Sequence\",\"normalizers\":[", "]}", 40)), "tokenizer.json",
     "is nested more than 64 levels deep", "is it the right file?"},
    {kWhole, "cyclic JSON", "config.json leads to itself", linked("config.json", "config.json"), "config.json",
     "symbolic links", "leads back to itself"},
    {kWhole, "cyclic JSON", "tokenizer.json leads to itself", linked("tokenizer.json", "tokenizer.json"),
     "tokenizer.json", "symbolic links", "leads back to itself"},
    {kWhole, "cyclic JSON", "the weights lead to themselves", linked(kWeights, kWeights), kWeights, "symbolic links",
     "leads back to itself"},
    {kWhole, "cyclic JSON", "the weights lead nowhere", linked(kWeights, "../blobs/0a1b2c"), kWeights,
     "cannot open the file", "what it leads to is gone"},
    {kWhole, "cyclic JSON", "modules that lead up", modules(R"(,{"type":"x.Pooling","path":"../x"})"), "modules.json",
     "path '../x' leaves the folder", "beside modules.json"},
    {kShards, "cyclic JSON", "the index names itself",
     written(kIndex, R"({"weight_map":{"a":"model.safetensors.index.json"}})"), kIndex + ": a",
     "is no safetensors file of this folder", "shards stand beside the index"},
    {kShards, "cyclic JSON", "a shard leads to another", linked("model-2.safetensors", "model-1.safetensors"),
     "model-2.safetensors: embeddings.LayerNorm.bias", "model-1.safetensors too", "not of one model"},
    {kPacked, "cyclic JSON", "the weights lead to themselves", linked(kPackedFile, kPackedFile), kPackedFile,
     "symbolic links", "leads back to itself"},

    {kWhole, "huge JSON", "config.json", grown("config.json"), "config.json", "at most 67108864 are read",
     "is it the right file?"},
    {kWhole, "huge JSON", "tokenizer.json", grown("tokenizer.json"), "tokenizer.json", "at most 67108864 are read",
     "is it the right file?"},
    {kWhole, "huge JSON", "tokenizer_config.json", grown("tokenizer_config.json"), "tokenizer_config.json",
     "at most 67108864 are read", "is it the right file?"},
    {kWhole, "huge JSON", "without an end", linked("config.json", "/dev/zero"), "config.json", "not a regular file",
     "put the file in its place"},
    {kWhole, "huge JSON", "the weights' header", byte(kWeights, 4, 1), kWeights, "at most 16777216 are read",
     "is this a safetensors file?"},
    {kWhole, "huge JSON", "modules", modules(repeated(R"(,{"type":"x.Normalize","path":""})", 100'000)), "modules.json",
     "has 100001 modules; at most 64 are read", "of one model?"},
    {kShards, "huge JSON", "the index", grown(kIndex), kIndex, "at most 67108864 are read", "is it the right file?"},
    {kPacked, "huge JSON", "the header", byte(kPackedFile, 15, 1), kPackedFile, "claims a header of",
     "import the model again"},

    {kWhole, "vocabulary", "no tokenizer", without({"tokenizer.json", "vocab.txt"}), "", "no tokenizer",
     "a folder needs tokenizer.json, or vocab.txt"},
    {kWhole, "vocabulary", "no model", tokenizer([](JsonObject& j) { j.erase("model"); }), "tokenizer.json: model",
     "is missing", "fetch the file again"},
    {kWhole, "vocabulary", "no pieces", tokenizer([](JsonObject& j) { j["model"].as_object().erase("vocab"); }),
     "tokenizer.json: model.vocab", "must be an object of pieces and their ids", "fetch the file again"},
    {kWhole, "vocabulary", "without a piece", model_field("vocab", JsonObject()), "tokenizer.json: model",
     "the vocabulary is empty", "fetch it again"},
    {kWhole, "vocabulary", "no unknown token", model_field("unk_token", "[NONE]"), "tokenizer.json: model",
     "lacks the unknown token '[NONE]'", "unk_token"},
    {kWhole, "vocabulary", "an unknown id beyond it", model_of(R"({"type":"Unigram","unk_id":9,"vocab":[["a",-1]]})"),
     "tokenizer.json: model", "unk_id 9 of 1 pieces", "mend it"},
    {kWhole, "vocabulary", "merges of other pieces", model_of(R"({"type":"BPE","vocab":{"a":0},"merges":[["a","b"]]})"),
     "tokenizer.json: model.merges[0]", "'b' is not in the vocabulary", "mend it"},
    {kWhole, "vocabulary", "ids beyond the model's",
     model_field("vocab", JsonObject{{"[UNK]", 0}, {"[CLS]", 2}, {"[SEP]", 3}, {"x", 40}}), "config.json: vocab_size",
     "ids up to 40, the model's vocab_size is 22", "do not belong together"},
    {kWhole, "vocabulary", "an added token's id beyond it",
     tokenizer([](JsonObject& j) { j["added_tokens"].as_array()[0].as_object()["id"] = 1'999'999; }),
     "tokenizer.json: added_tokens[0].id", "'[CLS]' has id 1999999 here and 2 in the model", "in order"},
    {kWhole, "vocabulary", "a special token that is not there",
     post_processor([](JsonObject& j) { j["special_tokens"].as_object().erase("[CLS]"); }),
     "tokenizer.json: post_processor.special_tokens.[CLS].ids", "must be a list", "mend it"},
    {kWhole, "vocabulary", "a template without the text",
     post_processor([](JsonObject& j) { j["single"].as_array().erase(j["single"].as_array().begin() + 1); }),
     "tokenizer.json: post_processor.single", "must hold the sequence A, once", "mend it"},
    {kWhole, "vocabulary", "types beyond the model's",
     post_processor([](JsonObject& j) { j["pair"].as_array()[3].as_object()["Sequence"].as_object()["type_id"] = 9; }),
     "tokenizer.json: post_processor", "gives tokens of type 9, the model's type_vocab_size is 2",
     "do not belong together"},
    {kWhole, "vocabulary", "an empty vocab.txt", older("vocab.txt", ""), "vocab.txt", "the vocabulary is empty",
     "fetch it again"},
    {kWhole, "vocabulary", "vocab.txt without [SEP]", older("vocab.txt", "[UNK]\n[CLS]\n"), "vocab.txt",
     "lacks the sep_token '[SEP]'", "of a BERT model?"},
    {kWhole, "vocabulary", "vocab.json without merges.txt", older("vocab.json", "{\"a\":0}"), "merges.txt",
     "is missing", "belong together"},
    {kWhole, "vocabulary", "merges.txt without vocab.json", older("merges.txt", "a b\n"), "vocab.json", "is missing",
     "belong together"},
    {kShards, "vocabulary", "no tokenizer", without({"tokenizer.json", "vocab.txt"}), "", "no tokenizer",
     "a folder needs tokenizer.json, or vocab.txt"},
    {kPacked, "vocabulary", "no tokenizer", without({"tokenizer.json", "vocab.txt"}), "", "no tokenizer",
     "a folder needs tokenizer.json, or vocab.txt"},
    {kPacked, "vocabulary", "no pieces", tokenizer([](JsonObject& j) { j["model"].as_object().erase("vocab"); }),
     "tokenizer.json: model.vocab", "must be an object of pieces and their ids", "fetch the file again"},

    {kWhole, "offsets", "beyond the file", header(kBias, "data_offsets", kFar), kWeights + ": " + kBias,
     "leave the file's", "fetch it again"},
    {kWhole, "offsets", "backwards", header(kBias, "data_offsets", JsonArray{96, 0}), kWeights + ": " + kBias,
     "data_offsets [96, 0] leave", "fetch it again"},
    {kWhole, "offsets", "negative", header(kBias, "data_offsets", JsonArray{-96, 0}), kWeights + ": " + kBias,
     "not negative", "fetch the file again"},
    {kWhole, "offsets", "of the largest number", header(kBias, "data_offsets", JsonArray{UINT64_MAX, 95}),
     kWeights + ": " + kBias, "leave the file's", "fetch it again"},
    {kWhole, "offsets", "fractions", header(kBias, "data_offsets", JsonArray{0.5, 96.5}), kWeights + ": " + kBias,
     "whole numbers", "fetch the file again"},
    {kWhole, "offsets", "three of them", header(kBias, "data_offsets", JsonArray{0, 96, 97}), kWeights + ": " + kBias,
     "data_offsets must be two numbers", "fetch the file again"},
    {kWhole, "offsets", "inside of another tensor", header(kBias, "data_offsets", JsonArray{0, 96}),
     kWeights + ": " + kWords, "overlapping those of encoder.layer.1.output.dense.bias", "fetch the file again"},
    {kWhole, "offsets", "bytes that belong to none", longer(kWeights), kWeights, "4 bytes behind the last tensor",
     "fetch it again"},
    {kShards, "offsets", "beyond a shard", header(kBias, "data_offsets", kFar, kLastShard), kLastShard + ": " + kBias,
     "leave the file's", "fetch it again"},
    {kShards, "offsets", "a shard outside of the folder",
     written(kIndex, R"({"weight_map":{"a":"../../model.safetensors"}})"), kIndex + ": a",
     "is no safetensors file of this folder", "shards stand beside the index"},
    {kShards, "offsets", "a shard from the root", written(kIndex, R"({"weight_map":{"a":"/model.safetensors"}})"),
     kIndex + ": a", "is no safetensors file of this folder", "shards stand beside the index"},
    {kPacked, "offsets", "begin beyond the file", record(kNorm, 32, uint64_t{1} << 62), kPackedFile + ": " + kNorm,
     "leave the file's", "import the model again"},
    {kPacked, "offsets", "end beyond the file", record(kNorm, 40, uint64_t{1} << 62), kPackedFile + ": " + kNorm,
     "leave the file's", "import the model again"},
    {kPacked, "offsets", "inside of the header", record(kNorm, 32, 64), kPackedFile + ": " + kNorm,
     "where its shape needs 96", "import the model again"},
    {kPacked, "offsets", "a name beyond the header", record(kNorm, 0, (uint64_t{1} << 63) | 0x10001), kPackedFile,
     "has a name of 2147483648 bytes", "import the model again"},
    {kPacked, "offsets", "fewer entries than stand there", sealed_byte(24, 1), kPackedFile, "not printable ASCII",
     "import the model again"},
};

// What `fovea encode` does: opens the folder and encodes a text.
Result<void> encoded(const std::string& folder) {
  FOVEA_TRY(const auto encoder, TextEncoder::create(folder, {.workers = 1}));
  const std::string text = "good order";
  FOVEA_TRY(const auto answers, encoder->encode({&text, 1}));
  return {};
}

TEST(MalformedFolders, ASoundOneIsEncoded) {
  for (FolderKind kind : {kWhole, kShards, kPacked}) {
    const auto done = encoded(DamagedFolder(kind).path());
    EXPECT_TRUE(done.has_value()) << done.error().text();
  }
}

TEST(MalformedFolders, EachIsRefusedWithFileAndFieldAndAWayOut) {
  std::set<std::pair<FolderKind, std::string>> seen;
  for (const Malformed& row : kMalformed) {
    const DamagedFolder folder(row.kind);
    SCOPED_TRACE(row.word + ": " + row.what);
    row.damage(folder);
    const auto done = encoded(folder.path());
    ASSERT_FALSE(done.has_value());
    const Error& error = done.error();
    EXPECT_EQ(error.where, folder.path() + (row.where.empty() ? "" : "/" + row.where));
    EXPECT_NE(error.message.find(row.message), std::string::npos) << error.text();
    EXPECT_NE(error.hint.find(row.hint), std::string::npos) << error.text();
    EXPECT_FALSE(row.message.empty() || row.hint.empty());
    EXPECT_LT(error.text().size(), 1000u);
    seen.emplace(row.kind, row.word);
  }
  EXPECT_EQ(seen.size(), 3u * 7u) << "every word for every kind of folder";
}

}  // namespace
}  // namespace fovea::models
