#include "door/http/tls.h"

#include <openssl/ssl.h>

#include "door/access/certificate_names.h"

namespace fovea::http {
namespace {

namespace ssl = boost::asio::ssl;

// A key with a pass phrase would have the server wait for somebody at its terminal.
std::string no_pass_phrase(size_t, ssl::context::password_purpose) {
  return {};
}

Result<void> ask_clients(ssl::context& context, const std::string& ca) {
  boost::system::error_code error;
  context.load_verify_file(ca, error);
  if (error) {
    return fail(Code::kInvalidArgument, "cannot use the clients' CA: " + error.message(), ca,
                "a PEM file with one certificate or more");
  }
  SSL_CTX_set_client_CA_list(context.native_handle(), SSL_load_client_CA_file(ca.c_str()));
  context.set_verify_mode(ssl::verify_peer | ssl::verify_fail_if_no_peer_cert, error);
  // A session that is taken up again would not be asked for its certificate again.
  SSL_CTX_set_options(context.native_handle(), SSL_OP_NO_TICKET);
  SSL_CTX_set_session_cache_mode(context.native_handle(), SSL_SESS_CACHE_OFF);
  return {};
}

}  // namespace

Result<Tls::Context> Tls::load() const {
  auto context = std::make_shared<ssl::context>(ssl::context::tls_server);
  boost::system::error_code error;
  SSL_CTX_set_min_proto_version(context->native_handle(), TLS1_2_VERSION);
  SSL_CTX_set_options(context->native_handle(), SSL_OP_NO_RENEGOTIATION | SSL_OP_NO_COMPRESSION);
  context->set_password_callback(no_pass_phrase, error);
  context->use_certificate_chain_file(files_.certificate, error);
  if (error) {
    return fail(Code::kInvalidArgument, "cannot use the TLS certificate: " + error.message(), files_.certificate,
                "a PEM file");
  }
  context->use_private_key_file(files_.key, ssl::context::pem, error);
  if (error || SSL_CTX_check_private_key(context->native_handle()) != 1) {
    return fail(Code::kInvalidArgument,
                "cannot use the TLS key: " + (error ? error.message() : std::string("it is another certificate's")),
                files_.key, "a PEM file, not encrypted, of the certificate's key");
  }
  if (!files_.client_ca.empty()) FOVEA_OK(ask_clients(*context, files_.client_ca));
  return context;
}

Result<std::unique_ptr<Tls>> Tls::create(TlsFiles files) {
  std::unique_ptr<Tls> made(new Tls(std::move(files)));
  std::vector<std::string> watched{made->files_.certificate, made->files_.key};
  if (!made->files_.client_ca.empty()) watched.push_back(made->files_.client_ca);
  made->watch_.watch(std::move(watched));
  FOVEA_TRY(Context context, made->load());
  made->context_ = std::move(context);
  return made;
}

Tls::Context Tls::context(Nanos now) {
  if (watch_.changed(now)) {
    // A certificate and a key are written one after the other: until both fit, the pair before stays.
    if (auto context = load()) context_ = std::move(*context);
  }
  return context_;
}

std::vector<std::string> names_of_client(SSL* connection) {
  X509* certificate = SSL_get1_peer_certificate(connection);
  if (certificate == nullptr) return {};
  unsigned char* bytes = nullptr;
  const int size = i2d_X509(certificate, &bytes);
  std::vector<std::string> names;
  if (size > 0 && SSL_get_verify_result(connection) == X509_V_OK) {
    auto found = access::certificate_names({reinterpret_cast<const char*>(bytes), static_cast<size_t>(size)});
    if (found) names = std::move(*found);
  }
  OPENSSL_free(bytes);
  X509_free(certificate);
  return names;
}

}  // namespace fovea::http
