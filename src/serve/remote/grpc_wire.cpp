#include "serve/remote/grpc_wire.h"

#include <fmt/format.h>
#include <grpcpp/grpcpp.h>

#include <algorithm>
#include <charconv>
#include <cstring>

#include "base/files.h"
#include "base/utf8.h"
#include "serve/fetch/uri.h"
#include "serve/inference/no_ticket.h"
#include "serve/inference/tensor.h"
#include "serve/remote/limits.h"
#include "serve/remote/rows.h"
#include "serve/remote/secret.h"
#include "serve/remote/v2_tensors.h"
#include "serve/wire_grpc/callback_queue.h"
#include "serve/wire_grpc/v2_stub.h"

namespace fovea::remote {
namespace {

using fovea::inference::Task;
using ::inference::GRPCInferenceService;
using ::inference::ModelInferRequest;
using ::inference::ModelInferResponse;

constexpr size_t kPemBytesMax = size_t{1} << 20;

// One call while gRPC has it.
struct GrpcCall {
  grpc::ClientContext context;
  ModelInferRequest request;
  ModelInferResponse response;
};

class GrpcTicket final : public fovea::inference::Ticket {
 public:
  explicit GrpcTicket(std::shared_ptr<GrpcCall> call) : call_(std::move(call)) {}
  void cancel() override { call_->context.TryCancel(); }

 private:
  std::shared_ptr<GrpcCall> call_;
};

struct Address {
  std::string target;  // HOST:PORT
  bool tls = false;
};

Result<Address> address_of(const RemoteOptions& options) {
  const bool tls = options.url.starts_with("grpcs://");
  if (!tls && !options.url.starts_with("grpc://"))
    return fail(Code::kInvalidArgument, "'url' is grpc://HOST:PORT or grpcs://HOST:PORT", options.file);
  const std::string target = options.url.substr(options.url.find("//") + 2);
  FOVEA_TRY(const fetch::Uri uri, fetch::parse_uri("http://" + target));
  const bool secrets = !options.auth.bearer.empty() || !options.auth.header.empty();
  if (secrets && !tls && !fetch::is_loopback(uri))
    return fail(Code::kPermissionDenied, "credentials would go without TLS", options.file, "use grpcs://");
  if (!options.auth.aws_access_key.empty() || !options.auth.google_key.empty())
    return fail(Code::kInvalidArgument, "v2-grpc takes 'bearer' or 'header'", options.file);
  return Address{target, tls};
}

Result<std::shared_ptr<grpc::ChannelCredentials>> credentials_of(const RemoteOptions& options, bool tls) {
  if (!tls) return grpc::InsecureChannelCredentials();
  grpc::SslCredentialsOptions out;
  if (!options.tls.ca_file.empty()) {
    FOVEA_TRY(out.pem_root_certs, read_file(options.tls.ca_file, kPemBytesMax));
  }
  if (!options.tls.certificate_file.empty()) {
    FOVEA_TRY(out.pem_cert_chain, read_file(options.tls.certificate_file, kPemBytesMax));
    FOVEA_TRY(out.pem_private_key, read_file(options.tls.key_file, kPemBytesMax));
  }
  return grpc::SslCredentials(out);
}

class GrpcWire final : public Wire {
 public:
  GrpcWire(const RemoteOptions& options, std::shared_ptr<fetch::MultiFetch> fetch,
           const std::shared_ptr<grpc::Channel>& channel)
      : options_(options), fetch_(std::move(fetch)), stub_(GRPCInferenceService::NewStub(channel)) {}

  size_t fits(std::span<const fovea::inference::Item> items) const override {
    return texts_that_fit(items, options_.batch);
  }
  void after(Nanos delay, std::function<void()> what) const override { fetch_->after(delay, std::move(what)); }

  std::unique_ptr<fovea::inference::Ticket> send(Items items, Nanos left,
                                                 std::function<void(Attempt)> ended) const override {
    auto call = std::make_shared<GrpcCall>();
    if (auto let_in = add_credentials(call->context); !let_in) {
      ended({std::unexpected(std::move(let_in.error())), false});
      return std::make_unique<fovea::inference::NoTicket>();
    }
    call->context.set_deadline(std::chrono::system_clock::now() + left);
    fill(items, left, call->request);
    auto ticket = std::make_unique<GrpcTicket>(call);
    GrpcCall& sent = *call;
    stub_->async()->ModelInfer(&sent.context, &sent.request, &sent.response,
                               [this, call = std::move(call), items, ended = std::move(ended)](grpc::Status status) {
                                 ended(judge(*call, status, items.size()));
                               });
    return ticket;
  }

 private:
  Result<void> add_credentials(grpc::ClientContext& context) const {
    const Auth& auth = options_.auth;
    if (!auth.bearer.empty()) {
      FOVEA_TRY(const std::string token, secret_value(auth.bearer, options_.folder));
      context.AddMetadata("authorization", "Bearer " + token);
    } else if (!auth.header.empty()) {
      FOVEA_TRY(const std::string value, secret_value(auth.value, options_.folder));
      std::string name = auth.header;
      std::ranges::transform(name, name.begin(), [](unsigned char c) { return static_cast<char>(std::tolower(c)); });
      context.AddMetadata(name, value);
    }
    return {};
  }

  std::string output() const { return v2_output(options_); }

  void add_texts(Items items, bool second, ModelInferRequest& request) const {
    auto& tensor = *request.add_inputs();
    tensor.set_name(second ? options_.tensors.pair : options_.tensors.text);
    tensor.set_datatype("BYTES");
    tensor.add_shape(static_cast<int64_t>(items.size()));
    if (options_.tensors.batched) tensor.add_shape(1);
    std::string& raw = *request.add_raw_input_contents();
    for (const auto* item : items) inference::append_element(second ? item->text->second : item->text->first, raw);
  }

  void fill(Items items, Nanos left, ModelInferRequest& request) const {
    request.set_model_name(options_.model);
    request.set_model_version(options_.version);
    add_texts(items, false, request);
    if (options_.pairs) add_texts(items, true, request);
    request.add_outputs()->set_name(output());
    (*request.mutable_parameters())["timeout"].set_int64_param(std::max<int64_t>(1, left.count() / 1000));
  }

  Attempt judge(const GrpcCall& call, const grpc::Status& status, size_t count) const {
    if (status.ok()) {
      auto told = read(call.response, count);
      if (!told && told.error().where.empty()) told.error().where = options_.url;
      return {std::move(told)};
    }
    std::string words = repair_utf8(std::string_view(status.error_message()).substr(0, kSaidBytesMax));
    std::ranges::replace_if(words, [](char c) { return static_cast<uint8_t>(c) < 0x20; }, ' ');
    auto code = static_cast<Code>(status.error_code());
    const bool sheds = code == Code::kUnavailable || code == Code::kResourceExhausted;
    Attempt attempt{fail(ours(code), "the service says: " + words, options_.url)};
    attempt.sheds = sheds;
    attempt.ill = code == Code::kUnavailable || code == Code::kDeadlineExceeded || code == Code::kInternal ||
                  code == Code::kUnknown || code == Code::kDataLoss;
    attempt.delivered = attempt.ill && !sheds;
    attempt.retry_after = pushback(call.context);
    return attempt;
  }

  // What is no fault of who asked us is the service's, or ours.
  static Code ours(Code code) {
    switch (code) {
      case Code::kResourceExhausted:
        return Code::kUnavailable;
      case Code::kInvalidArgument:
      case Code::kOutOfRange:
      case Code::kDeadlineExceeded:
      case Code::kCancelled:
      case Code::kUnavailable:
        return code;
      default:
        return Code::kInternal;
    }
  }

  static Nanos pushback(const grpc::ClientContext& context) {
    const auto& trailing = context.GetServerTrailingMetadata();
    const auto found = trailing.find("grpc-retry-pushback-ms");
    if (found == trailing.end()) return Nanos(0);
    int64_t ms = 0;
    std::from_chars(found->second.data(), found->second.data() + found->second.size(), ms);
    const int64_t most = std::chrono::milliseconds(kRetryAfterMax).count();
    return std::chrono::milliseconds(std::clamp<int64_t>(ms, 0, most));
  }

  Result<Told> read(const ModelInferResponse& response, size_t count) const {
    for (int i = 0; i < response.outputs_size(); ++i) {
      const auto& tensor = response.outputs(i);
      if (tensor.name() != output()) continue;
      double product = 1;
      for (const int64_t each : tensor.shape()) product *= static_cast<double>(each);
      const size_t wanted = count * static_cast<size_t>(options_.width);
      if (tensor.shape_size() == 0 || tensor.shape(0) != static_cast<int64_t>(count) ||
          product != static_cast<double>(wanted))
        return unexpected_reply(fmt::format("'{}' is not of shape [{},{}]", output(), count, options_.width));
      if (tensor.datatype() != "FP32")
        return unexpected_reply(fmt::format("'{}' is {}, FP32 is read", output(), tensor.datatype().substr(0, 20)));
      std::vector<float> values(wanted);
      if (response.raw_output_contents_size() > i) {
        const std::string& raw = response.raw_output_contents(i);
        if (raw.size() != wanted * sizeof(float))
          return unexpected_reply(fmt::format("'{}' has {} bytes instead of {}", output(), raw.size(), wanted * 4));
        std::memcpy(values.data(), raw.data(), raw.size());
      } else {
        const auto& contents = tensor.contents().fp32_contents();
        if (static_cast<size_t>(contents.size()) != wanted)
          return unexpected_reply(fmt::format("'{}' has {} numbers instead of {}", output(), contents.size(), wanted));
        std::copy(contents.begin(), contents.end(), values.begin());
      }
      FOVEA_OK(check_finite(values, output()));
      return told_of(values, count, options_, output());
    }
    return unexpected_reply(fmt::format("it has no output '{}'", output()));
  }

  const RemoteOptions& options_;
  const std::shared_ptr<fetch::MultiFetch> fetch_;
  const std::unique_ptr<GRPCInferenceService::Stub> stub_;
};

}  // namespace

Result<std::unique_ptr<Wire>> make_grpc_wire(const RemoteOptions& options, std::shared_ptr<fetch::MultiFetch> fetch) {
  FOVEA_TRY(const Address address, address_of(options));
  for (const std::string* each : {&options.auth.bearer, &options.auth.value})
    if (!each->empty()) FOVEA_OK(secret_value(*each, options.folder));
  FOVEA_TRY(const auto credentials, credentials_of(options, address.tls));
  grpc_wire::keep_callback_queue();
  grpc::ChannelArguments arguments;
  arguments.SetMaxReceiveMessageSize(static_cast<int>(kReplyBytesMax));
  arguments.SetInt(GRPC_ARG_ENABLE_RETRIES, 0);
  arguments.SetInt(GRPC_ARG_KEEPALIVE_TIME_MS, 30'000);
  arguments.SetInt(GRPC_ARG_INITIAL_RECONNECT_BACKOFF_MS, 100);
  arguments.SetInt(GRPC_ARG_MAX_RECONNECT_BACKOFF_MS, 2'000);
  arguments.SetInt(GRPC_ARG_ENABLE_HTTP_PROXY, 0);
  return std::make_unique<GrpcWire>(options, std::move(fetch),
                                    grpc::CreateCustomChannel(address.target, credentials, arguments));
}

}  // namespace fovea::remote
