// A graph of C++ for tests: what it computes is a function.
#pragma once

#include <functional>
#include <memory>
#include <utility>
#include <vector>

#include "serve/backends/graph/graph.h"

namespace fovea::graph {

class StubGraph final : public Graph {
 public:
  using Compute = std::function<Result<std::vector<inference::Tensor>>(std::span<const inference::Tensor> feed)>;

  StubGraph(std::vector<inference::TensorSpec> inputs, std::vector<inference::TensorSpec> outputs, Compute compute)
      : inputs_(std::move(inputs)), outputs_(std::move(outputs)), compute_(std::move(compute)) {}
  const std::vector<inference::TensorSpec>& inputs() const override { return inputs_; }
  const std::vector<inference::TensorSpec>& outputs() const override { return outputs_; }
  Result<std::vector<inference::Tensor>> run(std::span<const inference::Tensor> feed, std::span<const size_t> wanted,
                                             const Abandoned&) const override {
    FOVEA_TRY(std::vector<inference::Tensor> all, compute_(feed));
    std::vector<inference::Tensor> out;
    for (const size_t each : wanted) out.push_back(all.at(each));
    return out;
  }

 private:
  std::vector<inference::TensorSpec> inputs_, outputs_;
  Compute compute_;
};

}  // namespace fovea::graph
