// Whether a file is OpenVINO's IR, asked before the library parses it: XML whose root is <net>, and the weights beside
// it. Errors: as read_file(); kOutOfRange (larger than kXmlBytesMax), kDataLoss, kNotFound (no weights); `where` is the
// path.
#pragma once

#include <cstdint>
#include <string>

#include "base/error.h"

namespace fovea::openvino {

constexpr uint64_t kXmlBytesMax = uint64_t{64} << 20;

Result<int64_t> ir_bytes(const std::string& xml_file);  // of both files

}  // namespace fovea::openvino
