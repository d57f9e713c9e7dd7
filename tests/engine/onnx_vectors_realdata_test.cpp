// Every vector of ONNX whose operator and form the engine has, on every instruction set of the machine.
#include <gtest/gtest.h>

#include <algorithm>
#include <cmath>
#include <cstdio>
#include <filesystem>
#include <map>
#include <string>

#include "onnx_vectors.h"
#include "onnx_vectors_operators.h"

namespace fovea::onnx {
namespace {

constexpr const char* kPath = "../shared/data/onnx_op_vectors/vectors.jsonl.gz";

struct Had {
  Operator run;
  int passed, lacking;  // how many of the vectors: these figures may not fall
};
const std::map<std::string_view, Had> kHad = {
    {"Attention", {attention, 57, 8}},
    {"Cast", {cast, 3, 57}},
    {"CastLike", {cast, 3, 53}},
    {"Gather", {gather, 1, 3}},
    {"Gelu", {activation, 4, 0}},
    {"Gemm", {gemm, 11, 0}},
    {"GlobalAveragePool", {pooling, 2, 0}},
    {"GlobalMaxPool", {pooling, 2, 0}},
    {"LayerNormalization", {layer_norm, 19, 0}},
    {"LpNormalization", {unit_length, 1, 0}},
    {"MatMul", {matmul, 7, 0}},
    {"ReduceMax", {pooling, 8, 2}},
    {"ReduceMean", {pooling, 8, 0}},
    {"Relu", {activation, 1, 0}},
    {"RotaryEmbedding", {rotary, 5, 3}},
    {"Softmax", {softmax, 7, 0}},
    {"SwiGLU", {gated, 2, 1}},
    {"Swish", {activation, 1, 0}},
    {"Tanh", {activation, 2, 0}},
};

// As ONNX's runner: |got - want| <= 1e-7 + 1e-3 |want|, of fp16 and bf16 too.
std::string difference(const Tensor& want, const std::vector<float>& got) {
  const auto values = want.floats();
  if (values.size() != got.size()) return "has " + std::to_string(got.size()) + " values";
  for (size_t i = 0; i < got.size(); ++i) {
    if (std::isnan(values[i]) && std::isnan(got[i])) continue;
    if (values[i] == got[i]) continue;
    if (std::isinf(values[i]) ||
        !(std::abs(static_cast<double>(got[i]) - values[i]) <= 1e-7 + 1e-3 * std::abs(values[i])))
      return "is " + std::to_string(got[i]) + ", not " + std::to_string(values[i]) + ", at " + std::to_string(i);
  }
  return "";
}

TEST(OnnxVectors, ADifferenceIsSeen) {
  const float values[] = {1.0f, 0.0f, INFINITY};
  const Tensor want{"y", "FLOAT", {3}, std::string(reinterpret_cast<const char*>(values), sizeof values)};
  EXPECT_EQ(difference(want, {1.0009f, 0.9e-7f, INFINITY}), "");
  EXPECT_NE(difference(want, {1.0011f, 0.0f, INFINITY}), "");
  EXPECT_NE(difference(want, {1.0f, 1.1e-7f, INFINITY}), "");
  EXPECT_NE(difference(want, {1.0f, 0.0f, 3e38f}), "");
  EXPECT_NE(difference(want, {NAN, 0.0f, INFINITY}), "");
  EXPECT_NE(difference(want, {1.0f, 0.0f}), "");
}

struct Count {
  int passed = 0, lacking = 0;
};

struct Tally {
  std::map<std::string_view, Count> counts;  // of the operators that the engine has
  std::map<std::string, int> others;         // operators that it does not have
  std::map<std::string, std::string> forms;  // vectors in a form that it does not have, and why
  std::map<std::string, std::string> lacks;  // outputs that it does not have of vectors that pass
  int passed = 0;

  void take(const Vector& vector, const kernels::IsaKernels& isa) {
    const auto had = kHad.find(vector.op);
    if (had == kHad.end()) {
      ++others[vector.op];
      return;
    }
    Count& count = counts[had->first];
    const Outcome outcome = had->second.run(vector, isa);
    if (!outcome.lacks.empty()) {
      forms[vector.name] = outcome.lacks;
      ++count.lacking;
      return;
    }
    ASSERT_TRUE(outcome.outputs.contains(0)) << vector.name;
    bool same = true;
    for (size_t place = 0; place < vector.output_names.size(); ++place) {
      if (vector.output_names[place].empty()) continue;
      const auto given = outcome.outputs.find(place);
      if (given == outcome.outputs.end()) {
        lacks[vector.name] += " " + vector.output_names[place];
        continue;
      }
      const std::string apart = difference(vector.output(place), given->second);
      EXPECT_EQ(apart, "") << vector.name << " " << vector.output_names[place];
      same = same && apart.empty();
    }
    if (!same) return;
    ++count.passed;
    ++passed;
  }

  void print() const {
    for (const auto& [op, count] : counts)
      std::printf("%s: %d pass, %d in a form that the engine does not have\n", op.data(), count.passed, count.lacking);
    for (const auto& [name, reason] : forms) std::printf("not had: %s: %s\n", name.c_str(), reason.c_str());
    for (const auto& [name, outputs] : lacks) std::printf("not had: %s: the output%s\n", name.c_str(), outputs.c_str());
    for (const auto& [op, number] : others) std::printf("no operator of the engine's: %s (%d)\n", op.c_str(), number);
  }
};

class EveryIsaOnnxVectors : public ::testing::TestWithParam<const kernels::IsaKernels*> {};

std::string name_of(const ::testing::TestParamInfo<const kernels::IsaKernels*>& info) {
  std::string name = info.param->name;
  std::ranges::replace(name, '-', '_');
  return name;
}
INSTANTIATE_TEST_SUITE_P(Engine, EveryIsaOnnxVectors, ::testing::ValuesIn(kernels::available_isas()), name_of);

TEST_P(EveryIsaOnnxVectors, OfOperatorsThatTheEngineHasPass) {
  if (!std::filesystem::exists(kPath)) GTEST_SKIP() << "skipped: no ../shared/data";
  const auto vectors = read_vectors(kPath);
  ASSERT_TRUE(vectors.has_value()) << vectors.error().text();
  Tally tally;
  for (const Vector& vector : *vectors) tally.take(vector, *GetParam());
  if (GetParam() == kernels::available_isas().front()) tally.print();
  for (const auto& [op, had] : kHad) {
    EXPECT_EQ(tally.counts[op].passed, had.passed) << op;
    EXPECT_EQ(tally.counts[op].lacking, had.lacking) << op;
  }
  std::printf("%s: %d of %zu vectors pass, %zu have another form, the rest other operators\n", GetParam()->name,
              tally.passed, vectors->size(), tally.forms.size());
  EXPECT_GT(tally.passed, 0);
}

}  // namespace
}  // namespace fovea::onnx
