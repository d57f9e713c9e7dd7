// For tests: a small model folder as Hugging Face lays it out, in shards, or packed by an import, and ways to spoil its
// files.
#pragma once

#include <functional>
#include <memory>
#include <string>
#include <string_view>

#include "base/json.h"
#include "engine/models/tiny_bert_folder.h"

namespace fovea::models {

enum class FolderKind { kWhole, kShards, kPacked };  // model.safetensors; its shards and their index; model.fovea

class DamagedFolder {
 public:
  explicit DamagedFolder(FolderKind kind);  // sound so far; tokenizer.json is WordPiece over TinyBert's pieces

  const std::string& path() const { return path_; }
  std::string read(const std::string& name) const;
  void write(const std::string& name, std::string_view bytes) const;
  void remove(const std::string& name) const;
  void cut(const std::string& name, size_t bytes) const;   // to its first `bytes`
  void grow(const std::string& name, size_t bytes) const;  // to this size; zeros that take no disk
  void link(const std::string& name, const std::string& to) const;

  // The file is JSON: changes its value.
  void change(const std::string& name, const std::function<void(JsonObject&)>& how) const;
  // The file is safetensors: changes the header's record of a tensor; the values stay.
  void change_header(const std::string& name, std::string_view tensor, std::string_view field, Json value) const;
  // The file is safetensors: puts this value over the tensor's last one.
  void put_last(const std::string& name, std::string_view tensor, float value) const;
  // The file is model.fovea: puts 8 bytes at byte `at` of the entry's record, and makes the header's digest anew.
  void put_record(std::string_view entry, size_t at, uint64_t value) const;
  // The same: puts a value over the one at byte `at` of the entry, and makes its digest anew.
  void put_value(std::string_view entry, size_t at, float value) const;
  void seal(std::string bytes) const;  // writes model.fovea with the header's digest made anew

 private:
  TinyBertFolder folder_;
  std::string path_;
};

}  // namespace fovea::models
