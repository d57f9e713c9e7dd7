// The bytes of requests, made before the run: a sender only writes them.
//   v2      POST /v2/models/MODEL/infer       {"inputs":[{"name":"text","shape":[1],"datatype":"BYTES",...}]}; binary:
//                                             KServe's binary tensors, both ways
//   openai  POST /v1/embeddings               {"model","input","encoding_format"}; binary: base64
//   tei     POST /embed                       {"inputs":[...],"truncate":true}
//   flow    POST /v1/decide/MODEL             {"text"}, a CloudEvent in binary mode, with an id of its own
//   events  POST /v1/events/MODEL             the same
//   v2-grpc inference.GRPCInferenceService/ModelInfer: the message alone; binary: raw contents, both ways
// Errors: kInvalidArgument (a model's name or a token that no request line or header holds), kResourceExhausted.
#pragma once

#include <array>
#include <chrono>
#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

#include "base/error.h"
#include "door/load/target.h"

namespace fovea::load {

enum class Protocol : uint8_t { kV2, kOpenAi, kTei, kFlow, kEvents, kV2Grpc };
constexpr std::array<std::string_view, 6> kProtocolNames = {"v2", "openai", "tei", "flow", "events", "v2-grpc"};

struct RequestForm {
  Protocol protocol = Protocol::kV2;
  bool binary = false;
  bool batched = false;  // v2: the tensor is [1, 1], as Triton has it for models that it batches
  std::string model = {};
  std::string input = "text";            // the name of v2's tensor, and of an event's field
  std::chrono::milliseconds timeout{0};  // as x-request-timeout-ms; 0: not sent
  std::string token = {};                // as Authorization: Bearer; empty: not sent
  uint64_t seed = 1;                     // of a run: part of its events' ids
};

// One whole request; of gRPC its message. Where `after` is not empty, the request's number (kNumberDigits digits)
// stands between the two.
struct Payload {
  std::string before, after;
};
constexpr size_t kNumberDigits = 12;

Result<std::vector<Payload>> make_payloads(const RequestForm& form, const Target& target,
                                           const std::vector<std::string>& texts);

}  // namespace fovea::load
