// A model of tensors for tests: `y` = 2 `x`, FP32 [-1, 2] with a batch dimension; a first element that is negative is
// refused, one that is infinite takes until nobody waits any more.
#pragma once

#include <atomic>
#include <cmath>
#include <cstring>
#include <string>
#include <thread>
#include <vector>

#include "serve/inference/backend.h"

namespace fovea::inference {

inline Tensor fp32(std::string name, std::vector<int64_t> shape, const std::vector<float>& values) {
  return {std::move(name), Datatype::kFp32, std::move(shape),
          std::string(reinterpret_cast<const char*>(values.data()), values.size() * sizeof(float))};
}
inline std::vector<float> floats_of(const Tensor& tensor) {
  std::vector<float> out(tensor.bytes.size() / sizeof(float));
  std::memcpy(out.data(), tensor.bytes.data(), out.size() * sizeof(float));
  return out;
}

class TwiceBackend final : public Backend {
 public:
  explicit TwiceBackend(int64_t batch_max) {
    model_.info.name = "twice";
    model_.info.version = "1";
    model_.info.task = Task::kTensors;
    model_.info.architecture = "stub_twice";
    model_.info.digest = "7w1ce";
    model_.info.inputs = {{"x", Datatype::kFp32, {-1, 2}, false}};
    model_.info.outputs = {{"y", Datatype::kFp32, {-1, 2}, false}};
    model_.info.batch_max = batch_max;
  }
  const Model& model() const override { return model_; }
  int steps() const override { return 1; }
  Result<Item> read(const Text&, bool, const std::string& where) const override {
    return fail(Code::kUnimplemented, "takes tensors", where);
  }
  Result<Item> read(Ids, const std::string& where) const override {
    return fail(Code::kUnimplemented, "takes tensors", where);
  }
  Result<Item> read(Feed feed, const std::string&) const override {
    FOVEA_OK(check_feed(feed.tensors, model_.info.inputs, model_.info.name));
    if (!feed.wanted.empty() && feed.wanted != std::vector<std::string>{"y"})
      return fail(Code::kInvalidArgument, "there is no such output", "outputs");
    Item item;
    item.feed = std::move(feed);
    return item;
  }
  Result<void> run(const Run& run) const override {
    most = std::max(most.load(), run.items.size());
    for (size_t i = 0; i < run.items.size(); ++i) {
      const Tensor& x = run.items[i]->feed.tensors[0];
      std::vector<float> values = floats_of(x);
      if (!values.empty() && values[0] < 0) return fail(Code::kInvalidArgument, "negative", "x");
      if (!values.empty() && std::isinf(values[0])) {
        running = true;
        while (!run.abandoned()) std::this_thread::sleep_for(std::chrono::milliseconds(1));
        return fail(Code::kCancelled, "nobody waits");
      }
      for (float& each : values) each *= 2;
      run.answers[i]->tensors = {fp32("y", x.shape, values)};
    }
    return {};
  }

  mutable std::atomic<size_t> most{0};  // items of a group
  mutable std::atomic<bool> running{false};

 private:
  Model model_;
};

}  // namespace fovea::inference
