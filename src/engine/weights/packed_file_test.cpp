#include "engine/weights/packed_file.h"

#include <gtest/gtest.h>

#include <cstring>

#include "base/files.h"
#include "engine/weights/limits.h"
#include "engine/weights/packed_writer.h"

namespace fovea::weights {
namespace {

const std::vector<float> kNorm{1, 2, 3}, kWeights(40, 0.5f);
const std::vector<uint16_t> kRows{0x3F80, 0x4000, 0x4040, 0x4080};

std::span<const std::byte> bytes_of_values(const auto& values) {
  return std::as_bytes(std::span(values));
}

std::string sample() {
  PackedWriter writer;
  EXPECT_TRUE(writer.add("norm.bias", {.shape = {3}}, {bytes_of_values(kNorm)}));
  EXPECT_TRUE(writer.add("words", {.kind = PackedKind::kRows, .element = PackedElement::kBF16, .shape = {2, 2}},
                         {bytes_of_values(kRows)}));
  EXPECT_TRUE(writer.add("dense", {.kind = PackedKind::kLinear, .portable = true, .shape = {4, 8}},
                         {bytes_of_values(kWeights)}));
  return *writer.bytes(PackedElement::kInt8, sha256("config"));
}

Result<PackedFile> parse(std::string_view bytes) {
  auto storage = tensor::Storage::allocate(bytes.size());
  if (!bytes.empty()) std::memcpy(storage->writable(), bytes.data(), bytes.size());
  return PackedFile::parse(std::move(storage), "m.fovea");
}

uint32_t header_bytes(std::string_view bytes) {
  uint32_t value = 0;
  std::memcpy(&value, bytes.data() + 12, sizeof value);
  return value;
}

// `count` bytes at `at` replaced by `value`, and the header's digest made to fit.
std::string changed(std::string bytes, size_t at, uint64_t value, size_t count) {
  const size_t end = header_bytes(bytes) - kPackedDigestBytes;
  std::memcpy(bytes.data() + at, &value, count);
  const Digest digest = sha256(std::string_view(bytes).substr(0, end));
  std::memcpy(bytes.data() + end, digest.data(), digest.size());
  return bytes;
}

TEST(PackedFile, GivesBackWhatWasWritten) {
  const std::string bytes = sample();
  const auto file = parse(bytes);
  ASSERT_TRUE(file.has_value()) << file.error().text();
  EXPECT_EQ(file->precision(), PackedElement::kInt8);
  EXPECT_EQ(file->config_digest(), sha256("config"));
  ASSERT_EQ(file->entries().size(), 3u);
  const PackedEntry& rows = *file->find("words").value();
  EXPECT_EQ(rows.kind, PackedKind::kRows);
  EXPECT_EQ(rows.shape, (std::vector<int64_t>{2, 2}));
  const PackedEntry& dense = *file->find("dense").value();
  EXPECT_TRUE(dense.portable);
  EXPECT_EQ(std::memcmp(file->bytes(dense).data(), kWeights.data(), 160), 0);
  for (const auto& [name, entry] : file->entries()) EXPECT_EQ(entry.begin % kPackedAlignment, 0u) << name;
  EXPECT_TRUE(file->check_contents().has_value());
  EXPECT_EQ(sample(), bytes);  // the same weights, the same bytes
  EXPECT_EQ(file->find("word").error().hint, "did you mean 'words'?");
}

TEST(PackedFile, RefusesEveryDamagedFieldOfTheHeader) {
  const std::string good = sample();
  const size_t record = kPackedPrefixBytes;  // of "norm.bias"
  const size_t second = record + kPackedRecordBytes, third = second + kPackedRecordBytes;
  struct Damage {
    const char* field;
    size_t at;
    uint64_t value;
    size_t bytes;
  };
  const Damage damages[] = {{"file bytes", 16, good.size() + 1, 8},
                            {"entries", 24, 4, 4},
                            {"fewer entries", 24, 2, 4},
                            {"no entries", 24, 0, 4},
                            {"too many entries", 24, kTensorsMax + 1, 4},
                            {"precision fp16", 28, 2, 4},
                            {"precision", 28, 9, 4},
                            {"kind 0", record, 0, 1},
                            {"kind 4", record, 4, 1},
                            {"element", record + 1, 4, 1},
                            {"a tensor of bf16", record + 1, 1, 1},
                            {"rows of int8", second + 1, 3, 1},
                            {"a linear layer of fp16", third + 1, 2, 1},
                            {"no dimension", record + 2, 0, 1},
                            {"three dimensions", record + 2, 3, 1},
                            {"flags of a tensor", record + 3, 1, 1},
                            {"flags of a linear layer", third + 3, 2, 1},
                            {"no name", record + 4, 0, 4},
                            {"a long name", record + 4, 4000000000u, 4},
                            {"bytes kept free", record + 8, 1, 8},
                            {"a zero extent", record + 16, 0, 8},
                            {"another extent", record + 16, 4, 8},
                            {"a huge extent", record + 16, ~uint64_t{0}, 8},
                            {"extents that overflow", second + 16, uint64_t{1} << 36, 8},
                            {"an extent of no dimension", record + 24, 1, 8},
                            {"begin", record + 32, 64, 8},
                            {"end before begin", record + 40, 0, 8},
                            {"end beyond the file", third + 40, uint64_t{1} << 60, 8},
                            {"a name that is not printable", kPackedPrefixBytes + 3 * kPackedRecordBytes, 7, 1}};
  for (const Damage& damage : damages) {
    const auto file = parse(changed(good, damage.at, damage.value, damage.bytes));
    ASSERT_FALSE(file.has_value()) << damage.field;
    EXPECT_EQ(file.error().code, Code::kDataLoss) << damage.field;
    EXPECT_TRUE(file.error().where.starts_with("m.fovea")) << damage.field;
  }
}

TEST(PackedFile, RefusesWhatIsNoPackedFileOrANewerOne) {
  const std::string good = sample();
  EXPECT_EQ(parse("").error().message, "is no packed model file");
  EXPECT_EQ(parse(std::string(500, 'x')).error().message, "is no packed model file");
  EXPECT_EQ(parse(changed(good, 8, kPackedVersion + 1, 4)).error().code, Code::kUnimplemented);
  for (uint32_t header : {0u, 32u, 1u, 64u * 100u, header_bytes(good) + 64, uint32_t{0xFFFFFFC0}}) {
    std::string bytes = good;
    std::memcpy(bytes.data() + 12, &header, sizeof header);
    EXPECT_EQ(parse(bytes).error().code, Code::kDataLoss) << header;
  }
}

TEST(PackedFile, RefusesEveryCutAndEveryChangedByteOfTheHeader) {
  const std::string good = sample();
  for (size_t size = 0; size < good.size(); ++size) ASSERT_FALSE(parse(good.substr(0, size)).has_value()) << size;
  EXPECT_FALSE(parse(good + std::string(64, '\0')).has_value());
  for (size_t at = 0; at < header_bytes(good); ++at) {
    std::string bytes = good;
    bytes[at] = static_cast<char>(bytes[at] ^ 1);
    ASSERT_FALSE(parse(bytes).has_value()) << at;
  }
}

TEST(PackedFile, ChangedWeightsAreFoundWhenTheContentsAreChecked) {
  const std::string good = sample();
  for (size_t at = header_bytes(good); at < good.size(); ++at) {
    std::string bytes = good;
    bytes[at] = static_cast<char>(bytes[at] ^ 1);
    const auto file = parse(bytes);
    ASSERT_TRUE(file.has_value());
    const auto checked = file->check_contents();
    ASSERT_FALSE(checked.has_value()) << at;
    EXPECT_EQ(checked.error().code, Code::kDataLoss);
  }
}

TEST(PackedFile, TheExampleOfTheDocsIsWhatTheWriterWrites) {
  const auto page = read_file("docs/formats/packed-model.md");
  ASSERT_TRUE(page.has_value()) << page.error().text();
  std::string hex;
  for (size_t at = page->find("\n00000000: "); at != std::string::npos; at = page->find("\n00000", at + 1))
    for (char c : page->substr(at + 11, 39))
      if (c != ' ') hex += c;
  PackedWriter writer;
  ASSERT_TRUE(writer.add("encoder.embeddings.LayerNorm.bias", {.shape = {3}}, {bytes_of_values(kNorm)}));
  const auto bytes = writer.bytes(PackedElement::kF32, sha256("{}"));
  ASSERT_TRUE(bytes.has_value());
  EXPECT_EQ(to_hex(*bytes), hex);
}

TEST(PackedFile, AFileWithoutWeightsIsOne) {
  const auto bytes = PackedWriter().bytes(PackedElement::kF32, {});
  const auto file = parse(*bytes);
  ASSERT_TRUE(file.has_value()) << file.error().text();
  EXPECT_TRUE(file->entries().empty());
}

TEST(PackedWriter, RefusesNamesThatCannotBe) {
  PackedWriter writer;
  const auto add = [&](const std::string& name) { return writer.add(name, {.shape = {3}}, {bytes_of_values(kNorm)}); };
  EXPECT_TRUE(add(std::string(kPackedNameBytesMax, 'n')).has_value());
  for (const std::string& name : {std::string(), std::string("a b"), std::string(kPackedNameBytesMax + 1, 'n'),
                                  std::string(kPackedNameBytesMax, 'n')})
    EXPECT_EQ(add(name).error().code, Code::kInvalidArgument) << name;
}

}  // namespace
}  // namespace fovea::weights
