// Which of some texts is nearest in meaning to a first one? usage: nearest MODEL_FOLDER QUERY TEXT...
#include <fovea/engine.h>

#include <algorithm>
#include <cmath>
#include <cstdio>
#include <string>
#include <vector>

namespace {

double cosine(std::span<const float> a, std::span<const float> b) {
  double dot = 0, a_squares = 0, b_squares = 0;
  for (size_t i = 0; i < a.size(); ++i) {
    dot += static_cast<double>(a[i]) * b[i];
    a_squares += static_cast<double>(a[i]) * a[i];
    b_squares += static_cast<double>(b[i]) * b[i];
  }
  return dot / std::sqrt(a_squares * b_squares);
}

}  // namespace

int main(int argc, char** argv) {
  if (argc < 4) {
    std::fprintf(stderr, "usage: nearest MODEL_FOLDER QUERY TEXT...\n");
    return 2;
  }
  auto engine = fovea::engine::Engine::open(argv[1]);
  if (!engine) {
    std::fprintf(stderr, "nearest: %s\n", engine.error().text.c_str());
    return 1;
  }
  if (engine->describe().output != fovea::engine::Output::kEmbedding) {
    std::fprintf(stderr, "nearest: %s is no model of embeddings\n", argv[1]);
    return 1;
  }
  const std::vector<std::string> texts(argv + 2, argv + argc);
  const auto answers = engine->encode(texts);
  if (!answers) {
    std::fprintf(stderr, "nearest: %s\n", answers.error().text.c_str());
    return 1;
  }
  std::vector<std::pair<double, std::string>> ranked;
  for (size_t i = 1; i < texts.size(); ++i)
    ranked.emplace_back(cosine((*answers)[0].values, (*answers)[i].values), texts[i]);
  std::sort(ranked.rbegin(), ranked.rend());
  for (const auto& [likeness, text] : ranked) std::printf("%.4f %s\n", likeness, text.c_str());
  return 0;
}
