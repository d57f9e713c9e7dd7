#include "act/send_mail.h"

#include <gtest/gtest.h>

#include "act/fault_server_test.h"
#include "act/mail_text.h"

namespace fovea::act {
namespace {

using Kind = record::Outcome::Kind;

// What a server says to each command; the message as it came is kept.
struct Sink {
  std::string greeting = "220 sink\r\n", rcpt = "250 ok\r\n", data = "354 go on\r\n", end = "250 taken\r\n";
  std::string auth = "235 in\r\n";
  bool drop_after_data = false;
  std::string commands, message;

  void serve(Connection& c) {
    c.send(greeting);
    for (;;) {
      std::string line = c.read_until("\r\n");
      if (line.empty()) return;
      commands += line;
      if (line.starts_with("EHLO")) {
        c.send("250-sink\r\n250 AUTH PLAIN\r\n");
      } else if (line.starts_with("AUTH")) {
        c.send("334 \r\n");
        c.read_until("\r\n");
        c.send(auth);
      } else if (line.starts_with("RCPT")) {
        c.send(rcpt);
      } else if (line.starts_with("DATA")) {
        c.send(data);
        if (!data.starts_with("354")) continue;
        message = c.read_until("\r\n.\r\n");
        if (drop_after_data) return;
        c.send(end);
      } else if (line.starts_with("QUIT")) {
        c.send("221 bye\r\n");
        return;
      } else {
        c.send("250 ok\r\n");
      }
    }
  }
};

class SendMailTest : public testing::Test {
 protected:
  static record::Effect effect(const std::string& server, JsonObject more = {}) {
    record::Effect out;
    out.kind = "mail";
    out.flow = "support";
    out.key = "reply:m-1";
    JsonObject arguments{{"server", server},   {"from", "Desk <desk@shop.example>"}, {"to", "anna@example.org"},
                         {"subject", "Hello"}, {"text", "One\n.\n..two\n"},          {"timeout", "500ms"}};
    for (const auto& each : more) arguments[each.key()] = each.value();
    out.arguments = std::move(arguments);
    return out;
  }
  record::Outcome perform(const record::Effect& effect) {
    auto out = effector_->perform({&effect, 1}).front();
    EXPECT_EQ((to_text(out.detail) + out.error).find("pa55word"), std::string::npos);
    return out;
  }

  RealFiles files_;
  Secrets secrets_{[](const std::string&) { return std::optional<std::string>("pa55word"); }, files_, {"PASSWORD"}};
  VirtualClock clock_{TimePoint{1'700'000'000'000'000'000}};
  std::unique_ptr<Effector> effector_ = make_send_mail(secrets_, clock_);
};

TEST_F(SendMailTest, SendsAMessageAsMailersKnowIt) {
  Sink sink;
  {
    FaultServer server([&](Connection& c, size_t) { sink.serve(c); });
    record::Outcome out = perform(effect(server.at("smtp"), {{"user", "desk"}, {"password", "${PASSWORD}"}}));
    EXPECT_EQ(out.kind, Kind::kDone) << out.error;
  }
  EXPECT_NE(sink.commands.find("MAIL FROM:<desk@shop.example>"), std::string::npos) << sink.commands;
  EXPECT_NE(sink.commands.find("RCPT TO:<anna@example.org>"), std::string::npos);
  EXPECT_NE(sink.commands.find("AUTH PLAIN"), std::string::npos);
  for (const char* part : {"Date: Tue, 14 Nov 2023 22:13:20 +0000\r\n", "From: \"Desk\" <desk@shop.example>\r\n",
                           "To: anna@example.org\r\n", "Subject: Hello\r\n", "@shop.example>\r\n",
                           "\r\n\r\nOne\r\n..\r\n...two\r\n"}) {  // dots are doubled on the wire
    EXPECT_NE(sink.message.find(part), std::string::npos) << part << sink.message;
  }
}

TEST_F(SendMailTest, TheMessageIdComesFromTheKey) {
  std::vector<std::string> ids;
  for (const char* key : {"reply:m-1", "reply:m-1", "reply:m-2"}) {
    Sink sink;
    {
      FaultServer server([&](Connection& c, size_t) { sink.serve(c); });
      record::Effect mail = effect(server.at("smtp"));
      mail.key = key;
      EXPECT_EQ(perform(mail).kind, Kind::kDone);
    }
    size_t at = sink.message.find("Message-ID: ");
    ids.push_back(sink.message.substr(at, sink.message.find('\r', at) - at));
  }
  EXPECT_EQ(ids[0], ids[1]);
  EXPECT_NE(ids[0], ids[2]);
}

TEST_F(SendMailTest, RepliesSayWhatComesNext) {
  struct Case {
    const char* name;
    std::function<void(Sink&)> change;
    Kind kind;
  };
  Case cases[] = {
      {"busy greeting", [](Sink& s) { s.greeting = "421 later\r\n"; }, Kind::kRetry},
      {"no service", [](Sink& s) { s.greeting = "554 no\r\n"; }, Kind::kFailed},
      {"greylisted", [](Sink& s) { s.rcpt = "451 later\r\n"; }, Kind::kRetry},
      {"no such user", [](Sink& s) { s.rcpt = "550 unknown\r\n"; }, Kind::kFailed},
      {"no data now", [](Sink& s) { s.data = "452 full\r\n"; }, Kind::kRetry},
      {"refused content", [](Sink& s) { s.end = "554 spam\r\n"; }, Kind::kFailed},
      {"queue full", [](Sink& s) { s.end = "451 later\r\n"; }, Kind::kRetry},
      {"lost after the text", [](Sink& s) { s.drop_after_data = true; }, Kind::kUnknown},
      {"silent at the end", [](Sink& s) { s.end = ""; }, Kind::kUnknown},
      {"silent at once", [](Sink& s) { s.greeting = ""; }, Kind::kRetry},
  };
  for (const Case& each : cases) {
    Sink sink;
    each.change(sink);
    FaultServer server([&](Connection& c, size_t) { sink.serve(c); });
    record::Outcome out = perform(effect(server.at("smtp")));
    EXPECT_EQ(out.kind, each.kind) << each.name << ": " << out.error;
    EXPECT_EQ(server.connections(), 1u) << each.name;
  }
  for (auto [answer, kind] : {std::pair("535 wrong\r\n", Kind::kFailed), std::pair("454 later\r\n", Kind::kRetry)}) {
    Sink sink;
    sink.auth = answer;
    FaultServer server([&](Connection& c, size_t) { sink.serve(c); });
    record::Effect with_user = effect(server.at("smtp"), {{"user", "desk"}, {"password", "${PASSWORD}"}});
    EXPECT_EQ(perform(with_user).kind, kind) << answer;
  }
}

TEST_F(SendMailTest, RefusedIsTriedAgainAndUnknownStaysUnknown) {
  std::string nowhere;
  {
    nowhere = FaultServer([](Connection&, size_t) {}).at("smtp");
  }
  record::Effect mail = effect(nowhere);
  EXPECT_EQ(perform(mail).kind, Kind::kRetry);
  record::Outcome out = effector_->reconcile({&mail, 1}).front();
  EXPECT_EQ(out.kind, Kind::kUnknown);
  EXPECT_NE(out.error.find("Message-ID"), std::string::npos);
}

TEST_F(SendMailTest, NothingIsSentThatCannotBeMeant) {
  FaultServer server([](Connection&, size_t) {});
  for (const JsonObject& more :
       {JsonObject{{"to", "anna"}}, JsonObject{{"to", "a@b, c@d"}}, JsonObject{{"to", "a b@c"}},
        JsonObject{{"to", "a@b\r\nBcc: c@d"}}, JsonObject{{"subject", "x\nBcc: c@d"}}, JsonObject{{"from", "x <y"}},
        JsonObject{{"server", "http://x"}}, JsonObject{{"to", JsonArray()}}, JsonObject{{"cc", "a@b"}}}) {
    EXPECT_EQ(perform(effect(server.at("smtp"), more)).kind, Kind::kFailed) << to_text(more);
  }
  EXPECT_EQ(server.connections(), 0u);
}

TEST(MailText, HeadersAreAsciiAndFolded) {
  EXPECT_EQ(header_text("Your refund"), "Your refund");
  EXPECT_EQ(header_text("退款"), "=?UTF-8?B?6YCA5qy+?=");
  std::string longest;
  for (int i = 0; i < 100; ++i) longest += "退款";
  std::string text = header_text(longest);
  for (size_t at = 0, end; at < text.size(); at = end + 2) {
    end = std::min(text.find("\r\n", at), text.size());
    EXPECT_LE(end - at, 76u);
  }
}

TEST(MailText, OtherLanguagesTravelAsBase64) {
  MailMessage message{
      .from = "客服 <desk@shop.example>", .to = {"a@b.c", "B <b@b.c>"}, .subject = "s", .text = "您好\n", .id = "x"};
  std::string text = *message_text(message, TimePoint{0});
  EXPECT_NE(text.find("Date: Thu, 1 Jan 1970 00:00:00 +0000\r\n"), std::string::npos);
  EXPECT_NE(text.find("From: =?UTF-8?B?5a6i5pyN?= <desk@shop.example>\r\n"), std::string::npos);
  EXPECT_NE(text.find("To: a@b.c,\r\n \"B\" <b@b.c>\r\n"), std::string::npos);
  EXPECT_NE(text.find("base64\r\n\r\n5oKo5aW9DQo=\r\n"), std::string::npos) << text;
}

}  // namespace
}  // namespace fovea::act
