// A KServe v2 infer request out of the bytes of a ModelInferRequest, and a reply as those of a ModelInferResponse.
// Elements come as raw_input_contents (of every input, as the binary tensor extension writes them) or as `contents` (of
// every input), and go back in the form that they came in.
// Errors: kInvalidArgument; `where` is the tensor, output or field.
#pragma once

#include <functional>
#include <string>
#include <string_view>

#include "door/grpc/ending.h"
#include "door/wire/infer_request.h"
#include "door/wire/model_choice.h"
#include "serve/inference/inference.h"

namespace fovea::rpc {

struct InferMessage {
  wire::ModelPtr model;
  std::string version;  // as it was asked for
  wire::InferRequest request;
  bool typed = false;  // elements came as `contents`
};

enum class Form : uint8_t { kResponse, kStreamResponse };  // ModelInferResponse, ModelStreamInferResponse

// What the elements are depends on the model. Errors: the finder's, too.
using FindModel = std::function<Result<wire::ModelPtr>(const std::string& name, const std::string& version)>;
Result<InferMessage> read_infer_message(std::string_view bytes, const FindModel& find);
// Errors: those of wire::output_tensors().
Result<std::string> write_infer_message(const InferMessage& asked, const inference::Reply& reply, int64_t padded,
                                        Form form);
// A ModelStreamInferResponse that says why the request of these bytes gets no answer.
std::string stream_refusal(const Ending& ending, std::string_view request_bytes);

}  // namespace fovea::rpc
