// What a message may be, beyond what the parser asks, and how long it may take. Seen by connection.cpp only: it holds a
// heavy header.
#pragma once

#include <boost/beast/http/message.hpp>
#include <boost/beast/http/string_body.hpp>
#include <chrono>
#include <cstdint>
#include <string>
#include <string_view>

#include "door/http/request.h"

namespace fovea::http {

// Whatever could be read in two ways by two servers on a request's way (RFC 9112 6.3 and 11.2): "" where nothing could.
std::string two_ways(const boost::beast::http::request<boost::beast::http::string_body>& message);

// How long a client waits, as it says (x-request-timeout-ms), at most kPatienceMax; 0: it does not.
std::chrono::milliseconds patience(const Headers& headers);

// For bytes: what every connection gets, and more for what is large.
std::chrono::milliseconds time_for(std::chrono::seconds base, uint64_t bytes);

bool fits_into_a_header(std::string_view text);

}  // namespace fovea::http
