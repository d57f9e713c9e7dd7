#include "stream/clean/clean.h"

#include <gtest/gtest.h>

#include "base/utf8.h"
#include "stream/clean/html_text.h"
#include "stream/clean/quotes.h"

namespace fovea::clean {
namespace {

std::string html(std::string_view text) {
  Tricks tricks;
  return html_to_text(text, tricks);
}

TEST(Html, WhatAReaderSees) {
  EXPECT_EQ(html("<p>Hello <b>you</b>,</p><p>it&nbsp;is  &lt;late&gt; &amp; &#x4f60;&#22909;</p>"),
            "Hello you,\n\nit is <late> & 你好");
  EXPECT_EQ(html("one<br>two<br><br>three"), "one\ntwo\n\nthree");
  EXPECT_EQ(html("<ul><li>a</li><li>b</li></ul>"), "- a\n- b");
  EXPECT_EQ(html("<table><tr><td>Item</td><td>Price</td></tr><tr><td>Lamp</td><td>9</td></tr></table>"),
            "Item Price\nLamp 9");
  EXPECT_EQ(html("<a href=\"https://x.example/a\">click</a> <a href='https://y.example/'>y.example</a>"),
            "click <https://x.example/a> y.example");
  EXPECT_EQ(html("<div>a<div>b</div>c</div>"), "a\nb\nc");
  EXPECT_EQ(html("<pre>a\n  b</pre>"), "a\n  b");
  EXPECT_EQ(html("my words<blockquote>old<br>words</blockquote>more"), "my words\n\n> old\n> words\n\nmore");
  EXPECT_EQ(html("<style>p{}</style><script>x()</script><title>t</title><!-- c -->body"), "body");
  EXPECT_EQ(html("<img src=x alt='a cat'>"), "a cat");
  EXPECT_EQ(html(""), "");
  EXPECT_EQ(html("plain < text & more"), "plain < text & more");
}

TEST(Html, TheHiddenIsLeftOutAndCounted) {
  for (std::string_view hidden :
       {"<div style='display:none'>secret</div>", "<span style=\"font-size:0px\">secret</span>", "<p hidden>secret</p>",
        "<span style='color:#fff'>secret</span>", "<font color=white>secret</font>",
        "<div style='visibility: hidden'>secret</div>",
        "<table bgcolor=black><tr><td style='color:#000000'>secret</td></tr></table>",
        "<div style='max-height:0;overflow:hidden'>secret</div>", "<span style='opacity:0'>secret</span>",
        "<div style='background:#123456;color:rgb(18,52,86)'>secret</div>"}) {
    Tricks tricks;
    EXPECT_EQ(html_to_text("<table><tr><td>seen</td></tr></table>" + std::string(hidden), tricks), "seen") << hidden;
    EXPECT_EQ(tricks.hidden_html, 1u) << hidden;
  }
  Tricks none;
  EXPECT_EQ(html_to_text("<div style='background:black'><span style='color:white'>seen</span></div>", none), "seen");
  EXPECT_EQ(html_to_text("<p style='font-size:10px;display:block;opacity:0.9'>seen</p>", none), "seen");
  EXPECT_EQ(none.total(), 0u);
}

TEST(Html, DeepAndBroken) {
  std::string deep;
  for (int i = 0; i < 20'000; ++i) deep += "<div>";
  Tricks tricks;
  EXPECT_EQ(html_to_text(deep + "x", tricks), "x");
  // Formatting elements that stay open are opened again in every paragraph.
  std::string open, paragraphs;
  for (int i = 0; i < 2000; ++i) open += "<font size=" + std::to_string(i) + ">";
  for (int i = 0; i < 100'000; ++i) paragraphs += "<p>y";
  EXPECT_LT(html_to_text(open + paragraphs, tricks).size(), 1'000'000u);
  EXPECT_TRUE(is_utf8(html_to_text("<p>\xFF\xFE<b", tricks)));
  std::string page = "<html><body><p style='display:none'>a</p><table><td>b<a href=\"http://x\">c</a>&#xD800;&bad;";
  for (size_t i = 0; i <= page.size(); ++i) html_to_text(std::string_view(page).substr(0, i), tricks);
}

TEST(Normalise, OneForm) {
  Tricks tricks;
  EXPECT_EQ(normalise("ＡＢＣ　１２３，好", tricks), "ABC 123,好");
  EXPECT_EQ(normalise("a\r\n\r\n\r\n\r\nb  c\t d \n", tricks), "a\n\nb c d");
  EXPECT_EQ(normalise("e\xCC\x81t\xC3\xA9", tricks), "été");
  EXPECT_EQ(tricks.total(), 0u);
  EXPECT_EQ(normalise("", tricks), "");
}

TEST(Normalise, TricksAreUndoneAndCounted) {
  Tricks tricks;
  EXPECT_EQ(normalise("v\u200Bi\u200Ca\u00ADgra", tricks), "viagra");
  EXPECT_EQ(tricks.zero_width, 3u);
  EXPECT_EQ(normalise("\u202Eevil\u202C", tricks), "evil");
  EXPECT_EQ(tricks.bidi, 2u);
  EXPECT_EQ(normalise("a\uFE0Fb\U000E0101", tricks), "ab");
  EXPECT_EQ(tricks.variation_selectors, 2u);
  EXPECT_EQ(normalise("р\u0430ypal cаsino привет Ωmega", tricks), "paypal casino привет Ωmega");
  EXPECT_EQ(tricks.homoglyphs, 2u);
  EXPECT_EQ(normalise("a\x01\x07"
                      "b\x7F",
                      tricks),
            "ab");
  EXPECT_EQ(tricks.control, 3u);
  Tricks emoji;
  normalise("❤\uFE0F 👨\u200D👩\u200D👧", emoji);
  EXPECT_EQ(emoji.total(), 0u) << "that is how an emoji is written";
}

TEST(Quotes, HistoryIsDropped) {
  const std::pair<std::string_view, std::string_view> cases[] = {
      {"My words\n\nOn Tue, 3 Mar 2026, Ann <a@b.example> wrote:\n> old\n> older", "My words"},
      {"My words\n\nOn Tue, 3 Mar 2026 at 10:11, Ann Long Name\n<a@b.example> wrote:\n\n> old", "My words"},
      {"答复\n\n在 2026年3月3日，张三 <z@x.example> 写道：\n> 旧的", "答复"},
      {"答复\n张三 于2026年3月3日周二 10:11写道：\n\n旧的没有标记", "答复"},
      {"Mine\n-----Original Message-----\nFrom: a\nold", "Mine"},
      {"Mine\n\n------------------ 原始邮件 ------------------\n发件人: \"a\"\nold", "Mine"},
      {"Mine\n\nFrom: Ann\nSent: Tuesday\nTo: Desk\nSubject: x\n\nold", "Mine"},
      {"Mine\n\n发件人：张三\n发送时间：2026年\n收件人：客服\n主题：x\n\n旧", "Mine"},
      {"> question one\nanswer one\n> question two\nanswer two", "answer one\nanswer two"},
      {"Michael wrote:\n\n> old\n\nmine\n\nVille said:\n> old\n>\n> older\n\n\nand mine", "mine\n\nand mine"},
      {"在吗\n\n小王说：\n> 旧的\n好的", "在吗\n\n好的"},
      {"as she said:\nno more", "as she said:\nno more"},
      {"nothing quoted here\nFrom: the heart", "nothing quoted here\nFrom: the heart"},
      {"On Monday I wrote:\nplease help\n", "On Monday I wrote:\nplease help"},
  };
  for (const auto& [text, want] : cases) EXPECT_EQ(drop_quotes(text), want) << text;
}

TEST(Quotes, ABareForwardStays) {
  for (std::string_view text :
       {"---------- Forwarded message ---------\nFrom: a\nSubject: s\n\nthe whole point", "> only\n> quoted"}) {
    EXPECT_EQ(drop_quotes(text), text);
  }
}

TEST(Quotes, WhatIsForwardedStays) {
  std::string text = "please read\n\n---------- Forwarded message ---------\nFrom: a\n\n> the point";
  EXPECT_EQ(drop_quotes(text), text);
  record::Event event;
  event.fields["subject"] = "Fwd: it";
  event.fields["text"] = "see this\n> it";
  clean_event(event, {});
  EXPECT_EQ(event.fields["text"], Json("see this\n> it"));
}

TEST(Signature, OpenPgpArmourGoes) {
  EXPECT_EQ(
      drop_signature("-----BEGIN PGP SIGNED MESSAGE-----\nHash: SHA512\n\nwords\n-----BEGIN PGP SIGNATURE-----\n\nabc"),
      "words");
  EXPECT_EQ(drop_signature("-----BEGIN PGP SIGNED MESSAGE-----"), "");
}

TEST(Signature, IsDropped) {
  const std::pair<std::string_view, std::string_view> cases[] = {
      {"Hello\n-- \nAnn Lee\nHarbour Lane 3", "Hello"},
      {"Hello\n\nSent from my iPhone", "Hello"},
      {"你好\n\n发自我的iPhone", "你好"},
      {"Hi\n\nThis e-mail and any attachments are confidential.\nMore.", "Hi"},
      {"好的\n\n本邮件及其附件含有保密信息", "好的"},
      {"Sent from my iPhone", "Sent from my iPhone"},
      {"a -- b\n--- c", "a -- b\n--- c"},
  };
  for (const auto& [text, want] : cases) EXPECT_EQ(drop_signature(text), want) << text;
}

TEST(Clean, OptionsAndTheWholeEvent) {
  EXPECT_EQ(clean_text("mine\n> old\n-- \nAnn", {}).text, "mine");
  EXPECT_EQ(clean_text("mine\n> old\n-- \nAnn", {true, false, false}).text, "mine\n> old\n--\nAnn");
  record::Event event;
  event.fields["subject"] = "Ｒe:\u200B hi";
  event.fields["text"] = "words\n\n\n\n> old";
  event.fields["body"] = "<html><body><p>from html</p></body></html>";
  event.fields["n"] = 1;
  clean_event(event, {});
  EXPECT_EQ(to_text(event.fields),
            R"({"subject":"Re: hi","text":"words","body":"from html","n":1,"tricks":{"zero_width":1}})");
}

TEST(Clean, AnyBytesGiveUtf8) {
  std::string bytes;
  for (int i = 0; i < 512; ++i) bytes += static_cast<char>(i * 37);
  for (size_t i = 0; i < bytes.size(); i += 7)
    EXPECT_TRUE(is_utf8(clean_text(std::string_view(bytes).substr(i), {}).text));
}

}  // namespace
}  // namespace fovea::clean
