#include "door/load/payload.h"

#include <fmt/format.h>

#include <algorithm>
#include <bit>
#include <cstring>

#include "base/json.h"
#include "door/load/grpc_message.h"
#include "door/load/limits.h"

namespace fovea::load {
namespace {

static_assert(std::endian::native == std::endian::little, "binary tensors are little-endian");

bool is_event(Protocol protocol) {
  return protocol == Protocol::kFlow || protocol == Protocol::kEvents;
}

std::string path_of(const RequestForm& form) {
  switch (form.protocol) {
    case Protocol::kV2:
      return fmt::format("/v2/models/{}/infer", form.model);
    case Protocol::kOpenAi:
      return "/v1/embeddings";
    case Protocol::kTei:
      return "/embed";
    case Protocol::kFlow:
      return "/v1/decide/" + form.model;
    case Protocol::kEvents:
      return "/v1/events/" + form.model;
    case Protocol::kV2Grpc:
      break;
  }
  return {};
}

std::string_view shape_of(const RequestForm& form) {
  return form.batched ? "[1,1]" : "[1]";
}

std::string v2_json(const RequestForm& form, const std::string& text) {
  return fmt::format(R"({{"inputs":[{{"name":{},"shape":{},"datatype":"BYTES","data":[{}]}}]}})",
                     quoted_text(form.input), shape_of(form), quoted_text(text));
}

// Gives the JSON part's length too: the header Inference-Header-Content-Length.
std::string v2_binary(const RequestForm& form, const std::string& text, size_t& json_bytes) {
  std::string body =
      fmt::format(R"({{"parameters":{{"binary_data_output":true}},"inputs":[{{"name":{},"shape":{},"datatype":"BYTES",)"
                  R"("parameters":{{"binary_data_size":{}}}}}]}})",
                  quoted_text(form.input), shape_of(form), sizeof(uint32_t) + text.size());
  json_bytes = body.size();
  const auto length = static_cast<uint32_t>(text.size());
  char bytes[sizeof length];
  std::memcpy(bytes, &length, sizeof length);
  body.append(bytes, sizeof bytes);
  return body + text;
}

std::string json_body(const RequestForm& form, const std::string& text) {
  switch (form.protocol) {
    case Protocol::kOpenAi:
      return fmt::format(R"({{"model":{},"input":{},"encoding_format":"{}"}})", quoted_text(form.model),
                         quoted_text(text), form.binary ? "base64" : "float");
    case Protocol::kTei:
      return fmt::format(R"({{"inputs":[{}],"truncate":true}})", quoted_text(text));
    case Protocol::kFlow:
    case Protocol::kEvents:
      return fmt::format("{{{}:{}}}", quoted_text(form.input), quoted_text(text));
    case Protocol::kV2:
    case Protocol::kV2Grpc:
      break;
  }
  return v2_json(form, text);
}

// All headers but those of the body.
std::string head_of(const RequestForm& form, const Target& target) {
  std::string head = fmt::format("POST {}{} HTTP/1.1\r\nHost: {}\r\nUser-Agent: fovea-bench-load\r\nAccept: */*\r\n",
                                 target.prefix, path_of(form), target.authority());
  if (!form.token.empty()) head += fmt::format("Authorization: Bearer {}\r\n", form.token);
  if (form.timeout.count() > 0) head += fmt::format("x-request-timeout-ms: {}\r\n", form.timeout.count());
  return head;
}

Payload payload_of(const RequestForm& form, const std::string& head, const std::string& text) {
  Payload payload;
  if (form.protocol == Protocol::kV2Grpc) {
    payload.before = grpc_request(form, text);
    return payload;
  }
  if (form.protocol == Protocol::kV2 && form.binary) {
    size_t json_bytes = 0;
    const std::string body = v2_binary(form, text, json_bytes);
    payload.before = fmt::format(
        "{}Content-Type: application/octet-stream\r\nInference-Header-Content-Length: {}\r\nContent-Length: "
        "{}\r\n\r\n{}",
        head, json_bytes, body.size(), body);
    return payload;
  }
  const std::string body = json_body(form, text);
  const std::string end =
      fmt::format("Content-Type: application/json\r\nContent-Length: {}\r\n\r\n{}", body.size(), body);
  if (!is_event(form.protocol)) {
    payload.before = head + end;
    return payload;
  }
  payload.before =
      fmt::format("{}ce-specversion: 1.0\r\nce-source: /bench\r\nce-type: load\r\nce-id: {:x}-", head, form.seed);
  payload.after = "\r\n" + end;
  return payload;
}

// A name becomes part of a path as it is.
bool is_name(std::string_view name) {
  return !name.empty() && std::ranges::all_of(name, [](char c) {
    return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') ||
           std::string_view("._-/:~").find(c) != std::string_view::npos;
  });
}

}  // namespace

Result<std::vector<Payload>> make_payloads(const RequestForm& form, const Target& target,
                                           const std::vector<std::string>& texts) {
  if (!is_name(form.model))
    return fail(Code::kInvalidArgument, fmt::format("'{}' is no name of a model or a flow", form.model), "--model",
                "letters, digits and . _ - / : ~");
  if (!std::ranges::all_of(form.token, [](char c) { return c > ' ' && c < 0x7F; }))
    return fail(Code::kInvalidArgument, "the token has characters that no header holds", "--token-env");
  const std::string head = head_of(form, target);
  std::vector<Payload> payloads;
  payloads.reserve(texts.size());
  uint64_t bytes = 0;
  for (const std::string& text : texts) {
    payloads.push_back(payload_of(form, head, text));
    bytes += payloads.back().before.size() + payloads.back().after.size();
    if (bytes > kPayloadBytesMax)
      return fail(Code::kResourceExhausted, fmt::format("the requests take more than {} MiB", kPayloadBytesMax >> 20),
                  "--texts", "fewer or shorter texts");
  }
  return payloads;
}

}  // namespace fovea::load
