#include "serve/backends/graph/onnx_weights.h"

#include <fmt/format.h>

#include <filesystem>
#include <set>

#include "base/digest.h"
#include "base/file_digest.h"
#include "base/regular_file.h"
#include "serve/backends/graph/limits.h"
#include "serve/backends/graph/onnx_outline.h"
#include "serve/backends/graph/proto_file.h"

namespace fovea::graph {
namespace {

namespace fs = std::filesystem;

// The messages of onnx.proto that tensors lie in.
enum class Message { kModel, kGraph, kNode, kAttribute, kTensor, kSparseTensor, kFunction, kEntry, kOther };

struct Part {
  Message of;
  uint64_t number;
  Message is;
};
constexpr Part kParts[] = {{Message::kModel, 7, Message::kGraph},
                           {Message::kModel, 25, Message::kFunction},
                           {Message::kGraph, 1, Message::kNode},
                           {Message::kGraph, 5, Message::kTensor},
                           {Message::kGraph, 15, Message::kSparseTensor},
                           {Message::kNode, 5, Message::kAttribute},
                           {Message::kAttribute, 5, Message::kTensor},
                           {Message::kAttribute, 6, Message::kGraph},
                           {Message::kAttribute, 10, Message::kTensor},
                           {Message::kAttribute, 11, Message::kGraph},
                           {Message::kAttribute, 22, Message::kSparseTensor},
                           {Message::kAttribute, 23, Message::kSparseTensor},
                           {Message::kTensor, 13, Message::kEntry},
                           {Message::kSparseTensor, 1, Message::kTensor},
                           {Message::kSparseTensor, 2, Message::kTensor},
                           {Message::kFunction, 7, Message::kNode},
                           {Message::kFunction, 11, Message::kAttribute}};
constexpr uint64_t kEntryKey = 1, kEntryValue = 2;

Message part_of(Message message, uint64_t number) {
  for (const Part& each : kParts)
    if (each.of == message && each.number == number) return each.is;
  return Message::kOther;
}

class Walk {
 public:
  Walk(ProtoFile& file, const std::string& path) : file_(file), path_(path) {}

  Result<void> message(Message what, uint64_t begin, uint64_t end, size_t depth) {
    if (what == Message::kEntry) return entry(begin, end);
    if (depth > kGraphDepthMax) return damaged();
    for (uint64_t at = begin; at < end;) {
      const auto field = file_.next(at, end);
      if (!field) return damaged();
      const Message part = part_of(what, field->number);
      if (part != Message::kOther && field->is_message()) FOVEA_OK(message(part, field->begin, field->end, depth + 1));
    }
    return {};
  }
  const std::set<std::string>& found() const { return found_; }

 private:
  std::unexpected<Error> damaged() const {
    return fail(Code::kDataLoss, "is no ONNX model, or a damaged one", path_, "export or fetch it again");
  }

  // A key and a value; "location" is the file's name.
  Result<void> entry(uint64_t begin, uint64_t end) {
    std::string key, value;
    for (uint64_t at = begin; at < end;) {
      const auto field = file_.next(at, end);
      if (!field) return damaged();
      if (!field->is_message() || (field->number != kEntryKey && field->number != kEntryValue)) continue;
      auto text = file_.text(*field, kWeightNameBytesMax);
      if (!text) return damaged();
      (field->number == kEntryKey ? key : value) = std::move(*text);
    }
    if (key != "location" || found_.contains(value)) return {};
    const fs::path name = fs::path(value).lexically_normal();
    if (value.empty() || name.is_absolute() || *name.begin() == ".." || value.find('\0') != std::string::npos)
      return fail(Code::kInvalidArgument, fmt::format("has weights in '{}', outside of its folder", value), path_,
                  "put the file beside the model");
    if (found_.size() >= kWeightFilesMax)
      return fail(Code::kOutOfRange, fmt::format("has weights in more than {} files", kWeightFilesMax), path_,
                  "save the model with one file of weights");
    found_.insert(value);
    return {};
  }

  ProtoFile& file_;
  const std::string& path_;
  std::set<std::string> found_;
};

}  // namespace

Result<std::vector<std::string>> onnx_weight_files(const std::string& path) {
  FOVEA_TRY(const RegularFile file, RegularFile::open(path));
  ProtoFile proto(file.descriptor());
  Walk walk(proto, path);
  FOVEA_OK(walk.message(Message::kModel, 0, file.size(), 0));
  return std::vector<std::string>(walk.found().begin(), walk.found().end());
}

Result<OnnxFiles> read_onnx_files(const std::string& path) {
  FOVEA_TRY(const OnnxOutline outline, read_onnx_outline(path));
  FOVEA_TRY(const std::vector<std::string> weights, onnx_weight_files(path));
  FOVEA_TRY(const Digest model, sha256_of_file(path));
  OnnxFiles out{outline.bytes, to_hex(bytes_of(model))};
  if (weights.empty()) return out;
  std::string digests = out.digest;
  for (const std::string& name : weights) {
    const std::string at = (fs::path(path).parent_path() / name).string();
    auto file = RegularFile::open(at);
    if (!file) {
      file.error().hint = fs::path(path).filename().string() + " keeps weights in it: fetch both";
      return std::unexpected(std::move(file).error());
    }
    FOVEA_TRY(const Digest one, sha256_of_file(at));
    out.bytes += file->size();
    digests += fmt::format("\n{} {}", to_hex(bytes_of(one)), name);
  }
  out.digest = to_hex(bytes_of(sha256(digests)));
  return out;
}

}  // namespace fovea::graph
