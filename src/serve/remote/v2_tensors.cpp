#include "serve/remote/v2_tensors.h"

#include <bit>
#include <cstring>

namespace fovea::remote {

static_assert(std::endian::native == std::endian::little, "tensors are little-endian on the wire");

std::string v2_output(const RemoteOptions& options) {
  if (!options.tensors.output.empty()) return options.tensors.output;
  if (options.task == inference::Task::kEmbedding) return "embedding";
  return options.probabilities ? "probabilities" : "logits";
}

void append_element(std::string& out, std::string_view text) {
  const auto size = static_cast<uint32_t>(text.size());
  char bytes[4];
  std::memcpy(bytes, &size, 4);
  out.append(bytes, 4);
  out += text;
}

}  // namespace fovea::remote
