#include "serve/backends/openvino/ov_graph.h"

#include <fmt/format.h>

#include <algorithm>
#include <cstring>
#include <mutex>
#include <utility>

#include "serve/backends/graph/limits.h"
#include "serve/backends/graph/run_watch.h"
#include "serve/backends/openvino/ov_types.h"
#include "serve/inference/limits.h"

namespace fovea::openvino {
namespace {

using inference::Datatype;
using inference::Tensor;
using inference::TensorSpec;

// Owns a thing of the library for as long as a call takes.
template <typename T>
class Held {
 public:
  explicit Held(void (*free)(T*)) : free_(free) {}
  ~Held() {
    if (thing_) free_(thing_);
  }
  Held(const Held&) = delete;
  Held& operator=(const Held&) = delete;
  T** out() { return &thing_; }
  T* get() const { return thing_; }
  T* release() { return std::exchange(thing_, nullptr); }

 private:
  void (*free_)(T*);
  T* thing_ = nullptr;
};

class OvGraph final : public graph::Graph {
 public:
  explicit OvGraph(std::shared_ptr<const OvRuntime> runtime) : runtime_(std::move(runtime)) {}
  ~OvGraph() override {
    for (OvRequest* each : free_) calls().request_free(each);
    if (compiled_) calls().compiled_free(compiled_);
  }

  Result<void> open(const std::string& file, int workers) {
    Held<OvModel> model(calls().model_free);
    FOVEA_OK(at_opening(calls().read_model(runtime_->core(), file.c_str(), nullptr, model.out()), file));
    const std::string threads = std::to_string(std::max(workers, 1));
    FOVEA_OK(at_opening(calls().compile(runtime_->core(), model.get(), "CPU", 8, &compiled_, "NUM_STREAMS",
                                        threads.c_str(), "INFERENCE_NUM_THREADS", threads.c_str(),
                                        "EXECUTION_MODE_HINT", "ACCURACY", "ENABLE_CPU_PINNING", "NO"),
                        file));
    FOVEA_OK(read_specs(calls().count_inputs, calls().input_at, "input", inputs_));
    return read_specs(calls().count_outputs, calls().output_at, "output", outputs_);
  }

  const std::vector<TensorSpec>& inputs() const override { return inputs_; }
  const std::vector<TensorSpec>& outputs() const override { return outputs_; }

  Result<std::vector<Tensor>> run(std::span<const Tensor> feed, std::span<const size_t> wanted,
                                  const graph::Abandoned& abandoned) const override {
    FOVEA_TRY(OvRequest * taken, request());
    Held<OvRequest> request(calls().request_free);
    *request.out() = taken;
    for (const Tensor& each : feed) FOVEA_OK(give(each, request.get()));
    {
      const graph::RunWatch::Guard guard(watch_, abandoned, [&] { calls().cancel(request.get()); });
      const auto ran = check(calls().infer(request.get()));
      if (guard.stopped()) return fail(Code::kCancelled, "nobody waits for it any more");
      if (!ran) return std::unexpected(of_run(ran.error()));
    }
    std::vector<Tensor> out(wanted.size());
    for (size_t i = 0; i < wanted.size(); ++i) {
      out[i].name = outputs_[wanted[i]].name;
      FOVEA_OK(take(request.get(), wanted[i], out[i]));
    }
    const std::lock_guard lock(mutex_);
    free_.push_back(request.release());
    return out;
  }

 private:
  const OvCalls& calls() const { return runtime_->calls(); }
  Result<void> check(int status) const { return runtime_->library().check(status); }

  Result<void> at_opening(int status, const std::string& file) const {
    auto good = check(status);
    if (good) return good;
    Error error = good.error();
    error.where = file;
    if (error.code == Code::kInternal) error.code = Code::kDataLoss;
    return std::unexpected(std::move(error));
  }

  // A failure in the middle of a graph comes from what it was given: shapes and values are all that differ.
  static Error of_run(Error error) {
    if (error.code == Code::kInternal) {
      error.code = Code::kInvalidArgument;
      error.hint = "the graph cannot compute these shapes or values";
    }
    return error;
  }

  Result<void> read_specs(int (*count)(const OvCompiled*, size_t*), int (*at)(const OvCompiled*, size_t, OvPort**),
                          const char* unnamed, std::vector<TensorSpec>& out) {
    size_t many = 0;
    FOVEA_OK(check(count(compiled_, &many)));
    if (many > graph::kGraphTensorsMax)
      return fail(Code::kUnimplemented, fmt::format("the graph has {} inputs or outputs", many), "",
                  fmt::format("at most {}", graph::kGraphTensorsMax));
    for (size_t i = 0; i < many; ++i) {
      Held<OvPort> port(calls().port_free);
      FOVEA_OK(check(at(compiled_, i, port.out())));
      TensorSpec spec;
      char* name = nullptr;
      if (calls().port_name(port.get(), &name) == 0 && name) {
        spec.name = name;
        calls().free_text(name);
      } else {
        spec.name = fmt::format("{}_{}", unnamed, i);
      }
      FOVEA_OK(read_port(port.get(), spec));
      out.push_back(std::move(spec));
    }
    return {};
  }

  Result<void> read_port(const OvPort* port, TensorSpec& spec) const {
    int type = 0;
    FOVEA_OK(check(calls().port_type(port, &type)));
    FOVEA_TRY(spec.datatype, datatype_of_number(type, spec.name));
    OvPartialShape shape{};
    FOVEA_OK(check(calls().port_shape(port, &shape)));
    const int64_t rank = shape.rank.min == shape.rank.max ? shape.rank.min : -1;
    for (int64_t i = 0; i < rank; ++i)
      spec.shape.push_back(shape.dims[i].min == shape.dims[i].max ? shape.dims[i].min : -1);
    calls().shape_free(&shape);
    if (rank >= 0 && rank <= static_cast<int64_t>(inference::kDimensionsMax)) return {};
    return fail(Code::kUnimplemented, rank < 0 ? "has any number of dimensions" : "has too many dimensions", spec.name,
                fmt::format("a fixed number of them, at most {}", inference::kDimensionsMax));
  }

  static Result<Datatype> datatype_of_number(int number, const std::string& name) {
    const auto known = std::ranges::find(kOvTypes, number, &OvType::number);
    if (known != kOvTypes.end()) return known->ours;
    return fail(Code::kUnimplemented, fmt::format("has OpenVINO's type {}, which is not served", number), name);
  }

  // A free one, or a new one: there are never more than runs at once.
  Result<OvRequest*> request() const {
    {
      const std::lock_guard lock(mutex_);
      if (!free_.empty()) {
        OvRequest* taken = free_.back();
        free_.pop_back();
        return taken;
      }
    }
    OvRequest* made = nullptr;
    FOVEA_OK(check(calls().request_create(compiled_, &made)));
    return made;
  }

  // The library's CPU device makes INT64 of 32 bits, without a word.
  static Result<void> check_32_bits(const Tensor& tensor) {
    for (size_t at = 0; at < tensor.bytes.size(); at += sizeof(int64_t)) {
      int64_t value = 0;
      std::memcpy(&value, tensor.bytes.data() + at, sizeof value);
      if (!std::in_range<int32_t>(value))
        return fail(Code::kInvalidArgument, fmt::format("{} does not fit into 32 bits", value), tensor.name,
                    "OpenVINO computes INT64 in 32 bits; serve the graph with onnxruntime");
    }
    return {};
  }

  Result<void> give(const Tensor& tensor, OvRequest* request) const {
    const auto input = std::ranges::find(inputs_, tensor.name, &TensorSpec::name);
    const auto type = std::ranges::find(kOvTypes, tensor.datatype, &OvType::ours);
    if (input == inputs_.end() || type == kOvTypes.end())
      return fail(Code::kInvalidArgument, "is no input of the graph", tensor.name);
    if (tensor.datatype == Datatype::kInt64) FOVEA_OK(check_32_bits(tensor));
    Held<OvTensor> made(calls().tensor_free);
    std::vector<int64_t> dims = tensor.shape;
    const OvShape shape{static_cast<int64_t>(dims.size()), dims.data()};
    // Read in place; the library does not write to inputs.
    FOVEA_OK(check(calls().tensor_over(type->number, shape, const_cast<char*>(tensor.bytes.data()), made.out())));
    auto set = check(calls().set_input(request, static_cast<size_t>(input - inputs_.begin()), made.get()));
    if (!set) return std::unexpected(of_run(set.error()));
    return {};
  }

  Result<void> take(const OvRequest* request, size_t index, Tensor& out) const {
    Held<OvTensor> tensor(calls().tensor_free);
    FOVEA_OK(check(calls().get_output(request, index, tensor.out())));
    int type = 0;
    FOVEA_OK(check(calls().tensor_type(tensor.get(), &type)));
    FOVEA_TRY(out.datatype, datatype_of_number(type, out.name));
    OvShape shape{};
    FOVEA_OK(check(calls().tensor_shape(tensor.get(), &shape)));
    out.shape.assign(shape.dims, shape.dims + shape.rank);
    calls().tensor_shape_free(&shape);
    FOVEA_TRY(const size_t elements, inference::elements_of(out.shape, out.name));
    size_t bytes = 0;
    FOVEA_OK(check(calls().tensor_bytes(tensor.get(), &bytes)));
    if (bytes != elements * inference::datatype_bytes(out.datatype))
      return fail(Code::kInternal, fmt::format("has {} bytes for {} elements", bytes, elements), out.name);
    void* data = nullptr;
    FOVEA_OK(check(calls().tensor_data(tensor.get(), &data)));
    if (bytes != 0) out.bytes.assign(static_cast<const char*>(data), bytes);
    return {};
  }

  std::shared_ptr<const OvRuntime> runtime_;
  OvCompiled* compiled_ = nullptr;
  std::vector<TensorSpec> inputs_, outputs_;
  mutable graph::RunWatch watch_;
  mutable std::mutex mutex_;  // of free_
  mutable std::vector<OvRequest*> free_;
};

}  // namespace

Result<std::shared_ptr<const OvRuntime>> OvRuntime::create() {
  auto made = std::shared_ptr<OvRuntime>(new OvRuntime());
  FOVEA_TRY(made->library_, OvLibrary::load());
  FOVEA_OK(made->library_->check(made->calls().core_create(&made->core_)));
  return made;
}

OvRuntime::~OvRuntime() {
  if (core_) calls().core_free(core_);
}

Result<std::unique_ptr<const graph::Graph>> open_graph(std::shared_ptr<const OvRuntime> runtime,
                                                       const std::string& file, int workers) {
  auto made = std::make_unique<OvGraph>(std::move(runtime));
  FOVEA_OK(made->open(file, workers));
  return made;
}

}  // namespace fovea::openvino
