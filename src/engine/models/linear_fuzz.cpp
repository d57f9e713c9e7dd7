// Any bytes as a model file: an error or a model that scores; and any bytes as a text.
#include "engine/models/linear.h"

extern "C" int LLVMFuzzerTestOneInput(const uint8_t* data, size_t size) {
  std::string_view bytes(reinterpret_cast<const char*>(data), size);
  fovea::models::LinearScratch scratch;
  if (auto model = fovea::models::LinearModel::from_bytes(bytes)) {
    if (model->score(bytes, scratch).size() != model->labels()) __builtin_trap();
  }
  static const fovea::models::LinearVocabulary vocabulary({}, {1u, 2u, 3u}, {1.f, 1.f, 1.f});
  vocabulary.row(bytes, scratch);
  return 0;
}
