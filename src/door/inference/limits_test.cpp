// What a request may ask for, at the limit and one past it.
#include "door/inference/limits.h"

#include "door/inference/calling_test.h"
#include "door/inference/content_coding.h"
#include "door/wire/model_name.h"
#include "door/wire/tensor.h"

namespace fovea::wire {
namespace {

class Limits : public Calling {
 protected:
  static std::string texts(size_t count) {
    std::string out;
    for (size_t i = 0; i < count; ++i) out += i == 0 ? "\"a\"" : ",\"a\"";
    return out;
  }
  int infer(const std::string& inputs, const std::string& more = "") {
    return post("/v2/models/sentiment/infer", R"({"inputs":[)" + inputs + "]" + more + "}").status;
  }
};

TEST_F(Limits, Inputs) {
  for (const size_t count : {kInputsMax, kInputsMax + 1}) {
    const int want = count > kInputsMax ? 400 : 200;
    const std::string list = "[" + texts(count) + "]";
    EXPECT_EQ(
        infer(R"({"name":"text","shape":[)" + std::to_string(count) + R"(],"datatype":"BYTES","data":)" + list + "}"),
        want);
    EXPECT_EQ(post("/v1/embeddings", R"({"model":"embed","input":)" + list + "}").status, want);
    EXPECT_EQ(post("/v1/models/embed:predict", R"({"instances":)" + list + "}").status, want);
    EXPECT_EQ(post("/v2/rerank", R"({"query":"q","documents":)" + list + "}").status, want);
  }
}

TEST_F(Limits, Shapes) {
  const int64_t most = kElementsMax;
  const std::vector<int64_t> whole = {2, most / 2}, past = {2, most / 2 + 1};
  EXPECT_EQ(elements_of(whole, "a").value(), kElementsMax);
  EXPECT_FALSE(elements_of(past, "a"));
  EXPECT_EQ(elements_of(std::vector<int64_t>(kDimensionsMax, 1), "a").value(), 1u);
  EXPECT_FALSE(elements_of(std::vector<int64_t>(kDimensionsMax + 1, 1), "a"));
  EXPECT_EQ(elements_of({}, "a").value(), 1u);
  for (const int64_t each : {INT64_MIN, int64_t{-1}, INT64_MAX}) {
    EXPECT_FALSE(elements_of(std::vector<int64_t>{each, 3}, "a")) << each;
  }
}

// Parsing stops there: a body of the largest size would else take half a gigabyte before its elements are counted.
TEST_F(Limits, ValuesOfABody) {
  const auto body = [](size_t values) {  // an object, an array, and what is in it
    std::string out = R"({"inputs":[)";
    out.reserve(values * 2 + 32);
    for (size_t i = 2; i < values; ++i) out += i == 2 ? "0" : ",0";
    return out + "]}";
  };
  for (const char* path : {"/v2/models/embed/infer", "/v1/embeddings", "/embed"}) {
    const http::Response past = post(path, body(kJsonValuesMax + 1));
    EXPECT_TRUE(past.status == 400 || past.status == 422) << path << " " << past.status;
    EXPECT_NE(past.body.find("more than 16842752 values"), std::string::npos) << path << " " << past.body;
  }
  const http::Response at = post("/v2/models/embed/infer", body(kJsonValuesMax));
  EXPECT_EQ(at.status, 400);
  EXPECT_NE(at.body.find("at most 16"), std::string::npos) << at.body;  // tensors: all of it was read
}

TEST_F(Limits, Tensors) {
  const std::string text = R"({"name":"text","shape":[1],"datatype":"BYTES","data":["a"]})";
  std::string outputs = R"({"name":"label"})";
  for (size_t i = 1; i < kTensorsMax + 1; ++i) outputs += R"(,{"name":"label"})";
  const http::Response response =
      post("/v2/models/sentiment/infer", R"({"inputs":[)" + text + R"(],"outputs":[)" + outputs + "]}");
  EXPECT_EQ(response.status, 400);
  EXPECT_NE(response.body.find("at most 16"), std::string::npos) << response.body;
  EXPECT_EQ(infer(text, R"(,"outputs":[{"name":"label"},{"name":"logits"},{"name":"probabilities"}])"), 200);
}

TEST_F(Limits, Unpacking) {
  const std::string free(kUnpackedFree, ' '), past(kUnpackedFree + 1, ' ');
  EXPECT_TRUE(unpack("gzip", pack("gzip", free)));
  EXPECT_EQ(unpack("gzip", pack("gzip", past)).error().status, 413) << "more than a hundred times its size";
  std::string text;  // packs to about a tenth
  for (int i = 0; text.size() < kUnpackedBytesMax; ++i) text += std::to_string(i * 7919 % 1000003) + ",";
  text.resize(kUnpackedBytesMax);
  EXPECT_EQ(unpack("gzip", pack("gzip", text)).value().size(), kUnpackedBytesMax);
  EXPECT_EQ(unpack("gzip", pack("gzip", text + "1")).error().status, 413);
  EXPECT_EQ(unpack("gzip", pack("gzip", "a") + "b").error().status, 400) << "bytes after the end";
  EXPECT_EQ(unpack("gzip", "").error().status, 400);
}

TEST_F(Limits, Names) {
  EXPECT_TRUE(is_model_name(std::string(kNameBytesMax, 'a')));
  EXPECT_FALSE(is_model_name(std::string(kNameBytesMax + 1, 'a')));
  for (const char* name : {"sentence-transformers/all-MiniLM-L6-v2", "a@prod", "m:1", "_m"})
    EXPECT_TRUE(is_model_name(name));
  for (const char* name : {"", "..", "a/../b", "/a", ".a", "-a", "a b", "a\n", "a\"b", "ä", "a\\b"})
    EXPECT_FALSE(is_model_name(name)) << name;
}

TEST_F(Limits, LoadsThatWait) {
  std::mutex hold;
  std::unique_lock holding(hold);
  SideThreads side;
  std::atomic<int> ran{0};
  std::atomic<bool> began{false};
  ASSERT_TRUE(side.loads.add([&] {
    began = true;
    const std::lock_guard until_let_go(hold);
  }));
  while (!began) std::this_thread::yield();
  for (size_t i = 0; i < kLoadsMax; ++i) EXPECT_TRUE(side.loads.add([&] { ++ran; }));
  EXPECT_FALSE(side.loads.add([] {}));
  holding.unlock();
  while (ran != static_cast<int>(kLoadsMax)) std::this_thread::yield();
}

TEST_F(Limits, Timeouts) {
  post("/v1/embeddings", R"({"model":"embed","input":"a"})", {{"x-request-timeout-ms", "9223372036854775807"}});
  EXPECT_EQ(stub_.last.deadline, clock_.steady() + Nanos(kTimeoutMax));
  post("/v2/models/embed/infer", R"({"parameters":{"timeout":18446744073709551615},
    "inputs":[{"name":"text","shape":[1],"datatype":"BYTES","data":["a"]}]})");
  EXPECT_EQ(stub_.last.deadline, clock_.steady() + Nanos(kTimeoutMax));
}

}  // namespace
}  // namespace fovea::wire
