#include "door/grpc/infer_message.h"

#include "door/grpc/calling_test.h"
#include "door/grpc/limits.h"
#include "serve/wire_grpc/v2_messages.h"

namespace fovea::rpc {
namespace {

using Request = ::inference::ModelInferRequest;

// For a model of texts.
Result<InferMessage> read_bytes(const std::string& bytes) {
  return read_infer_message(bytes, [](const std::string& name, const std::string&) -> Result<wire::ModelPtr> {
    auto model = std::make_shared<inference::Model>();
    model->info.name = name;
    return model;
  });
}

Result<InferMessage> read(const std::string& text) {
  return read_bytes(text_message<Request>(text).SerializeAsString());
}

std::string says(const std::string& text) {
  const auto out = read(text);
  return out ? "nothing is wrong" : out.error().text();
}

// $T: a tensor that is right.
std::string filled(std::string text) {
  constexpr std::string_view kTensor =
      "inputs { name: 'text' datatype: 'BYTES' shape: 1 contents { bytes_contents: 'a' } }";
  for (size_t at; (at = text.find("$T")) != std::string::npos;) text.replace(at, 2, kTensor);
  return text;
}

TEST(InferMessage, TypedContents) {
  const auto out = read(
      "model_name: 'm' model_version: '2' id: '7' parameters { key: 'priority' value { int64_param: 1 } }"
      "parameters { key: 'timeout' value { uint64_param: 5 } }"
      "parameters { key: 'triton_enable_empty_final_response' value { bool_param: true } }"
      "inputs { name: 'text' datatype: 'BYTES' shape: [2, 1] contents { bytes_contents: 'a' bytes_contents: '' } }"
      "inputs { name: 'input_ids' datatype: 'INT32' shape: [1, 2] contents { int_contents: [-5, 7] } }"
      "inputs { name: 'narrow' datatype: 'UINT8' shape: [1] contents { uint_contents: 255 } }"
      "outputs { name: 'label' } outputs { name: 'logits' parameters { key: 'classification' value { int64_param: 2 } "
      "} }");
  ASSERT_TRUE(out) << out.error().text();
  EXPECT_TRUE(out->typed);
  EXPECT_EQ(out->model->info.name + out->version + out->request.id, "m27");
  EXPECT_EQ(out->request.priority, 1U);
  EXPECT_EQ(out->request.timeout, Nanos(5000));
  EXPECT_EQ(std::get<std::vector<std::string>>(out->request.inputs[0].values), (std::vector<std::string>{"a", ""}));
  EXPECT_EQ(std::get<std::vector<int64_t>>(out->request.inputs[1].values), (std::vector<int64_t>{-5, 7}));
  EXPECT_EQ(std::get<std::vector<int64_t>>(out->request.inputs[2].values), (std::vector<int64_t>{255}));
  EXPECT_EQ(out->request.outputs[1].classes, 2);
}

TEST(InferMessage, RawContents) {
  Request request = text_message<Request>(
      "model_name: 'm' inputs { name: 'text' datatype: 'BYTES' shape: 2 } inputs { name: 'n' datatype: 'INT64' shape: "
      "1 }");
  request.add_raw_input_contents(std::string("\x01\0\0\0a\0\0\0\0", 9));
  request.add_raw_input_contents(std::string("\x02\0\0\0\0\0\0\0", 8));
  const auto out = read_bytes(request.SerializeAsString());
  ASSERT_TRUE(out) << out.error().text();
  EXPECT_FALSE(out->typed);
  EXPECT_EQ(std::get<std::vector<std::string>>(out->request.inputs[0].values), (std::vector<std::string>{"a", ""}));
  EXPECT_EQ(std::get<std::vector<int64_t>>(out->request.inputs[1].values), (std::vector<int64_t>{2}));
}

TEST(InferMessage, SaysWhatIsWrong) {
  const std::pair<const char*, const char*> rows[] = {
      {"$T", "nothing is wrong"},
      {"model_name: 'm'", "no inputs"},
      {"inputs { datatype: 'BYTES' shape: 1 }", "no name"},
      {"inputs { name: 'a' datatype: 'STRING' shape: 1 }", "no datatype"},
      {"inputs { name: 'a' datatype: 'BYTES' shape: -1 }", "negative"},
      {"inputs { name: 'a' datatype: 'BYTES' shape: 9223372036854775807 shape: 3 }", "too many elements"},
      {"inputs { name: 'a' datatype: 'BYTES' shape: [1,1,1,1,1,1,1,1,1] contents { bytes_contents: 'a' } }",
       "dimensions"},
      {"inputs { name: 'a' datatype: 'BYTES' shape: 2 contents { bytes_contents: 'a' } }", "1 elements"},
      {"inputs { name: 'a' datatype: 'BYTES' shape: 1 }", "0 elements"},
      {"inputs { name: 'a' datatype: 'BYTES' shape: 1 contents { int64_contents: 1 } }", "another datatype"},
      {"inputs { name: 'a' datatype: 'BYTES' shape: 1 contents { bytes_contents: 'a' fp32_contents: 1 } }",
       "another datatype"},
      {"inputs { name: 'a' datatype: 'INT8' shape: 1 contents { int_contents: 128 } }", "128 is no INT8"},
      {"inputs { name: 'a' datatype: 'UINT16' shape: 1 contents { uint_contents: 65536 } }", "no UINT16"},
      {"inputs { name: 'a' datatype: 'UINT64' shape: 1 contents { uint64_contents: 18446744073709551615 } }",
       "is too large"},
      {"inputs { name: 'a' datatype: 'FP16' shape: 1 contents { fp32_contents: 1 } }", "FP16 has no list"},
      {"$T $T", "twice"},
      {"$T outputs { name: 'x' } outputs { name: 'x' }", "twice"},
      {"$T outputs { }", "no name"},
      {"$T raw_input_contents: 'a' raw_input_contents: 'b'", "2 elements, there are 1 inputs"},
      {"$T raw_input_contents: '\\x01\\x00\\x00\\x00a'", "has contents, and raw"},
      {"$T parameters { key: 'timeout' value { int64_param: -1 } }", "whole number"},
      {"$T parameters { key: 'x' value { } }", "has no value"},
      {"$T parameters { key: 'triton_x' value { bool_param: true } }", "reserved"},
      {"inputs { name: 'a' datatype: 'BYTES' shape: 1 parameters { key: 'shared_memory_region' value { string_param: "
       "'r' } } }",
       "shared memory is off"},
      {"$T outputs { name: 'x' parameters { key: 'shared_memory_region' value { string_param: 'r' } } }",
       "shared memory is off"},
  };
  for (const auto& [text, want] : rows) {
    EXPECT_NE(says(filled(text)).find(want), std::string::npos) << text << "\n" << says(filled(text));
  }
}

TEST(InferMessage, RawElementsOfWrongLengths) {
  const auto raw = [](const char* shape, std::string bytes) {
    Request request = text_message<Request>(std::string("inputs { name: 'a' datatype: 'BYTES' shape: ") + shape + " }");
    request.add_raw_input_contents(std::move(bytes));
    const auto out = read_bytes(request.SerializeAsString());
    return out ? "nothing is wrong" : out.error().text();
  };
  EXPECT_EQ(raw("1", std::string("\x01\0\0\0a", 5)), "nothing is wrong");
  EXPECT_EQ(raw("0", ""), "nothing is wrong");  // the model says what it makes of none
  EXPECT_NE(raw("1", "").find("do not hold the 1 elements"), std::string::npos);
  EXPECT_NE(raw("0", std::string("\x01\0\0\0a", 5)).find("do not hold the 0 elements"), std::string::npos);
  EXPECT_NE(raw("1", std::string("\x01\0\0", 3)).find("do not hold"), std::string::npos);
  EXPECT_NE(raw("1", std::string("\xFF\xFF\xFF\xFF"
                                 "a",
                                 5))
                .find("4294967295 bytes, 1 are left"),
            std::string::npos);
  EXPECT_NE(raw("2", std::string("\x01\0\0\0a", 5)).find("do not hold the 2 elements"), std::string::npos);
}

TEST(InferMessage, TensorsAtTheLimitAndOnePastIt) {
  Request request;
  for (size_t i = 0; i <= wire::kTensorsMax; ++i) {
    auto& input = *request.add_inputs();
    input.set_name("t" + std::to_string(i));
    input.set_datatype("BYTES");
    input.add_shape(0);
    const auto out = read_bytes(request.SerializeAsString());
    EXPECT_EQ(out.has_value(), i < wire::kTensorsMax) << i;
  }
  EXPECT_TRUE(read("inputs { name: '" + std::string(wire::kNameBytesMax, 'n') + "' datatype: 'BYTES' shape: 0 }"));
  EXPECT_FALSE(read("inputs { name: '" + std::string(wire::kNameBytesMax + 1, 'n') + "' datatype: 'BYTES' shape: 0 }"));
}

TEST(InferMessage, GarbageIsNoMessage) {
  EXPECT_EQ(read_bytes("\x0f\xff\xff").error().code, Code::kInvalidArgument);
  EXPECT_EQ(read_bytes(std::string("\x0a\x7f"
                                   "abc"))
                .error()
                .code,
            Code::kInvalidArgument);  // cut short
  EXPECT_FALSE(read_bytes(""));
}

}  // namespace
}  // namespace fovea::rpc
