#include "door/grpc/credentials.h"

#include <arpa/inet.h>
#include <fmt/format.h>
#include <grpcpp/security/server_credentials.h>
#include <openssl/err.h>
#include <openssl/ssl.h>
#include <openssl/x509.h>

#include <array>

#include "base/files.h"

namespace fovea::rpc {
namespace {

using Context = std::unique_ptr<SSL_CTX, decltype(&SSL_CTX_free)>;

std::string tls_error() {
  const unsigned long code = ERR_get_error();
  std::array<char, 160> text{};
  ERR_error_string_n(code, text.data(), text.size());
  ERR_clear_error();
  return text.data();
}

std::unexpected<Error> unusable(std::string_view what, const std::string& file) {
  return fail(Code::kInvalidArgument, fmt::format("cannot use the TLS {}: {}", what, tls_error()), file, "a PEM file");
}

// gRPC itself says only that it cannot start.
Result<void> check_files(const ServerOptions& options) {
  const Context context(SSL_CTX_new(TLS_server_method()), &SSL_CTX_free);
  if (SSL_CTX_use_certificate_chain_file(context.get(), options.tls_certificate.c_str()) != 1) {
    return unusable("certificate", options.tls_certificate);
  }
  if (SSL_CTX_use_PrivateKey_file(context.get(), options.tls_key.c_str(), SSL_FILETYPE_PEM) != 1) {
    return unusable("key", options.tls_key);
  }
  if (SSL_CTX_check_private_key(context.get()) != 1) return unusable("key with this certificate", options.tls_key);
  if (!options.tls_client_ca.empty() &&
      SSL_CTX_load_verify_locations(context.get(), options.tls_client_ca.c_str(), nullptr) != 1) {
    return unusable("authorities of clients", options.tls_client_ca);
  }
  return {};
}

}  // namespace

Result<Address> checked_address(const ServerOptions& options) {
  const std::string host = options.address == "localhost" ? "127.0.0.1" : options.address;
  in_addr v4{};
  in6_addr v6{};
  const bool is_v4 = inet_pton(AF_INET, host.c_str(), &v4) == 1;
  const bool is_v6 = !is_v4 && inet_pton(AF_INET6, host.c_str(), &v6) == 1;
  if (!is_v4 && !is_v6) {
    return fail(Code::kInvalidArgument, fmt::format("'{}' is not an address", options.address), "",
                "127.0.0.1, ::1 or an address of this machine");
  }
  if (options.tls_certificate.empty() != options.tls_key.empty()) {
    return fail(Code::kInvalidArgument, "TLS needs a certificate and a key", options.address);
  }
  const bool tls = !options.tls_certificate.empty();
  if (!options.tls_client_ca.empty() && !tls) {
    return fail(Code::kInvalidArgument, "clients' certificates need TLS", options.tls_client_ca,
                "give a certificate and a key");
  }
  const bool loopback = is_v4 ? (ntohl(v4.s_addr) >> 24) == 127 : IN6_IS_ADDR_LOOPBACK(&v6);
  if (!loopback && !(tls && (options.keys_asked || !options.tls_client_ca.empty()))) {
    return fail(Code::kInvalidArgument, "an address that other machines reach needs TLS and credentials",
                options.address,
                "give a certificate, a key, and a token or authorities of clients, or listen on 127.0.0.1");
  }
  return Address{host, loopback};
}

Result<std::shared_ptr<::grpc::ServerCredentials>> credentials_of(const ServerOptions& options) {
  if (options.tls_certificate.empty()) return ::grpc::InsecureServerCredentials();
  FOVEA_OK(check_files(options));
  ::grpc::SslServerCredentialsOptions ssl(options.tls_client_ca.empty()
                                              ? GRPC_SSL_DONT_REQUEST_CLIENT_CERTIFICATE
                                              : GRPC_SSL_REQUEST_AND_REQUIRE_CLIENT_CERTIFICATE_AND_VERIFY);
  FOVEA_TRY(std::string certificate, read_file(options.tls_certificate, kPemBytesMax));
  FOVEA_TRY(std::string key, read_file(options.tls_key, kPemBytesMax));
  ssl.pem_key_cert_pairs.push_back({std::move(key), std::move(certificate)});
  if (!options.tls_client_ca.empty()) {
    FOVEA_TRY(ssl.pem_root_certs, read_file(options.tls_client_ca, kPemBytesMax));
  }
  return ::grpc::SslServerCredentials(ssl);
}

}  // namespace fovea::rpc
