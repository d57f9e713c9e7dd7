#include "serve/backends/openvino/ir_files.h"

#include <fmt/format.h>

#include <filesystem>

#include "base/files.h"
#include "base/regular_file.h"
#include "serve/backends/graph/limits.h"

namespace fovea::openvino {
namespace {

constexpr size_t kHead = 4096;

// Behind the declaration, comments and blanks.
std::string_view root_of(std::string_view text) {
  if (text.starts_with("\xef\xbb\xbf")) text.remove_prefix(3);
  while (true) {
    text.remove_prefix(std::min(text.find_first_not_of(" \t\r\n"), text.size()));
    const char* end = text.starts_with("<?") ? "?>" : text.starts_with("<!--") ? "-->" : nullptr;
    if (!end) return text;
    const size_t at = text.find(end);
    if (at == std::string_view::npos) return {};
    text.remove_prefix(at + std::string_view(end).size());
  }
}

}  // namespace

Result<int64_t> ir_bytes(const std::string& xml_file) {
  FOVEA_TRY(const RegularFile xml, RegularFile::open(xml_file));
  if (xml.size() > kXmlBytesMax)
    return fail(Code::kOutOfRange, fmt::format("has {} bytes, at most {} are read", xml.size(), kXmlBytesMax),
                xml_file);
  RealFiles files;
  FOVEA_TRY(const std::string head, files.read(xml_file, 0, kHead));
  const std::string_view root = root_of(head);
  if (!root.starts_with("<net ") && !root.starts_with("<net>"))
    return fail(Code::kDataLoss, "is no OpenVINO IR, or a damaged one", xml_file, "convert or fetch it again");
  const std::string weights = std::filesystem::path(xml_file).replace_extension(".bin").string();
  FOVEA_TRY(const RegularFile bin, RegularFile::open(weights));
  return static_cast<int64_t>(xml.size() + bin.size());
}

}  // namespace fovea::openvino
