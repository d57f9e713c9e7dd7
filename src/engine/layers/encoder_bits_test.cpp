// The bits of an encoder's rows: the same alone, in any group, however the work is shared and however often; in int8
// on every instruction set.
#include <gtest/gtest.h>

#include <cmath>
#include <cstdlib>
#include <thread>

#include "base/random.h"
#include "engine/layers/encoder_stack.h"

namespace fovea::layers {
namespace {

using kernels::Precision;

struct RandomWeights final : WeightSource {
  Result<tensor::Tensor> tensor(const std::string& name, const std::vector<int64_t>& shape) const override {
    int64_t count = 1;
    uint64_t seed = 1;
    for (int64_t extent : shape) count *= extent;
    for (char c : name) seed = seed * 31 + static_cast<unsigned char>(c);
    auto storage = tensor::Storage::allocate(static_cast<size_t>(count) * sizeof(float));
    auto* values = reinterpret_cast<float*>(storage->writable());
    Random random(seed);
    for (int64_t i = 0; i < count; ++i) values[i] = static_cast<float>(random.uniform() - 0.5) * 0.6f;
    return tensor::Tensor(storage, values, shape);
  }
};

EncoderShape bert() {
  EncoderShape shape;
  shape.layers = 2;
  shape.hidden = 48;
  shape.heads = 3;
  shape.intermediate = 80;
  return shape;
}
EncoderShape modern_bert() {
  EncoderShape shape = bert();
  shape.layers = 3;
  shape.gated = shape.norm_before = shape.final_norm = true;
  shape.linear_bias = shape.norm_bias = shape.first_attention_norm = false;
  shape.attention = {{0, 160000}, {4, 10000}, {4, 10000}};
  return shape;
}
EncoderShape mpnet() {
  EncoderShape shape = bert();
  shape.relative_buckets = 32;
  return shape;
}

struct Group {
  std::vector<float> hidden;
  std::vector<int32_t> offsets{0};
};

Group group_of(const std::vector<int64_t>& lengths, int64_t width) {
  Group group;
  for (int64_t length : lengths) {
    Random random(static_cast<uint64_t>(length));
    for (int64_t i = 0; i < length * width; ++i) group.hidden.push_back(static_cast<float>(random.uniform() * 2 - 1));
    group.offsets.push_back(group.offsets.back() + static_cast<int32_t>(length));
  }
  return group;
}

std::vector<float> run(const EncoderStack& stack, Group group, const StackRun& how = {}) {
  tensor::Arena arena;
  const tensor::Matrix rows(group.hidden.data(), group.offsets.back(), stack.shape().hidden);
  EXPECT_TRUE(stack.run(rows, group.offsets, arena, how).has_value());
  return group.hidden;
}

// Every third item on another thread, the last first.
void share(int64_t items, const std::function<void(int64_t, tensor::Arena&)>& work) {
  std::vector<std::thread> threads;
  for (int64_t part = 0; part < 3; ++part)
    threads.emplace_back([&, part] {
      tensor::Arena arena;
      for (int64_t item = items - 1; item >= 0; --item)
        if (item % 3 == part) {
          const tensor::Arena::Scope scope(arena);
          work(item, arena);
        }
    });
  for (std::thread& thread : threads) thread.join();
}

class Bits : public ::testing::TestWithParam<std::tuple<int, Precision>> {
 protected:
  EncoderShape shape() const {
    const int which = std::get<0>(GetParam());
    return which == 0 ? bert() : which == 1 ? modern_bert() : mpnet();
  }
  Precision precision() const { return std::get<1>(GetParam()); }
};
INSTANTIATE_TEST_SUITE_P(Encoders, Bits,
                         ::testing::Combine(::testing::Values(0, 1, 2),
                                            ::testing::Values(Precision::kFp32, Precision::kBf16, Precision::kInt8)));

TEST_P(Bits, AreTheSameAloneInAGroupSharedAndTwice) {
  const auto stack = EncoderStack::create(shape(), RandomWeights(), precision());
  ASSERT_TRUE(stack.has_value()) << stack.error().text();
  const std::vector<int64_t> lengths{7, 1, 30, 130, 2, 51};
  const auto together = run(**stack, group_of(lengths, shape().hidden));
  EXPECT_EQ(together, run(**stack, group_of(lengths, shape().hidden)));
  StackRun shared;
  shared.share = share;
  EXPECT_EQ(together, run(**stack, group_of(lengths, shape().hidden), shared));
  size_t at = 0;
  for (int64_t length : lengths) {
    const auto alone = run(**stack, group_of({length}, shape().hidden));
    ASSERT_TRUE(std::equal(alone.begin(), alone.end(), together.begin() + static_cast<ptrdiff_t>(at))) << length;
    at += alone.size();
  }
}

TEST_P(Bits, OfTheFirstRowAreTheSameWhereItIsAllThatIsAsked) {
  const auto stack = EncoderStack::create(shape(), RandomWeights(), precision()).value();
  const Group group = group_of({40, 3, 90}, shape().hidden);
  const auto all = run(*stack, group);
  StackRun how;
  how.first_rows_only = true;
  const auto first = run(*stack, group, how);
  for (size_t s = 0; s + 1 < group.offsets.size(); ++s)
    for (int64_t c = 0; c < shape().hidden; ++c) {
      const auto at = static_cast<size_t>(group.offsets[s] * shape().hidden + c);
      ASSERT_EQ(first[at], all[at]) << s;
    }
}

TEST_P(Bits, OfInt8AreTheSameOnEveryInstructionSet) {
  if (precision() != Precision::kInt8) return;
  const char* kept = std::getenv("FOVEA_ISA");
  const std::string before = kept ? kept : "";
  std::vector<float> first;
  for (const kernels::IsaKernels* isa : kernels::available_isas()) {
    ::setenv("FOVEA_ISA", isa->name, 1);
    const auto stack = EncoderStack::create(shape(), RandomWeights(), precision()).value();
    const auto got = run(*stack, group_of({7, 130, 20}, shape().hidden));
    if (first.empty()) first = got;
    EXPECT_EQ(got, first) << isa->name;
  }
  kept ? ::setenv("FOVEA_ISA", before.c_str(), 1) : ::unsetenv("FOVEA_ISA");
}

TEST_P(Bits, OfOtherPrecisionsAreNearFp32) {
  const auto reference = EncoderStack::create(shape(), RandomWeights()).value();
  const auto stack = EncoderStack::create(shape(), RandomWeights(), precision()).value();
  const auto want = run(*reference, group_of({60}, shape().hidden)), got = run(*stack, group_of({60}, shape().hidden));
  double dot = 0, a = 0, b = 0;
  for (size_t i = 0; i < want.size(); ++i) {
    dot += static_cast<double>(want[i]) * got[i];
    a += static_cast<double>(want[i]) * want[i];
    b += static_cast<double>(got[i]) * got[i];
  }
  EXPECT_GE(dot / std::sqrt(a * b), precision() == Precision::kInt8 ? 0.99 : 0.9995);
}

}  // namespace
}  // namespace fovea::layers
