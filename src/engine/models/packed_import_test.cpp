#include "engine/models/packed_import.h"

#include <gtest/gtest.h>

#include <cmath>
#include <cstdlib>
#include <cstring>

#include "engine/models/encoder_model.h"
#include "engine/models/manifest_check.h"
#include "engine/models/packed_weights.h"
#include "engine/models/tiny_bert_folder.h"
#include "engine/weights/packed_file.h"

namespace fovea::models {
namespace {

using kernels::Precision;

constexpr Precision kPrecisions[] = {Precision::kFp32, Precision::kBf16, Precision::kInt8};

// A tiny BERT and what an import makes of it.
class Packed {
 public:
  explicit Packed(Precision precision, const TinyBert& what = {}) : folder_(what) {
    const auto imported = import_model(
        files,
        {.folder = folder_.path(), .out = path(), .precision = precision, .source = "a test", .licence = "none"});
    EXPECT_TRUE(imported.has_value()) << imported.error().text();
  }
  const TinyBertFolder& folder() const { return folder_; }
  std::string path() const { return folder_.path() + "/packed"; }
  std::string read(const std::string& name) const { return *read_file(path() + "/" + name); }
  void write(const std::string& name, std::string_view bytes) {
    ASSERT_TRUE(files.write_atomic(path() + "/" + name, bytes));
  }

  RealFiles files;

 private:
  TinyBertFolder folder_;
};

std::vector<GoldenOutput> answers(const std::string& folder, const LoadOptions& options = {}) {
  const auto model = EncoderModel::create(folder, options);
  EXPECT_TRUE(model.has_value()) << model.error().text();
  return model ? *golden_outputs(**model) : std::vector<GoldenOutput>();
}

void expect_same_bits(const std::vector<GoldenOutput>& one, const std::vector<GoldenOutput>& other) {
  ASSERT_EQ(one.size(), other.size());
  for (size_t i = 0; i < one.size(); ++i) {
    ASSERT_EQ(one[i].values.size(), other[i].values.size());
    EXPECT_EQ(std::memcmp(one[i].values.data(), other[i].values.data(), one[i].values.size() * sizeof(float)), 0);
  }
}

TEST(PackedImport, AnswersWithTheBitsOfTheFolderInEveryPrecision) {
  for (const Precision precision : kPrecisions) {
    for (const int64_t labels : {0, 3}) {
      const Packed packed(precision, {.prefixed = labels > 0, .labels = labels});
      expect_same_bits(answers(packed.path()), answers(packed.folder().path(), {.precision = precision}));
      EXPECT_EQ(EncoderModel::create(packed.path()).value()->precision(), precision);
    }
  }
}

// Whatever instruction set packed it and whatever one runs it: embeddings, and logits behind a head.
TEST(PackedImport, Int8GivesTheSameBitsOnEveryInstructionSet) {
  const char* before = std::getenv("FOVEA_ISA");
  const std::string kept = before ? before : "";
  for (const int64_t labels : {0, 3}) {
    const Packed packed(Precision::kInt8, {.labels = labels});
    const auto want = answers(packed.path());
    for (const kernels::IsaKernels* isa : kernels::available_isas()) {
      SCOPED_TRACE(isa->name);
      ::setenv("FOVEA_ISA", isa->name, 1);
      expect_same_bits(answers(packed.path()), want);
      expect_same_bits(answers(packed.folder().path(), {.precision = Precision::kInt8}), want);
      const auto check = check_model(packed.path());
      EXPECT_TRUE(check.has_value() && check->same_bits);
    }
    ::unsetenv("FOVEA_ISA");
    if (before) ::setenv("FOVEA_ISA", kept.c_str(), 1);
  }
}

TEST(PackedImport, PacksTheDenseModulesOfSentenceTransformers) {
  TinyBertFolder folder;
  folder.write("modules.json", R"([{"type":"sentence_transformers.models.Transformer","path":""},
    {"type":"sentence_transformers.models.Pooling","path":"1_Pooling"},
    {"type":"sentence_transformers.models.Dense","path":"2_Dense"},
    {"type":"sentence_transformers.models.Normalize","path":"3_Normalize"}])");
  folder.write("1_Pooling/config.json", R"({"pooling_mode_mean_tokens":true})");
  folder.write("2_Dense/config.json", R"({"in_features":24,"out_features":5,"bias":true})");
  std::vector<float> weight(5 * 24), bias(5, 0.25f);
  for (size_t i = 0; i < weight.size(); ++i) weight[i] = static_cast<float>(i % 7) * 0.1f - 0.2f;
  RealFiles files;
  const weights::NamedValues dense[] = {{"linear.weight", {5, 24}, weight}, {"linear.bias", {5}, bias}};
  ASSERT_TRUE(weights::write_safetensors(files, folder.path() + "/2_Dense/model.safetensors", dense));
  const std::string out = folder.path() + "/packed";
  const auto imported = import_model(files, {.folder = folder.path(), .out = out});
  ASSERT_TRUE(imported.has_value()) << imported.error().text();
  expect_same_bits(answers(out), answers(folder.path()));
  EXPECT_TRUE(imported->manifest.source_files.contains("2_Dense/model.safetensors"));
  EXPECT_TRUE(imported->manifest.files.contains("2_Dense/config.json"));
  EXPECT_FALSE(imported->manifest.files.contains("2_Dense/model.safetensors"));
}

TEST(PackedImport, TheManifestSaysWhatWasMadeOfWhat) {
  const Packed packed(Precision::kInt8);
  const auto manifest = read_manifest(packed.path());
  ASSERT_TRUE(manifest.has_value()) << manifest.error().text();
  EXPECT_EQ(manifest->precision, Precision::kInt8);
  EXPECT_EQ(manifest->source, "a test");
  EXPECT_EQ(manifest->licence, "none");
  EXPECT_TRUE(manifest->files.contains("model.fovea") && manifest->files.contains("vocab.txt"));
  EXPECT_EQ(manifest->source_files, *source_digests(packed.folder().path()));
  expect_same_bits(manifest->golden, answers(packed.path()));
  const auto check = check_model(packed.path());
  ASSERT_TRUE(check.has_value()) << check.error().text();
  EXPECT_TRUE(check->same_bits);
  EXPECT_EQ(check->files, manifest->files.size());
}

TEST(PackedImport, TheSameFolderGivesTheSameBytes) {
  const Packed one(Precision::kBf16), other(Precision::kBf16);
  EXPECT_EQ(one.read("model.fovea"), other.read("model.fovea"));
  EXPECT_EQ(one.read("manifest.json"), other.read("manifest.json"));
}

TEST(PackedImport, RefusesFoldersThatItCannotMakeOrWrite) {
  const Packed packed(Precision::kFp32);
  RealFiles files;
  const auto refused = [&](const std::string& folder, const std::string& out) {
    const auto imported = import_model(files, {.folder = folder, .out = out});
    EXPECT_FALSE(imported.has_value());
    return imported ? Error{} : imported.error();
  };
  const std::string source = packed.folder().path();
  EXPECT_EQ(refused(packed.path(), source + "/again").where, packed.path());
  EXPECT_EQ(refused(source, source).where, source);
  EXPECT_EQ(refused("/nonexistent", source + "/again").code, Code::kNotFound);
}

TEST(PackedImport, AnotherPrecisionThanTheFilesIsRefusedWithAWayOut) {
  const Packed packed(Precision::kBf16);
  const auto model = EncoderModel::create(packed.path(), {.precision = Precision::kFp32});
  ASSERT_FALSE(model.has_value());
  EXPECT_EQ(model.error().message, "holds bf16 weights, fp32 is asked for");
  EXPECT_NE(model.error().hint.find("fovea models import"), std::string::npos);
}

TEST(PackedImport, WeightsOfAnotherConfigAreRefused) {
  Packed packed(Precision::kFp32);
  packed.write("config.json", packed.read("config.json") + " ");
  const auto model = EncoderModel::create(packed.path());
  ASSERT_FALSE(model.has_value());
  EXPECT_EQ(model.error().where, packed.path() + "/config.json");
}

TEST(PackedImport, EveryWeightMustBeAskedForAndFit) {
  Packed packed(Precision::kInt8);
  const std::string config = packed.read("config.json");
  const auto with = [&](const std::string& from, const std::string& to) {
    std::string changed = config;
    changed.replace(changed.find(from), from.size(), to);
    packed.write("config.json", changed);
    std::string bytes = packed.read("model.fovea");
    const Digest digest = sha256(changed);
    std::memcpy(bytes.data() + 32, digest.data(), digest.size());
    uint32_t header = 0;
    std::memcpy(&header, bytes.data() + 12, sizeof header);
    const Digest seal = sha256(std::string_view(bytes).substr(0, header - 32));
    std::memcpy(bytes.data() + header - 32, seal.data(), seal.size());
    packed.write("model.fovea", bytes);
    const auto model = EncoderModel::create(packed.path());
    EXPECT_FALSE(model.has_value()) << to;
    return model ? Error{} : model.error();
  };
  EXPECT_NE(with("\"num_hidden_layers\":2", "\"num_hidden_layers\":1").where.find("encoder.layer.1."),
            std::string::npos);
  EXPECT_EQ(with("\"num_hidden_layers\":2", "\"num_hidden_layers\":3").code, Code::kNotFound);
  EXPECT_EQ(with("\"intermediate_size\":40", "\"intermediate_size\":39").message,
            "has shape [40, 24], [39, 24] is needed");
  EXPECT_EQ(with("\"type_vocab_size\":2", "\"type_vocab_size\":1").code, Code::kDataLoss);
}

TEST(PackedImport, NoNumbersInNormsAndBiasesAreRefused) {
  for (const char* name : {"encoder.layer.0.output.LayerNorm.bias", "encoder.layer.1.intermediate.dense"}) {
    Packed packed(Precision::kInt8);
    const std::string path = packed.path() + "/model.fovea";
    const auto file = weights::PackedFile::open(path);
    const weights::PackedEntry entry = **file->find(name);
    std::string bytes = packed.read("model.fovea");
    std::memset(bytes.data() + entry.end - 4 - (entry.kind == weights::PackedKind::kLinear ? 256 : 0), 0xFF, 4);
    packed.write("model.fovea", bytes);
    const auto model = EncoderModel::create(packed.path());
    ASSERT_FALSE(model.has_value()) << name;
    EXPECT_EQ(model.error().where, path + ": " + name);
  }
}

TEST(ManifestCheck, EveryChangedFileIsNamed) {
  for (const char* name : {"model.fovea", "vocab.txt", "config.json", "manifest.json"}) {
    Packed packed(Precision::kFp32);
    std::string bytes = packed.read(name);
    bytes.back() = static_cast<char>(bytes.back() ^ 1);
    packed.write(name, bytes);
    const auto check = check_model(packed.path());
    ASSERT_FALSE(check.has_value()) << name;
    EXPECT_NE(check.error().where.find(name), std::string::npos) << check.error().text();
  }
}

// fp32 and bf16 may differ a little where another fovea or instruction set made them; int8 may not at all.
TEST(ManifestCheck, GoldenOutputsAreHeldToTheirTolerance) {
  for (const Precision precision : kPrecisions) {
    Packed packed(precision);
    Manifest manifest = *read_manifest(packed.path());
    float& value = manifest.golden[1].values[3];
    value = std::nextafter(value, INFINITY);
    ASSERT_TRUE(write_manifest(packed.files, packed.path(), manifest));
    EXPECT_FALSE(check_model(packed.path()).has_value());
    manifest.isa = "another";
    ASSERT_TRUE(write_manifest(packed.files, packed.path(), manifest));
    const auto check = check_model(packed.path());
    EXPECT_EQ(check.has_value(), precision != Precision::kInt8);
    if (check) {
      EXPECT_FALSE(check->same_bits);
    }
    value += 2;
    ASSERT_TRUE(write_manifest(packed.files, packed.path(), manifest));
    EXPECT_TRUE(check_model(packed.path()).error().where.ends_with("golden: 1"));
  }
}

TEST(Manifest, AMalformedOneIsRefusedWithItsField) {
  Packed packed(Precision::kFp32);
  const JsonObject good = manifest_json(*read_manifest(packed.path())).as_object();
  const auto with = [&](const char* field, Json value) {
    JsonObject changed = good;
    changed[field] = std::move(value);
    packed.write("manifest.json", to_text(changed));
    const auto read = read_manifest(packed.path());
    EXPECT_FALSE(read.has_value()) << field;
    return read ? Error{} : read.error();
  };
  EXPECT_TRUE(with("format", "x").where.ends_with("manifest.json: format"));
  EXPECT_EQ(with("version", 2).code, Code::kUnimplemented);
  EXPECT_TRUE(with("precision", "fp8").where.ends_with(": precision"));
  EXPECT_TRUE(with("files", JsonArray{}).where.ends_with(": files"));
  EXPECT_TRUE(with("files", JsonObject{{"../x", "00"}}).where.ends_with(": files"));
  EXPECT_TRUE(with("golden", nullptr).where.ends_with(": golden"));
  EXPECT_TRUE(with("golden", JsonArray{JsonObject{{"ids", JsonArray{-1}}, {"values", "AACAPw=="}}})
                  .where.ends_with(": golden"));
  EXPECT_TRUE(
      with("golden", JsonArray{JsonObject{{"ids", JsonArray{1}}, {"values", "AADAfw=="}}}).where.ends_with(": golden"));
}

}  // namespace
}  // namespace fovea::models
