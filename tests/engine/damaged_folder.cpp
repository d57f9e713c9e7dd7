#include "damaged_folder.h"

#include <cstring>
#include <filesystem>
#include <fstream>

#include "base/check.h"
#include "base/digest.h"
#include "base/files.h"
#include "engine/models/packed_import.h"
#include "engine/weights/packed_format.h"

namespace fovea::models {
namespace {

uint32_t small_at(std::string_view bytes, size_t at) {
  uint32_t value = 0;
  std::memcpy(&value, bytes.data() + at, sizeof value);
  return value;
}

uint64_t large_at(std::string_view bytes, size_t at) {
  uint64_t value = 0;
  std::memcpy(&value, bytes.data() + at, sizeof value);
  return value;
}

// Where the record of an entry of model.fovea begins.
size_t record_of(std::string_view bytes, std::string_view entry) {
  const size_t count = small_at(bytes, 24);
  size_t name_at = weights::kPackedPrefixBytes + count * weights::kPackedRecordBytes;
  for (size_t i = 0; i < count; ++i) {
    const size_t record = weights::kPackedPrefixBytes + i * weights::kPackedRecordBytes;
    const size_t length = small_at(bytes, record + 4);
    if (bytes.substr(name_at, length) == entry) return record;
    name_at += length;
  }
  FOVEA_CHECK(false);
  return 0;
}

std::string word_piece_json() {
  JsonObject vocabulary;
  for (std::string_view piece : TinyBertFolder::pieces()) vocabulary[piece] = vocabulary.size();
  Json json = parse_json(R"({"version":"1.0","truncation":null,"padding":null,
    "added_tokens":[{"id":2,"content":"[CLS]","special":true,"normalized":false},
                    {"id":3,"content":"[SEP]","special":true,"normalized":false}],
    "normalizer":{"type":"BertNormalizer","clean_text":true,"handle_chinese_chars":true,"strip_accents":null,
                  "lowercase":true},
    "pre_tokenizer":{"type":"BertPreTokenizer"},
    "post_processor":{"type":"TemplateProcessing",
      "single":[{"SpecialToken":{"id":"[CLS]","type_id":0}},{"Sequence":{"id":"A","type_id":0}},
                {"SpecialToken":{"id":"[SEP]","type_id":0}}],
      "pair":[{"SpecialToken":{"id":"[CLS]","type_id":0}},{"Sequence":{"id":"A","type_id":0}},
              {"SpecialToken":{"id":"[SEP]","type_id":0}},{"Sequence":{"id":"B","type_id":1}},
              {"SpecialToken":{"id":"[SEP]","type_id":1}}],
      "special_tokens":{"[CLS]":{"id":"[CLS]","ids":[2]},"[SEP]":{"id":"[SEP]","ids":[3]}}},
    "model":{"type":"WordPiece","unk_token":"[UNK]","max_input_chars_per_word":100}})")
                  .value();
  json.as_object()["model"].as_object()["vocab"] = std::move(vocabulary);
  return to_text(json);
}

}  // namespace

DamagedFolder::DamagedFolder(FolderKind kind) : folder_({.shards = kind == FolderKind::kShards ? size_t{3} : 1}) {
  folder_.write("tokenizer.json", word_piece_json());
  path_ = folder_.path();
  if (kind != FolderKind::kPacked) return;
  path_ += "/packed";
  RealFiles files;
  FOVEA_CHECK(import_model(files, {.folder = folder_.path(), .out = path_}).has_value());
}

std::string DamagedFolder::read(const std::string& name) const {
  return read_file(path_ + "/" + name).value();
}

void DamagedFolder::write(const std::string& name, std::string_view bytes) const {
  RealFiles files;
  FOVEA_CHECK(files.write_atomic(path_ + "/" + name, bytes).has_value());
}

void DamagedFolder::remove(const std::string& name) const {
  FOVEA_CHECK(std::filesystem::remove(path_ + "/" + name));
}

void DamagedFolder::cut(const std::string& name, size_t bytes) const {
  FOVEA_CHECK(std::filesystem::file_size(path_ + "/" + name) > bytes);
  std::filesystem::resize_file(path_ + "/" + name, bytes);
}

void DamagedFolder::grow(const std::string& name, size_t bytes) const {
  std::ofstream(path_ + "/" + name, std::ios::app).close();  // there may be none yet
  std::filesystem::resize_file(path_ + "/" + name, bytes);
}

void DamagedFolder::link(const std::string& name, const std::string& to) const {
  std::filesystem::remove(path_ + "/" + name);
  std::filesystem::create_symlink(to, path_ + "/" + name);
}

void DamagedFolder::change(const std::string& name, const std::function<void(JsonObject&)>& how) const {
  Json json = parse_json(read(name)).value();
  how(json.as_object());
  write(name, to_text(json));
}

void DamagedFolder::change_header(const std::string& name, std::string_view tensor, std::string_view field,
                                  Json value) const {
  const std::string bytes = read(name);
  const uint64_t length = large_at(bytes, 0);
  Json header = parse_json(std::string_view(bytes).substr(8, length)).value();
  header.as_object().at(tensor).as_object()[field] = std::move(value);
  const std::string text = to_text(header);
  const uint64_t now = text.size();
  std::string made(sizeof now, '\0');
  std::memcpy(made.data(), &now, sizeof now);
  write(name, made + text + bytes.substr(8 + length));
}

void DamagedFolder::put_last(const std::string& name, std::string_view tensor, float value) const {
  std::string bytes = read(name);
  const uint64_t length = large_at(bytes, 0);
  const Json header = parse_json(std::string_view(bytes).substr(8, length)).value();
  const auto end = header.at(tensor).at("data_offsets").at(1).to_number<size_t>();
  std::memcpy(bytes.data() + 8 + length + end - sizeof value, &value, sizeof value);
  write(name, bytes);
}

void DamagedFolder::put_record(std::string_view entry, size_t at, uint64_t value) const {
  std::string bytes = read(std::string(weights::kPackedFileName));
  std::memcpy(bytes.data() + record_of(bytes, entry) + at, &value, sizeof value);
  seal(std::move(bytes));
}

void DamagedFolder::put_value(std::string_view entry, size_t at, float value) const {
  std::string bytes = read(std::string(weights::kPackedFileName));
  const size_t record = record_of(bytes, entry), begin = large_at(bytes, record + 32);
  std::memcpy(bytes.data() + begin + at, &value, sizeof value);
  const Digest digest = sha256(std::string_view(bytes).substr(begin, large_at(bytes, record + 40) - begin));
  std::memcpy(bytes.data() + record + 48, digest.data(), digest.size());
  seal(std::move(bytes));
}

void DamagedFolder::seal(std::string bytes) const {
  const size_t head = small_at(bytes, 12) - weights::kPackedDigestBytes;
  const Digest digest = sha256(std::string_view(bytes).substr(0, head));
  std::memcpy(bytes.data() + head, digest.data(), digest.size());
  write(std::string(weights::kPackedFileName), bytes);
}

}  // namespace fovea::models
