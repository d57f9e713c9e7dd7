// Writes a model folder small enough for tests of the installed library. usage: library_folder OUT [LABELS]
#include <cstdlib>
#include <filesystem>

#include "engine/models/tiny_bert_folder.h"

int main(int argc, char** argv) {
  if (argc < 2) return 2;
  const fovea::models::TinyBertFolder folder({.labels = argc > 2 ? std::atoi(argv[2]) : 0});
  std::filesystem::copy(folder.path(), argv[1], std::filesystem::copy_options::recursive);
  return 0;
}
