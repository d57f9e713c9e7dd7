// Attention against naive attention in double, over shapes, masks, biases and precisions.
#include <cmath>

#include "base/random.h"
#include "engine/kernels/isa_tables.h"
#include "engine/kernels/kernel_numbers_test.h"
#include "engine/kernels/scalar.h"

namespace fovea::kernels {
namespace {

class EveryIsaAttention : public OnEveryIsa {};
INSTANTIATE_TEST_SUITE_P(Kernels, EveryIsaAttention, ::testing::ValuesIn(available_isas()), isa_test_name);

struct Case {
  int64_t queries, keys, dim;
  int64_t first_query = 0, before = kAll, after = kAll, globals = 0;
  bool bias = false;
  float spread = 1;
  Precision precision = Precision::kFp32;
  int64_t query_block = 0;

  bool sees(int64_t i, int64_t j) const {
    const int64_t at = first_query + i;
    return at < globals || j < globals || (j >= at - before && j <= at + after);
  }
};

struct Answer {
  std::vector<double> out, focus;
  double entropy = 0;
};

struct Input {
  std::vector<float> q, k, v, bias;
  explicit Input(const Case& c)
      : q(numbers(static_cast<size_t>(c.queries * c.dim), 1)),
        k(numbers(static_cast<size_t>(c.keys * c.dim), 2)),
        v(numbers(static_cast<size_t>(c.keys * c.dim), 3)),
        bias(numbers(static_cast<size_t>(c.bias ? c.queries * c.keys : 0), 4)) {
    for (float& value : q) value *= c.spread;
    for (float& value : k) value *= c.spread;
  }
};

Answer specification(const Case& c, const Input& in) {
  Answer answer;
  answer.out.assign(in.q.size(), 0);
  answer.focus.assign(static_cast<size_t>(c.keys), 0);
  for (int64_t i = 0; i < c.queries; ++i) {
    std::vector<double> scores;
    std::vector<int64_t> seen;
    for (int64_t j = 0; j < c.keys; ++j) {
      if (!c.sees(i, j)) continue;
      double dot = 0;
      for (int64_t d = 0; d < c.dim; ++d)
        dot += static_cast<double>(in.q[static_cast<size_t>(i * c.dim + d)]) * in.k[static_cast<size_t>(j * c.dim + d)];
      dot /= std::sqrt(static_cast<double>(c.dim));
      if (c.bias) dot += in.bias[static_cast<size_t>(i * c.keys + j)];
      scores.push_back(dot);
      seen.push_back(j);
    }
    scalar::softmax(scores);
    for (size_t s = 0; s < seen.size(); ++s) {
      answer.focus[static_cast<size_t>(seen[s])] += scores[s] / static_cast<double>(c.queries);
      if (scores[s] > 0) answer.entropy -= scores[s] * std::log(scores[s]) / static_cast<double>(c.queries);
      for (int64_t d = 0; d < c.dim; ++d)
        answer.out[static_cast<size_t>(i * c.dim + d)] += scores[s] * in.v[static_cast<size_t>(seen[s] * c.dim + d)];
    }
  }
  return answer;
}

struct Attended {
  std::vector<float> out, focus;
  float entropy = 0;
};

// Queries [first, first + count) of the case; observed if all of them are asked.
Attended attend(const IsaKernels& isa, const Case& c, const Input& in, int64_t first, int64_t count) {
  Attended run;
  run.out.assign(static_cast<size_t>(count * c.dim + 1), -77.0f);
  run.focus.assign(static_cast<size_t>(c.keys), 0.0f);
  tensor::Arena arena;
  const tensor::Arena::Scope scope(arena);
  AttentionCall call{};
  call.precision = c.precision;
  call.q = in.q.data() + first * c.dim;
  call.k = in.k.data();
  call.v = in.v.data();
  call.q_stride = call.k_stride = call.v_stride = c.dim;
  call.queries = count;
  call.keys = c.keys;
  call.head_dim = c.dim;
  call.scale = 1.0f / std::sqrt(static_cast<float>(c.dim));
  call.first_query = c.first_query + first;
  call.before = c.before;
  call.after = c.after;
  call.globals = c.globals;
  call.bias = c.bias ? in.bias.data() + first * c.keys : nullptr;
  call.bias_stride = c.keys;
  call.out = run.out.data();
  call.out_stride = c.dim;
  call.query_block = c.query_block;
  if (count == c.queries) {
    call.focus = run.focus.data();
    call.entropy = &run.entropy;
    call.focus_rows = count;
    call.focus_scale = 1.0f / static_cast<float>(count);
  }
  call.scratch = arena.take<char>(static_cast<size_t>(isa.attention_scratch(c.keys, c.dim))).data();
  isa.attention(call);
  EXPECT_EQ(run.out.back(), -77.0f) << "wrote behind the rows";
  return run;
}

void compare(const IsaKernels& isa, const Case& c) {
  SCOPED_TRACE(testing::Message() << precision_name(c.precision) << " " << c.queries << " of " << c.keys << " dim "
                                  << c.dim << " at " << c.first_query << " before " << c.before << " after " << c.after
                                  << " globals " << c.globals << " bias " << c.bias << " spread " << c.spread);
  const Input in(c);
  const Answer want = specification(c, in);
  const Attended got = attend(isa, c, in, 0, c.queries);
  double tolerance = 3e-6 * c.spread * c.spread;
  if (c.precision == Precision::kBf16) tolerance = 0.02 * c.spread;
  if (c.precision == Precision::kInt8) tolerance = 0.03 * c.spread;
  for (size_t i = 0; i < want.out.size(); ++i) ASSERT_NEAR(got.out[i], want.out[i], tolerance) << "at " << i;
  for (size_t j = 0; j < want.focus.size(); ++j) ASSERT_NEAR(got.focus[j], want.focus[j], tolerance);
  if (c.precision == Precision::kFp32) {
    ASSERT_NEAR(got.entropy, want.entropy, 1e-4 * c.spread * c.spread);
  }
  // A query's row is the same alone, to the bit.
  for (int64_t i : {int64_t{0}, c.queries / 2, c.queries - 1}) {
    const Attended alone = attend(isa, c, in, i, 1);
    for (int64_t d = 0; d < c.dim; ++d)
      ASSERT_EQ(alone.out[static_cast<size_t>(d)], got.out[static_cast<size_t>(i * c.dim + d)]) << "row " << i;
  }
}

TEST_P(EveryIsaAttention, DenseIsTheSpecification) {
  for (int64_t rows = 1; rows <= 70; ++rows) compare(isa(), {rows, rows, 32});
  for (int64_t dim : {1, 3, 8, 31, 33, 64, 80}) compare(isa(), {19, 19, dim});
  for (int64_t rows : {128, 300, 511, 512, 513, 1100}) compare(isa(), {rows, rows, 64});
  Case apart{40, 40, 32};
  apart.spread = 12;  // scores far apart: most weights vanish
  compare(isa(), apart);
}

TEST_P(EveryIsaAttention, MasksAreRanges) {
  for (int64_t rows : {1, 2, 13, 40, 97, 600, 1100}) {
    compare(isa(), {.queries = rows, .keys = rows, .dim = 16, .after = 0});  // causal
    for (int64_t window : {0, 1, 5, 64, 300}) {
      compare(isa(), {.queries = rows, .keys = rows, .dim = 16, .before = window, .after = window});
      compare(isa(), {.queries = rows, .keys = rows, .dim = 16, .before = window, .after = window, .globals = 3});
    }
  }
  compare(isa(), {.queries = 30, .keys = 700, .dim = 16, .first_query = 650, .before = 20, .after = 0, .globals = 40});
  // Whole panels of dimensions: answers at once, values read where they are (a narrow window) or copied.
  for (int64_t rows : {40, 300, 600})
    for (int64_t window : {5, 100, 200}) {
      compare(isa(), {.queries = rows, .keys = rows, .dim = 64, .before = window, .after = window});
      compare(isa(), {.queries = rows, .keys = rows, .dim = 64, .before = window, .after = 0, .globals = 3});
      compare(isa(), {.queries = rows, .keys = rows, .dim = 64, .before = window, .after = window, .bias = true});
    }
}

TEST_P(EveryIsaAttention, CrossAndBiasAreTheSpecification) {
  compare(isa(), {.queries = 7, .keys = 90, .dim = 32});
  compare(isa(), {.queries = 90, .keys = 7, .dim = 32});
  for (int64_t rows : {1, 17, 64, 530}) {
    compare(isa(), {.queries = rows, .keys = rows, .dim = 24, .bias = true});
    compare(isa(), {.queries = rows, .keys = rows, .dim = 24, .before = 9, .after = 9, .bias = true});
  }
}

TEST_P(EveryIsaAttention, OtherPrecisionsAreNear) {
  for (Precision precision : {Precision::kBf16, Precision::kInt8}) {
    for (int64_t rows : {1, 2, 3, 4, 5, 15, 31, 33, 70, 200, 513, 1100})
      compare(isa(), {.queries = rows, .keys = rows, .dim = 32, .precision = precision});
    for (int64_t dim : {1, 3, 33, 64}) compare(isa(), {.queries = 20, .keys = 20, .dim = dim, .precision = precision});
    compare(isa(), {.queries = 600, .keys = 600, .dim = 32, .before = 64, .after = 64, .precision = precision});
    compare(isa(), {.queries = 50, .keys = 50, .dim = 32, .bias = true, .precision = precision});
  }
}

TEST_P(EveryIsaAttention, AQueryThatSeesNothingGivesZeros) {
  for (Precision precision : {Precision::kFp32, Precision::kBf16, Precision::kInt8})
    for (int64_t dim : {8, 64})
      for (int64_t keys : {5, 600}) {
        const Case c{.queries = 3,
                     .keys = keys,
                     .dim = dim,
                     .first_query = 1000,
                     .before = 2,
                     .after = 2,
                     .precision = precision};
        const Attended run = attend(isa(), c, Input(c), 0, 3);
        for (size_t i = 0; i + 1 < run.out.size(); ++i) ASSERT_EQ(run.out[i], 0.0f);
        for (float value : run.focus) ASSERT_EQ(value, 0.0f);
      }
  // Some of a group see nothing, others do.
  const Case c{.queries = 30, .keys = 20, .dim = 64, .before = 2, .after = 2};
  const Attended run = attend(isa(), c, Input(c), 0, 30);
  for (size_t i = 0; i + 1 < run.out.size(); ++i)
    ASSERT_EQ(run.out[i] == 0.0f, i >= 22 * 64) << i;  // query 21 sees key 19
}

TEST_P(EveryIsaAttention, Int8IsTheSameOnEveryInstructionSet) {
  for (int64_t rows : {1, 15, 33, 200, 700}) {
    const Case c{.queries = rows, .keys = rows, .dim = 32, .precision = Precision::kInt8};
    const Input in(c);
    ASSERT_EQ(attend(isa(), c, in, 0, rows).out, attend(*available_isas().front(), c, in, 0, rows).out) << rows;
  }
}

TEST_P(EveryIsaAttention, TheSizeOfAQueryBlockChangesNoBit) {
  for (Precision precision : {Precision::kFp32, Precision::kBf16, Precision::kInt8}) {
    Case c{.queries = 700, .keys = 700, .dim = 32, .precision = precision};
    const Input in(c);
    const Attended whole = attend(isa(), c, in, 0, 700);
    for (int64_t block : {12, 36, 50}) {
      c.query_block = block;
      ASSERT_EQ(attend(isa(), c, in, 0, 700).out, whole.out) << block;
    }
  }
}

TEST_P(EveryIsaAttention, ABiasOfMinusInfinityHides) {
  for (Precision precision : {Precision::kFp32, Precision::kBf16, Precision::kInt8}) {
    const Case c{.queries = 3, .keys = 700, .dim = 8, .bias = true, .precision = precision};
    Input in(c);
    std::fill_n(in.bias.begin() + 700, 700, -INFINITY);  // query 1 sees nothing, query 2 the last ten keys
    std::fill_n(in.bias.begin() + 1400, 690, -INFINITY);
    const Attended run = attend(isa(), c, in, 0, 3);
    for (size_t d = 0; d < 8; ++d) ASSERT_EQ(run.out[8 + d], 0.0f) << precision_name(precision);
    const Case last{.queries = 1, .keys = 10, .dim = 8, .bias = true, .precision = precision};
    Input seen(last);
    std::copy_n(in.q.begin() + 16, 8, seen.q.begin());
    std::copy_n(in.k.end() - 80, 80, seen.k.begin());
    std::copy_n(in.v.end() - 80, 80, seen.v.begin());
    std::copy_n(in.bias.end() - 10, 10, seen.bias.begin());
    const Answer want = specification(last, seen);
    const double tolerance = precision == Precision::kFp32 ? 3e-6 : 0.03;
    for (size_t d = 0; d < 8; ++d) ASSERT_NEAR(run.out[16 + d], want.out[d], tolerance) << precision_name(precision);
    for (size_t j = 0; j < 690; ++j) ASSERT_LT(run.focus[j], 0.01f);  // of query 0 alone, and a third of it
  }
}

TEST_P(EveryIsaAttention, OfNothingDoesNothing) {
  const Case c{.queries = 0, .keys = 0, .dim = 8};
  EXPECT_EQ(attend(isa(), c, Input(c), 0, 0).out.size(), 1u);
}

}  // namespace
}  // namespace fovea::kernels
