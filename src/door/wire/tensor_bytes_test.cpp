#include "door/wire/tensor_bytes.h"

#include <gtest/gtest.h>

#include "door/wire/limits.h"

namespace fovea::wire {
namespace {

std::string element(std::string_view text) {
  const auto length = static_cast<uint32_t>(text.size());
  return std::string(reinterpret_cast<const char*>(&length), sizeof length) + std::string(text);
}

TEST(TensorBytes, TextsAndNumbersComeBack) {
  Tensor texts{"text", Datatype::kBytes, {3}, {}};
  const std::string bytes = element("a") + element("") + element(std::string("b\0c", 3));
  ASSERT_TRUE(read_elements(bytes, 3, texts));
  EXPECT_EQ(std::get<std::vector<std::string>>(texts.values)[2], std::string("b\0c", 3));
  EXPECT_EQ(element_bytes(texts), bytes.size());
  std::string again;
  append_elements(texts, again);
  EXPECT_EQ(again, bytes);
  Tensor narrow{"n", Datatype::kInt8, {2}, {}};
  ASSERT_TRUE(read_elements("\xFF\x7F", 2, narrow));
  EXPECT_EQ(std::get<std::vector<int64_t>>(narrow.values), (std::vector<int64_t>{-1, 127}));
}

TEST(TensorBytes, SaysWhatIsWrong) {
  Tensor texts{"text", Datatype::kBytes, {1}, {}};
  EXPECT_NE(read_elements("\x05\0\0\0abc", 1, texts).error().message.find("bytes"), std::string::npos);
  EXPECT_EQ(read_elements(std::string("\x05\0\0\0abc", 7), 1, texts).error().message,
            "element 0 says that it has 5 bytes, 3 are left");
  EXPECT_EQ(read_elements("", 1, texts).error().where, "text");
  EXPECT_FALSE(read_elements(element("a") + "x", 1, texts));
  Tensor floats{"f", Datatype::kFp32, {1}, {}};
  EXPECT_EQ(read_elements("abcd", 1, floats).error().message, "no input is FP32");
  Tensor large{"u", Datatype::kUint64, {1}, {}};
  EXPECT_EQ(read_elements(std::string(8, '\xFF'), 1, large).error().message, "element 0 is too large");
}

TEST(TensorBytes, ShapesAtTheLimit) {
  EXPECT_EQ(*elements_of(std::vector<int64_t>(kDimensionsMax, 1), "t"), 1U);
  EXPECT_FALSE(elements_of(std::vector<int64_t>(kDimensionsMax + 1, 1), "t"));
  const auto most = static_cast<int64_t>(kElementsMax);
  EXPECT_EQ(*elements_of(std::vector<int64_t>{most}, "t"), kElementsMax);
  EXPECT_FALSE(elements_of(std::vector<int64_t>{most + 1}, "t"));
  EXPECT_EQ(*elements_of(std::vector<int64_t>{0, 5}, "t"), 0U);
  EXPECT_FALSE(elements_of(std::vector<int64_t>{INT64_MAX, 2, 0}, "t"));
}

}  // namespace
}  // namespace fovea::wire
