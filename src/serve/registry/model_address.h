// Where a model comes from: a folder, or hf://ORG/NAME[@REVISION], mlflow://MODEL@ALIAS, mlflow://MODEL/VERSION,
// s3://BUCKET[/PREFIX].
// Servers and credentials are not part of an address: they come from the environment variables of those systems' own
// clients (docs/guide/serving.md). Errors: kInvalidArgument, `where` the address.
#pragma once

#include <string>
#include <string_view>

#include "base/error.h"

namespace fovea::registry {

struct ModelAddress {
  enum class Kind { kFolder, kHub, kMlflow, kS3 };
  Kind kind = Kind::kFolder;
  std::string text;      // as given
  std::string name;      // the folder; "org/name"; the registered model; the bucket
  std::string revision;  // hf: branch, tag or commit ("main" unless given); mlflow: the version; s3: the prefix
  std::string alias;     // mlflow alone
};

bool is_remote(std::string_view text);  // begins with hf://, mlflow:// or s3://
Result<ModelAddress> parse_address(std::string_view text);

// Of a model, a version or an alias: a letter or digit, then letters, digits, '.', '_', '-', kNameBytesMax in all.
bool is_name(std::string_view name);

}  // namespace fovea::registry
