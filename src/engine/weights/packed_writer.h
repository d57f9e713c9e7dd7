// Collects named weights and writes them as a packed model file (docs/formats/packed-model.md), replaced as a whole.
// The same weights in the same order give the same bytes. Ownership: borrows the bytes, which `keep` may hold alive.
// Cost: the file's bytes in memory, beside the weights. Threads: one.
// Errors: kInvalidArgument (a name twice, too long or not printable ASCII); those of Files.
#pragma once

#include <memory>
#include <span>
#include <string>
#include <vector>

#include "base/digest.h"
#include "base/error.h"
#include "base/files.h"
#include "engine/weights/packed_format.h"

namespace fovea::weights {

class PackedWriter {
 public:
  // `entry` without begin, end and digest; `parts` follow one another and are multiples of kPackedAlignment but for
  // the last.
  Result<void> add(std::string name, PackedEntry entry, std::vector<std::span<const std::byte>> parts,
                   std::shared_ptr<const void> keep = {});

  Result<std::string> bytes(PackedElement precision, const Digest& config_digest) const;
  Result<void> write(Files& files, const std::string& path, PackedElement precision, const Digest& config_digest) const;

 private:
  struct Item {
    std::string name;
    PackedEntry entry;
    std::vector<std::span<const std::byte>> parts;
    std::shared_ptr<const void> keep;
  };
  std::vector<Item> items_;
};

}  // namespace fovea::weights
