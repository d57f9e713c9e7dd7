#include "engine/models/packed_fit.h"

#include <fmt/format.h>

#include "engine/models/manifest.h"
#include "engine/weights/packed_file.h"

namespace fovea::models {

Result<PackedFit> packed_fits(const std::string& folder, kernels::Precision precision,
                              const std::map<std::string, std::string>& digests) {
  if (!weights::has_packed_file(folder)) return PackedFit{};
  const auto no = [&](std::string why) { return PackedFit{.fits = false, .why = std::move(why)}; };
  const auto manifest = read_manifest(folder);
  if (!manifest && manifest.error().code == Code::kNotFound) return no("its import was cut off");
  if (!manifest && manifest.error().code == Code::kUnimplemented) return no(manifest.error().text());
  if (!manifest) return std::unexpected(manifest.error());
  if (manifest->precision != precision)
    return no(fmt::format("it holds {} weights", kernels::precision_name(manifest->precision)));
  if (manifest->source_files != digests) return no("it was made from other weights");
  const std::string path = fmt::format("{}/{}", folder, weights::kPackedFileName);
  const auto listed = manifest->files.find(std::string(weights::kPackedFileName));
  FOVEA_TRY(const std::string digest, file_digest(path));
  if (listed == manifest->files.end() || listed->second != digest)
    return fail(Code::kDataLoss, "does not match its digest in manifest.json", path, "import the model again");
  const auto opened = weights::PackedFile::open(path);
  if (!opened && opened.error().code == Code::kUnimplemented) return no(opened.error().text());
  if (!opened) return std::unexpected(opened.error());
  return PackedFit{.fits = true, .why = ""};
}

}  // namespace fovea::models
