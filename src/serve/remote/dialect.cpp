#include "serve/remote/dialect.h"

#include <algorithm>

#include "base/check.h"
#include "serve/remote/limits.h"

namespace fovea::remote {

size_t texts_that_fit(std::span<const inference::Item> items, size_t batch) {
  size_t count = 0, bytes = 0;
  while (count < std::min(items.size(), batch)) {
    bytes += items[count].text->first.size() + items[count].text->second.size();
    if (count > 0 && bytes > kRequestBytesMax) break;
    ++count;
  }
  return std::max<size_t>(count, 1);
}

size_t Dialect::fits(std::span<const inference::Item> items, size_t batch) const {
  return texts_that_fit(items, batch);
}

std::unique_ptr<Dialect> make_dialect(const RemoteOptions& options) {
  const auto of = [&](Kind kind) -> std::unique_ptr<Dialect> {
    switch (kind) {
      case Kind::kV2:
        return make_v2_dialect(options);
      case Kind::kTei:
        return make_tei_dialect(options);
      case Kind::kHuggingFace:
        return make_huggingface_dialect(options);
      case Kind::kOpenAiEmbeddings:
        return make_embeddings_dialect(options);
      case Kind::kOpenAiChat:
        return make_chat_dialect(options);
      case Kind::kJson:
        return make_json_dialect(options);
      case Kind::kVertex:
        return make_vertex_dialect(options);
      case Kind::kV2Grpc:
      case Kind::kSageMaker:
        break;
    }
    return nullptr;
  };
  const bool wrapped = options.kind == Kind::kSageMaker || (options.kind == Kind::kVertex && options.raw);
  return of(wrapped ? options.shape : options.kind);
}

}  // namespace fovea::remote
