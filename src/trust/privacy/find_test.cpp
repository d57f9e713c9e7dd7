// Tables of what is personal data and what only looks like it.
#include <gtest/gtest.h>

#include "trust/privacy/card.h"
#include "trust/privacy/email.h"
#include "trust/privacy/iban.h"
#include "trust/privacy/redact.h"
#include "trust/privacy/resident_id.h"

namespace fovea::privacy {
namespace {

std::string redacted(std::string_view text) {
  Counts counts;
  return redact_text(text, Kinds::all(), counts);
}

struct Case {
  std::string_view text, want;
};

class Finds : public ::testing::TestWithParam<Case> {};

TEST_P(Finds, PutsPlaceholders) {
  EXPECT_EQ(redacted(GetParam().text), GetParam().want);
}

constexpr Case kEmails[] = {
    {"write to ann.lee+shop@mail.example please", "write to [email] please"},
    {"请发邮件到zhang@example.com谢谢", "请发邮件到[email]谢谢"},
    {"<jo@x.example>, 'kim@sub.y.example'.", "<[email]>, '[email]'."},
    {"mailto:a@b.example?subject=c@d.example", "mailto:[email]?subject=[email]"},
    {"https://x.example/u?e=foo%40bar.example&x=1", "https://x.example/u?e=[email]&x=1"},
    {"邮箱：李四＠例子 wang＠example.com", "邮箱：李四＠例子 [email]"},
    {"jürgen@müller.example", "[email]"},
    {"13812345678@qq.com", "[email]"},
    {"\"john doe\"@x.example", "[email]"},
    {"a@b@c.example", "a@[email]"},
    {"user@localhost costs 5 @ 3.50", "user@localhost costs 5 @ 3.50"},
    {"@mention and me@ and @", "@mention and me@ and @"},
    {"v1@2.0.1", "v1@2.0.1"},
};
INSTANTIATE_TEST_SUITE_P(Emails, Finds, ::testing::ValuesIn(kEmails));

constexpr Case kPhones[] = {
    {"我的手机13812345678请回电", "我的手机[phone]请回电"},
    {"+86 138 1234 5678", "[phone]"},
    {"+86-138-1234-5678", "[phone]"},
    {"+8613812345678", "[phone]"},
    {"86 13812345678", "[phone]"},
    {"0086-13812345678", "[phone]"},
    {"(+86)13812345678", "([phone]"},
    {"138-1234-5678 或 138 1234 5678", "[phone] 或 [phone]"},
    {"１３８１２３４５６７８", "[phone]"},
    {"电话 010-62345678 转 8", "电话 [phone] 转 8"},
    {"0755-8888666", "[phone]"},
    {"(021)62345678", "[phone]"},
    {"座机 62345678", "座机 [phone]"},
    {"call 0161 496 0123 after six", "call [phone] after six"},
    {"020 7946 0018", "[phone]"},
    {"07700 900123", "[phone]"},
    {"+44 (0)20 7946 0018", "[phone]"},
    {"+49 30 901820", "[phone]"},
    {"0044 161 496 0000", "[phone]"},
    {"01 23 45 67 89", "[phone]"},
    {"(212) 555-0142", "[phone]"},
    {"212.555.0142", "[phone]"},
    {"1-800-555-0199", "[phone]"},
    {"ring 555-0142", "ring [phone]"},
    {"my number is 555-0142", "my number is [phone]"},
    {"Tel: 5550142", "Tel: [phone]"},
    {"order 10234, phone 2125550142", "order 10234, phone [phone]"},
    {"Phone:\n434 14 557", "Phone:\n[phone]"},
    {"345-899-3560x4587", "[phone]"},
    {"28-64-66-98 office", "[phone] office"},
    {"they are not answering at 516 466 638", "they are not answering at [phone]"},
    {"two: 13812345678 13987654321", "two: [phone] [phone]"},
};
INSTANTIATE_TEST_SUITE_P(Phones, Finds, ::testing::ValuesIn(kPhones));

constexpr Case kCards[] = {
    {"卡号4111111111111111请查收", "卡号[card]请查收"},
    {"card 6222021234567890128", "card [card]"},
    {"4111 1111 1111 1111", "[card]"},
    {"4111-1111-1111-1111.", "[card]."},
    {"４１１１１１１１１１１１１１１１", "[card]"},
    {"4111　1111　1111　1111", "[card]"},
    {"4012888888881881 371449635398431 5555555555554444", "[card] [card] [card]"},
    {"5019717010103742,30569309025904,6011000400000000", "5019717010103742,30569309025904,6011000400000000"},
    {"5019717010103742; 30569309025904; 6011000400000000", "[card]; [card]; [card]"},
    {"3528000700000000 / 6759649826438453", "[card] / [card]"},
    {"3714 496353 98431", "[card]"},
    {"622202 1234567890128", "[card]"},
    {"4222222222222", "[card]"},
    {"16 4111 1111 1111 1111", "16 [card]"},
    {"4012-8888-8888-1882", "4012-8888-8888-1882"},
    {"36168002586008 and 1748503543012", "36168002586008 and 1748503543012"},
    {"card number 7992739871300007", "card number 7992739871300007"},
};

constexpr Case kIds[] = {
    {"身份证11010519491231002X，谢谢", "身份证[cn_resident_id]，谢谢"},
    {"11010519491231002x", "[cn_resident_id]"},
    {"360426199101010071", "[cn_resident_id]"},
    {"110105 19491231 002X", "[cn_resident_id]"},
    {"１１０１０５１９４９１２３１００２Ｘ", "[cn_resident_id]"},
    {"440524188001010014", "440524188001010014"},
    {"110105194912310021", "110105194912310021"},
    {"360426199113010071", "360426199113010071"},
    {"A360426199101010071", "A360426199101010071"},
};
INSTANTIATE_TEST_SUITE_P(ResidentIds, Finds, ::testing::ValuesIn(kIds));

constexpr Case kIbans[] = {
    {"IBAN DE89 3704 0044 0532 0130 00 bitte", "IBAN [iban] bitte"},
    {"GB82WEST12345698765432", "[iban]"},
    {"账户GB82 WEST 1234 5698 7654 32。", "账户[iban]。"},
    {"fr14 2004 1010 0505 0001 3m02 606", "[iban]"},
    {"DE89370400440532013001", "DE89370400440532013001"},
    {"ZZ89370400440532013000", "ZZ89370400440532013000"},
    {"XDE89370400440532013000", "XDE89370400440532013000"},
};
INSTANTIATE_TEST_SUITE_P(Ibans, Finds, ::testing::ValuesIn(kIbans));

constexpr std::string_view kHarmless[] = {
    "order 13812345678",
    "订单号：13812345678",
    "订单号 202411221530123456",
    "#5550142",
    "order no. 555-123-4567",
    "tracking 1Z999AA10123456784 or SF1234567890123",
    "运单号 75312345678901",
    "JD0123456789012",
    "2026-11-22T20:41:16.123456789Z",
    "2026-11-22 10:30, 01-02-2026 10:30",
    "1700000000 and 1700000000123",
    "total 1,299.00 EUR, 12 345 678 units, 3.14159265358979",
    "12345678901234567 is 17 digits",
    "invoice 2026-000123, PO 4500012345",
    "version 10.0.19045.3803 at 192.168.100.200",
    "ISBN 978-3-16-148410-0",
    "1234567890123456789012",
    "40.7128, -74.0060",
    "0000000000000000",
    "9:30 to 17:45, room 101, 3 pieces of 25 cm",
};
TEST(Finds, LeavesWhatOnlyLooksLikeIt) {
  for (std::string_view text : kHarmless) EXPECT_EQ(redacted(text), text);
}

TEST(Card, LuhnAndIssuers) {
  EXPECT_TRUE(luhn("4111111111111111"));
  EXPECT_FALSE(luhn("4111111111111112"));
  EXPECT_TRUE(issuer_known("6222021234567890128"));
  EXPECT_FALSE(issuer_known("1111111111111117"));
}

INSTANTIATE_TEST_SUITE_P(Cards, Finds, ::testing::ValuesIn(kCards));

TEST(ResidentId, GoldenCheckCharacters) {
  EXPECT_TRUE(is_resident_id("11010519491231002X"));
  EXPECT_TRUE(is_resident_id("360426199101010071"));
  EXPECT_FALSE(is_resident_id("440524188001010014"));  // born in 1880
}

TEST(Email, SpansAreOfTheAddressAlone) {
  std::vector<Span> spans;
  find_emails("(a@b.example), c@d.example!", spans);
  ASSERT_EQ(spans.size(), 2u);
  EXPECT_EQ(spans[0].begin, 1u);
  EXPECT_EQ(spans[0].end, 12u);
}

TEST(Find, OneWrongDigitIsNoCardAndNoId) {
  for (size_t i = 0; i < 16; ++i) {
    std::string card = "4111111111111111";
    card[i] = card[i] == '4' ? '5' : static_cast<char>(card[i] + 1);
    EXPECT_EQ(redacted(card), card) << i;
  }
}

TEST(Find, BrokenUtf8IsPassedThrough) {
  std::string broken = "\xFF\xC3 4111111111111111\xEF\xBC a@b.example\xE4";
  EXPECT_EQ(redacted(broken), "\xFF\xC3 [card]\xEF\xBC [email]\xE4");
  for (size_t length = 0; length <= broken.size(); ++length) redacted(std::string_view(broken).substr(0, length));
}

TEST(Find, SpansAreInOrderAndApart) {
  std::string text = "a@b.example 13812345678 4111111111111111 c@d.example DE89370400440532013000";
  size_t at = 0;
  auto spans = find_personal_data(text, Kinds::all());
  ASSERT_EQ(spans.size(), 5u);
  for (const Span& span : spans) {
    EXPECT_GE(span.begin, at);
    EXPECT_LT(span.begin, span.end);
    at = span.end;
  }
}

TEST(Find, OnlyTheKindsAskedFor) {
  Counts counts;
  EXPECT_EQ(redact_text("a@b.example 13812345678", {Kind::kPhone}, counts), "a@b.example [phone]");
  EXPECT_EQ(counts.total(), 1u);
}

}  // namespace
}  // namespace fovea::privacy
