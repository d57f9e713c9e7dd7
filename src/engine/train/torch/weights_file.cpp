#include "engine/train/torch/weights_file.h"

#include <algorithm>

#include "base/files.h"
#include "base/json.h"

namespace fovea::train_torch {

Result<void> write_safetensors(const std::string& path, std::vector<NamedValues> tensors) {
  std::sort(tensors.begin(), tensors.end(), [](const auto& a, const auto& b) { return a.name < b.name; });
  JsonObject header{{"__metadata__", JsonObject{{"format", "pt"}}}};
  uint64_t at = 0;
  for (const NamedValues& t : tensors) {
    JsonArray shape(t.shape.begin(), t.shape.end());
    header[t.name] = JsonObject{
        {"dtype", "F32"}, {"shape", std::move(shape)}, {"data_offsets", JsonArray{at, at + t.values.size_bytes()}}};
    at += t.values.size_bytes();
  }
  std::string text = to_text(Json(std::move(header)));
  text.append((8 - text.size() % 8) % 8, ' ');  // values are aligned to 8 bytes
  std::string bytes;
  for (uint64_t size = text.size(), i = 0; i < 8; ++i) bytes += static_cast<char>(size >> (8 * i));
  bytes += text;
  for (const NamedValues& t : tensors) {
    bytes.append(reinterpret_cast<const char*>(t.values.data()), t.values.size_bytes());
  }
  return RealFiles().write_atomic(path, bytes);
}

}  // namespace fovea::train_torch
