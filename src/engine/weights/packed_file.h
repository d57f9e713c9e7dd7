// A packed model file, memory-mapped: named weights as the kernels read them; opening it computes nothing.
// Format: docs/formats/packed-model.md. Every field of the header is checked against the file, and the header against
// its own digest, when it is opened; the weights' bytes by check_contents() alone, which reads them all.
// Ownership: the mapping, which what is read from it keeps alive. Threads: any, after open().
// Errors: kNotFound (the file, an entry), kDataLoss (damaged: a digest, a length, an entry out of its place),
// kUnimplemented (a newer version); `where` is "FILE" or "FILE: ENTRY". Replaced by rename, never shortened in place.
#pragma once

#include <functional>
#include <map>
#include <memory>
#include <span>
#include <string>
#include <string_view>

#include "base/digest.h"
#include "base/error.h"
#include "engine/tensor/storage.h"
#include "engine/weights/packed_format.h"

namespace fovea::weights {

bool has_packed_file(const std::string& folder);

class PackedFile {
 public:
  static Result<PackedFile> open(const std::string& path);
  // For bytes that are already in memory; `name` stands for the path in errors.
  static Result<PackedFile> parse(std::shared_ptr<const tensor::Storage> storage, std::string name);

  const std::string& path() const { return path_; }
  PackedElement precision() const { return precision_; }          // of the encoder's layers
  const Digest& config_digest() const { return config_digest_; }  // SHA-256 of the config.json that it was made with
  const Digest& digest() const { return digest_; }                // of the header, and so of every weight

  using Entries = std::map<std::string, PackedEntry, std::less<>>;
  const Entries& entries() const { return entries_; }
  Result<const PackedEntry*> find(std::string_view name) const;
  std::span<const std::byte> bytes(const PackedEntry& entry) const {
    return storage_->bytes().subspan(entry.begin, entry.end - entry.begin);
  }
  const std::shared_ptr<const tensor::Storage>& storage() const { return storage_; }

  // Every weight against its digest, and zeros between them.
  Result<void> check_contents() const;

 private:
  struct Header;
  Result<void> read_prefix(Header& header);
  Result<void> read_entries(const Header& header);
  Result<PackedEntry> read_record(size_t at, const std::string& where) const;
  Result<void> check_size(const PackedEntry& entry, const std::string& where) const;
  std::unexpected<Error> damaged(std::string message, std::string_view entry = {}) const;

  std::shared_ptr<const tensor::Storage> storage_;
  std::string path_;
  PackedElement precision_ = PackedElement::kF32;
  Digest config_digest_ = {}, digest_ = {};
  uint64_t data_begin_ = 0;
  Entries entries_;
};

}  // namespace fovea::weights
