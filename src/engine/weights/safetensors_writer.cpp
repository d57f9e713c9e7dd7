#include "engine/weights/safetensors_writer.h"

#include <fmt/format.h>

#include "base/json.h"

namespace fovea::weights {

Result<void> write_safetensors(Files& files, const std::string& path, std::span<const NamedValues> tensors,
                               const std::map<std::string, std::string>& metadata) {
  JsonObject header;
  if (!metadata.empty()) {
    JsonObject texts;
    for (const auto& [key, text] : metadata) texts[key] = text;
    header["__metadata__"] = std::move(texts);
  }
  size_t at = 0;
  for (const NamedValues& tensor : tensors) {
    size_t count = 1;
    for (int64_t extent : tensor.shape) count *= static_cast<size_t>(extent);
    const std::string where = fmt::format("{}: {}", path, tensor.name);
    if (count != tensor.values.size())
      return fail(Code::kInvalidArgument, fmt::format("has {} values, its shape {}", tensor.values.size(), count),
                  where);
    if (header.contains(tensor.name)) return fail(Code::kInvalidArgument, "comes twice", where);
    const size_t end = at + count * sizeof(float);
    header[tensor.name] = JsonObject{{"dtype", "F32"},
                                     {"shape", JsonArray(tensor.shape.begin(), tensor.shape.end())},
                                     {"data_offsets", JsonArray{at, end}}};
    at = end;
  }
  std::string text = to_text(header);
  text.resize((text.size() + 7) / 8 * 8, ' ');  // the values begin at a multiple of 8 bytes, as the format asks
  std::string bytes;
  bytes.reserve(8 + text.size() + at);
  for (int i = 0; i < 8; ++i) bytes += static_cast<char>(static_cast<uint64_t>(text.size()) >> (8 * i));
  bytes += text;
  for (const NamedValues& tensor : tensors)
    bytes.append(reinterpret_cast<const char*>(tensor.values.data()), tensor.values.size_bytes());
  return files.write_atomic(path, bytes);
}

}  // namespace fovea::weights
