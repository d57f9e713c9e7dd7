#include "serve/inference/tensor.h"

#include <gtest/gtest.h>

#include "serve/inference/limits.h"

namespace fovea::inference {
namespace {

TEST(TensorTest, EveryDatatypeHasItsNameAndSize) {
  for (int i = 0; i < 14; ++i) {
    const auto datatype = static_cast<Datatype>(i);
    EXPECT_EQ(datatype_of(datatype_name(datatype)).value(), datatype);
    Tensor tensor{"x", datatype, {2, 3}, std::string(6 * datatype_bytes(datatype), '\1')};
    if (datatype == Datatype::kBytes)
      for (int k = 0; k < 6; ++k) append_element("ab", tensor.bytes);
    EXPECT_TRUE(check_elements(tensor)) << datatype_name(datatype);
    tensor.bytes += '\0';
    EXPECT_EQ(check_elements(tensor).error().code, Code::kInvalidArgument);
    tensor.bytes.resize(tensor.bytes.size() - 2);
    EXPECT_EQ(check_elements(tensor).error().where, "x");
  }
  EXPECT_FALSE(datatype_of("FLOAT"));
}

TEST(TensorTest, ShapesAreCountedUpToTheLimit) {
  EXPECT_EQ(elements_of(std::vector<int64_t>{}, "x").value(), 1u);
  EXPECT_EQ(elements_of(std::vector<int64_t>{3, 0}, "x").value(), 0u);
  EXPECT_EQ(elements_of(std::vector<int64_t>{kElementsMax}, "x").value(), kElementsMax);
  EXPECT_FALSE(elements_of(std::vector<int64_t>{kElementsMax + 1}, "x"));
  EXPECT_FALSE(elements_of(std::vector<int64_t>{INT64_MAX, INT64_MAX}, "x"));
  EXPECT_FALSE(elements_of(std::vector<int64_t>{int64_t{1} << 32, int64_t{1} << 32}, "x"));
  EXPECT_FALSE(elements_of(std::vector<int64_t>{-1}, "x"));
  EXPECT_TRUE(elements_of(std::vector<int64_t>(kDimensionsMax, 1), "x"));
  EXPECT_FALSE(elements_of(std::vector<int64_t>(kDimensionsMax + 1, 1), "x"));
}

TEST(TensorTest, ElementsOfBytesAreReadAsTheyWereWritten) {
  Tensor tensor{"x", Datatype::kBytes, {3}, {}};
  for (const char* each : {"", "one", "two words"}) append_element(each, tensor.bytes);
  ASSERT_TRUE(check_elements(tensor));
  size_t at = 0;
  EXPECT_EQ(next_element(tensor.bytes, at), "");
  EXPECT_EQ(next_element(tensor.bytes, at), "one");
  EXPECT_EQ(next_element(tensor.bytes, at), "two words");
  EXPECT_EQ(at, tensor.bytes.size());
  tensor.bytes = std::string("\xff\xff\xff\xff", 4) + "x";
  tensor.shape = {1};
  EXPECT_NE(check_elements(tensor).error().message.find("4294967295"), std::string::npos);
}

TEST(TensorTest, AFeedIsHeldAgainstWhatTheModelTakes) {
  const std::vector<TensorSpec> specs{{"a", Datatype::kFp32, {-1, 2}, false}, {"b", Datatype::kInt64, {}, true}};
  const Tensor a{"a", Datatype::kFp32, {1, 2}, std::string(8, '\0')};
  const Tensor b{"b", Datatype::kInt64, {}, std::string(8, '\0')};
  const auto refused = [&](std::vector<Tensor> feed) { return check_feed(feed, specs, "m").error(); };
  EXPECT_TRUE(check_feed(std::vector{a}, specs, "m"));
  EXPECT_TRUE(check_feed(std::vector{b, a}, specs, "m"));
  EXPECT_EQ(refused({b}).message, "the input 'a' of model 'm' is missing");
  EXPECT_EQ(refused({a, a}).message, "'a' stands there twice");
  Tensor other = a;
  other.name = "c";
  EXPECT_EQ(refused({a, other}).message, "unexpected inference input 'c' for model 'm'");
  other = a;
  other.shape = {2, 1};
  EXPECT_EQ(refused({other}).message, "has the shape [2,1], the model takes [-1,2]");
  other.shape = {2};
  EXPECT_EQ(refused({other}).where, "a");
  other = b;
  other.name = "a";
  EXPECT_EQ(refused({other}).message, "is INT64, must be FP32");
}

TEST(TensorTest, AnElementIsItsLengthAndItsBytes) {
  std::string out = "x";
  append_element("ab", out);
  append_element("", out);
  EXPECT_EQ(out, std::string("x\x02\0\0\0ab\0\0\0\0", 11));
}

}  // namespace
}  // namespace fovea::inference
