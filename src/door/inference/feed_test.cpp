// Models of tensors through the v2 routes.
#include "door/wire/feed.h"

#include "door/inference/calling_test.h"

namespace fovea::wire {
namespace {

class FeedTest : public Calling {
 protected:
  FeedTest() { stub_.add_tensor_models(); }
  http::Response infer(const std::string& model, std::string body, http::Headers headers = {}) {
    return post("/v2/models/" + model + "/infer", std::move(body), std::move(headers));
  }
  http::Response json(const std::string& datatype, const std::string& data, const std::string& shape = "[1,2]",
                      const std::string& more = "") {
    return infer("same_" + datatype, R"({"inputs":[{"name":"input","datatype":")" + datatype + R"(","shape":)" + shape +
                                         R"(,"data":)" + data + "}]" + more + "}");
  }
  http::Response binary(const std::string& datatype, const std::string& bytes, const std::string& shape) {
    const std::string header = R"({"inputs":[{"name":"input","datatype":")" + datatype + R"(","shape":)" + shape +
                               R"(,"parameters":{"binary_data_size":)" + std::to_string(bytes.size()) +
                               R"(}}],"parameters":{"binary_data_output":true}})";
    return infer("same_" + datatype, header + bytes,
                 {{"Inference-Header-Content-Length", std::to_string(header.size())}});
  }
  static std::string data_in(const http::Response& response) {
    EXPECT_EQ(response.status, 200) << response.body;
    return response.status == 200 ? to_text(json_of(response).at("outputs").at(0).at("data")) : "";
  }
  static std::string bytes_in(const http::Response& response) {
    EXPECT_EQ(response.status, 200) << response.body;
    const std::string size = header_in(response, "Inference-Header-Content-Length");
    return size.empty() ? "" : response.body.substr(std::stoul(size));
  }
};

TEST_F(FeedTest, EveryDatatypeComesBackInJson) {
  const std::pair<const char*, const char*> cases[] = {{"BOOL", "[true,false]"},
                                                       {"UINT8", "[0,255]"},
                                                       {"UINT16", "[0,65535]"},
                                                       {"UINT32", "[0,4294967295]"},
                                                       {"UINT64", "[0,18446744073709551615]"},
                                                       {"INT8", "[-128,127]"},
                                                       {"INT16", "[-32768,32767]"},
                                                       {"INT32", "[-2147483648,2147483647]"},
                                                       {"INT64", "[-9223372036854775808,9223372036854775807]"},
                                                       {"BYTES", R"(["","a\u00e9\""])"}};
  for (const auto& [datatype, data] : cases) {
    const std::string want = to_text(*parse_json(data));
    EXPECT_EQ(data_in(json(datatype, data)), want) << datatype;
    EXPECT_EQ(data_in(json(datatype, "[" + std::string(data) + "]")), want) << datatype << " nested";
  }
  EXPECT_EQ(floats_in(json_of(json("FP32", "[1,-0.1]")).at("outputs").at(0).at("data")),
            (std::vector<float>{1, -0.1f}));
  EXPECT_EQ(json_of(json("FP64", "[0.1,1e300]")).at("outputs").at(0).at("data").at(1), 1e300);
}

TEST_F(FeedTest, WhatIsNoElementIsRefused) {
  const std::pair<const char*, const char*> cases[] = {
      {"BOOL", "[1,0]"},     {"UINT8", "[0,256]"},   {"UINT8", "[-1,0]"},   {"UINT16", "[0,65536]"},
      {"UINT32", "[-1,0]"},  {"UINT64", "[-1,0]"},   {"INT8", "[128,0]"},   {"INT16", "[0,40000]"},
      {"INT32", "[0,1e3]"},  {"INT64", "[0,\"1\"]"}, {"INT64", "[1.5,2]"},  {"FP32", "[1e39,0]"},
      {"FP32", "[true,0]"},  {"FP64", "[null,0]"},   {"BYTES", "[1,2]"},    {"FP16", "[1,2]"},
      {"BF16", "[1.0,2.0]"}, {"FP32", "[1]"},        {"FP32", "[1,2,3]"},   {"FP32", "[[1],[2]]"},
      {"FP32", "[[1,2,3]]"}, {"FP32", "[1,[2]]"},    {"FP32", "[[[1,2]]]"}, {"FP32", "{}"}};
  for (const auto& [datatype, data] : cases) EXPECT_EQ(json(datatype, data).status, 400) << datatype << data;
  EXPECT_EQ(json("FP32", "[1,2]", "[2]").status, 400);  // the model takes two dimensions
  EXPECT_EQ(json("FP32", "[]", "[0,2]").status, 200);   // no rows are rows
  EXPECT_EQ(json("FP32", "[1,2]", "[-1,-2]").status, 400);
  EXPECT_EQ(json("FP32", "[1,2]", "[4611686018427387904,4]").status, 400);
}

TEST_F(FeedTest, EveryDatatypeComesBackInBinary) {
  for (const char* name : {"BOOL", "UINT8", "UINT16", "UINT32", "UINT64", "INT8", "INT16", "INT32", "INT64", "FP16",
                           "BF16", "FP32", "FP64"}) {
    const size_t width = datatype_bytes(datatype_of(name).value());
    std::string bytes;
    for (size_t i = 0; i < 6 * width; ++i) bytes += static_cast<char>(i % 2 == 0 ? 0xff : i);  // NaN among the floats
    EXPECT_EQ(bytes_in(binary(name, bytes, "[2,3]")), bytes) << name;
    EXPECT_EQ(binary(name, bytes, "[3,3]").status, 400) << name;
    EXPECT_EQ(binary(name, bytes + "x", "[2,3]").status, 400) << name;
  }
  const std::string texts = element("") + element(std::string("\0\xff", 2));
  EXPECT_EQ(bytes_in(binary("BYTES", texts, "[1,2]")), texts);
  EXPECT_EQ(binary("BYTES", texts, "[1,3]").status, 400);
  EXPECT_EQ(binary("BYTES", texts.substr(0, 5), "[1,2]").status, 400);
}

TEST_F(FeedTest, WhatJsonCantSayIsRefusedWithAWayOut) {
  const auto in_json = [&](const std::string& datatype, const std::string& bytes) {
    const std::string header = R"({"inputs":[{"name":"input","datatype":")" + datatype +
                               R"(","shape":[1,1],"parameters":{"binary_data_size":)" + std::to_string(bytes.size()) +
                               "}}]}";
    return infer("same_" + datatype, header + bytes,
                 {{"Inference-Header-Content-Length", std::to_string(header.size())}});
  };
  const std::pair<const char*, std::string> cases[] = {{"FP32", std::string("\0\0\xc0\x7f", 4)},
                                                       {"FP64", std::string("\0\0\0\0\0\0\xf0\x7f", 8)},
                                                       {"BYTES", element("\xff")},
                                                       {"FP16", "ab"},
                                                       {"BF16", "ab"}};
  for (const auto& [datatype, bytes] : cases) {
    const http::Response response = in_json(datatype, bytes);
    EXPECT_EQ(response.status, 400) << datatype;
    EXPECT_NE(response.body.find("binary"), std::string::npos) << response.body;
  }
}

TEST_F(FeedTest, ARawBodyIsTheOneInput) {
  stub_.info_of("same_FP32").inputs[0].shape = {-1, 2};
  const http::Headers raw = {{"Inference-Header-Content-Length", "0"}};
  const std::string bytes(24, '\1');
  EXPECT_EQ(bytes_in(infer("same_FP32", bytes, raw)), bytes);
  EXPECT_EQ(std::get<inference::Feed>(stub_.last.inputs).tensors[0].shape, (std::vector<int64_t>{3, 2}));
  EXPECT_EQ(infer("same_FP32", bytes + "x", raw).status, 400);
  EXPECT_EQ(infer("same_INT8", bytes, raw).status, 400);  // two free dimensions
  EXPECT_EQ(bytes_in(infer("same_BYTES", "any\0thing", raw)), element("any"));
  stub_.info_of("same_INT8").inputs.push_back({"other", Datatype::kInt8, {1}, false});
  EXPECT_EQ(infer("same_INT8", bytes, raw).status, 400);
}

TEST_F(FeedTest, InputsAndOutputsAreTheModels) {
  EXPECT_EQ(json("FP32", "[1,2]", "[1,2]", R"(,"outputs":[{"name":"output"}])").status, 200);
  EXPECT_EQ(std::get<inference::Feed>(stub_.last.inputs).wanted, (std::vector<std::string>{"output"}));
  EXPECT_EQ(json("FP32", "[1,2]", "[1,2]", R"(,"outputs":[{"name":"other"}])").status, 400);
  EXPECT_EQ(infer("same_FP32", R"({"inputs":[{"name":"x","datatype":"FP32","shape":[1,1],"data":[1]}]})").status, 400);
  EXPECT_EQ(infer("same_FP32", R"({"inputs":[{"name":"input","datatype":"FP64","shape":[1,1],"data":[1]}]})").status,
            400);
  const http::Response ranked =
      json("FP32", "[1,3,2]", "[1,3]", R"(,"outputs":[{"name":"output","parameters":{"classification":2}}])");
  EXPECT_EQ(data_in(ranked), R"(["3.000000:1","2.000000:2"])");
  EXPECT_EQ(
      json("INT8", "[1,3]", "[1,2]", R"(,"outputs":[{"name":"output","parameters":{"classification":1}}])").status,
      400);
}

TEST_F(FeedTest, MetadataAndConfigurationAreTritons) {
  const Json metadata = json_of(get("/v2/models/same_BF16"));
  EXPECT_EQ(to_text(metadata.at("inputs")), R"([{"name":"input","datatype":"BF16","shape":[-1,-1]}])");
  EXPECT_EQ(to_text(metadata.at("outputs")), R"([{"name":"output","datatype":"BF16","shape":[-1,-1]}])");
  EXPECT_EQ(text_or(metadata.at("platform"), ""), "stub_same");
  stub_.info_of("same_BF16").batch_max = 8;
  const Json config = json_of(get("/v2/models/same_BF16/config"));
  EXPECT_EQ(config.at("max_batch_size"), 8);
  EXPECT_EQ(to_text(config.at("input")), R"([{"name":"input","data_type":"TYPE_BF16","dims":[-1],"optional":false}])");
  EXPECT_EQ(text_or(config.at("backend"), ""), "stub");
}

TEST_F(FeedTest, DoorsForTextsSayThatItIsNotForThem) {
  EXPECT_EQ(post("/v1/embeddings", R"({"model":"same_FP32","input":"hello"})").status, 400);
  EXPECT_EQ(infer("embed", R"({"inputs":[{"name":"input","datatype":"FP32","shape":[1,1],"data":[1]}]})").status, 400);
  EXPECT_EQ(post("/v1/models/same_FP32:predict", R"({"instances":["a"]})").status, 400);
}

}  // namespace
}  // namespace fovea::wire
