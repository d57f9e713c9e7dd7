#include "engine/weights/safetensors.h"

#include <gtest/gtest.h>
#include <unistd.h>

#include <cmath>
#include <cstring>
#include <filesystem>
#include <fstream>

#include "engine/weights/limits.h"
#include "engine/weights/safetensors_writer.h"

namespace fovea::weights {
namespace {

std::shared_ptr<const tensor::Storage> storage_of(std::string_view bytes) {
  auto storage = tensor::Storage::allocate(bytes.size());
  if (!bytes.empty()) std::memcpy(storage->writable(), bytes.data(), bytes.size());
  return storage;
}

std::string file_of(std::string_view header, std::string_view values) {
  std::string bytes;
  for (int i = 0; i < 8; ++i) bytes += static_cast<char>(static_cast<uint64_t>(header.size()) >> (8 * i));
  return bytes.append(header).append(values);
}

Error refused(std::string_view header, size_t value_bytes) {
  const auto file = SafeTensors::parse(storage_of(file_of(header, std::string(value_bytes, '\0'))), "w");
  EXPECT_FALSE(file.has_value()) << header;
  return file ? Error{} : file.error();
}

std::string bytes_of_floats(std::initializer_list<float> values) {
  return {reinterpret_cast<const char*>(values.begin()), values.size() * sizeof(float)};
}

TEST(SafeTensors, ReadsWhatTheWriterWrote) {
  const auto folder = std::filesystem::temp_directory_path() / ("fovea_safetensors_" + std::to_string(::getpid()));
  std::filesystem::create_directories(folder);
  const std::string path = folder / "model.safetensors";
  const std::vector<float> a{1, 2, 3, 4, 5, 6}, b{-0.5f};
  const NamedValues tensors[] = {{"a.weight", {2, 3}, a}, {"b", {1}, b}};
  RealFiles files;
  ASSERT_TRUE(write_safetensors(files, path, tensors, {{"format", "pt"}}).has_value());
  const auto file = SafeTensors::open(path);
  ASSERT_TRUE(file.has_value()) << file.error().text();
  EXPECT_EQ(file->entries().size(), 2u);
  const auto loaded = file->load("a.weight", {2, 3});
  ASSERT_TRUE(loaded.has_value());
  EXPECT_EQ(std::vector<float>(loaded->values().begin(), loaded->values().end()), a);
  EXPECT_EQ(loaded->matrix().row(1)[0], 4.0f);
  const auto wrong = file->load("a.weight", {3, 2});
  ASSERT_FALSE(wrong.has_value());
  EXPECT_EQ(wrong.error().where, path + ": a.weight");
  EXPECT_EQ(wrong.error().message, "has shape [2, 3], [3, 2] is needed");
  const auto missing = file->load("a.weigth");
  ASSERT_FALSE(missing.has_value());
  EXPECT_EQ(missing.error().code, Code::kNotFound);
  EXPECT_NE(missing.error().hint.find("a.weight"), std::string::npos);
  const NamedValues twice[] = {{"b", {1}, b}, {"b", {1}, b}};
  EXPECT_FALSE(write_safetensors(files, path, twice).has_value());
  std::filesystem::remove_all(folder);
}

TEST(SafeTensors, TensorsOutliveTheFile) {
  tensor::Tensor kept;
  {
    const auto file = SafeTensors::parse(
        storage_of(file_of(R"({"t":{"dtype":"F32","shape":[2],"data_offsets":[0,8]}})", bytes_of_floats({7, 8}))), "w");
    ASSERT_TRUE(file.has_value());
    kept = *file->load("t");
  }
  EXPECT_EQ(kept.values()[1], 8.0f);
}

TEST(SafeTensors, WidensHalves) {
  const uint16_t bits[] = {0x3C00, 0xC000, 0x0001, 0x7BFF, 0x3F80, 0xC2F7};
  const std::string values(reinterpret_cast<const char*>(bits), sizeof bits);
  const auto file = SafeTensors::parse(storage_of(file_of(R"({"h":{"dtype":"F16","shape":[4],"data_offsets":[0,8]},)"
                                                          R"("b":{"dtype":"BF16","shape":[2],"data_offsets":[8,12]}})",
                                                          values)),
                                       "w");
  ASSERT_TRUE(file.has_value()) << file.error().text();
  const auto h = file->load("h");
  EXPECT_EQ(h->values()[0], 1.0f);
  EXPECT_EQ(h->values()[1], -2.0f);
  EXPECT_EQ(h->values()[2], 0x1p-24f);
  EXPECT_EQ(h->values()[3], 65504.0f);
  const auto b = file->load("b");
  EXPECT_EQ(b->values()[0], 1.0f);
  EXPECT_EQ(b->values()[1], -123.5f);
}

TEST(SafeTensors, RowsStayAsTheFileHasThem) {
  const uint16_t bits[] = {0x3C00, 0xC000, 0x4000, 0x7BFF};
  const auto file = SafeTensors::parse(storage_of(file_of(R"({"h":{"dtype":"F16","shape":[2,2],"data_offsets":[0,8]}})",
                                                          {reinterpret_cast<const char*>(bits), sizeof bits})),
                                       "w");
  ASSERT_TRUE(file.has_value()) << file.error().text();
  const auto rows = file->load_rows("h", 2, 2);
  ASSERT_TRUE(rows.has_value()) << rows.error().text();
  float row[2];
  rows->read(1, row);
  EXPECT_EQ(row[0], 2.0f);
  EXPECT_EQ(row[1], 65504.0f);
  EXPECT_EQ(file->load_rows("h", 1, 4).error().message, "has shape [2, 2], [1, 4] is needed");
  EXPECT_EQ(file->load_rows("g", 2, 2).error().code, Code::kNotFound);
}

TEST(SafeTensors, RefusesMalformedHeaders) {
  EXPECT_FALSE(SafeTensors::parse(storage_of(""), "w").has_value());
  EXPECT_FALSE(SafeTensors::parse(storage_of("1234567"), "w").has_value());
  EXPECT_FALSE(SafeTensors::parse(storage_of(std::string(8, '\xFF')), "w").has_value());
  EXPECT_FALSE(SafeTensors::parse(storage_of(std::string("\x10\0\0\0\0\0\0\0{}", 10)), "w").has_value());
  refused("no json", 0);
  refused("[]", 0);
  refused(R"({"t":{"dtype":"F31","shape":[1],"data_offsets":[0,4]}})", 4);
  refused(R"({"t":{"shape":[1],"data_offsets":[0,4]}})", 4);
  refused(R"({"t":{"dtype":"F32","shape":[-1],"data_offsets":[0,4]}})", 4);
  refused(R"({"t":{"dtype":"F32","shape":[1.5],"data_offsets":[0,4]}})", 4);
  refused(R"({"t":{"dtype":"F32","shape":[4294967296,4294967296],"data_offsets":[0,0]}})", 0);
  refused(R"({"t":{"dtype":"F32","shape":[0,18446744073709551615],"data_offsets":[0,0]}})", 0);
  refused(R"({"t":{"dtype":"F32","shape":[1,1,1,1,1,1,1,1,1],"data_offsets":[0,4]}})", 4);
  refused(R"({"t":{"dtype":"F32","shape":[1],"data_offsets":[4,0]}})", 4);
  refused(R"({"t":{"dtype":"F32","shape":[1],"data_offsets":[0,4,8]}})", 4);
  EXPECT_EQ(refused(R"({"t":{"dtype":"F32","shape":[2],"data_offsets":[0,4]}})", 4).where, "w: t");
  EXPECT_NE(refused(R"({"t":{"dtype":"F32","shape":[1],"data_offsets":[0,4]}})", 3).hint, "");
}

TEST(SafeTensors, RefusesOverlapsHolesAndRemains) {
  const char* overlap =
      R"({"a":{"dtype":"F32","shape":[2],"data_offsets":[0,8]},"b":{"dtype":"F32","shape":[1],"data_offsets":[4,8]}})";
  EXPECT_NE(refused(overlap, 8).message.find("overlapping"), std::string::npos);
  const char* hole =
      R"({"a":{"dtype":"F32","shape":[1],"data_offsets":[0,4]},"b":{"dtype":"F32","shape":[1],"data_offsets":[8,12]}})";
  EXPECT_NE(refused(hole, 12).message.find("hole"), std::string::npos);
  EXPECT_NE(refused(R"({"t":{"dtype":"F32","shape":[1],"data_offsets":[0,4]}})", 8).message.find("4 bytes behind"),
            std::string::npos);
}

TEST(SafeTensors, RefusesNanAndInfinityByName) {
  for (const float bad : {NAN, INFINITY, -INFINITY}) {
    const auto file =
        SafeTensors::parse(storage_of(file_of(R"({"good":{"dtype":"F32","shape":[1],"data_offsets":[0,4]},)"
                                              R"("bad":{"dtype":"F32","shape":[2],"data_offsets":[4,12]}})",
                                              bytes_of_floats({1, 2, bad}))),
                           "w");
    ASSERT_TRUE(file.has_value());
    EXPECT_TRUE(file->load("good").has_value());
    const auto loaded = file->load("bad");
    ASSERT_FALSE(loaded.has_value());
    EXPECT_EQ(loaded.error().where, "w: bad");
    EXPECT_EQ(file->load_rows("bad", 1, 2).error().where, "w: bad");
  }
  for (const auto& [dtype, bad] :
       {std::pair("F16", 0x7C00), std::pair("F16", 0xFE01), std::pair("BF16", 0x7F80), std::pair("BF16", 0xFFC0)}) {
    const uint16_t bits[] = {0x3C00, static_cast<uint16_t>(bad)};
    const auto file = SafeTensors::parse(
        storage_of(file_of(std::string(R"({"bad":{"dtype":")") + dtype + R"(","shape":[2],"data_offsets":[0,4]}})",
                           {reinterpret_cast<const char*>(bits), sizeof bits})),
        "w");
    EXPECT_EQ(file->load("bad").error().where, "w: bad") << dtype;
    EXPECT_FALSE(file->load_rows("bad", 1, 2).has_value()) << dtype;
  }
}

TEST(SafeTensors, OtherTypesStayUnloaded) {
  const auto file = SafeTensors::parse(
      storage_of(file_of(R"({"ids":{"dtype":"I64","shape":[1],"data_offsets":[0,8]}})", std::string(8, '\0'))), "w");
  ASSERT_TRUE(file.has_value());
  EXPECT_EQ(file->load("ids").error().code, Code::kUnimplemented);
}

TEST(SafeTensors, HeaderLimit) {
  std::string bytes(8, '\0');
  const uint64_t size = kHeaderBytesMax + 1;
  std::memcpy(bytes.data(), &size, 8);
  EXPECT_NE(SafeTensors::parse(storage_of(bytes), "w").error().message.find("at most"), std::string::npos);
  // At the limit: read, and found to be cut short.
  std::memcpy(bytes.data(), &kHeaderBytesMax, 8);
  EXPECT_NE(SafeTensors::parse(storage_of(bytes), "w").error().message.find("the file has"), std::string::npos);
}

}  // namespace
}  // namespace fovea::weights
