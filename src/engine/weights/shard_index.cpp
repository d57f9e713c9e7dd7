#include "engine/weights/shard_index.h"

#include <fmt/format.h>

#include <set>

#include "base/json.h"
#include "engine/weights/limits.h"

namespace fovea::weights {
namespace {

// A name that stays in the folder. A file of another kind would be refused by its content; the suffix tells earlier.
bool is_shard_name(std::string_view name) {
  return name.ends_with(".safetensors") && name.find('/') == std::string_view::npos &&
         name.find('\\') == std::string_view::npos && name.find('\0') == std::string_view::npos;
}

}  // namespace

Result<ShardIndex> parse_shard_index(std::string_view text, const std::string& path) {
  FOVEA_TRY(const Json json, parse_json_file(text, path));
  const std::string where = path + ": weight_map";
  const Json& map = member(json, "weight_map");
  if (!map.is_object() || map.get_object().empty())
    return fail(Code::kInvalidArgument, "must be an object that names a file for each tensor", where,
                "the index is damaged; fetch it again");
  if (map.get_object().size() > static_cast<size_t>(kTensorsMax))
    return fail(Code::kInvalidArgument, fmt::format("more than {} tensors", kTensorsMax), where);
  ShardIndex index;
  std::set<std::string> shards;
  for (const auto& entry : map.get_object()) {
    const std::string_view file = text_or(entry.value(), "");
    if (!is_shard_name(file))
      return fail(Code::kInvalidArgument,
                  fmt::format("'{}' is no safetensors file of this folder", file.substr(0, 200)),
                  fmt::format("{}: {}", path, std::string_view(entry.key())),
                  "shards stand beside the index: model-00001-of-00002.safetensors");
    index.files.emplace(entry.key(), file);
    shards.emplace(file);
    if (shards.size() > kShardsMax)
      return fail(Code::kInvalidArgument, fmt::format("more than {} files", kShardsMax), where);
  }
  index.shards.assign(shards.begin(), shards.end());
  return index;
}

}  // namespace fovea::weights
