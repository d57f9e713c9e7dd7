// What KServe v2 is over HTTP and over gRPC alike: which output is read, and how a text lies in a BYTES tensor.
#pragma once

#include <string>
#include <string_view>

#include "serve/remote/remote_options.h"

namespace fovea::remote {

// The output that answers: the declared one, else what `fovea serve` calls it.
std::string v2_output(const RemoteOptions& options);

// One element of a BYTES tensor's raw contents: four bytes of length, little-endian, then the text.
void append_element(std::string& out, std::string_view text);

}  // namespace fovea::remote
