// What an infer request may have wrong with it, and what is said then.
#include <array>

#include "door/inference/calling_test.h"
#include "door/inference/infer_request.h"

namespace fovea::wire {
namespace {

struct Bad {
  const char* body;  // $A: a tensor, $IDS: token ids, $TEXT: all of "inputs"
  const char* says;
};

class V2Refusals : public Calling {
 protected:
  static std::string refused(const http::Response& response) {
    return std::string(text_or(member(json_of(response), "error"), "no error"));
  }
  static std::string filled(std::string body) {
    constexpr std::pair<std::string_view, std::string_view> kWords[] = {
        {"$TEXT", R"("inputs":[$A])"},
        {"$A", R"({"name":"text","shape":[1],"datatype":"BYTES","data":["a"]})"},
        {"$IDS", R"({"name":"input_ids","shape":[1,2],"datatype":"INT64","data":[1,2]})"}};
    for (const auto& [word, text] : kWords) {
      for (size_t at; (at = body.find(word)) != std::string::npos;) body.replace(at, word.size(), text);
    }
    return body;
  }
  http::Response infer(std::string body, http::Headers headers = {}) {
    return post("/v2/models/embed/infer", std::move(body), std::move(headers));
  }
  void all_refused(std::span<const Bad> rows) {
    for (const Bad& row : rows) {
      const http::Response response = infer(filled(row.body));
      EXPECT_TRUE(response.status == 400 || response.status == 501) << response.status << " " << row.body;
      EXPECT_NE(refused(response).find(row.says), std::string::npos) << refused(response) << "\nof " << row.body;
    }
  }
};

TEST_F(V2Refusals, Tensors) {
  const Bad rows[] = {
      {"", "not JSON"},
      {"[]", "no JSON object"},
      {"{}", "no inputs"},
      {R"({"inputs":[]})", "no inputs"},
      {R"({"inputs":{}})", "no array"},
      {R"({"inputs":[{"shape":[1],"datatype":"BYTES","data":["a"]}]})", "no name"},
      {R"({"inputs":[{"name":"text","shape":[1],"datatype":"STRING","data":["a"]}]})", "no datatype"},
      {R"({"inputs":[{"name":"text","datatype":"BYTES","data":["a"]}]})", "no shape"},
      {R"({"inputs":[{"name":"text","shape":[-1],"datatype":"BYTES","data":["a"]}]})", "negative"},
      {R"({"inputs":[{"name":"text","shape":[1.0],"datatype":"BYTES","data":["a"]}]})", "whole number"},
      {R"({"inputs":[{"name":"text","shape":[9223372036854775807,3],"datatype":"BYTES","data":["a"]}]})",
       "too many elements"},
      {R"({"inputs":[{"name":"text","shape":[4294967296,4294967296,0],"datatype":"BYTES","data":[]}]})",
       "too many elements"},
      {R"({"inputs":[{"name":"text","shape":[1,1,1,1,1,1,1,1,1],"datatype":"BYTES","data":["a"]}]})", "dimensions"},
      {R"({"inputs":[{"name":"text","shape":[0],"datatype":"BYTES","data":[]}]})", "no input"},
      {R"({"inputs":[{"name":"text","shape":[2],"datatype":"BYTES","data":["a"]}]})", "1 elements"},
      {R"({"inputs":[{"name":"text","shape":[1],"datatype":"BYTES","data":[1]}]})", "string"},
      {R"({"inputs":[{"name":"text","shape":[1],"datatype":"BYTES"}]})", "neither data"},
      {R"({"inputs":[{"name":"text","shape":[2,2],"datatype":"BYTES","data":[["a","b"],["c"]]}]})", "shape [2,2]"},
      {R"({"inputs":[{"name":"text","shape":[2,2],"datatype":"BYTES","data":[["a","b"],["c","d"]]}]})", "[n] or [n,1]"},
      {R"({"inputs":[{"name":"text","shape":[1],"datatype":"INT64","data":[1]}]})", "must be BYTES"},
      {R"({"inputs":[{"name":"text","shape":[1],"datatype":"FP16","data":[1]}]})", "no input is FP16"},
      {R"({"inputs":[{"name":"txt","shape":[1],"datatype":"BYTES","data":["a"]}]})",
       "unexpected inference input 'txt'"},
      {R"({"inputs":[$A,$A]})", "twice"},
      {R"({"inputs":[{"name":"input_ids","shape":[2],"datatype":"INT64","data":[1,2]}]})", "[n,s]"},
      {R"({"inputs":[{"name":"input_ids","shape":[1,2],"datatype":"INT64","data":[1,100]}]})", "100 is no token id"},
      {R"({"inputs":[{"name":"input_ids","shape":[1,2],"datatype":"INT64","data":[-1,1]}]})", "-1 is no token id"},
      {R"({"inputs":[{"name":"input_ids","shape":[1,0],"datatype":"INT64","data":[]}]})", "no token"},
      {R"({"inputs":[{"name":"input_ids","shape":[1,1],"datatype":"INT32","data":[4294967296]}]})", "no INT32"},
      {R"({"inputs":[$IDS,{"name":"attention_mask","shape":[2,1],"datatype":"INT64","data":[1,1]}]})",
       "'input_ids' has [1,2]"},
      {R"({"inputs":[$IDS,{"name":"attention_mask","shape":[1,2],"datatype":"INT64","data":[0,1]}]})",
       "ones followed by zeros"},
      {R"({"inputs":[$IDS,{"name":"attention_mask","shape":[1,2],"datatype":"INT64","data":[0,0]}]})", "no token"},
      {R"({"inputs":[$A,{"name":"input_ids","shape":[1,1],"datatype":"INT64","data":[1]}]})", "either"},
      {R"({"inputs":[{"name":"attention_mask","shape":[1,1],"datatype":"INT64","data":[1]}]})", "neither 'text' nor"},
  };
  all_refused(rows);
}

TEST_F(V2Refusals, ParametersAndOutputs) {
  EXPECT_EQ(infer(filled("{$TEXT}")).status, 200);
  EXPECT_EQ(infer(filled(R"({"parameters":{"sequence_id":3,"sequence_start":true,"mine":"x"},$TEXT})")).status, 200);
  const Bad rows[] = {
      {R"({"inputs":[{"name":"text","shape":[1],"datatype":"BYTES","parameters":{"binary_data_size":5}}]})",
       "0 bytes left"},
      {R"({"inputs":[{"name":"text","shape":[1],"datatype":"BYTES","parameters":{"binary_data_size":-5}}]})",
       "whole number"},
      {R"({"inputs":[{"name":"text","shape":[1],"datatype":"BYTES","parameters":{"shared_memory_region":"x"}}]})",
       "shared memory is off"},
      {R"({$TEXT,"outputs":[{"name":"logits"}]})", "unexpected inference output 'logits'"},
      {R"({$TEXT,"outputs":[{"name":"embedding"},{"name":"embedding"}]})", "twice"},
      {R"({"id":7,$TEXT})", "id: is no string"},
      {R"({"parameters":{"timeout":-1},$TEXT})", "whole number"},
      {R"({"parameters":{"triton_final_response":true},$TEXT})", "reserved"},
      {R"({"parameters":{"headers":"x"},$TEXT})", "reserved"},
      {R"({"parameters":{"a":{}},$TEXT})", "no number, string"},
  };
  all_refused(rows);
}

TEST_F(V2Refusals, BinaryTensors) {
  const auto send = [&](const std::string& header, const std::string& bytes, std::string length = "") {
    if (length.empty()) length = std::to_string(header.size());
    return infer(header + bytes, {{"Inference-Header-Content-Length", length}});
  };
  const auto text = [](int size, const char* shape = "[1]") {
    return std::string(R"({"inputs":[{"name":"text","shape":)") + shape +
           R"(,"datatype":"BYTES","parameters":{"binary_data_size":)" + std::to_string(size) + "}}]}";
  };
  EXPECT_EQ(send(text(9), element("hello")).status, 200);
  EXPECT_NE(refused(send(text(9), element("hello") + "x")).find("1 bytes after the last tensor"), std::string::npos);
  EXPECT_NE(refused(send(text(10), element("hello"))).find("9 bytes left"), std::string::npos);
  EXPECT_NE(refused(send(text(8), element("hello").substr(0, 8))).find("says that it has 5 bytes, 4 are left"),
            std::string::npos);
  EXPECT_NE(refused(send(text(9, "[2]"), element("hello"))).find("do not hold the 2 elements"), std::string::npos);
  EXPECT_NE(refused(send(text(11), element("hello") + "ab")).find("do not hold the 1 elements"), std::string::npos);
  for (const char* length : {"-1", "99999", "18446744073709551616", "1e3", "0x10", "7 8"}) {
    EXPECT_EQ(send(text(9), element("hello"), length).status, 400) << length;
  }
  const std::string ids =
      R"({"inputs":[{"name":"input_ids","shape":[1,2],"datatype":"INT64","parameters":{"binary_data_size":15}}]})";
  EXPECT_NE(refused(send(ids, std::string(15, '\0'))).find("[1,2] of INT64 has 16"), std::string::npos);
}

}  // namespace
}  // namespace fovea::wire
