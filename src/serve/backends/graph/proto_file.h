// Fields of Protocol Buffers' messages in a file: where they lie, without their contents.
// Threads: one. Ownership: borrows the descriptor.
#pragma once

#include <cstddef>
#include <cstdint>
#include <optional>
#include <string>

namespace fovea::graph {

struct ProtoField {
  uint64_t number = 0;
  unsigned type = 0;            // of the wire
  uint64_t value = 0;           // of a varint
  uint64_t begin = 0, end = 0;  // of the contents, in bytes of the file
  bool is_message() const;      // or bytes, or a text
  bool is_number() const;
};

class ProtoFile {
 public:
  explicit ProtoFile(int descriptor) : descriptor_(descriptor) {}

  // The field at `at`, which moves behind it; of a message that ends at `end`. Nothing: that is no field.
  std::optional<ProtoField> next(uint64_t& at, uint64_t end);
  // Contents of at most `most` bytes. Nothing: more, or unreadable.
  std::optional<std::string> text(const ProtoField& field, size_t most);

 private:
  std::optional<uint64_t> varint(uint64_t& at, uint64_t end);
  std::optional<uint8_t> byte(uint64_t at);

  int descriptor_;
  std::string block_;  // of the file, from block_begin_
  uint64_t block_begin_ = 0;
};

}  // namespace fovea::graph
