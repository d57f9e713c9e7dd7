#include "serve/backends/onnxruntime/ort_session.h"

#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <cstring>

#include "serve/backends/graph/limits.h"
#include "serve/backends/graph/run_watch.h"
#include "serve/inference/limits.h"

namespace fovea::onnxruntime {
namespace {

using inference::Datatype;
using inference::Tensor;
using inference::TensorSpec;

constexpr int kErrors = 3;  // severity of what is logged
constexpr int kArenaAllocator = 1, kDefaultMemory = 0;
constexpr size_t kShrinkFrom = size_t{256} << 10;  // bytes of inputs after whose run the arena gives back what is free

struct Type {
  int ort;
  Datatype ours;
};
constexpr std::array<Type, 14> kTypes = {{{1, Datatype::kFp32},
                                          {2, Datatype::kUint8},
                                          {3, Datatype::kInt8},
                                          {4, Datatype::kUint16},
                                          {5, Datatype::kInt16},
                                          {6, Datatype::kInt32},
                                          {7, Datatype::kInt64},
                                          {8, Datatype::kBytes},
                                          {9, Datatype::kBool},
                                          {10, Datatype::kFp16},
                                          {11, Datatype::kFp64},
                                          {12, Datatype::kUint32},
                                          {13, Datatype::kUint64},
                                          {16, Datatype::kBf16}}};

int ort_type(Datatype datatype) {
  return std::ranges::find(kTypes, datatype, &Type::ours)->ort;
}

// Owns a thing of the library for as long as a call takes.
template <typename T>
class Held {
 public:
  explicit Held(void (*release)(T*)) : release_(release) {}
  ~Held() {
    if (thing_) release_(thing_);
  }
  Held(const Held&) = delete;
  Held& operator=(const Held&) = delete;
  T** out() { return &thing_; }
  T* get() const { return thing_; }

 private:
  void (*release_)(T*);
  T* thing_ = nullptr;
};

class Values {
 public:
  Values(const OrtCalls& calls, size_t count) : all(count, nullptr), calls_(calls) {}
  ~Values() {
    for (OrtValue* each : all)
      if (each) calls_.release_value(each);
  }
  Values(const Values&) = delete;
  Values& operator=(const Values&) = delete;
  std::vector<OrtValue*> all;

 private:
  const OrtCalls& calls_;
};

class OrtGraph final : public graph::Graph {
 public:
  explicit OrtGraph(std::shared_ptr<const OrtRuntime> runtime) : runtime_(std::move(runtime)) {}
  ~OrtGraph() override {
    if (session_) calls().release_session(session_);
  }

  Result<void> open(const std::string& file) {
    Held<OrtSessionOptions> options(calls().release_session_options);
    FOVEA_OK(check(calls().create_session_options(options.out())));
    FOVEA_OK(check(calls().set_intra_threads(options.get(), 1)));
    FOVEA_OK(check(calls().set_inter_threads(options.get(), 1)));
    FOVEA_OK(check(calls().set_log_severity(options.get(), kErrors)));
    const std::pair<const char*, const char*> entries[] = {{"session.use_env_allocators", "1"},
                                                           {"session.intra_op.allow_spinning", "0"},
                                                           {"session.inter_op.allow_spinning", "0"}};
    for (const auto& [key, value] : entries) FOVEA_OK(check(calls().add_session_entry(options.get(), key, value)));
    if (auto made = check(calls().create_session(runtime_->env(), file.c_str(), options.get(), &session_)); !made) {
      Error error = made.error();
      error.where = file;
      if (error.code == Code::kInternal || error.code == Code::kInvalidArgument) error.code = Code::kDataLoss;
      return std::unexpected(std::move(error));
    }
    FOVEA_OK(read_specs(calls().count_inputs, calls().input_name, calls().input_type, inputs_));
    return read_specs(calls().count_outputs, calls().output_name, calls().output_type, outputs_);
  }

  const std::vector<TensorSpec>& inputs() const override { return inputs_; }
  const std::vector<TensorSpec>& outputs() const override { return outputs_; }

  Result<std::vector<Tensor>> run(std::span<const Tensor> feed, std::span<const size_t> wanted,
                                  const graph::Abandoned& abandoned) const override {
    std::vector<const char*> input_names, output_names;
    Values inputs(calls(), feed.size()), outputs(calls(), wanted.size());
    size_t bytes = 0;
    for (size_t i = 0; i < feed.size(); ++i) {
      input_names.push_back(feed[i].name.c_str());
      bytes += feed[i].bytes.size();
      FOVEA_OK(give(feed[i], &inputs.all[i]));
    }
    for (const size_t each : wanted) output_names.push_back(outputs_[each].name.c_str());
    Held<OrtRunOptions> options(calls().release_run_options);
    FOVEA_OK(check(calls().create_run_options(options.out())));
    if (bytes >= kShrinkFrom)
      FOVEA_OK(check(calls().add_run_entry(options.get(), "memory.enable_memory_arena_shrinkage", "cpu:0")));
    {
      const graph::RunWatch::Guard guard(watch_, abandoned, [&] {
        if (OrtStatus* status = calls().terminate(options.get())) calls().release_status(status);
      });
      const auto ran = check(calls().run(session_, options.get(), input_names.data(), inputs.all.data(), feed.size(),
                                         output_names.data(), wanted.size(), outputs.all.data()));
      if (!ran && guard.stopped()) return fail(Code::kCancelled, "nobody waits for it any more");
      if (!ran) return std::unexpected(of_run(ran.error()));
    }
    std::vector<Tensor> out(wanted.size());
    for (size_t i = 0; i < wanted.size(); ++i) {
      out[i].name = outputs_[wanted[i]].name;
      FOVEA_OK(take(outputs.all[i], out[i]));
    }
    return out;
  }

 private:
  const OrtCalls& calls() const { return runtime_->calls(); }
  Result<void> check(OrtStatus* status) const { return runtime_->library().check(status); }

  // A failure in the middle of a graph comes from what it was given: shapes and values are all that differ.
  static Error of_run(Error error) {
    if (error.code == Code::kInternal) error.code = Code::kInvalidArgument;
    error.hint = error.code == Code::kInvalidArgument ? "the graph cannot compute these shapes or values" : "";
    return error;
  }

  Result<void> read_specs(OrtStatus* (*count)(const OrtSession*, size_t*),
                          OrtStatus* (*name)(const OrtSession*, size_t, OrtAllocator*, char**),
                          OrtStatus* (*type)(const OrtSession*, size_t, OrtTypeInfo**), std::vector<TensorSpec>& out) {
    size_t many = 0;
    FOVEA_OK(check(count(session_, &many)));
    if (many > graph::kGraphTensorsMax)
      return fail(Code::kUnimplemented, fmt::format("the graph has {} inputs or outputs", many), "",
                  fmt::format("at most {}", graph::kGraphTensorsMax));
    for (size_t i = 0; i < many; ++i) {
      char* text = nullptr;
      FOVEA_OK(check(name(session_, i, runtime_->allocator(), &text)));
      TensorSpec spec;
      spec.name = text;
      FOVEA_OK(check(calls().allocator_free(runtime_->allocator(), text)));
      Held<OrtTypeInfo> info(calls().release_type);
      FOVEA_OK(check(type(session_, i, info.out())));
      const OrtTensorInfo* tensor = nullptr;
      FOVEA_OK(check(calls().tensor_of_type(info.get(), &tensor)));
      if (!tensor)
        return fail(Code::kUnimplemented, "is a sequence or a map, only tensors are served", spec.name,
                    "export the graph with tensors (of scikit-learn: zipmap=False)");
      FOVEA_OK(read_type(tensor, spec.name, spec.datatype, spec.shape));
      for (int64_t& each : spec.shape) each = std::max<int64_t>(each, -1);
      out.push_back(std::move(spec));
    }
    return {};
  }

  Result<void> read_type(const OrtTensorInfo* info, const std::string& name, Datatype& datatype,
                         std::vector<int64_t>& shape) const {
    int type = 0;
    size_t rank = 0;
    FOVEA_OK(check(calls().element_type(info, &type)));
    const auto known = std::ranges::find(kTypes, type, &Type::ort);
    if (known == kTypes.end())
      return fail(Code::kUnimplemented, fmt::format("has ONNX's type {}, for which KServe v2 has no name", type), name);
    datatype = known->ours;
    FOVEA_OK(check(calls().count_dimensions(info, &rank)));
    if (rank > inference::kDimensionsMax)
      return fail(Code::kUnimplemented, fmt::format("has {} dimensions", rank), name,
                  fmt::format("at most {}", inference::kDimensionsMax));
    shape.resize(rank);
    return check(calls().dimensions(info, shape.data(), rank));
  }

  Result<void> give(const Tensor& tensor, OrtValue** value) const {
    const int type = ort_type(tensor.datatype);
    if (tensor.datatype != Datatype::kBytes)  // read in place; the library does not write to inputs
      return check(calls().tensor_over(runtime_->memory(), const_cast<char*>(tensor.bytes.data()), tensor.bytes.size(),
                                       tensor.shape.data(), tensor.shape.size(), type, value));
    FOVEA_OK(check(calls().make_tensor(runtime_->allocator(), tensor.shape.data(), tensor.shape.size(), type, value)));
    size_t index = 0;
    for (size_t at = 0; at < tensor.bytes.size(); ++index) {
      const std::string_view text = inference::next_element(tensor.bytes, at);
      char* buffer = nullptr;
      FOVEA_OK(check(calls().string_buffer(*value, index, text.size(), &buffer)));
      std::memcpy(buffer, text.data(), text.size());
    }
    return {};
  }

  Result<void> take(OrtValue* value, Tensor& out) const {
    int is_tensor = 0;
    if (value) FOVEA_OK(check(calls().is_tensor(value, &is_tensor)));
    if (is_tensor == 0) return fail(Code::kUnimplemented, "the graph gave no tensor", out.name);
    Held<OrtTensorInfo> info(calls().release_tensor_info);
    FOVEA_OK(check(calls().tensor_of_value(value, info.out())));
    FOVEA_OK(read_type(info.get(), out.name, out.datatype, out.shape));
    FOVEA_TRY(const size_t elements, inference::elements_of(out.shape, out.name));
    if (out.datatype == Datatype::kBytes) return take_texts(value, elements, out);
    void* data = nullptr;
    FOVEA_OK(check(calls().tensor_data(value, &data)));
    const size_t bytes = elements * inference::datatype_bytes(out.datatype);
    if (bytes != 0) out.bytes.assign(static_cast<const char*>(data), bytes);
    return {};
  }

  Result<void> take_texts(const OrtValue* value, size_t elements, Tensor& out) const {
    std::string text;
    for (size_t i = 0; i < elements; ++i) {
      size_t bytes = 0;
      FOVEA_OK(check(calls().string_bytes(value, i, &bytes)));
      text.resize(bytes);
      if (bytes != 0) FOVEA_OK(check(calls().string_at(value, bytes, i, text.data())));
      inference::append_element(text, out.bytes);
    }
    return {};
  }

  std::shared_ptr<const OrtRuntime> runtime_;
  OrtSession* session_ = nullptr;
  std::vector<TensorSpec> inputs_, outputs_;
  mutable graph::RunWatch watch_;
};

}  // namespace

Result<std::shared_ptr<const OrtRuntime>> OrtRuntime::create(size_t memory_max) {
  auto made = std::shared_ptr<OrtRuntime>(new OrtRuntime());
  FOVEA_TRY(made->library_, OrtLibrary::load());
  const OrtLibrary& library = *made->library_;
  const OrtCalls& calls = library.calls;
  FOVEA_OK(library.check(calls.create_env(kErrors, "fovea", &made->env_)));
  FOVEA_OK(library.check(calls.create_cpu_memory_info(kArenaAllocator, kDefaultMemory, &made->memory_)));
  FOVEA_OK(library.check(calls.default_allocator(&made->allocator_)));
  // Blocks as large as asked for (1), so that what is given back is what was taken.
  const char* const keys[] = {"max_mem", "arena_extend_strategy"};
  const size_t values[] = {memory_max, 1};
  Held<OrtArenaConfig> arena(calls.release_arena_config);
  FOVEA_OK(library.check(calls.create_arena_config(keys, values, std::size(keys), arena.out())));
  FOVEA_OK(library.check(calls.register_allocator(made->env_, made->memory_, arena.get())));
  return made;
}

OrtRuntime::~OrtRuntime() {
  if (memory_) calls().release_memory_info(memory_);
  if (env_) calls().release_env(env_);
}

Result<std::unique_ptr<const graph::Graph>> open_session(std::shared_ptr<const OrtRuntime> runtime,
                                                         const std::string& file) {
  auto made = std::make_unique<OrtGraph>(std::move(runtime));
  FOVEA_OK(made->open(file));
  return made;
}

}  // namespace fovea::onnxruntime
