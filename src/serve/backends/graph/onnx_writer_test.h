// Writes small ONNX models for tests: inputs, outputs and a list of operators without attributes (onnx.proto).
#pragma once

#include <fstream>
#include <string>
#include <string_view>
#include <vector>

#include "serve/inference/tensor.h"

namespace fovea::graph {

struct OnnxNode {
  std::string op;
  std::vector<std::string> in, out;
};

// A tensor of two 32-bit numbers whose values lie in a file.
struct OnnxExternal {
  std::string name, file;
};

class OnnxWriter {
 public:
  std::vector<inference::TensorSpec> inputs, outputs;
  std::vector<OnnxNode> nodes;
  std::vector<OnnxExternal> external, external_in_subgraph, external_in_attribute;

  std::string bytes() const {
    std::string graph;
    for (const OnnxNode& each : nodes) {
      std::string node;
      for (const std::string& name : each.in) field(node, 1, name);
      for (const std::string& name : each.out) field(node, 2, name);
      field(node, 4, each.op);
      field(graph, 1, node);
    }
    std::string attribute, inner;
    for (const OnnxExternal& each : external_in_subgraph) field(inner, 5, external_tensor(each));
    if (!inner.empty()) field(attribute, 6, inner);
    for (const OnnxExternal& each : external_in_attribute) field(attribute, 5, external_tensor(each));
    if (!attribute.empty()) {
      std::string node;
      field(node, 5, attribute);
      field(graph, 1, node);
    }
    field(graph, 2, "g");
    for (const OnnxExternal& each : external) field(graph, 5, external_tensor(each));
    for (const auto& each : inputs) field(graph, 11, value_info(each));
    for (const auto& each : outputs) field(graph, 12, value_info(each));
    std::string model, opset;
    number(model, 1, 8);  // ir_version
    field(model, 7, graph);
    field(opset, 1, "");
    number(opset, 2, 17);
    field(model, 8, opset);
    return model;
  }
  std::string write(const std::string& path) const {
    std::ofstream(path, std::ios::binary) << bytes();
    return path;
  }

  // y = x of every datatype.
  static OnnxWriter identity(inference::Datatype datatype, std::vector<int64_t> shape) {
    OnnxWriter out;
    out.inputs = {{"x", datatype, shape, false}};
    out.outputs = {{"y", datatype, shape, false}};
    out.nodes = {{"Identity", {"x"}, {"y"}}};
    return out;
  }
  // y = x times itself, again and again, [n, n].
  static OnnxWriter powers(int64_t n, int times) {
    OnnxWriter out;
    out.inputs = {{"x", inference::Datatype::kFp32, {n, n}, false}};
    out.outputs = {{"y", inference::Datatype::kFp32, {n, n}, false}};
    std::string last = "x";
    for (int i = 0; i < times; ++i) {
      const std::string next = i + 1 == times ? "y" : "p" + std::to_string(i);
      out.nodes.push_back({"MatMul", {last, "x"}, {next}});
      last = next;
    }
    return out;
  }
  static OnnxWriter binary(const std::string& op, std::vector<int64_t> a, std::vector<int64_t> b) {
    OnnxWriter out;
    out.inputs = {{"a", inference::Datatype::kFp32, a, false}, {"b", inference::Datatype::kFp32, b, false}};
    out.outputs = {{"y", inference::Datatype::kFp32, a, false}};
    out.nodes = {{op, {"a", "b"}, {"y"}}};
    return out;
  }

 private:
  static void varint(std::string& out, uint64_t value) {
    for (; value >= 0x80; value >>= 7) out += static_cast<char>((value & 0x7f) | 0x80);
    out += static_cast<char>(value);
  }
  static void number(std::string& out, unsigned field, uint64_t value) {
    varint(out, field << 3);
    varint(out, value);
  }
  static void field(std::string& out, unsigned field, std::string_view bytes) {
    varint(out, field << 3 | 2);
    varint(out, bytes.size());
    out += bytes;
  }
  static uint64_t element_type(inference::Datatype datatype) {
    using enum inference::Datatype;
    switch (datatype) {
      case kFp32:
        return 1;
      case kUint8:
        return 2;
      case kInt8:
        return 3;
      case kUint16:
        return 4;
      case kInt16:
        return 5;
      case kInt32:
        return 6;
      case kInt64:
        return 7;
      case kBytes:
        return 8;
      case kBool:
        return 9;
      case kFp16:
        return 10;
      case kFp64:
        return 11;
      case kUint32:
        return 12;
      case kUint64:
        return 13;
      case kBf16:
        return 16;
    }
    return 0;
  }
  static std::string external_tensor(const OnnxExternal& external) {
    std::string entry, out;
    field(entry, 1, "location");
    field(entry, 2, external.file);
    number(out, 1, 2);
    number(out, 2, 1);
    field(out, 8, external.name);
    field(out, 13, entry);
    number(out, 14, 1);
    return out;
  }
  static std::string value_info(const inference::TensorSpec& spec) {
    std::string shape, tensor, type, out;
    for (const int64_t each : spec.shape) {
      std::string dimension;
      if (each >= 0) number(dimension, 1, static_cast<uint64_t>(each));
      field(shape, 1, dimension);
    }
    number(tensor, 1, element_type(spec.datatype));
    field(tensor, 2, shape);
    field(type, 1, tensor);
    field(out, 1, spec.name);
    field(out, 2, type);
    return out;
  }
};

}  // namespace fovea::graph
