// TLS: a certificate that the file's CA vouches for is taken; one that is expired, or of nobody, is not.
#include <arpa/inet.h>
#include <openssl/pem.h>
#include <openssl/ssl.h>
#include <openssl/x509v3.h>
#include <sys/socket.h>
#include <unistd.h>

#include "serve/remote/credentials.h"
#include "serve/remote/scripted_model_test.h"

namespace fovea::remote {
namespace {

// A certificate of its own for 127.0.0.1, and a server that answers every request of a connection with it.
class TlsServer {
 public:
  TlsServer(long from_days, long to_days) {
    key_ = EVP_EC_gen("P-256");
    certificate_ = X509_new();
    X509_set_version(certificate_, 2);
    ASN1_INTEGER_set(X509_get_serialNumber(certificate_), 7);
    X509_gmtime_adj(X509_getm_notBefore(certificate_), from_days * 86'400);
    X509_gmtime_adj(X509_getm_notAfter(certificate_), to_days * 86'400);
    X509_set_pubkey(certificate_, key_);
    X509_NAME* name = X509_get_subject_name(certificate_);
    X509_NAME_add_entry_by_txt(name, "CN", MBSTRING_ASC, reinterpret_cast<const unsigned char*>("test"), -1, -1, 0);
    X509_set_issuer_name(certificate_, name);
    for (const auto& [kind, value] :
         {std::pair{NID_subject_alt_name, "IP:127.0.0.1"}, std::pair{NID_basic_constraints, "critical,CA:TRUE"}}) {
      X509_EXTENSION* made = X509V3_EXT_conf_nid(nullptr, nullptr, kind, value);
      X509_add_ext(certificate_, made, -1);
      X509_EXTENSION_free(made);
    }
    X509_sign(certificate_, key_, EVP_sha256());
    context_ = SSL_CTX_new(TLS_server_method());
    SSL_CTX_use_certificate(context_, certificate_);
    SSL_CTX_use_PrivateKey(context_, key_);
    listener_ = ::socket(AF_INET, SOCK_STREAM, 0);
    sockaddr_in address{};
    address.sin_family = AF_INET;
    address.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
    ::bind(listener_, reinterpret_cast<sockaddr*>(&address), sizeof address);
    ::listen(listener_, 8);
    socklen_t length = sizeof address;
    ::getsockname(listener_, reinterpret_cast<sockaddr*>(&address), &length);
    port_ = ntohs(address.sin_port);
    thread_ = std::thread([this] { serve(); });
  }
  ~TlsServer() {
    ::shutdown(listener_, SHUT_RDWR);
    thread_.join();
    ::close(listener_);
    SSL_CTX_free(context_);
    X509_free(certificate_);
    EVP_PKEY_free(key_);
  }
  std::string url() const { return "https://127.0.0.1:" + std::to_string(port_); }
  std::string pem() const {
    const std::unique_ptr<BIO, decltype(&BIO_free)> out(BIO_new(BIO_s_mem()), BIO_free);
    PEM_write_bio_X509(out.get(), certificate_);
    char* bytes = nullptr;
    const long size = BIO_get_mem_data(out.get(), &bytes);
    return std::string(bytes, static_cast<size_t>(size));
  }
  int requests() const { return requests_; }

 private:
  void serve() {
    for (int fd = 0; (fd = ::accept(listener_, nullptr, nullptr)) >= 0;) {
      const timeval patience{2, 0};
      ::setsockopt(fd, SOL_SOCKET, SO_RCVTIMEO, &patience, sizeof patience);
      SSL* ssl = SSL_new(context_);
      SSL_set_fd(ssl, fd);
      if (SSL_accept(ssl) == 1) {
        char buffer[8192];
        if (SSL_read(ssl, buffer, sizeof buffer) > 0) {
          ++requests_;
          const ScriptedReply reply = v2_reply();
          const std::string text = "HTTP/1.1 200 OK\r\nConnection: close\r\n" + reply.headers +
                                   "Content-Length: " + std::to_string(reply.body.size()) + "\r\n\r\n" + reply.body;
          SSL_write(ssl, text.data(), static_cast<int>(text.size()));
          SSL_shutdown(ssl);
        }
      }
      SSL_free(ssl);
      ::close(fd);
    }
  }

  EVP_PKEY* key_ = nullptr;
  X509* certificate_ = nullptr;
  SSL_CTX* context_ = nullptr;
  int listener_ = -1;
  uint16_t port_ = 0;
  std::atomic<int> requests_{0};
  std::thread thread_;
};

struct RemoteTls : RemoteTest {
  Outcome ask_with_ca(const TlsServer& server, const std::string& more = "tls: { ca: ca.pem }\n") {
    EXPECT_TRUE(files.write_atomic(folder + "/ca.pem", server.pem()));
    const auto backend = open(v2_file(server.url(), more + "auth: { bearer: \"${FOVEA_TEST_KEY}\" }\n"));
    return ask(*backend, "x");
  }
};

TEST_F(RemoteTls, ACertificateOfTheFilesAuthorityIsTaken) {
  TlsServer server(-1, 30);
  const auto outcome = ask_with_ca(server);
  ASSERT_TRUE(outcome) << outcome.error().error.text();
  EXPECT_EQ((*outcome)[0].values[0], 1.5F);
}

TEST_F(RemoteTls, AnExpiredOneIsNot) {
  TlsServer server(-30, -1);
  const auto outcome = ask_with_ca(server);
  ASSERT_FALSE(outcome);
  EXPECT_EQ(outcome.error().error.code, Code::kInternal);
  EXPECT_NE(outcome.error().error.message.find("certificate"), std::string::npos) << outcome.error().error.text();
  EXPECT_FALSE(outcome.error().retry_helps);
  EXPECT_EQ(server.requests(), 0);
}

TEST_F(RemoteTls, OneThatNobodyVouchesForIsNot) {
  TlsServer server(-1, 30);
  const auto outcome = ask_with_ca(server, "");
  ASSERT_FALSE(outcome);
  EXPECT_NE(outcome.error().error.message.find("certificate"), std::string::npos) << outcome.error().error.text();
  EXPECT_EQ(server.requests(), 0);
}

}  // namespace
}  // namespace fovea::remote
