// Signs HTTP requests for AWS and what speaks its protocol: S3 stores, SageMaker.
// Source: "AWS Signature Version 4 for API requests", and its notes for S3 (paths are encoded once there, twice
// elsewhere; S3 wants X-Amz-Content-Sha256).
// Pure: time is passed in. Threads: any.
#pragma once

#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "base/clock.h"
#include "base/error.h"

namespace fovea::fetch {

using Headers = std::vector<std::pair<std::string, std::string>>;

struct AwsCredentials {
  std::string access_key, secret_key;
  std::string session_token;  // of temporary ones
};

struct SigningScope {
  std::string region, service;  // "us-east-1", "s3"
};

struct SigningRequest {
  std::string method;          // "GET"
  std::string url;             // as it is sent: path and query percent-encoded
  Headers headers;             // to be signed with it, beside Host and the X-Amz ones
  std::string payload_sha256;  // of the body, hex; empty: of an empty body
};

constexpr std::string_view kUnsignedPayload = "UNSIGNED-PAYLOAD";  // for bodies whose digest isn't known; S3 over TLS

// The headers to add to the request: X-Amz-Date, Authorization and, where it applies, X-Amz-Content-Sha256 and
// X-Amz-Security-Token. The request must be sent with Host as the URL has it. Errors: kInvalidArgument of the URL.
Result<Headers> sign_sigv4(const SigningRequest& request, const AwsCredentials& credentials, const SigningScope& scope,
                           TimePoint now);

}  // namespace fovea::fetch
