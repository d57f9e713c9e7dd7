// Real mail: every message is read, and what is read is text.
#include <gtest/gtest.h>

#include <array>
#include <cstdio>
#include <filesystem>
#include <memory>

#include "base/json.h"
#include "base/utf8.h"
#include "stream/clean/clean.h"
#include "stream/connectors/mail_message.h"

namespace fovea::connectors {
namespace {

constexpr const char* kData = "../shared/data/spamassassin/emails.jsonl.gz";

struct Close {
  void operator()(std::FILE* file) const { ::pclose(file); }
};

// The lines of a gzip file, one by one, through gzip itself.
template <typename Visit>
void each_line(const std::string& path, Visit visit) {
  std::unique_ptr<std::FILE, Close> pipe(::popen(("gzip -dc '" + path + "'").c_str(), "r"));
  ASSERT_NE(pipe, nullptr);
  std::string line;
  std::array<char, 1 << 16> buffer;
  while (std::fgets(buffer.data(), buffer.size(), pipe.get()) != nullptr) {
    line += buffer.data();
    if (!line.ends_with('\n')) continue;
    visit(line);
    line.clear();
  }
}

TEST(MailRealData, EveryMessageIsRead) {
  if (!std::filesystem::exists(kData)) GTEST_SKIP() << "skipped: no ../shared/data";
  size_t messages = 0, refused = 0, silent = 0, dated = 0;
  const char* show = std::getenv("FOVEA_SHOW_MAIL");  // every N-th text, to look at
  size_t every = show == nullptr ? 0 : std::strtoull(show, nullptr, 10);
  each_line(kData, [&](const std::string& line) {
    auto row = parse_json(std::string_view(line).substr(0, line.size() - 1));
    ASSERT_TRUE(row) << row.error().text();
    std::string raw(text_or(member(*row, "raw"), ""));
    record::Event event = mail_event(raw, TimePoint{1'000'000'000'000'000'000}, TimePoint{1'000'000'000'000'000'000});
    ++messages;
    refused += !event.decoded;
    if (!event.decoded) std::printf("refused %s: %s\n", text_or(member(*row, "id"), "").data(), event.problem.c_str());
    EXPECT_TRUE(is_utf8(to_text(event.fields)));
    clean::clean_event(event, {});
    std::string text(text_or(event.fields["text"], ""));
    bool nothing = text.empty() && text_or(event.fields["forwarded"], "").empty();
    silent += nothing;
    dated += text_or(event.fields["date_problem"], "x").empty();
    if (nothing && every > 0) std::printf("SILENT %s\n", std::string(text_or(member(*row, "id"), "")).c_str());
    if (every > 0 && messages % every == 0) {
      std::printf("==== %s [%s] %s\n%.700s\n", std::string(text_or(member(*row, "id"), "")).c_str(),
                  std::string(text_or(event.fields["date"], "")).c_str(),
                  std::string(text_or(event.fields["subject"], "")).c_str(), text.c_str());
    }
  });
  std::printf("%zu messages, %zu refused, %zu without text, %zu with a date to go by\n", messages, refused, silent,
              dated);
  EXPECT_GE(messages, 3000u);
  EXPECT_EQ(refused, 0u);
  EXPECT_LT(silent * 50, messages);
}

}  // namespace
}  // namespace fovea::connectors
