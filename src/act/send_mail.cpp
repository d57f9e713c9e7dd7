#include "act/send_mail.h"

#include <curl/curl.h>
#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <memory>

#include "act/arguments.h"
#include "act/limits.h"
#include "act/mail_text.h"
#include "base/check.h"
#include "base/digest.h"
#include "base/utf8.h"

namespace fovea::act {
namespace {

struct CurlDeleter {
  void operator()(CURL* curl) const { curl_easy_cleanup(curl); }
};
struct ListDeleter {
  void operator()(curl_slist* list) const { curl_slist_free_all(list); }
};
struct UrlDeleter {
  void operator()(CURLU* url) const { curl_url_cleanup(url); }
};

struct Mail {
  std::string server, user, password;
  MailMessage message;
  Nanos timeout{0};
  bool plain = false;
};

struct Upload {
  std::string_view rest;
  bool all_given = false;  // the whole text was handed over, so its end may have been sent
};

Result<Mail> mail_of(const Json& arguments) {
  FOVEA_OK(check_members(arguments, "mail",
                         {"server", "from", "to", "subject", "text", "user", "password", "timeout", "plain"}));
  Mail mail;
  FOVEA_TRY(mail.server, line_of(arguments, "server"));
  FOVEA_TRY(mail.message.from, line_of(arguments, "from"));
  const Json& to = member(arguments, "to");
  if (const auto* list = to.if_array()) {
    if (list->empty() || list->size() > kRecipientsMax) {
      return fail(Code::kInvalidArgument,
                  fmt::format("'to' names {} recipients, not 1 to {}", list->size(), kRecipientsMax), "mail");
    }
    for (const Json& each : *list) {
      FOVEA_TRY(std::string address, line_of(JsonObject{{"to", each}}, "to"));
      mail.message.to.push_back(std::move(address));
    }
  } else {
    FOVEA_TRY(std::string address, line_of(arguments, "to"));
    mail.message.to.push_back(std::move(address));
  }
  FOVEA_TRY(mail.message.subject, line_of(arguments, "subject"));
  if (mail.message.subject.size() > kSubjectBytesMax) {
    return fail(
        Code::kInvalidArgument,
        fmt::format("a subject of {} bytes; at most {} are sent", mail.message.subject.size(), kSubjectBytesMax),
        "mail");
  }
  const Json& text = member(arguments, "text");
  if (!text.is_string()) return fail(Code::kInvalidArgument, "'text' is missing or not a text", "mail");
  mail.message.text = text_or(text, "");
  if (mail.message.text.size() > kRequestBytesMax)
    return fail(Code::kResourceExhausted, "the text is too long", "mail");
  if (!member(arguments, "user").is_null()) {
    FOVEA_TRY(mail.user, line_of(arguments, "user"));
  }
  if (!member(arguments, "password").is_null()) {
    FOVEA_TRY(mail.password, line_of(arguments, "password"));
  }
  FOVEA_TRY(mail.timeout, timeout_of(arguments));
  FOVEA_TRY(mail.plain, truth_of(arguments, "plain"));
  return mail;
}

size_t give_text(char* to, size_t size, size_t count, void* from) {
  auto& upload = *static_cast<Upload*>(from);
  size_t bytes = std::min(size * count, upload.rest.size());
  std::copy_n(upload.rest.data(), bytes, to);
  upload.rest.remove_prefix(bytes);
  upload.all_given = upload.all_given || upload.rest.empty();
  return bytes;
}

bool on_loopback(const std::string& server) {
  std::unique_ptr<CURLU, UrlDeleter> url(curl_url());
  char* part = nullptr;
  if (!url || curl_url_set(url.get(), CURLUPART_URL, server.c_str(), CURLU_NON_SUPPORT_SCHEME) != CURLUE_OK ||
      curl_url_get(url.get(), CURLUPART_HOST, &part, 0) != CURLUE_OK) {
    return false;
  }
  std::string host(part);
  curl_free(part);
  return host == "localhost" || host == "[::1]" || host.starts_with("127.");
}

class SendMail final : public Effector {
 public:
  SendMail(const Secrets& secrets, const Clock& clock) : secrets_(secrets), clock_(clock), curl_(curl_easy_init()) {
    FOVEA_CHECK(curl_ != nullptr);
  }
  std::string_view kind() const override { return "mail"; }

  Result<void> check(const Json& arguments) const override {
    FOVEA_OK(mail_of(arguments));
    return {};
  }

  Result<std::vector<Json>> prepare(std::span<const record::Effect> effects) override {
    return std::vector<Json>(effects.size());
  }

  std::vector<record::Outcome> perform(std::span<const record::Effect> effects) override {
    std::vector<record::Outcome> out;
    for (const record::Effect& effect : effects) {
      auto mail = mail_of(effect.arguments);
      out.push_back(mail ? send(*mail, effect) : failed(mail.error().text()));
    }
    return out;
  }

  std::vector<record::Outcome> reconcile(std::span<const record::Effect> effects) override {
    std::vector<record::Outcome> out;
    for (const record::Effect& effect : effects) {
      out.push_back(
          unknown("the connection was lost after the message went out; look for Message-ID " + message_id(effect)));
    }
    return out;
  }

  record::Outcome undo(const record::Effect&) override {
    return failed("a message that was sent cannot be taken back; the flow declares no undo for it");
  }

 private:
  static std::string message_id(const record::Effect& effect) {
    return "fovea." + to_hex(bytes_of(sha256(foreign_key(effect)))).substr(0, 40);
  }

  record::Outcome send(Mail& mail, const record::Effect& effect) {
    mail.message.id = message_id(effect);
    auto text = message_text(mail.message, clock_.now());
    if (!text) return failed(text.error().text());
    auto server = secrets_.resolve(mail.server), user = secrets_.resolve(mail.user),
         password = secrets_.resolve(mail.password);
    for (auto* resolved : {&server, &user, &password}) {
      if (!*resolved) return failed(resolved->error().text());
    }
    if (!server->starts_with("smtp://") && !server->starts_with("smtps://")) {
      return failed("the server begins neither with smtp:// nor with smtps://");
    }
    mail.server = *server, mail.user = *user, mail.password = *password;
    return transfer(mail, *text);
  }

  record::Outcome transfer(const Mail& mail, const std::string& text) {
    CURL* curl = curl_.get();
    curl_easy_reset(curl);
    std::unique_ptr<curl_slist, ListDeleter> recipients;
    for (const std::string& each : mail.message.to) {
      auto address = bare_address(each);
      if (!address) return failed(address.error().text());
      curl_slist* longer = curl_slist_append(recipients.get(), ("<" + *address + ">").c_str());
      FOVEA_CHECK(longer != nullptr);
      (void)recipients.release();
      recipients.reset(longer);
    }
    auto from = bare_address(mail.message.from);
    if (!from) return failed(from.error().text());
    std::string sender = "<" + *from + ">";
    Upload upload{text, false};
    std::array<char, CURL_ERROR_SIZE> message{};
    long timeout_ms = std::max<long>(1, std::chrono::duration_cast<std::chrono::milliseconds>(mail.timeout).count());
    long tls = mail.plain ? CURLUSESSL_NONE : on_loopback(mail.server) ? CURLUSESSL_TRY : CURLUSESSL_ALL;
    curl_easy_setopt(curl, CURLOPT_URL, mail.server.c_str());
    curl_easy_setopt(curl, CURLOPT_PROTOCOLS_STR, "smtp,smtps");
    curl_easy_setopt(curl, CURLOPT_USE_SSL, tls);
    curl_easy_setopt(curl, CURLOPT_NOSIGNAL, 1L);
    curl_easy_setopt(curl, CURLOPT_ERRORBUFFER, message.data());
    curl_easy_setopt(curl, CURLOPT_TIMEOUT_MS, timeout_ms);
    curl_easy_setopt(curl, CURLOPT_CONNECTTIMEOUT_MS,
                     std::min<long>(timeout_ms, std::chrono::milliseconds(kConnectTimeout).count()));
    // A kept connection that the server drops would make libcurl send the message a second time by itself.
    curl_easy_setopt(curl, CURLOPT_FRESH_CONNECT, 1L);
    curl_easy_setopt(curl, CURLOPT_MAIL_FROM, sender.c_str());
    curl_easy_setopt(curl, CURLOPT_MAIL_RCPT, recipients.get());
    curl_easy_setopt(curl, CURLOPT_UPLOAD, 1L);
    curl_easy_setopt(curl, CURLOPT_READFUNCTION, give_text);
    curl_easy_setopt(curl, CURLOPT_READDATA, &upload);
    if (!mail.user.empty()) {
      curl_easy_setopt(curl, CURLOPT_USERNAME, mail.user.c_str());
      curl_easy_setopt(curl, CURLOPT_PASSWORD, mail.password.c_str());
    }
    CURLcode code = curl_easy_perform(curl);
    return judge(code, message.data(), upload, mail);
  }

  record::Outcome judge(CURLcode code, const char* message, const Upload& upload, const Mail& mail) {
    long reply = 0;
    curl_easy_getinfo(curl_.get(), CURLINFO_RESPONSE_CODE, &reply);
    if (code == CURLE_OK) {
      return done(JsonObject{{"status", 250}, {"message_id", mail.message.id}});
    }
    std::string error = secrets_.hide(message[0] != '\0' ? message : curl_easy_strerror(code));
    if (reply >= 400) error = fmt::format("reply {}: {}", reply, error);
    if (reply >= 500) return failed(std::move(error));
    if (reply >= 400 || !upload.all_given) return again(std::move(error));
    return unknown(std::move(error));
  }

  const Secrets& secrets_;
  const Clock& clock_;
  std::unique_ptr<CURL, CurlDeleter> curl_;
};

}  // namespace

std::unique_ptr<Effector> make_send_mail(const Secrets& secrets, const Clock& clock) {
  return std::make_unique<SendMail>(secrets, clock);
}

}  // namespace fovea::act
