// E-mail addresses (RFC 5321 without quoted oddities beyond "..."@): found at their '@', also full-width or as %40.
#pragma once

#include <string_view>
#include <vector>

#include "trust/privacy/redact.h"

namespace fovea::privacy {

void find_emails(std::string_view text, std::vector<Span>& out);

}  // namespace fovea::privacy
