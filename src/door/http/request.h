// A request and its answer, as they pass between a connection and whoever answers.
#pragma once

#include <functional>
#include <memory>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "door/http/departure.h"

namespace fovea::http {

using Headers = std::vector<std::pair<std::string, std::string>>;

// Who is at the other end of a connection.
struct Client {
  std::string address;             // "192.0.2.7"
  std::vector<std::string> names;  // of its verified certificate (access/certificate_names.h); empty: none
};

struct Request {
  std::string method;  // "POST"
  std::string target;  // "/v1/events/smoke?x=1"
  Headers headers;
  std::string body;
  std::shared_ptr<Departure> departure = {};  // null where nobody watches the client
};

struct Response {
  int status = 200;
  std::string content_type = "application/json";
  std::string body;
  Headers headers;
};

using Respond = std::function<void(Response)>;  // calls after the first do nothing

bool same_name(std::string_view a, std::string_view b);  // of headers: ASCII letters in any case
// The first such header's value; empty: none.
std::string_view value_of(const Headers& headers, std::string_view name);

}  // namespace fovea::http
