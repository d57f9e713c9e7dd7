#include "door/grpc/contents.h"

#include <fmt/format.h>

#include <cstring>
#include <utility>

namespace fovea::rpc {
namespace {

using Contents = ::inference::InferTensorContents;
using wire::Datatype;
using wire::Tensor;

template <typename T>
void append(T value, std::string& out) {
  out.append(reinterpret_cast<const char*>(&value), sizeof value);
}

// Elements of `T` out of a list of wider ones.
template <typename T, typename List>
Result<std::string> narrowed(const List& list, const Tensor& tensor) {
  std::string out;
  out.reserve(static_cast<size_t>(list.size()) * sizeof(T));
  for (const auto each : list) {
    if constexpr (std::is_integral_v<T> && !std::is_same_v<T, bool>) {
      if (!std::in_range<T>(each)) {
        return fail(Code::kInvalidArgument, fmt::format("{} is no {}", each, wire::datatype_name(tensor.datatype)),
                    tensor.name);
      }
    }
    append(static_cast<T>(each), out);
  }
  return out;
}

Result<std::string> list_bytes(const Contents& from, const Tensor& tensor) {
  switch (tensor.datatype) {
    case Datatype::kBool:
      return narrowed<bool>(from.bool_contents(), tensor);
    case Datatype::kInt8:
      return narrowed<int8_t>(from.int_contents(), tensor);
    case Datatype::kInt16:
      return narrowed<int16_t>(from.int_contents(), tensor);
    case Datatype::kInt32:
      return narrowed<int32_t>(from.int_contents(), tensor);
    case Datatype::kInt64:
      return narrowed<int64_t>(from.int64_contents(), tensor);
    case Datatype::kUint8:
      return narrowed<uint8_t>(from.uint_contents(), tensor);
    case Datatype::kUint16:
      return narrowed<uint16_t>(from.uint_contents(), tensor);
    case Datatype::kUint32:
      return narrowed<uint32_t>(from.uint_contents(), tensor);
    case Datatype::kUint64:
      return narrowed<uint64_t>(from.uint64_contents(), tensor);
    case Datatype::kFp32:
      return narrowed<float>(from.fp32_contents(), tensor);
    case Datatype::kFp64:
      return narrowed<double>(from.fp64_contents(), tensor);
    case Datatype::kBytes: {
      std::string out;
      for (const std::string& each : from.bytes_contents()) inference::append_element(each, out);
      return out;
    }
    case Datatype::kFp16:
    case Datatype::kBf16:
      break;
  }
  return fail(Code::kInvalidArgument, fmt::format("{} has no list", wire::datatype_name(tensor.datatype)), tensor.name,
              "send raw_input_contents");
}

// How many elements stand in the datatype's list.
int elements_of(const Contents& from, Datatype datatype) {
  switch (datatype) {
    case Datatype::kBool:
      return from.bool_contents_size();
    case Datatype::kInt8:
    case Datatype::kInt16:
    case Datatype::kInt32:
      return from.int_contents_size();
    case Datatype::kInt64:
      return from.int64_contents_size();
    case Datatype::kUint8:
    case Datatype::kUint16:
    case Datatype::kUint32:
      return from.uint_contents_size();
    case Datatype::kUint64:
      return from.uint64_contents_size();
    case Datatype::kFp32:
      return from.fp32_contents_size();
    case Datatype::kFp64:
      return from.fp64_contents_size();
    case Datatype::kBytes:
      return from.bytes_contents_size();
    case Datatype::kFp16:
    case Datatype::kBf16:
      break;
  }
  return 0;
}

template <typename T, typename List>
void widened(std::string_view bytes, List& out) {
  out.Reserve(static_cast<int>(bytes.size() / sizeof(T)));
  for (; bytes.size() >= sizeof(T); bytes.remove_prefix(sizeof(T))) {
    T value;
    std::memcpy(&value, bytes.data(), sizeof value);
    out.Add(value);
  }
}

}  // namespace

bool has_no_list(Datatype datatype) {
  return datatype == Datatype::kFp16 || datatype == Datatype::kBf16;
}

size_t elements_in(const Contents& from) {
  return static_cast<size_t>(from.bool_contents_size()) + static_cast<size_t>(from.int_contents_size()) +
         static_cast<size_t>(from.int64_contents_size()) + static_cast<size_t>(from.uint_contents_size()) +
         static_cast<size_t>(from.uint64_contents_size()) + static_cast<size_t>(from.fp32_contents_size()) +
         static_cast<size_t>(from.fp64_contents_size()) + static_cast<size_t>(from.bytes_contents_size());
}

Result<std::string> bytes_of_contents(const Contents& from, size_t elements, const Tensor& tensor) {
  FOVEA_TRY(std::string bytes, list_bytes(from, tensor));
  const auto given = static_cast<size_t>(elements_of(from, tensor.datatype));
  if (given != elements_in(from)) {
    return fail(Code::kInvalidArgument,
                fmt::format("has elements of another datatype than {}", wire::datatype_name(tensor.datatype)),
                tensor.name);
  }
  if (given != elements) {
    return fail(Code::kInvalidArgument,
                fmt::format("has {} elements, its shape {} has {}", given, wire::shape_text(tensor.shape), elements),
                tensor.name);
  }
  return bytes;
}

void contents_of_bytes(std::string_view bytes, Datatype datatype, Contents& out) {
  switch (datatype) {
    case Datatype::kBool:
      return widened<uint8_t>(bytes, *out.mutable_bool_contents());
    case Datatype::kInt8:
      return widened<int8_t>(bytes, *out.mutable_int_contents());
    case Datatype::kInt16:
      return widened<int16_t>(bytes, *out.mutable_int_contents());
    case Datatype::kInt32:
      return widened<int32_t>(bytes, *out.mutable_int_contents());
    case Datatype::kInt64:
      return widened<int64_t>(bytes, *out.mutable_int64_contents());
    case Datatype::kUint8:
      return widened<uint8_t>(bytes, *out.mutable_uint_contents());
    case Datatype::kUint16:
      return widened<uint16_t>(bytes, *out.mutable_uint_contents());
    case Datatype::kUint32:
      return widened<uint32_t>(bytes, *out.mutable_uint_contents());
    case Datatype::kUint64:
      return widened<uint64_t>(bytes, *out.mutable_uint64_contents());
    case Datatype::kFp32:
      return widened<float>(bytes, *out.mutable_fp32_contents());
    case Datatype::kFp64:
      return widened<double>(bytes, *out.mutable_fp64_contents());
    case Datatype::kBytes:
      for (size_t at = 0; at < bytes.size();) out.add_bytes_contents(std::string(inference::next_element(bytes, at)));
      return;
    case Datatype::kFp16:
    case Datatype::kBf16:
      return;
  }
}

}  // namespace fovea::rpc
