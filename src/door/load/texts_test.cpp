#include "door/load/texts.h"

#include <gtest/gtest.h>
#include <unistd.h>

#include <algorithm>
#include <cstdio>
#include <fstream>

#include "door/load/limits.h"

namespace fovea::load {
namespace {

class Texts : public testing::Test {
 protected:
  ~Texts() override { std::remove(path_.c_str()); }
  const std::string& file(std::string_view bytes) {
    std::ofstream(path_, std::ios::binary) << bytes;
    return path_;
  }
  const std::string path_ = testing::TempDir() + "fovea_texts_" + std::to_string(::getpid());
};

TEST_F(Texts, AreMadeToALength) {
  Random random(1);
  const auto words = [&](uint32_t tokens) {
    const std::string text = made_text(tokens, random);
    return std::ranges::count(text, ' ') + 1;
  };
  EXPECT_EQ(words(1), 1);
  EXPECT_EQ(words(3), 1);
  EXPECT_EQ(words(16), 14);
  EXPECT_EQ(words(510), 508);
  Random again(1);
  EXPECT_EQ(made_text(40, again), [] {
    Random same(1);
    return made_text(40, same);
  }());
}

TEST_F(Texts, LengthsAreACountALine) {
  EXPECT_EQ(read_lengths(file("3\n12\r\n100000")).value(), (std::vector<uint32_t>{3, 12, 100'000}));
  EXPECT_EQ(read_lengths(file("3\n\n")).error().where, path_ + ":2");
  EXPECT_EQ(read_lengths(file("0\n")).error().where, path_ + ":1");
  EXPECT_EQ(read_lengths(file("100001\n")).error().where, path_ + ":1");
  EXPECT_EQ(read_lengths(file("12 tokens\n")).error().where, path_ + ":1");
  EXPECT_EQ(read_lengths(file("")).error().code, Code::kInvalidArgument);
  EXPECT_EQ(read_lengths("no/such/file").error().code, Code::kNotFound);
  std::string many;
  for (size_t i = 0; i <= kPayloadsMax; ++i) many += "7\n";
  EXPECT_EQ(read_lengths(file(many))->size(), kPayloadsMax);
}

TEST_F(Texts, TextsAreLinesOfUtf8) {
  EXPECT_EQ(read_texts(file("one\n\ntwo \"2\"\r\n\xE4\xBD\xA0")).value(),
            (std::vector<std::string>{"one", "two \"2\"", "\xE4\xBD\xA0"}));
  EXPECT_EQ(read_texts(file("good\nb\xFF\n")).error().where, path_ + ":2");
  EXPECT_EQ(read_texts(file("\n\n")).error().code, Code::kInvalidArgument);
  EXPECT_EQ(read_texts(file(std::string(kTextBytesMax, 'a') + "\n"))->size(), 1u);
  EXPECT_EQ(read_texts(file(std::string(kTextBytesMax + 1, 'a') + "\n")).error().code, Code::kResourceExhausted);
}

}  // namespace
}  // namespace fovea::load
