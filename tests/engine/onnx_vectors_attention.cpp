// Attention, Softmax and RotaryEmbedding: the operators over heads.
#include <algorithm>
#include <cmath>
#include <limits>

#include "base/check.h"
#include "engine/kernels/precision.h"
#include "engine/tensor/arena.h"
#include "onnx_vectors_operators.h"

namespace fovea::onnx {
namespace {

// [batch, heads, rows, dim], or [batch, rows, heads * dim] where the node says how many heads there are.
struct Heads {
  std::vector<float> values;
  int64_t batch = 0, heads = 0, rows = 0, dim = 0;
  bool rows_first = false;

  Heads(const Tensor& tensor, int64_t heads_of_3d) : values(tensor.floats()), batch(tensor.extent(0)) {
    rows_first = tensor.rank() == 3;
    heads = rows_first ? heads_of_3d : tensor.extent(1);
    rows = tensor.extent(rows_first ? 1 : 2);
    dim = rows_first ? tensor.extent(2) / heads : tensor.extent(3);
  }
  size_t at(int64_t b, int64_t h, int64_t r, int64_t d) const {
    return static_cast<size_t>(rows_first ? ((b * rows + r) * heads + h) * dim + d
                                          : ((b * heads + h) * rows + r) * dim + d);
  }
  // Appends a head's rows, zero-filled to `width`: zeros add nothing to a product.
  void append(int64_t b, int64_t h, int64_t width, std::vector<float>& to) const {
    for (int64_t r = 0; r < rows; ++r)
      for (int64_t d = 0; d < width; ++d) to.push_back(d < dim ? values[at(b, h, r, d)] : 0.0f);
  }
};

// A mask of up to four dimensions as an additive bias; what lies behind its last column is hidden.
struct Mask {
  const Tensor* tensor;
  std::vector<float> values;

  explicit Mask(const Tensor* mask) : tensor(mask) {
    if (!tensor) return;
    if (tensor->is_float()) {
      values = tensor->floats();
      return;
    }
    for (int64_t seen : tensor->integers()) values.push_back(seen ? 0.0f : -std::numeric_limits<float>::infinity());
  }
  float bias(int64_t b, int64_t h, int64_t query, int64_t key) const {
    if (key >= tensor->extent(-1)) return -std::numeric_limits<float>::infinity();
    const int64_t place[] = {b, h, query, key};
    int64_t index = 0;
    for (int64_t axis = -tensor->rank(); axis < 0; ++axis) {
      const int64_t extent = tensor->extent(axis);
      index = index * extent + (extent == 1 ? 0 : place[axis + 4]);
    }
    return values[static_cast<size_t>(index)];
  }
};

struct HeadRun {
  std::vector<float> q, k, v, bias;  // [queries, dim], [keys, dim] twice, [queries, keys] or none
  int64_t queries, keys, dim, first_query = 0, after = kernels::kAll;
  float scale = 1;
};

// out [queries, dim]; weights [queries, keys] where asked for, from the focus of one query after another.
void attend(const HeadRun& run, const kernels::IsaKernels& isa, std::vector<float>& out, std::vector<float>* weights) {
  tensor::Arena arena;
  const tensor::Arena::Scope scope(arena);
  kernels::AttentionCall call{};
  call.precision = kernels::Precision::kFp32;
  call.q = run.q.data();
  call.k = run.k.data();
  call.v = run.v.data();
  call.q_stride = call.k_stride = call.v_stride = call.out_stride = call.head_dim = run.dim;
  call.queries = run.queries;
  call.keys = run.keys;
  call.scale = run.scale;
  call.first_query = run.first_query;
  call.before = kernels::kAll;
  call.after = run.after;
  call.bias = run.bias.empty() ? nullptr : run.bias.data();
  call.bias_stride = run.keys;
  out.assign(static_cast<size_t>(run.queries * run.dim), -77.0f);
  call.out = out.data();
  call.scratch = arena.take<char>(static_cast<size_t>(isa.attention_scratch(run.keys, run.dim))).data();
  isa.attention(call);
  if (!weights) return;
  weights->assign(static_cast<size_t>(run.queries * run.keys), 0.0f);
  std::vector<float> unused(static_cast<size_t>(run.dim));
  for (int64_t i = 0; i < run.queries; ++i) {
    kernels::AttentionCall one = call;
    one.q += i * run.dim;
    one.bias = call.bias ? call.bias + i * run.keys : nullptr;
    one.queries = one.focus_rows = 1;
    one.first_query += i;
    one.focus = weights->data() + i * run.keys;
    one.focus_scale = 1;
    one.out = unused.data();
    isa.attention(one);
  }
}

struct Caches {
  const Heads *key, *value;  // null: none
};

HeadRun head_run(const Vector& vector, const Heads& q, const Heads& k, const Heads& v, const Caches& past,
                 const Mask& mask, int64_t b, int64_t h) {
  HeadRun run;
  const int64_t shared = h / (q.heads / k.heads);  // query heads in turn share a head of keys and values
  run.dim = std::max(q.dim, v.dim);
  run.queries = q.rows;
  if (past.key) {
    past.key->append(b, shared, run.dim, run.k);
    past.value->append(b, shared, run.dim, run.v);
    run.first_query = past.key->rows;
  }
  run.keys = run.first_query + k.rows;
  q.append(b, h, run.dim, run.q);
  k.append(b, shared, run.dim, run.k);
  v.append(b, shared, run.dim, run.v);
  if (const Tensor* lengths = vector.input(6)) run.keys = lengths->integers()[static_cast<size_t>(b)];
  if (vector.attribute("is_causal", 0) != 0) run.after = 0;
  run.scale = static_cast<float>(vector.attribute("scale", 1 / std::sqrt(static_cast<double>(q.dim))));
  if (mask.tensor)
    for (int64_t i = 0; i < run.queries; ++i)
      for (int64_t j = 0; j < run.keys; ++j) run.bias.push_back(mask.bias(b, h, i, j));
  return run;
}

// past and present as they lie side by side: [batch, heads, past + rows, dim]
std::vector<float> present(const Heads& past, const Heads& fresh) {
  std::vector<float> values;
  for (int64_t b = 0; b < fresh.batch; ++b)
    for (int64_t h = 0; h < fresh.heads; ++h) {
      past.append(b, h, past.dim, values);
      fresh.append(b, h, fresh.dim, values);
    }
  return values;
}

}  // namespace

Outcome attention(const Vector& vector, const kernels::IsaKernels& isa) {
  if (vector.attribute("softcap", 0) != 0) return {.lacks = "softcap"};
  const auto q_heads = static_cast<int64_t>(vector.attribute("q_num_heads", 1));
  const auto kv_heads = static_cast<int64_t>(vector.attribute("kv_num_heads", 1));
  const Heads q(*vector.input(0), q_heads), k(*vector.input(1), kv_heads), v(*vector.input(2), kv_heads);
  const Mask mask(vector.input(3));
  std::vector<Heads> past;
  for (size_t place : {4, 5})
    if (const Tensor* cached = vector.input(place)) past.emplace_back(*cached, 0);
  FOVEA_CHECK(past.size() != 1);
  const Caches caches{past.empty() ? nullptr : &past[0], past.empty() ? nullptr : &past[1]};
  // Scores before the softmax (modes 0 to 2) never leave the kernel.
  const bool wants_weights = vector.output_names.size() > 3 && vector.attribute("qk_matmul_output_mode", 0) == 3;
  Heads out = q;
  out.dim = v.dim;
  out.values.assign(static_cast<size_t>(q.batch * q.heads * q.rows * v.dim), -77.0f);
  std::vector<float> head, weights, head_weights;
  for (int64_t b = 0; b < q.batch; ++b)
    for (int64_t h = 0; h < q.heads; ++h) {
      const HeadRun run = head_run(vector, q, k, v, caches, mask, b, h);
      attend(run, isa, head, wants_weights ? &head_weights : nullptr);
      for (int64_t r = 0; r < q.rows; ++r)
        for (int64_t d = 0; d < v.dim; ++d) out.values[out.at(b, h, r, d)] = head[static_cast<size_t>(r * run.dim + d)];
      if (wants_weights) weights.insert(weights.end(), head_weights.begin(), head_weights.end());
    }
  Outcome outcome;
  outcome.outputs[0] = std::move(out.values);
  if (!past.empty()) {
    outcome.outputs[1] = present(past[0], k);
    outcome.outputs[2] = present(past[1], v);
  }
  if (wants_weights) outcome.outputs[3] = std::move(weights);
  return outcome;
}

// The softmax of the attention kernel: queries without length, the values as a bias, an identity as the keys' values.
Outcome softmax(const Vector& vector, const kernels::IsaKernels& isa) {
  const Tensor& x = *vector.input(0);
  auto axis = static_cast<int64_t>(vector.attribute("axis", -1));
  if (axis < 0) axis += x.rank();
  const int64_t before = x.product(0, axis), width = x.extent(axis), behind = x.product(axis + 1, x.rank());
  const auto values = x.floats();
  HeadRun run;
  run.queries = before * behind;
  run.keys = run.dim = width;
  run.q.assign(static_cast<size_t>(run.queries * width), 0.0f);
  run.k.assign(static_cast<size_t>(width * width), 0.0f);
  run.v = run.k;
  for (int64_t i = 0; i < width; ++i) run.v[static_cast<size_t>(i * width + i)] = 1;
  const auto at = [&](int64_t row, int64_t i) {
    return static_cast<size_t>((row / behind * width + i) * behind + row % behind);
  };
  for (int64_t row = 0; row < run.queries; ++row)
    for (int64_t i = 0; i < width; ++i) run.bias.push_back(values[at(row, i)]);
  std::vector<float> rows, y(values.size());
  attend(run, isa, rows, nullptr);
  for (int64_t row = 0; row < run.queries; ++row)
    for (int64_t i = 0; i < width; ++i) y[at(row, i)] = rows[static_cast<size_t>(row * width + i)];
  return {.outputs = {{0, std::move(y)}}};
}

Outcome rotary(const Vector& vector, const kernels::IsaKernels& isa) {
  if (vector.attribute("interleaved", 0) != 0) return {.lacks = "interleaved pairs"};
  Heads x(*vector.input(0), static_cast<int64_t>(vector.attribute("num_heads", 1)));
  const Tensor &cosines = *vector.input(1), &sines = *vector.input(2);
  const auto cosine = cosines.floats(), sine = sines.floats();
  const int64_t half = cosines.extent(-1);  // of what is rotated: the first 2 * half of a head
  const int64_t rows = cosines.product(0, cosines.rank() - 1);
  std::vector<float> table;
  for (int64_t p = 0; p < rows; ++p)
    for (const auto* part : {&cosine, &sine})
      table.insert(table.end(), part->data() + p * half, part->data() + (p + 1) * half);
  const Tensor* positions = vector.input(3);
  const auto given = positions ? positions->integers() : std::vector<int64_t>();
  for (int64_t b = 0; b < x.batch; ++b)
    for (int64_t h = 0; h < x.heads; ++h)
      for (int64_t r = 0; r < x.rows; ++r) {
        const int64_t place = b * x.rows + r;  // without positions the tables are [batch, rows, half]
        isa.rotary({.x = x.values.data() + x.at(b, h, r, 0),
                    .x_stride = x.dim,
                    .rows = 1,
                    .heads = 1,
                    .head_dim = 2 * half,
                    .first = positions ? given[static_cast<size_t>(place)] : place,
                    .table = table.data()});
      }
  return {.outputs = {{0, std::move(x.values)}}};
}

}  // namespace fovea::onnx
