// One answer as it comes in: the parts that a load run looks at, and a parser that keeps no others.
// Seen by http_line.h only: it holds the heavy headers (Beast).
#pragma once

#include <boost/beast/http/basic_parser.hpp>
#include <charconv>
#include <string>
#include <string_view>

#include "door/load/limits.h"

namespace fovea::load {

struct HttpAnswer {
  int status = 0;
  bool retry_after = false;
  uint64_t json_bytes = 0;  // Inference-Header-Content-Length
  uint64_t tokens = 0;      // x-compute-tokens
  std::string body;

  void clear() {
    status = 0;
    retry_after = false;
    json_bytes = tokens = 0;
    body.clear();  // its room is kept
  }
};

// Cost: no allocation of its own.
class HttpAnswerParser final : public boost::beast::http::basic_parser<false> {
  using Error = boost::beast::error_code;
  using Text = boost::beast::string_view;

 public:
  explicit HttpAnswerParser(HttpAnswer& answer) : answer_(answer) {
    eager(true);
    header_limit(kHeaderBytesMax);
    body_limit(kAnswerBytesMax);
  }

 private:
  static void read_number(std::string_view text, uint64_t& out) {
    uint64_t value = 0;
    if (std::from_chars(text.data(), text.data() + text.size(), value).ec == std::errc{}) out = value;
  }

  void on_request_impl(boost::beast::http::verb, Text, Text, int, Error&) override {}
  void on_response_impl(int status, Text, int, Error& error) override {
    answer_.status = status;
    error = {};
  }
  void on_field_impl(boost::beast::http::field field, Text name, Text value, Error& error) override {
    error = {};
    if (field == boost::beast::http::field::retry_after) {
      answer_.retry_after = true;
    } else if (field == boost::beast::http::field::unknown) {
      if (boost::beast::iequals(name, "Inference-Header-Content-Length")) {
        read_number({value.data(), value.size()}, answer_.json_bytes);
      } else if (boost::beast::iequals(name, "x-compute-tokens")) {
        read_number({value.data(), value.size()}, answer_.tokens);
      } else if (boost::beast::iequals(name, "retry-after-ms")) {
        answer_.retry_after = true;
      }
    }
  }
  void on_header_impl(Error& error) override { error = {}; }
  void on_body_init_impl(const boost::optional<uint64_t>&, Error& error) override { error = {}; }
  size_t on_body_impl(Text piece, Error& error) override {
    error = {};
    answer_.body.append(piece.data(), piece.size());
    return piece.size();
  }
  void on_chunk_header_impl(uint64_t, Text, Error& error) override { error = {}; }
  size_t on_chunk_body_impl(uint64_t, Text piece, Error& error) override { return on_body_impl(piece, error); }
  void on_finish_impl(Error& error) override { error = {}; }

  HttpAnswer& answer_;
};

}  // namespace fovea::load
