// For tests: what may be wrong with a model folder, each as a value that a table can hold.
#pragma once

#include <functional>
#include <string>
#include <utility>
#include <vector>

#include "damaged_folder.h"

namespace fovea::models {

using Damage = std::function<void(const DamagedFolder&)>;

inline Damage written(std::string name, std::string bytes) {
  return [=](const DamagedFolder& folder) { folder.write(name, bytes); };
}

inline Damage cut_to(std::string name, size_t bytes) {
  return [=](const DamagedFolder& folder) { folder.cut(name, bytes); };
}

inline Damage cut_by(std::string name, size_t bytes) {
  return [=](const DamagedFolder& folder) { folder.cut(name, folder.read(name).size() - bytes); };
}

inline Damage longer(std::string name) {
  return [=](const DamagedFolder& folder) { folder.write(name, folder.read(name) + "more"); };
}

inline Damage grown(std::string name) {
  return [=](const DamagedFolder& folder) { folder.grow(name, size_t{65} << 20); };
}

inline Damage byte(std::string name, size_t at, char value) {
  return [=](const DamagedFolder& folder) {
    std::string bytes = folder.read(name);
    bytes.at(at) = value;
    folder.write(name, bytes);
  };
}

inline Damage without(std::vector<std::string> names) {
  return [=](const DamagedFolder& folder) {
    for (const std::string& name : names) folder.remove(name);
  };
}

inline Damage linked(std::string name, std::string to) {
  return [=](const DamagedFolder& folder) { folder.link(name, to); };
}

inline Damage header(std::string tensor, std::string field, Json value, std::string file = "model.safetensors") {
  return [=](const DamagedFolder& folder) { folder.change_header(file, tensor, field, value); };
}

inline Damage last(std::string tensor, float value, std::string file = "model.safetensors") {
  return [=](const DamagedFolder& folder) { folder.put_last(file, tensor, value); };
}

inline Damage record(std::string entry, size_t at, uint64_t value) {
  return [=](const DamagedFolder& folder) { folder.put_record(entry, at, value); };
}

inline Damage values(std::string entry, size_t at, float value) {
  return [=](const DamagedFolder& folder) { folder.put_value(entry, at, value); };
}

inline Damage sealed_byte(size_t at, char value) {
  return [=](const DamagedFolder& folder) {
    std::string bytes = folder.read("model.fovea");
    bytes.at(at) = value;
    folder.seal(std::move(bytes));
  };
}

inline Damage config(std::string field, Json value) {
  return [=](const DamagedFolder& folder) {
    folder.change("config.json", [&](JsonObject& json) { json[field] = value; });
  };
}

inline Damage tokenizer(std::function<void(JsonObject&)> how) {
  return [=](const DamagedFolder& folder) { folder.change("tokenizer.json", how); };
}

inline Damage model_field(std::string field, Json value) {
  return tokenizer([=](JsonObject& json) { json["model"].as_object()[field] = value; });
}

inline Damage model_of(std::string text) {
  return tokenizer([=](JsonObject& json) { json["model"] = parse_json(text).value(); });
}

inline Damage post_processor(std::function<void(JsonObject&)> how) {
  return tokenizer([=](JsonObject& json) { how(json["post_processor"].as_object()); });
}

inline Damage normalizers(std::string text) {
  return [=](const DamagedFolder& folder) {
    const std::string json = folder.read("tokenizer.json");
    folder.write("tokenizer.json", R"({"normalizer":)" + text + "," + json.substr(1));
  };
}

inline Damage modules(std::string more) {
  return written("modules.json", R"([{"type":"x.Transformer","path":""})" + more + "]");
}

inline Damage older(std::string name, std::string bytes) {
  return [=](const DamagedFolder& folder) {
    folder.remove("tokenizer.json");
    folder.remove("vocab.txt");
    folder.write(name, bytes);
  };
}

}  // namespace fovea::models
