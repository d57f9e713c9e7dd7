// The operators over rows: products with weights, norms, activations, pooling, tables and formats of numbers.
#include <algorithm>
#include <bit>
#include <cstring>

#include "base/check.h"
#include "engine/kernels/packed_linear.h"
#include "engine/layers/pooling.h"
#include "engine/layers/row_activation.h"
#include "engine/tensor/half.h"
#include "engine/tensor/row_table.h"
#include "onnx_vectors_operators.h"

namespace fovea::onnx {
namespace {

std::vector<float> transposed(const std::vector<float>& x, int64_t rows, int64_t cols) {
  std::vector<float> y(x.size());
  for (int64_t r = 0; r < rows; ++r)
    for (int64_t c = 0; c < cols; ++c) y[static_cast<size_t>(c * rows + r)] = x[static_cast<size_t>(r * cols + c)];
  return y;
}

struct Product {
  std::vector<float> x, weight, bias, residual;  // [rows, in], [out, in], [out] or none, [rows, out] or none
  int64_t rows, in, out;
};

std::vector<float> run_linear(const Product& p, const kernels::IsaKernels& isa) {
  const kernels::PackedLinear linear({p.weight.data(), p.out, p.in}, p.bias, {});
  tensor::Arena arena;
  const tensor::Arena::Scope scope(arena);
  std::vector<float> y(static_cast<size_t>(p.rows * p.out), -77.0f);
  tensor::ConstMatrix residual;
  if (!p.residual.empty()) residual = {p.residual.data(), p.rows, p.out};
  linear.run(isa, tensor::ConstMatrix(p.x.data(), p.rows, p.in), {y.data(), p.rows, p.out}, arena,
             kernels::Epilogue::kNone, residual);
  return y;
}

// Matrix `index` of `all`, a batch in row-major order of the extents `wanted`, of which `tensor` may have 1 or none.
int64_t broadcast(const Tensor& tensor, const std::vector<int64_t>& wanted, int64_t index) {
  int64_t at = 0, step = 1;
  for (int64_t axis = 1; axis <= static_cast<int64_t>(wanted.size()); ++axis) {
    const int64_t extent = wanted[wanted.size() - static_cast<size_t>(axis)];
    const int64_t place = index % extent;
    index /= extent;
    if (axis + 2 > tensor.rank()) continue;
    const int64_t own = tensor.extent(-axis - 2);
    at += own == 1 ? 0 : place * step;
    step *= own;
  }
  return at;
}

std::vector<float> slice(const std::vector<float>& x, int64_t index, int64_t count) {
  return {x.begin() + index * count, x.begin() + (index + 1) * count};
}

}  // namespace

Outcome matmul(const Vector& vector, const kernels::IsaKernels& isa) {
  Tensor a = *vector.input(0), b = *vector.input(1);
  if (a.rank() == 1) a.shape.insert(a.shape.begin(), 1);
  if (b.rank() == 1) b.shape.push_back(1);
  std::vector<int64_t> batch;
  for (int64_t axis = std::max(a.rank(), b.rank()); axis > 2; --axis)
    batch.push_back(std::max(axis > a.rank() ? 1 : a.extent(-axis), axis > b.rank() ? 1 : b.extent(-axis)));
  int64_t matrices = 1;
  for (int64_t extent : batch) matrices *= extent;
  const auto left = a.floats(), right = b.floats();
  std::vector<float> y;
  Product p;
  p.rows = a.extent(-2);
  p.in = a.extent(-1);
  p.out = b.extent(-1);
  for (int64_t m = 0; m < matrices; ++m) {
    p.x = slice(left, broadcast(a, batch, m), p.rows * p.in);
    p.weight = transposed(slice(right, broadcast(b, batch, m), p.in * p.out), p.in, p.out);
    const auto product = run_linear(p, isa);
    y.insert(y.end(), product.begin(), product.end());
  }
  return {.outputs = {{0, std::move(y)}}};
}

// alpha goes into the weights and beta into the bias, as they are packed; a bias of a row each is a residual.
Outcome gemm(const Vector& vector, const kernels::IsaKernels& isa) {
  const Tensor &a = *vector.input(0), &b = *vector.input(1), *c = vector.input(2);
  const bool a_turned = vector.attribute("transA", 0) != 0, b_turned = vector.attribute("transB", 0) != 0;
  Product p;
  p.rows = a.extent(a_turned ? 1 : 0);
  p.in = a.extent(a_turned ? 0 : 1);
  p.out = b.extent(b_turned ? 0 : 1);
  p.x = a_turned ? transposed(a.floats(), p.in, p.rows) : a.floats();
  p.weight = b_turned ? b.floats() : transposed(b.floats(), p.in, p.out);
  for (float& value : p.weight) value *= static_cast<float>(vector.attribute("alpha", 1));
  if (c) {
    auto bias = c->floats();
    for (float& value : bias) value *= static_cast<float>(vector.attribute("beta", 1));
    if (c->rank() == 2 && c->extent(0) > 1) {
      p.residual = bias;
    } else {
      p.bias.assign(static_cast<size_t>(p.out), bias[0]);
      if (c->count() > 1) p.bias = bias;
    }
  }
  return {.outputs = {{0, run_linear(p, isa)}}};
}

Outcome layer_norm(const Vector& vector, const kernels::IsaKernels& isa) {
  const Tensor& x = *vector.input(0);
  auto axis = static_cast<int64_t>(vector.attribute("axis", -1));
  if (axis < 0) axis += x.rank();
  auto y = x.floats();
  const auto weight = vector.input(1)->floats();
  const auto bias = vector.input(2) ? vector.input(2)->floats() : std::vector<float>();
  kernels::NormCall call{};
  call.x = y.data();
  call.rows = x.product(0, axis);
  call.cols = call.x_stride = x.product(axis, x.rank());
  call.weight = weight.data();
  call.bias = bias.empty() ? nullptr : bias.data();
  call.eps = static_cast<float>(vector.attribute("epsilon", 1e-5));
  isa.norm(call);
  return {.outputs = {{0, std::move(y)}}};  // the mean and the deviation never leave the kernel
}

Outcome activation(const Vector& vector, const kernels::IsaKernels& isa) {
  auto y = vector.input(0)->floats();
  const auto count = static_cast<int64_t>(y.size());
  if (vector.op == "Tanh") {
    layers::activate(layers::RowActivation::kTanh, {y.data(), 1, count});
    return {.outputs = {{0, std::move(y)}}};
  }
  auto epilogue = kernels::Epilogue::kRelu;
  if (vector.op == "Gelu")
    epilogue = vector.word("approximate", "none") == "tanh" ? kernels::Epilogue::kGeluTanh : kernels::Epilogue::kGelu;
  if (vector.op == "Swish") {
    if (vector.attribute("alpha", 1) != 1) return {.lacks = "alpha other than 1"};
    epilogue = kernels::Epilogue::kSilu;
  }
  isa.activate(y.data(), count, epilogue, false);
  return {.outputs = {{0, std::move(y)}}};
}

Outcome gated(const Vector& vector, const kernels::IsaKernels& isa) {
  if (vector.attribute("alpha", 1) != 1) return {.lacks = "alpha other than 1"};
  const Tensor& a = *vector.input(0);
  const auto activated = a.floats(), factors = vector.input(1)->floats();
  const int64_t cols = a.extent(-1), rows = a.count() / cols;
  std::vector<float> x, y(activated.size());
  for (int64_t r = 0; r < rows; ++r)
    for (const auto* part : {&activated, &factors})
      x.insert(x.end(), part->data() + r * cols, part->data() + (r + 1) * cols);
  kernels::GateCall call{};
  call.x = x.data();
  call.x_stride = 2 * cols;
  call.rows = rows;
  call.cols = call.y_stride = cols;
  call.epilogue = kernels::Epilogue::kSilu;
  call.y = y.data();
  isa.gate(call);
  return {.outputs = {{0, std::move(y)}}};
}

Outcome unit_length(const Vector& vector, const kernels::IsaKernels&) {
  const Tensor& x = *vector.input(0);
  if (vector.attribute("p", 2) != 2) return {.lacks = "a norm other than the second"};
  if (const double axis = vector.attribute("axis", -1); axis != -1 && axis != static_cast<double>(x.rank() - 1))
    return {.lacks = "an axis other than the last"};
  auto y = x.floats();
  layers::scale_to_unit({y.data(), x.count() / x.extent(-1), x.extent(-1)});
  return {.outputs = {{0, std::move(y)}}};
}

// Global pooling: the rows are the places, the columns the channels. Reduce*: the rows are the axis.
Outcome pooling(const Vector& vector, const kernels::IsaKernels&) {
  const Tensor& x = *vector.input(0);
  if (!x.is_float()) return {.lacks = "values other than floats"};
  if (x.count() == 0) return {.lacks = "-inf as the maximum of no rows (ours gives zeros)"};
  const auto how = vector.op.find("Max") != std::string::npos ? layers::Pooling::kMax : layers::Pooling::kMean;
  auto values = x.floats();
  int64_t sequences = 1, rows = x.count(), cols = 1;
  if (vector.op.starts_with("Global")) {
    cols = x.product(0, 2);
    rows = x.product(2, x.rank());
    values = transposed(values, cols, rows);
  } else if (const Tensor* axes = vector.input(1); axes && axes->count() > 0) {
    if (axes->count() > 1) return {.lacks = "several axes"};
    const int64_t axis = (axes->integers()[0] + x.rank()) % x.rank();
    sequences = x.product(0, axis);
    rows = x.extent(axis);
    cols = x.product(axis + 1, x.rank());
  }
  std::vector<int32_t> offsets;
  for (int64_t s = 0; s <= sequences; ++s) offsets.push_back(static_cast<int32_t>(s * rows));
  std::vector<float> y(static_cast<size_t>(sequences * cols));
  layers::pool({values.data(), sequences * rows, cols}, offsets, how, {y.data(), sequences, cols});
  return {.outputs = {{0, std::move(y)}}};
}

// Rows of a vocabulary's table.
Outcome gather(const Vector& vector, const kernels::IsaKernels&) {
  const Tensor &data = *vector.input(0), &indices = *vector.input(1);
  if (vector.attribute("axis", 0) != 0) return {.lacks = "an axis other than the first"};
  const auto ids = indices.integers();
  if (std::ranges::any_of(ids, [](int64_t id) { return id < 0; })) return {.lacks = "indices from the end"};
  const auto values = data.floats();
  const int64_t cols = data.product(1, data.rank());
  auto storage = tensor::Storage::allocate(values.size() * sizeof(float));
  std::memcpy(storage->writable(), values.data(), values.size() * sizeof(float));
  const tensor::RowTable table(storage, storage->bytes().data(), tensor::Element::kF32, data.extent(0), cols);
  std::vector<float> y(ids.size() * static_cast<size_t>(cols));
  for (size_t i = 0; i < ids.size(); ++i)
    table.read(ids[i], std::span(y).subspan(i * static_cast<size_t>(cols), static_cast<size_t>(cols)));
  return {.outputs = {{0, std::move(y)}}};
}

// fp16 and bf16 to fp32, as weights are read; fp32 to bf16, as rows are prepared.
Outcome cast(const Vector& vector, const kernels::IsaKernels& isa) {
  const Tensor& x = *vector.input(0);
  const std::string &from = x.type, &to = vector.output(0).type;
  if (to == "FLOAT" && (from == "FLOAT16" || from == "BFLOAT16")) return {.outputs = {{0, x.floats()}}};
  if (from != "FLOAT" || to != "BFLOAT16") return {.lacks = "other than fp16 or bf16 to fp32 and fp32 to bf16"};
  const auto values = x.floats();
  const auto count = static_cast<int64_t>(values.size());
  std::vector<uint16_t> halves(values.size());
  kernels::PrepareCall call{};
  call.precision = kernels::Precision::kBf16;
  call.x = values.data();
  call.x_stride = call.cols = count;
  call.rows = 1;
  call.y = halves.data();
  call.y_stride = call.y_bytes = 2 * count;
  isa.prepare(call);
  std::vector<float> y;
  for (uint16_t bits : halves) y.push_back(tensor::from_bf16(bits));
  return {.outputs = {{0, std::move(y)}}};
}

}  // namespace fovea::onnx
