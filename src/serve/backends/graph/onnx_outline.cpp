#include "serve/backends/graph/onnx_outline.h"

#include <fmt/format.h>
#include <unistd.h>

#include <optional>

#include "base/regular_file.h"
#include "serve/backends/graph/limits.h"

namespace fovea::graph {
namespace {

constexpr uint64_t kIrVersion = 1, kGraph = 7, kMostFields = 63;
constexpr uint64_t kNewestIr = 64;  // today's is 13
constexpr size_t kFieldsMax = 1 << 16;
constexpr unsigned kVarint = 0, kFixed64 = 1, kLength = 2, kFixed32 = 5;  // wire types of Protocol Buffers

// Reads the file's fields without their contents.
class Fields {
 public:
  Fields(int descriptor, uint64_t size) : descriptor_(descriptor), size_(size) {}
  bool end() const { return at_ == size_; }

  std::optional<uint64_t> varint() {
    uint64_t value = 0;
    for (unsigned shift = 0; shift < 64; shift += 7) {
      uint8_t byte = 0;
      if (at_ >= size_ || pread(descriptor_, &byte, 1, static_cast<off_t>(at_)) != 1) return std::nullopt;
      ++at_;
      value |= static_cast<uint64_t>(byte & 0x7f) << shift;
      if (byte < 0x80) return value;
    }
    return std::nullopt;
  }
  bool skip(uint64_t bytes) {
    if (bytes > size_ - at_) return false;
    at_ += bytes;
    return true;
  }

 private:
  int descriptor_;
  uint64_t size_, at_ = 0;
};

std::unexpected<Error> damaged(const std::string& path) {
  return fail(Code::kDataLoss, "is no ONNX model, or a damaged one", path, "export or fetch it again");
}

}  // namespace

Result<OnnxOutline> read_onnx_outline(const std::string& path) {
  FOVEA_TRY(const RegularFile file, RegularFile::open(path));
  if (file.size() > kGraphBytesMax)
    return fail(Code::kOutOfRange, fmt::format("has {} bytes, at most {} are read", file.size(), kGraphBytesMax), path,
                "keep its weights in files of their own (external data)");
  Fields fields(file.descriptor(), file.size());
  OnnxOutline out{file.size(), 0};
  bool graph = false;
  for (size_t count = 0; !fields.end(); ++count) {
    const auto key = fields.varint();
    if (!key || count >= kFieldsMax || *key >> 3 == 0 || *key >> 3 > kMostFields) return damaged(path);
    const auto type = static_cast<unsigned>(*key & 7);
    std::optional<uint64_t> value;
    if (type == kVarint || type == kLength) {
      value = fields.varint();
      if (!value) return damaged(path);
    }
    const uint64_t bytes = type == kLength ? *value : type == kFixed64 ? 8 : type == kFixed32 ? 4 : 0;
    if ((type != kVarint && bytes == 0 && type != kLength) || !fields.skip(bytes)) return damaged(path);
    if (*key >> 3 == kIrVersion && type == kVarint) out.ir_version = *value;
    graph = graph || (*key >> 3 == kGraph && type == kLength && *value > 0);
  }
  if (!graph || out.ir_version == 0 || out.ir_version > kNewestIr) return damaged(path);
  return out;
}

}  // namespace fovea::graph
