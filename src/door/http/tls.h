// What a server shows its clients, and what it asks of them, read again when the files change: connections that are
// open keep what they began with. Seen by server.cpp and connection.cpp only: it holds a heavy header. TLS 1.2 and
// later. With a client CA every client must show a certificate that it signed. Errors: kInvalidArgument, with the file.
// Threads: any.
#pragma once

#include <atomic>
#include <boost/asio/ssl.hpp>
#include <memory>
#include <string>
#include <vector>

#include "base/clock.h"
#include "base/error.h"
#include "door/access/file_watch.h"

namespace fovea::http {

struct TlsFiles {
  std::string certificate, key;  // PEM; the certificate with its chain
  std::string client_ca;         // PEM; empty: clients need none
};

class Tls {
 public:
  using Context = std::shared_ptr<boost::asio::ssl::context>;

  static Result<std::unique_ptr<Tls>> create(TlsFiles files);
  // For the next connection. Files that cannot be read leave what is in force.
  Context context(Nanos now);

 private:
  explicit Tls(TlsFiles files) : files_(std::move(files)) {}
  Result<Context> load() const;

  const TlsFiles files_;
  access::FileWatch watch_;
  std::atomic<Context> context_;
};

// Of the client's verified certificate; empty: it showed none.
std::vector<std::string> names_of_client(SSL* connection);

}  // namespace fovea::http
