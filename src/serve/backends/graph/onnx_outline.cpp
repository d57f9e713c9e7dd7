#include "serve/backends/graph/onnx_outline.h"

#include <fmt/format.h>

#include "base/regular_file.h"
#include "serve/backends/graph/limits.h"
#include "serve/backends/graph/proto_file.h"

namespace fovea::graph {
namespace {

constexpr uint64_t kIrVersion = 1, kGraph = 7, kMostFields = 63;
constexpr uint64_t kNewestIr = 64;  // today's is 13
constexpr size_t kFieldsMax = 1 << 16;
std::unexpected<Error> damaged(const std::string& path) {
  return fail(Code::kDataLoss, "is no ONNX model, or a damaged one", path, "export or fetch it again");
}

}  // namespace

Result<OnnxOutline> read_onnx_outline(const std::string& path) {
  FOVEA_TRY(const RegularFile file, RegularFile::open(path));
  if (file.size() > kGraphBytesMax)
    return fail(Code::kOutOfRange, fmt::format("has {} bytes, at most {} are read", file.size(), kGraphBytesMax), path,
                "keep its weights in files of their own (external data)");
  ProtoFile fields(file.descriptor());
  OnnxOutline out{file.size(), 0};
  bool graph = false;
  uint64_t at = 0;
  for (size_t count = 0; at < file.size(); ++count) {
    const auto field = fields.next(at, file.size());
    if (!field || count >= kFieldsMax || field->number > kMostFields) return damaged(path);
    if (field->number == kIrVersion && field->is_number()) out.ir_version = field->value;
    graph = graph || (field->number == kGraph && field->is_message() && field->end > field->begin);
  }
  if (!graph || out.ir_version == 0 || out.ir_version > kNewestIr) return damaged(path);
  return out;
}

}  // namespace fovea::graph
