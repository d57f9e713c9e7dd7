// Writes a tiny BERT folder: fovea_tiny_model OUT LABELS VARIANT. VARIANT 1 has other answers than 0.
#include <cstdlib>
#include <filesystem>

#include "engine/models/tiny_bert_folder.h"

int main(int count, char** arguments) {
  if (count != 4) return 2;
  fovea::models::TinyBert what;
  what.labels = std::atoi(arguments[2]);
  if (std::atoi(arguments[3]) == 1) what.config = {{"layer_norm_eps", 0.01}};
  const fovea::models::TinyBertFolder folder(what);
  std::filesystem::copy(folder.path(), arguments[1], std::filesystem::copy_options::recursive);
  return 0;
}
