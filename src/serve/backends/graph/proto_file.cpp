#include "serve/backends/graph/proto_file.h"

#include <unistd.h>

#include <algorithm>

namespace fovea::graph {
namespace {

constexpr unsigned kVarint = 0, kFixed64 = 1, kLength = 2, kFixed32 = 5;
constexpr size_t kBlock = 16384;
constexpr uint64_t kFieldNumberMax = (uint64_t{1} << 29) - 1;

}  // namespace

bool ProtoField::is_message() const {
  return type == kLength;
}

bool ProtoField::is_number() const {
  return type == kVarint;
}

std::optional<uint8_t> ProtoFile::byte(uint64_t at) {
  if (at < block_begin_ || at - block_begin_ >= block_.size()) {
    block_.resize(kBlock);
    const ssize_t got = pread(descriptor_, block_.data(), kBlock, static_cast<off_t>(at));
    block_.resize(static_cast<size_t>(std::max<ssize_t>(got, 0)));
    block_begin_ = at;
    if (block_.empty()) return std::nullopt;
  }
  return static_cast<uint8_t>(block_[at - block_begin_]);
}

std::optional<uint64_t> ProtoFile::varint(uint64_t& at, uint64_t end) {
  uint64_t value = 0;
  for (unsigned shift = 0; shift < 64 && at < end; shift += 7) {
    const auto one = byte(at);
    if (!one) return std::nullopt;
    ++at;
    value |= static_cast<uint64_t>(*one & 0x7f) << shift;
    if (*one < 0x80) return value;
  }
  return std::nullopt;
}

std::optional<ProtoField> ProtoFile::next(uint64_t& at, uint64_t end) {
  const auto key = varint(at, end);
  if (!key || *key >> 3 == 0 || *key >> 3 > kFieldNumberMax) return std::nullopt;
  ProtoField out{*key >> 3, static_cast<unsigned>(*key & 7)};
  uint64_t bytes = 0;
  if (out.type == kVarint || out.type == kLength) {
    const auto value = varint(at, end);
    if (!value) return std::nullopt;
    (out.type == kVarint ? out.value : bytes) = *value;
  } else if (out.type == kFixed64 || out.type == kFixed32) {
    bytes = out.type == kFixed64 ? 8 : 4;
  } else {
    return std::nullopt;
  }
  if (bytes > end - at) return std::nullopt;
  out.begin = at;
  out.end = at += bytes;
  return out;
}

std::optional<std::string> ProtoFile::text(const ProtoField& field, size_t most) {
  if (field.end - field.begin > most) return std::nullopt;
  std::string out;
  for (uint64_t at = field.begin; at < field.end; ++at) {
    const auto one = byte(at);
    if (!one) return std::nullopt;
    out += static_cast<char>(*one);
  }
  return out;
}

}  // namespace fovea::graph
