// KServe v2 over HTTP (Open Inference Protocol), with and without the binary tensor extension.
#include <fmt/format.h>

#include <bit>
#include <charconv>
#include <cstring>

#include "serve/fetch/uri.h"
#include "serve/inference/tensor.h"
#include "serve/remote/rows.h"
#include "serve/remote/v2_tensors.h"

namespace fovea::remote {
namespace {

using inference::Task;

constexpr std::string_view kLengthHeader = "Inference-Header-Content-Length";

static_assert(std::endian::native == std::endian::little, "tensors are little-endian on the wire");

class V2Dialect final : public Dialect {
 public:
  explicit V2Dialect(const RemoteOptions& options) : options_(options) {}

  Result<Asked> ask(Items items, Nanos left) const override {
    Asked asked;
    asked.path = "/v2/models/" + fetch::percent_encoded(options_.model);
    if (!options_.version.empty()) asked.path += "/versions/" + fetch::percent_encoded(options_.version);
    asked.path += "/infer";
    std::string payload;
    std::string inputs = tensor(items, options_.tensors.text, false, payload);
    if (options_.pairs) inputs += "," + tensor(items, options_.tensors.pair, true, payload);
    std::string json =
        fmt::format(R"({{"inputs":[{}],"outputs":[{{"name":{}{}}}],"parameters":{{"timeout":{}}}}})", inputs,
                    json_text(output()), options_.tensors.binary ? R"(,"parameters":{"binary_data":true})" : "",
                    std::max<int64_t>(1, left.count() / 1000));
    if (options_.tensors.binary) {
      asked.headers = {{"Content-Type", "application/octet-stream"},
                       {std::string(kLengthHeader), std::to_string(json.size())}};
      json += payload;
    }
    asked.body = std::move(json);
    return asked;
  }

  Result<Told> read(const fetch::HttpReply& reply, Items items) const override {
    fetch::HttpReply head{reply.status, reply.headers, {}};
    std::string_view payload;
    FOVEA_TRY(const size_t length, header_length(reply));
    head.body = reply.body.substr(0, length);
    payload = std::string_view(reply.body).substr(length);
    FOVEA_TRY(const Json json, json_of(head));
    const auto* outputs = member(json, "outputs").if_array();
    if (!outputs) return unexpected_reply("it has no outputs");
    for (const Json& each : *outputs) {
      if (text_or(member(each, "name"), "") != output()) continue;
      return read_output(each, payload, outputs->size(), items.size());
    }
    return unexpected_reply(fmt::format("it has no output '{}'", output()));
  }

 private:
  std::string output() const { return v2_output(options_); }

  std::string tensor(Items items, const std::string& name, bool second, std::string& payload) const {
    const size_t before = payload.size();
    std::string data;
    for (const inference::Item* item : items) {
      const std::string& text = second ? item->text->second : item->text->first;
      if (options_.tensors.binary) {
        inference::append_element(text, payload);
      } else {
        data += (data.empty() ? "" : ",") + json_text(text);
      }
    }
    const std::string shape = fmt::format("[{}{}]", items.size(), options_.tensors.batched ? ",1" : "");
    const std::string begin = fmt::format(R"({{"name":{},"shape":{},"datatype":"BYTES",)", json_text(name), shape);
    if (options_.tensors.binary)
      return begin + fmt::format(R"("parameters":{{"binary_data_size":{}}}}})", payload.size() - before);
    return begin + R"("data":[)" + data + "]}";
  }

  static Result<size_t> header_length(const fetch::HttpReply& reply) {
    const std::string_view text = reply.header("inference-header-content-length");
    if (text.empty()) return reply.body.size();
    size_t length = 0;
    const auto [at, error] = std::from_chars(text.data(), text.data() + text.size(), length);
    if (error != std::errc() || at != text.data() + text.size() || length > reply.body.size())
      return unexpected_reply(fmt::format("{}: {}", kLengthHeader, text.substr(0, 40)));
    return length;
  }

  Result<Told> read_output(const Json& tensor, std::string_view payload, size_t outputs, size_t count) const {
    const auto* shape = member(tensor, "shape").if_array();
    const auto width = static_cast<double>(options_.width);
    double product = 1;
    if (!shape || shape->empty()) return unexpected_reply("an output without a shape");
    for (const Json& each : *shape) product *= number_or(each, -1);
    if (number_or((*shape)[0], -1) != static_cast<double>(count) || product != static_cast<double>(count) * width)
      return unexpected_reply(
          fmt::format("'{}' is of shape {} instead of [{},{}]", output(), to_text(*shape), count, options_.width));
    const Json& size = member(member(tensor, "parameters"), "binary_data_size");
    FOVEA_TRY(const std::vector<float> values, size.is_null() ? values_of(member(tensor, "data"), count)
                                                              : values_of(tensor, size, payload, outputs, count));
    return told_of(values, count, options_, output());
  }

  static void flatten(const Json& json, std::vector<float>& out, bool& numbers) {
    if (const auto* array = json.if_array()) {
      for (const Json& each : *array) flatten(each, out, numbers);
    } else {
      numbers = numbers && json.is_number();
      out.push_back(static_cast<float>(number_or(json, 0)));
    }
  }

  // Row-major, nested or flat.
  Result<std::vector<float>> values_of(const Json& data, size_t count) const {
    std::vector<float> out;
    bool numbers = data.is_array();
    flatten(data, out, numbers);
    if (!numbers) return unexpected_reply(fmt::format("'{}' has something that is no number", output()));
    if (out.size() != count * static_cast<size_t>(options_.width))
      return unexpected_reply(fmt::format("'{}' has {} numbers, its shape says {}", output(), out.size(),
                                          count * static_cast<size_t>(options_.width)));
    FOVEA_OK(check_finite(out, output()));
    return out;
  }

  Result<std::vector<float>> values_of(const Json& tensor, const Json& size, std::string_view payload, size_t outputs,
                                       size_t count) const {
    const std::string_view type = text_or(member(tensor, "datatype"), "");
    if (type != "FP32") return unexpected_reply(fmt::format("'{}' is {}, FP32 is read", output(), type.substr(0, 20)));
    const size_t wanted = count * static_cast<size_t>(options_.width) * sizeof(float);
    if (outputs != 1 || number_or(size, -1) != static_cast<double>(wanted) || payload.size() != wanted)
      return unexpected_reply(fmt::format("'{}' has {} bytes instead of {}", output(), payload.size(), wanted));
    std::vector<float> out(wanted / sizeof(float));
    std::memcpy(out.data(), payload.data(), wanted);
    FOVEA_OK(check_finite(out, output()));
    return out;
  }

  const RemoteOptions& options_;
};

}  // namespace

std::unique_ptr<Dialect> make_v2_dialect(const RemoteOptions& options) {
  return std::make_unique<V2Dialect>(options);
}

}  // namespace fovea::remote
