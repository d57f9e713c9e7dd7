#include "stream/connectors/mail_message.h"

#include <gtest/gtest.h>

#include "base/digest.h"
#include "base/time_text.h"
#include "base/utf8.h"

namespace fovea::connectors {
namespace {

const TimePoint kNow = *parse_rfc3339("2026-03-10T12:00:00Z");
const TimePoint kFileTime = *parse_rfc3339("2026-03-09T00:00:00Z");

record::Event read(std::string_view bytes) {
  return mail_event(bytes, kFileTime, kNow);
}

std::string field(const record::Event& event, std::string_view name) {
  const Json* value = event.fields.if_contains(name);
  return value == nullptr ? "(none)" : value->is_string() ? std::string(text_or(*value, "")) : to_text(*value);
}

constexpr std::string_view kPlain =
    "From: \"Ann Lee\" <Ann@x.example>\r\nTo: desk@shop.example, Bob <bob@shop.example>\r\nSubject: Where is it\r\n"
    "Date: Mon, 09 Mar 2026 10:00:00 +0100\r\nMessage-ID: <1@x.example>\r\n\r\nHello,\r\nwhere is my parcel?\r\n";

TEST(Mail, Plain) {
  record::Event event = read(kPlain);
  ASSERT_TRUE(event.decoded) << event.problem;
  EXPECT_EQ(field(event, "from"), "ann@x.example");
  EXPECT_EQ(field(event, "from_name"), "Ann Lee");
  EXPECT_EQ(field(event, "to"), R"(["desk@shop.example","bob@shop.example"])");
  EXPECT_EQ(field(event, "subject"), "Where is it");
  EXPECT_EQ(field(event, "text"), "Hello,\r\nwhere is my parcel?\r\n");
  EXPECT_EQ(field(event, "date"), "2026-03-09T09:00:00Z");
  EXPECT_EQ(field(event, "date_problem"), "");
  EXPECT_EQ(event.time, *parse_rfc3339("2026-03-09T09:00:00Z"));
  EXPECT_EQ(event.id.find('@'), std::string::npos);
}

TEST(Mail, SameMessageIdIsTheSameEventAndRepliesShareAThread) {
  std::string copy(kPlain);
  copy = "Received: from a by b; Mon, 9 Mar 2026 10:01:00 +0100\r\n" + copy;
  EXPECT_EQ(read(copy).id, read(kPlain).id);
  std::string reply = "From: b@x.example\nMessage-ID: <2@x.example>\nIn-Reply-To: <1@x.example>\nSubject: Re\n\nyes\n";
  std::string later = "From: b@x.example\nMessage-ID: <3@x.example>\nReferences: <1@x.example>\n <2@x.example>\n\nno\n";
  EXPECT_EQ(read(reply).key, read(kPlain).key);
  EXPECT_EQ(read(later).key, read(kPlain).key);
  EXPECT_NE(read(later).id, read(reply).id);
  EXPECT_NE(read("From: a@x.example\n\none\n").id, read("From: a@x.example\n\ntwo\n").id);
}

TEST(Mail, AlternativePrefersPlainUnlessItSaysNothing) {
  auto both = [](std::string plain) {
    return "From: a@x.example\nContent-Type: multipart/alternative; boundary=b\n\n--b\nContent-Type: text/plain\n\n" +
           plain +
           "\n--b\nContent-Type: text/html; charset=utf-8\n\n<html><body><p>The <b>lamp</b> "
           "broke</p></body></html>\n--b--\n";
  };
  EXPECT_EQ(field(read(both("The lamp broke, plain")), "text"), "The lamp broke, plain");
  EXPECT_EQ(field(read(both("")), "text"), "The lamp broke");
  EXPECT_EQ(field(read(both("Your mail reader does not support HTML.")), "text"), "The lamp broke");
  EXPECT_NE(field(read(both("x")), "html").find("<b>lamp</b>"), std::string::npos);
}

TEST(Mail, TransferEncodingsAndCharsets) {
  std::string gb =
      "From: =?gb2312?B?1cXI/Q==?= <z@x.example>\nSubject: =?GB2312?B?zcu/7sfrx/M=?=\n"
      "Content-Type: text/plain; charset=gb2312\nContent-Transfer-Encoding: base64\n\n" +
      to_base64("\xCE\xD2\xD2\xAA\xCD\xCB\xBF\xEE") + "\n";
  record::Event event = read(gb);
  EXPECT_EQ(field(event, "from_name"), "张三");
  EXPECT_EQ(field(event, "subject"), "退款请求");
  EXPECT_EQ(field(event, "text"), "我要退款");
  event = read(
      "Subject: =?ISO-8859-1?Q?Gr=FC=DFe_aus_K=F6ln?=\nContent-Type: text/plain; charset=iso-8859-1\n"
      "Content-Transfer-Encoding: quoted-printable\n\nSch=F6ne Gr=FC=\n=DFe\n");
  EXPECT_EQ(field(event, "subject"), "Grüße aus Köln");
  EXPECT_EQ(field(event, "text"), "Schöne Grüße\n");
  // The words of a subject cut a character in two.
  EXPECT_EQ(field(read("Subject: =?utf-8?B?5oiR6KaB?=\n =?utf-8?B?6YCA5g==?= =?utf-8?B?rL4=?=\n\nx\n"), "subject"),
            "我要退款");
}

TEST(Mail, WrongAndMissingLabels) {
  std::string gb =
      "\xC4\xFA\xBA\xC3\xA3\xAC\xCE\xD2\xB5\xC4\xB6\xA9\xB5\xA5\xBB\xB9\xC3\xBB\xB5\xBD";  // 您好，我的订单还没到
  for (std::string label : {"utf-8", "iso-8859-1", "us-ascii", "x-unknown", "nonsense-9"}) {
    record::Event event = read("Subject: x\nContent-Type: text/plain; charset=" + label + "\n\n" + gb + "\n");
    EXPECT_EQ(field(event, "text"), "您好，我的订单还没到\n") << label;
    EXPECT_EQ(field(event, "charset_repaired"), "true") << label;
  }
  EXPECT_EQ(field(read("Subject: " + gb + "\n\nx\n"), "subject"), "您好，我的订单还没到");
  EXPECT_EQ(field(read("Subject: x\nContent-Type: text/plain; charset=gb2312\n\n退款 refund\n"), "text"),
            "退款 refund\n");
  EXPECT_EQ(field(read("Subject: x\n\ncaf\xE9 cr\xE8me br\xFBl\xE9\x65\n"), "text"), "café crème brûlée\n");
  EXPECT_EQ(field(read("Subject: x\nContent-Type: text/html\n\n<html><head><meta charset=\"gbk\"></head><body>" + gb +
                       "</body>\n"),
                  "text"),
            "您好，我的订单还没到");
}

TEST(Mail, Dates) {
  auto with = [](std::string date) {
    return read("From: a@x.example\nReceived: from a by b; Mon, 9 Mar 2026 08:00:00 +0000\n" + date + "\nhi\n");
  };
  const std::string received = "2026-03-09T08:00:00Z";
  EXPECT_EQ(field(with(""), "date_problem"), "missing");
  EXPECT_EQ(field(with(""), "date"), received);
  EXPECT_EQ(field(with("Date: the other day\n"), "date_problem"), "unparsable");
  EXPECT_EQ(field(with("Date: Fri, 01 Jan 2038 00:00:00 +0000\n"), "date_problem"), "forged");
  EXPECT_EQ(field(with("Date: Fri, 01 Jan 2038 00:00:00 +0000\n"), "date"), received);
  EXPECT_EQ(field(with("Date: Thu, 01 Jan 1970 00:00:00 +0000\n"), "date_problem"), "forged");
  EXPECT_EQ(field(with("Date: Sun, 8 Mar 2026 23:00:00 -0500\n"), "date"), "2026-03-09T04:00:00Z");
  record::Event bare = read("From: a@x.example\n\nhi\n");
  EXPECT_EQ(bare.time, kFileTime);
}

TEST(Mail, ForwardsAndAttachments) {
  record::Event event = read(
      "From: a@x.example\nContent-Type: multipart/mixed; boundary=m\n\n--m\nContent-Type: text/plain\n\nsee below\n"
      "--m\nContent-Type: message/rfc822\n\nFrom: c@y.example\nSubject: inner\nContent-Type: multipart/mixed; "
      "boundary=n\n\n"
      "--n\n\ninner words\n--n\nContent-Type: message/rfc822\n\nSubject: deepest\n\ndeepest words\n--n--\n"
      "--m\nContent-Type: image/png; name=\"=?utf-8?B?5Zu+.png?=\"\nContent-Disposition: attachment\n"
      "Content-Transfer-Encoding: base64\n\nAAAAAAAA\n--m--\n");
  EXPECT_EQ(field(event, "text"), "see below");
  std::string forwarded = field(event, "forwarded");
  EXPECT_NE(forwarded.find("Subject: inner"), std::string::npos) << forwarded;
  EXPECT_NE(forwarded.find("inner words"), std::string::npos);
  EXPECT_NE(forwarded.find("deepest words"), std::string::npos);
  EXPECT_NE(field(event, "attachments").find(R"("type":"image/png","bytes":6)"), std::string::npos)
      << field(event, "attachments");
}

TEST(Mail, AForwardAloneIsTheText) {
  record::Event event = read("Subject: Fwd\nContent-Type: message/rfc822\n\nSubject: inner\n\ninner words\n");
  EXPECT_NE(field(event, "text").find("inner words"), std::string::npos);
}

TEST(Mail, WrongBoundariesAndFalseBase64) {
  std::string body =
      "\n--real\nContent-Type: text/plain\n\nwords\n--real\nContent-Type: text/html\n\n<p>words</p>\n--real--\n";
  EXPECT_EQ(field(read("Subject: x\nContent-Type: multipart/alternative; boundary=said\n" + body), "text"), "words");
  EXPECT_EQ(field(read("Subject: x\nContent-Type: multipart/mixed; boundary=said\n\nno parts at all\n"), "text"),
            "no parts at all\n");
  std::string words = "Every time I press it, I get a lovely PDF. Why?\n";
  EXPECT_EQ(field(read("Subject: x\nContent-Type: text/plain\nContent-Transfer-Encoding: base64\n\n" + words), "text"),
            words);
}

TEST(Mail, RefusesWhatIsNoMessage) {
  for (std::string bytes :
       {std::string(), std::string(" \n\n"), std::string(500, '\0'),
        std::string("\x89PNG\r\n\x1a\n\0\0\0\rIHDR\1\2\3\4", 20), std::string("just some words\nwithout a head\n")}) {
    record::Event event = read(bytes);
    EXPECT_FALSE(event.decoded) << bytes;
    EXPECT_FALSE(event.problem.empty());
    EXPECT_FALSE(event.id.empty());
  }
  EXPECT_TRUE(read("Subject: only a subject").decoded);
  EXPECT_TRUE(read("\n\nFrom a@b Thu Aug 22 12:36:23 2002\nSubject: x\n\nbody").decoded);
}

TEST(Mail, BombsAreBounded) {
  std::string deep = "Subject: deep\n";
  for (int i = 0; i < 2000; ++i) {
    std::string b = "b" + std::to_string(i);
    deep += "Content-Type: multipart/mixed; boundary=" + b + "\n\n--" + b + "\n";
  }
  EXPECT_TRUE(read(deep + "\nhello\n").decoded);
  std::string forwards = "Subject: f\n";
  for (int i = 0; i < 2000; ++i) forwards += "Content-Type: message/rfc822\n\nSubject: f\n";
  EXPECT_TRUE(read(forwards + "\nhello\n").decoded);
  std::string wide = "Content-Type: multipart/mixed; boundary=b\n\n";
  for (int i = 0; i < 5000; ++i) wide += "--b\n\nx\n";
  EXPECT_EQ(field(read(wide + "--b--\n"), "truncated"), "true");
}

TEST(Mail, EveryPrefixOfAMessageIsRead) {
  std::string whole =
      "From: a@x.example\nContent-Type: multipart/alternative; boundary=b\n\n--b\nContent-Type: text/plain; "
      "charset=gbk\n"
      "Content-Transfer-Encoding: base64\n\n1cXI/Q==\n--b\nContent-Type: text/html\n\n<p>hi <b>you\n--b--\n";
  for (size_t i = 0; i <= whole.size(); ++i) {
    record::Event event = read(std::string_view(whole).substr(0, i));
    EXPECT_TRUE(is_utf8(to_text(event.fields)));
  }
}

}  // namespace
}  // namespace fovea::connectors
