#include "onnx_vectors.h"

#include <algorithm>
#include <boost/json.hpp>
#include <cstdio>
#include <cstring>
#include <filesystem>
#include <memory>

#include "base/check.h"
#include "base/digest.h"
#include "engine/tensor/half.h"

namespace fovea::onnx {
namespace {

Result<std::string> unpacked(const std::string& path) {
  if (!std::filesystem::exists(path)) return fail(Code::kNotFound, "no such file", path);
  const std::string command = "gzip -dc '" + path + "'";
  const std::unique_ptr<FILE, int (*)(FILE*)> pipe(popen(command.c_str(), "r"), pclose);
  if (!pipe) return fail(Code::kNotFound, "cannot start gzip", path);
  std::string text;
  std::vector<char> piece(1 << 20);
  while (const size_t got = fread(piece.data(), 1, piece.size(), pipe.get())) text.append(piece.data(), got);
  return text;
}

std::vector<std::string> names_of(const Json& list) {
  std::vector<std::string> names;
  if (list.is_array())
    for (const Json& name : list.as_array()) names.emplace_back(text_or(name, ""));
  return names;
}

Result<std::vector<Tensor>> tensors_of(const Json& list) {
  std::vector<Tensor> tensors;
  if (!list.is_array()) return fail(Code::kInvalidArgument, "is no list of tensors");
  for (const Json& one : list.as_array()) {
    Tensor tensor;
    tensor.name = text_or(member(one, "name"), "");
    tensor.type = text_or(member(one, "dtype"), "");
    const Json& shape = member(one, "shape");
    if (shape.is_array())
      for (const Json& extent : shape.as_array()) tensor.shape.push_back(static_cast<int64_t>(number_or(extent, -1)));
    if (member(one, "b64").is_string()) {
      FOVEA_TRY(tensor.bytes, from_base64(text_or(member(one, "b64"), "")));
    }
    tensors.push_back(std::move(tensor));
  }
  return tensors;
}

Result<Vector> vector_of(const std::string& line) {
  FOVEA_TRY(const Json json, parse_json(line));
  Vector vector;
  vector.name = text_or(member(json, "test"), "");
  const Json& nodes = member(json, "nodes");
  if (!nodes.is_array() || nodes.as_array().size() != 1) return fail(Code::kInvalidArgument, "is not of one node");
  const Json& node = nodes.as_array()[0];
  vector.op = text_or(member(node, "op"), "");
  vector.attributes = member(node, "attrs");
  vector.input_names = names_of(member(node, "inputs"));
  vector.output_names = names_of(member(node, "outputs"));
  FOVEA_TRY(vector.inputs, tensors_of(member(json, "inputs")));
  FOVEA_TRY(vector.outputs, tensors_of(member(json, "outputs")));
  return vector;
}

template <typename T>
std::vector<T> elements(const Tensor& tensor) {
  const auto count = static_cast<size_t>(tensor.count());
  FOVEA_CHECK(tensor.bytes.size() == count * sizeof(T));
  std::vector<T> values(count);
  if (count > 0) std::memcpy(values.data(), tensor.bytes.data(), tensor.bytes.size());
  return values;
}

}  // namespace

int64_t Tensor::product(int64_t begin, int64_t end) const {
  int64_t product = 1;
  for (int64_t axis = begin; axis < end; ++axis) product *= extent(axis);
  return product;
}

std::vector<uint16_t> Tensor::halves() const {
  return elements<uint16_t>(*this);
}

std::vector<float> Tensor::floats() const {
  FOVEA_CHECK(is_float());
  if (type == "FLOAT") return elements<float>(*this);
  std::vector<float> values;
  for (uint16_t bits : halves()) values.push_back(type == "FLOAT16" ? tensor::from_f16(bits) : tensor::from_bf16(bits));
  return values;
}

std::vector<int64_t> Tensor::integers() const {
  if (type == "INT64") return elements<int64_t>(*this);
  FOVEA_CHECK(type == "BOOL");
  const auto bytes = elements<uint8_t>(*this);
  return {bytes.begin(), bytes.end()};
}

const Tensor* Vector::input(size_t index) const {
  if (index >= input_names.size() || input_names[index].empty()) return nullptr;
  for (const Tensor& tensor : inputs)
    if (tensor.name == input_names[index]) return &tensor;
  return nullptr;
}

const Tensor& Vector::output(size_t index) const {
  FOVEA_CHECK(index < output_names.size());
  const auto found =
      std::ranges::find_if(outputs, [&](const Tensor& tensor) { return tensor.name == output_names[index]; });
  FOVEA_CHECK(found != outputs.end());
  return *found;
}

double Vector::attribute(std::string_view attribute_name, double otherwise) const {
  return number_or(member(attributes, attribute_name), otherwise);
}

std::string_view Vector::word(std::string_view attribute_name, std::string_view otherwise) const {
  return text_or(member(attributes, attribute_name), otherwise);
}

Result<std::vector<Vector>> read_vectors(const std::string& gz_path) {
  FOVEA_TRY(const std::string text, unpacked(gz_path));
  std::vector<Vector> vectors;
  for (size_t begin = 0; begin < text.size();) {
    const size_t end = std::min(text.find('\n', begin), text.size());
    auto vector = vector_of(text.substr(begin, end - begin));
    if (!vector) {
      Error error = vector.error();
      error.where = gz_path + ": line " + std::to_string(vectors.size() + 1) + ": " + error.where;
      return std::unexpected(std::move(error));
    }
    vectors.push_back(std::move(*vector));
    begin = end + 1;
  }
  return vectors;
}

}  // namespace fovea::onnx
