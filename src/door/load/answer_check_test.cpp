#include "door/load/answer_check.h"

#include <gtest/gtest.h>

#include <cmath>
#include <cstring>

namespace fovea::load {
namespace {

std::string floats(std::initializer_list<float> values) {
  std::string out(values.size() * sizeof(float), 0);
  std::memcpy(out.data(), values.begin(), out.size());
  return out;
}

bool v2(std::string_view body, size_t json_bytes = 0) {
  return check_answer(Protocol::kV2, json_bytes != 0, body, json_bytes).has_value();
}

std::string output(std::string_view shape, std::string_view rest, std::string_view datatype = "FP32") {
  std::string out = R"({"outputs":[{"name":"e","datatype":")";
  return out.append(datatype).append(R"(","shape":)").append(shape).append(rest).append("}]}");
}

TEST(AnswerCheck, V2Json) {
  EXPECT_TRUE(v2(output("[1,2]", R"(,"data":[1,-2.5])")));
  EXPECT_TRUE(v2(output("[1]", R"(,"data":["spam"])", "BYTES")));
  EXPECT_FALSE(v2(output("[1,2]", R"(,"data":[1])")));
  EXPECT_FALSE(v2(output("[2,1]", R"(,"data":[1,2])")));  // of two texts
  EXPECT_FALSE(v2(output("[1,1]", R"(,"data":[null])")));
  EXPECT_FALSE(v2(output("[1,1]", R"(,"data":["1"])")));
  EXPECT_FALSE(v2(output("[1,-1]", R"(,"data":[1])")));
  EXPECT_FALSE(v2(output("[]", R"(,"data":[])")));
  EXPECT_FALSE(v2(output("[1,1]", "")));
  EXPECT_FALSE(v2(R"({"outputs":[]})"));
  EXPECT_FALSE(v2(""));
  EXPECT_FALSE(v2("{"));
}

TEST(AnswerCheck, V2Binary) {
  const auto answer = [](std::string_view size, const std::string& bytes) {
    const std::string json = output("[1,2]", std::string(R"(,"parameters":{"binary_data_size":)").append(size) + "}");
    return v2(json + bytes, json.size());
  };
  EXPECT_TRUE(answer("8", floats({1, 2})));
  EXPECT_FALSE(answer("8", floats({1, NAN})));
  EXPECT_FALSE(answer("8", floats({1, INFINITY})));
  EXPECT_FALSE(answer("8", floats({1})));
  EXPECT_FALSE(answer("4", floats({1})));
  EXPECT_FALSE(answer("8", floats({1, 2, 3})));
  EXPECT_FALSE(answer("-8", floats({1, 2})));
  EXPECT_FALSE(v2("{}", 3));
}

TEST(AnswerCheck, TheOthers) {
  const auto good = [](Protocol protocol, std::string_view body, bool binary = false) {
    return check_answer(protocol, binary, body, 0).has_value();
  };
  EXPECT_TRUE(good(Protocol::kOpenAi, R"({"data":[{"embedding":[0.5,1]}]})"));
  EXPECT_FALSE(good(Protocol::kOpenAi, R"({"data":[{"embedding":[]}]})"));
  EXPECT_FALSE(good(Protocol::kOpenAi, R"({"data":[]})"));
  EXPECT_TRUE(good(Protocol::kOpenAi, R"({"data":[{"embedding":"AACAPwAAAEA="}]})", true));
  EXPECT_FALSE(good(Protocol::kOpenAi, R"({"data":[{"embedding":"AACAfwAAAEA="}]})", true));  // an infinity
  EXPECT_FALSE(good(Protocol::kOpenAi, R"({"data":[{"embedding":"AACAPwA="}]})", true));
  EXPECT_TRUE(good(Protocol::kTei, "[[1,2]]"));
  EXPECT_FALSE(good(Protocol::kTei, "[[1,2],[1,2]]"));
  EXPECT_FALSE(good(Protocol::kTei, "[]"));
  EXPECT_TRUE(good(Protocol::kEvents, R"({"ids":["1"],"duplicates":0})"));
  EXPECT_FALSE(good(Protocol::kFlow, "[]"));
}

}  // namespace
}  // namespace fovea::load
