// ONNX's operators by the engine's kernels: what a node's inputs give, or which form of it the engine does not have.
// Layouts are the test's work (a transposed matrix, a batch as a loop, a head as rows of its own), arithmetic is the
// engine's alone.
#pragma once

#include <map>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "engine/kernels/isa.h"
#include "onnx_vectors.h"

namespace fovea::onnx {

struct Outcome {
  std::string lacks = {};  // not empty: why the engine does not have this form of the operator
  // By the place among the node's outputs; those that are not here the engine does not have.
  std::map<size_t, std::vector<float>> outputs = {};
};

using Operator = Outcome (*)(const Vector&, const kernels::IsaKernels&);

Outcome attention(const Vector& vector, const kernels::IsaKernels& isa);
Outcome softmax(const Vector& vector, const kernels::IsaKernels& isa);
Outcome rotary(const Vector& vector, const kernels::IsaKernels& isa);
Outcome matmul(const Vector& vector, const kernels::IsaKernels& isa);
Outcome gemm(const Vector& vector, const kernels::IsaKernels& isa);
Outcome layer_norm(const Vector& vector, const kernels::IsaKernels& isa);
Outcome activation(const Vector& vector, const kernels::IsaKernels& isa);  // Gelu, Relu, Swish, Tanh
Outcome gated(const Vector& vector, const kernels::IsaKernels& isa);       // SwiGLU
Outcome unit_length(const Vector& vector, const kernels::IsaKernels& isa);
Outcome pooling(const Vector& vector, const kernels::IsaKernels& isa);  // the mean or the maximum of rows
Outcome gather(const Vector& vector, const kernels::IsaKernels& isa);
Outcome cast(const Vector& vector, const kernels::IsaKernels& isa);

}  // namespace fovea::onnx
