#include "engine/weights/safetensors.h"

#include <fmt/format.h>

#include <algorithm>
#include <cstring>

#include "base/suggest.h"
#include "engine/tensor/finite.h"
#include "engine/weights/limits.h"

namespace fovea::weights {
namespace {

struct DType {
  std::string_view name;
  uint64_t bytes;
  std::optional<tensor::Element> element = std::nullopt;
};
constexpr const char *kDamaged = "the file is cut short or damaged; fetch it again",
                     *kDamagedHeader = "the header is damaged; fetch the file again";

constexpr DType kDTypes[] = {{"F32", 4, tensor::Element::kF32},
                             {"F16", 2, tensor::Element::kF16},
                             {"BF16", 2, tensor::Element::kBF16},
                             {"F64", 8},
                             {"I64", 8},
                             {"U64", 8},
                             {"I32", 4},
                             {"U32", 4},
                             {"I16", 2},
                             {"U16", 2},
                             {"I8", 1},
                             {"U8", 1},
                             {"BOOL", 1},
                             {"F8_E4M3", 1},
                             {"F8_E5M2", 1}};

Result<uint64_t> natural(const Json& value, const std::string& where, std::string_view what) {
  if (value.is_uint64()) return value.get_uint64();
  if (value.is_int64() && value.get_int64() >= 0) return static_cast<uint64_t>(value.get_int64());
  return fail(Code::kInvalidArgument, fmt::format("{} must be whole numbers that are not negative", what), where,
              kDamagedHeader);
}

}  // namespace

std::string shape_text(const std::vector<int64_t>& shape) {
  return fmt::format("[{}]", fmt::join(shape, ", "));
}

SafeTensors::~SafeTensors() {
  if (storage_) storage_->release_pages();
}

Result<SafeTensors> SafeTensors::open(const std::string& path) {
  FOVEA_TRY(auto storage, tensor::Storage::map_file(path));
  return parse(std::move(storage), path);
}

Result<SafeTensors> SafeTensors::parse(std::shared_ptr<const tensor::Storage> storage, std::string name) {
  const auto bytes = storage->bytes();
  if (bytes.size() < 8)
    return fail(Code::kInvalidArgument, fmt::format("{} bytes are no safetensors file", bytes.size()), name, kDamaged);
  uint64_t header = 0;
  for (size_t i = 0; i < 8; ++i) header |= static_cast<uint64_t>(bytes[i]) << (8 * i);
  if (header > kHeaderBytesMax)
    return fail(Code::kInvalidArgument,
                fmt::format("the header claims {} bytes; at most {} are read", header, kHeaderBytesMax), name,
                "is this a safetensors file?");
  if (header > bytes.size() - 8)
    return fail(Code::kInvalidArgument,
                fmt::format("the header claims {} bytes, the file has {}", header, bytes.size()), name,
                "the file is cut short; fetch it again");
  auto json = parse_json({reinterpret_cast<const char*>(bytes.data()) + 8, static_cast<size_t>(header)});
  if (!json) return fail(Code::kInvalidArgument, "the header is no JSON: " + json.error().text(), name, kDamagedHeader);
  if (!json->is_object()) return fail(Code::kInvalidArgument, "the header is no JSON object", name, kDamagedHeader);
  if (json->get_object().size() > static_cast<size_t>(kTensorsMax))
    return fail(Code::kInvalidArgument, fmt::format("more than {} tensors", kTensorsMax), name,
                "is this the file of one model?");

  SafeTensors file;
  file.storage_ = std::move(storage);
  file.path_ = std::move(name);
  for (const auto& [key, fields] : json->get_object())
    if (key != "__metadata__") FOVEA_OK(file.read_entry(key, fields, 8 + header));
  FOVEA_OK(file.check_layout(8 + header));
  return file;
}

Result<void> SafeTensors::read_entry(std::string_view name, const Json& fields, uint64_t data_begin) {
  const std::string where = fmt::format("{}: {}", path_, name);
  TensorEntry entry;
  entry.dtype = text_or(member(fields, "dtype"), "");
  const auto* dtype = std::find_if(std::begin(kDTypes), std::end(kDTypes),
                                   [&](const DType& known) { return known.name == entry.dtype; });
  if (dtype == std::end(kDTypes))
    return fail(Code::kInvalidArgument, fmt::format("unknown dtype '{}'", entry.dtype), where,
                "F32, F16 and BF16 are read");
  entry.element = dtype->element;

  const Json& shape = member(fields, "shape");
  if (!shape.is_array() || shape.get_array().size() > static_cast<size_t>(kDimensionsMax))
    return fail(Code::kInvalidArgument, fmt::format("shape must be a list of at most {} extents", kDimensionsMax),
                where, kDamagedHeader);
  uint64_t values = 1;
  for (const Json& extent : shape.get_array()) {
    FOVEA_TRY(const uint64_t extent_value, natural(extent, where, "the extents of the shape"));
    if (extent_value > static_cast<uint64_t>(kValuesMax) || __builtin_mul_overflow(values, extent_value, &values) ||
        values > static_cast<uint64_t>(kValuesMax))
      return fail(Code::kInvalidArgument, "the shape has too many values", where, kDamagedHeader);
    entry.shape.push_back(static_cast<int64_t>(extent_value));
  }

  const Json& offsets = member(fields, "data_offsets");
  if (!offsets.is_array() || offsets.get_array().size() != 2)
    return fail(Code::kInvalidArgument, "data_offsets must be two numbers", where, kDamagedHeader);
  FOVEA_TRY(const uint64_t begin, natural(offsets.get_array()[0], where, "data_offsets"));
  FOVEA_TRY(const uint64_t end, natural(offsets.get_array()[1], where, "data_offsets"));
  const uint64_t data_bytes = storage_->bytes().size() - data_begin;
  if (begin > end || end > data_bytes)
    return fail(Code::kInvalidArgument,
                fmt::format("data_offsets [{}, {}] leave the file's {} bytes of values", begin, end, data_bytes), where,
                kDamaged);
  if (end - begin != values * dtype->bytes)
    return fail(Code::kInvalidArgument,
                fmt::format("data_offsets span {} bytes, shape {} of {} needs {}", end - begin, shape_text(entry.shape),
                            entry.dtype, values * dtype->bytes),
                where, kDamagedHeader);
  entry.begin = data_begin + begin;
  entry.end = data_begin + end;
  entries_.emplace(name, std::move(entry));
  return {};
}

// The values lie one after another and fill the file: no overlap, no hole, nothing behind.
Result<void> SafeTensors::check_layout(uint64_t data_begin) const {
  std::vector<std::pair<const std::string*, const TensorEntry*>> order;
  for (const auto& [name, entry] : entries_) order.emplace_back(&name, &entry);
  std::sort(order.begin(), order.end(), [](const auto& a, const auto& b) {
    return std::pair(a.second->begin, a.second->end) < std::pair(b.second->begin, b.second->end);
  });
  uint64_t at = data_begin;
  std::string_view before = "the header";
  for (const auto& [name, entry] : order) {
    if (entry->begin != at)
      return fail(Code::kInvalidArgument,
                  fmt::format("its values begin at byte {}, {} {}", entry->begin,
                              entry->begin < at ? "overlapping those of" : "leaving a hole behind those of", before),
                  fmt::format("{}: {}", path_, *name), kDamagedHeader);
    at = entry->end;
    before = *name;
  }
  if (at != storage_->bytes().size())
    return fail(Code::kInvalidArgument, fmt::format("{} bytes behind the last tensor", storage_->bytes().size() - at),
                path_, kDamaged);
  return {};
}

Result<const TensorEntry*> SafeTensors::find(std::string_view name) const {
  const auto found = entries_.find(name);
  if (found == entries_.end()) {
    std::vector<std::string_view> names;
    for (const auto& [key, entry] : entries_) names.push_back(key);
    return fail(Code::kNotFound, "no such tensor", fmt::format("{}: {}", path_, name), suggest(name, names));
  }
  if (!found->second.element)
    return fail(Code::kUnimplemented, fmt::format("dtype {} cannot become fp32", found->second.dtype),
                fmt::format("{}: {}", path_, name), "F32, F16 and BF16 can");
  return &found->second;
}

Result<void> SafeTensors::check_finite(std::string_view name, const TensorEntry& entry) const {
  const auto bytes = storage_->bytes().subspan(entry.begin, entry.end - entry.begin);
  if (tensor::all_finite(bytes, *entry.element)) return {};
  return fail(Code::kInvalidArgument, "holds NaN or infinity", fmt::format("{}: {}", path_, name),
              "the weights are damaged; fetch them again");
}

Result<void> SafeTensors::check_shape(std::string_view name, const TensorEntry& entry,
                                      const std::vector<int64_t>& shape) const {
  const bool vector_as_row =
      entry.shape.size() == 1 && shape.size() == 2 && shape[0] == 1 && shape[1] == entry.shape[0];
  if (entry.shape == shape || vector_as_row) return {};
  return fail(Code::kInvalidArgument,
              fmt::format("has shape {}, {} is needed", shape_text(entry.shape), shape_text(shape)),
              fmt::format("{}: {}", path_, name), "do the weights belong to this config.json?");
}

Result<tensor::Tensor> SafeTensors::load(std::string_view name) const {
  FOVEA_TRY(const TensorEntry* entry, find(name));
  FOVEA_OK(check_finite(name, *entry));
  const std::byte* bytes = storage_->bytes().data() + entry->begin;
  if (*entry->element == tensor::Element::kF32 && reinterpret_cast<uintptr_t>(bytes) % alignof(float) == 0)
    return tensor::Tensor(storage_, reinterpret_cast<const float*>(bytes), entry->shape);
  const uint64_t count = (entry->end - entry->begin) / tensor::element_bytes(*entry->element);
  auto copy = tensor::Storage::allocate(count * sizeof(float));
  auto* values = reinterpret_cast<float*>(copy->writable());
  tensor::widen(*entry->element, bytes, static_cast<int64_t>(count), values);
  return tensor::Tensor(std::move(copy), values, entry->shape);
}

Result<tensor::Tensor> SafeTensors::load(std::string_view name, const std::vector<int64_t>& shape) const {
  FOVEA_TRY(const TensorEntry* entry, find(name));
  FOVEA_OK(check_shape(name, *entry, shape));
  return load(name);
}

Result<tensor::RowTable> SafeTensors::load_rows(std::string_view name, int64_t rows, int64_t cols) const {
  FOVEA_TRY(const TensorEntry* entry, find(name));
  FOVEA_OK(check_shape(name, *entry, {rows, cols}));
  FOVEA_OK(check_finite(name, *entry));
  return tensor::RowTable(storage_, storage_->bytes().data() + entry->begin, *entry->element, rows, cols);
}

}  // namespace fovea::weights
