#include "engine/layers/encoder_stack.h"

#include <gtest/gtest.h>

#include <cmath>
#include <map>

#include "base/random.h"
#include "engine/kernels/scalar.h"
#include "engine/layers/limits.h"

namespace fovea::layers {
namespace {

// Weights by name, random, remembered so that the specification sees the same.
class RandomWeights final : public WeightSource {
 public:
  Result<tensor::Tensor> tensor(const std::string& name, const std::vector<int64_t>& shape) const override {
    if (name == missing) return fail(Code::kNotFound, "no such tensor", name);
    int64_t count = 1;
    for (int64_t extent : shape) count *= extent;
    auto storage = tensor::Storage::allocate(static_cast<size_t>(count) * sizeof(float));
    auto* values = reinterpret_cast<float*>(storage->writable());
    Random random(tensors_.size() + 7);
    for (int64_t i = 0; i < count; ++i) values[i] = static_cast<float>(random.uniform() - 0.5) * 0.6f;
    tensors_[name] = tensor::Tensor(storage, values, shape);
    return tensors_[name];
  }
  const tensor::Tensor& operator[](const std::string& name) const { return tensors_.at(name); }
  size_t count() const { return tensors_.size(); }
  std::string missing;

 private:
  mutable std::map<std::string, tensor::Tensor> tensors_;
};

constexpr EncoderShape kShape{.layers = 2, .hidden = 24, .heads = 3, .intermediate = 40, .layer_norm_eps = 1e-6f};

std::vector<float> to_floats(const std::vector<double>& values) {
  return {values.begin(), values.end()};
}

// One sequence through the specification: plain loops, one layer after another.
std::vector<float> specification(const EncoderShape& shape, const RandomWeights& weights, std::vector<float> hidden,
                                 std::vector<double>* focus = nullptr) {
  const int64_t width = shape.hidden, rows = static_cast<int64_t>(hidden.size()) / width, dim = width / shape.heads;
  const auto linear = [&](const std::vector<float>& x, int64_t in, const std::string& name) {
    return to_floats(kernels::scalar::linear({x.data(), rows, in}, weights[name + ".weight"].matrix(),
                                             weights[name + ".bias"].values()));
  };
  const auto add_norm = [&](const std::vector<float>& a, const std::vector<float>& b, const std::string& name) {
    std::vector<float> sum(a.size());
    for (size_t i = 0; i < a.size(); ++i) sum[i] = a[i] + b[i];
    return to_floats(kernels::scalar::layer_norm({sum.data(), rows, width}, weights[name + ".weight"].values(),
                                                 weights[name + ".bias"].values(), shape.layer_norm_eps));
  };
  for (int64_t l = 0; l < shape.layers; ++l) {
    const std::string name = "layer." + std::to_string(l) + ".";
    const auto q = linear(hidden, width, name + "attention.self.query");
    const auto k = linear(hidden, width, name + "attention.self.key");
    const auto v = linear(hidden, width, name + "attention.self.value");
    std::vector<float> context(hidden.size());
    if (focus) focus->assign(static_cast<size_t>(rows), 0.0);
    for (int64_t h = 0; h < shape.heads; ++h) {
      const auto part = [&](const std::vector<float>& x) {
        return tensor::ConstMatrix(x.data(), rows, width).col_range(h * dim, dim);
      };
      std::vector<double> table;
      const auto out =
          kernels::scalar::attention(part(q), part(k), part(v), 1 / std::sqrt(static_cast<double>(dim)), &table);
      for (int64_t r = 0; r < rows; ++r)
        for (int64_t d = 0; d < dim; ++d)
          context[static_cast<size_t>(r * width + h * dim + d)] =
              static_cast<float>(out[static_cast<size_t>(r * dim + d)]);
      if (focus)
        for (size_t i = 0; i < table.size(); ++i)
          (*focus)[i % static_cast<size_t>(rows)] += table[i] / static_cast<double>(rows * shape.heads);
    }
    hidden =
        add_norm(linear(context, width, name + "attention.output.dense"), hidden, name + "attention.output.LayerNorm");
    auto wide = linear(hidden, width, name + "intermediate.dense");
    for (float& value : wide)
      value = shape.activation == Activation::kGelu ? static_cast<float>(kernels::scalar::gelu(value))
                                                    : std::max(value, 0.0f);
    hidden = add_norm(linear(wide, shape.intermediate, name + "output.dense"), hidden, name + "output.LayerNorm");
  }
  return hidden;
}

std::vector<float> random_rows(int64_t rows, uint64_t seed) {
  Random random(seed);
  std::vector<float> values(static_cast<size_t>(rows * kShape.hidden));
  for (float& value : values) value = static_cast<float>(random.uniform() * 4 - 2);
  return values;
}

struct Batch {
  std::vector<float> hidden;
  std::vector<int32_t> offsets{0};
  tensor::Matrix view() { return {hidden.data(), offsets.back(), kShape.hidden}; }
};

Batch batch_of(const std::vector<int64_t>& lengths) {
  Batch batch;
  for (size_t i = 0; i < lengths.size(); ++i) {
    const auto rows = random_rows(lengths[i], static_cast<uint64_t>(lengths[i]) * 31 + 1);
    batch.hidden.insert(batch.hidden.end(), rows.begin(), rows.end());
    batch.offsets.push_back(batch.offsets.back() + static_cast<int32_t>(lengths[i]));
  }
  return batch;
}

TEST(EncoderStack, IsTheSpecification) {
  for (const Activation activation : {Activation::kGelu, Activation::kRelu}) {
    EncoderShape shape = kShape;
    shape.activation = activation;
    RandomWeights weights;
    const auto stack = EncoderStack::create(shape, weights);
    ASSERT_TRUE(stack.has_value());
    EXPECT_EQ(weights.count(), 32u);
    tensor::Arena arena;
    for (int64_t rows : {1, 2, 7, 33, 130}) {
      Batch batch = batch_of({rows});
      std::vector<double> want_focus;
      const auto want = specification(shape, weights, batch.hidden, &want_focus);
      std::vector<float> focus(static_cast<size_t>(rows));
      ASSERT_TRUE((*stack)->run(batch.view(), batch.offsets, arena, {.before_layer = {}, .focus = focus}).has_value());
      for (size_t i = 0; i < want.size(); ++i) ASSERT_NEAR(batch.hidden[i], want[i], 1e-5) << rows;
      for (size_t i = 0; i < focus.size(); ++i) ASSERT_NEAR(focus[i], want_focus[i], 1e-6) << rows;
    }
  }
}

TEST(EncoderStack, ASequenceIsTheSameAloneAndInAnyBatch) {
  RandomWeights weights;
  const auto stack = EncoderStack::create(kShape, weights);
  tensor::Arena arena;
  const std::vector<int64_t> lengths{5, 1, 0, 64, 12, 3, 0, 200, 17};
  Batch together = batch_of(lengths);
  ASSERT_TRUE((*stack)->run(together.view(), together.offsets, arena).has_value());
  for (size_t i = 0; i < lengths.size(); ++i) {
    Batch alone = batch_of({lengths[i]});
    ASSERT_TRUE((*stack)->run(alone.view(), alone.offsets, arena).has_value());
    ASSERT_TRUE(std::equal(alone.hidden.begin(), alone.hidden.end(),
                           together.hidden.begin() + together.offsets[i] * kShape.hidden))
        << lengths[i];
  }
}

TEST(EncoderStack, FirstRowsOnlyGivesTheSameFirstRows) {
  RandomWeights weights;
  const auto stack = EncoderStack::create(kShape, weights);
  tensor::Arena arena;
  Batch full = batch_of({5, 0, 40, 1}), first = batch_of({5, 0, 40, 1});
  std::vector<float> full_focus(46), first_focus(46);
  StackRun how{.before_layer = {}, .focus = full_focus, .focus_rows = FocusRows::kFirst};
  ASSERT_TRUE((*stack)->run(full.view(), full.offsets, arena, how).has_value());
  how.focus = first_focus;
  how.first_rows_only = true;
  ASSERT_TRUE((*stack)->run(first.view(), first.offsets, arena, how).has_value());
  for (int32_t row : {0, 5, 45}) ASSERT_TRUE(std::ranges::equal(full.view().row(row), first.view().row(row))) << row;
  EXPECT_EQ(full_focus, first_focus);
  float sum = 0;
  for (size_t i = 5; i < 45; ++i) sum += full_focus[i];
  EXPECT_NEAR(sum, 1.0f, 1e-5f);
}

TEST(EncoderStack, StopsBetweenLayers) {
  RandomWeights weights;
  const auto stack = EncoderStack::create(kShape, weights);
  tensor::Arena arena;
  Batch batch = batch_of({9});
  int layers = 0;
  StackRun how;
  how.before_layer = [&]() -> Result<void> {
    if (++layers == 2) return fail(Code::kDeadlineExceeded, "too late");
    return {};
  };
  const auto stopped = (*stack)->run(batch.view(), batch.offsets, arena, how);
  ASSERT_FALSE(stopped.has_value());
  EXPECT_EQ(stopped.error().code, Code::kDeadlineExceeded);
  EXPECT_EQ(layers, 2);
}

TEST(EncoderStack, AllocatesNothingAfterWarmUp) {
  RandomWeights weights;
  const auto stack = EncoderStack::create(kShape, weights);
  tensor::Arena arena;
  Batch large = batch_of({300});
  ASSERT_TRUE((*stack)->run(large.view(), large.offsets, arena).has_value());
  const uint64_t allocations = arena.allocations();
  for (int64_t rows = 1; rows <= 300; rows += 13) {
    Batch batch = batch_of({rows});
    ASSERT_TRUE((*stack)->run(batch.view(), batch.offsets, arena).has_value());
  }
  EXPECT_EQ(arena.allocations(), allocations);
}

TEST(EncoderStack, RefusesImpossibleShapesAndMissingWeights) {
  EXPECT_TRUE(kShape.check().has_value());
  for (EncoderShape shape : {EncoderShape{0, 24, 3, 40}, EncoderShape{kLayersMax + 1, 24, 3, 40},
                             EncoderShape{2, 24, 5, 40}, EncoderShape{2, 24, 3, 0}, EncoderShape{2, 0, 3, 40},
                             EncoderShape{2, 4096, 1, 40}, EncoderShape{2, 24, -3, 40}}) {
    EXPECT_EQ(shape.check().error().code, Code::kInvalidArgument);
  }
  RandomWeights weights;
  weights.missing = "layer.1.output.LayerNorm.bias";
  const auto stack = EncoderStack::create(kShape, weights);
  ASSERT_FALSE(stack.has_value());
  EXPECT_EQ(stack.error().where, weights.missing);
}

}  // namespace
}  // namespace fovea::layers
