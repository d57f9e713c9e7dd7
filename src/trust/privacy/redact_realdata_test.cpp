// Sentences with marked personal data: how much of what is marked is found, kind by kind.
#include <gtest/gtest.h>

#include <array>
#include <cstdio>
#include <filesystem>
#include <map>
#include <memory>

#include "base/utf8.h"
#include "trust/privacy/redact.h"

namespace fovea::privacy {
namespace {

constexpr const char* kData = "../shared/data/presidio_pii/synth_dataset_v2.jsonl.gz";

struct Close {
  void operator()(std::FILE* file) const { ::pclose(file); }
};

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

// Character positions, as the data has them, in bytes.
size_t byte_of(std::string_view text, size_t character) {
  size_t at = 0;
  while (character-- > 0 && at < text.size()) next_code_point(text, at);
  return at;
}

struct Score {
  size_t marked = 0, found = 0;
};

TEST(RedactRealData, FindsWhatIsMarked) {
  if (!std::filesystem::exists(kData)) GTEST_SKIP() << "skipped: no ../shared/data";
  const std::map<std::string, Kind, std::less<>> kinds = {{"EMAIL_ADDRESS", Kind::kEmail},
                                                          {"PHONE_NUMBER", Kind::kPhone},
                                                          {"CREDIT_CARD", Kind::kCard},
                                                          {"IBAN_CODE", Kind::kIban}};
  std::map<std::string, Score> scores;
  size_t sentences = 0, false_finds = 0;
  bool show = std::getenv("FOVEA_SHOW_PII") != nullptr;
  each_line(kData, [&](const std::string& line) {
    auto row = parse_json(std::string_view(line).substr(0, line.size() - 1));
    ASSERT_TRUE(row);
    std::string text(text_or(member(*row, "full_text"), ""));
    auto found = find_personal_data(text, Kinds::all());
    std::vector<bool> explained(found.size(), false);
    ++sentences;
    for (const Json& mark : member(*row, "spans").as_array()) {
      std::string type(text_or(member(mark, "entity_type"), ""));
      size_t begin = byte_of(text, static_cast<size_t>(number_or(member(mark, "start_position"), 0)));
      size_t end = byte_of(text, static_cast<size_t>(number_or(member(mark, "end_position"), 0)));
      bool hit = false;
      for (size_t i = 0; i < found.size(); ++i) {
        bool overlaps = found[i].begin < end && begin < found[i].end;
        hit = hit || overlaps;
        explained[i] = explained[i] || overlaps;
      }
      if (!kinds.contains(type)) continue;
      ++scores[type].marked;
      scores[type].found += hit;
      if (!hit && show)
        std::printf("missed %s: %s | %s\n", type.c_str(), text.substr(begin, end - begin).c_str(), text.c_str());
    }
    for (size_t i = 0; i < found.size(); ++i) {
      if (explained[i]) continue;
      ++false_finds;
      if (show)
        std::printf("not marked: %s | %s\n", text.substr(found[i].begin, found[i].end - found[i].begin).c_str(),
                    text.c_str());
    }
  });
  for (const auto& [type, score] : scores) std::printf("%s: %zu of %zu\n", type.c_str(), score.found, score.marked);
  std::printf("%zu sentences, %zu finds that nothing marks\n", sentences, false_finds);
  ASSERT_GE(sentences, 1000u);
  auto share = [&](const char* type) {
    const Score& score = scores[type];
    return score.marked == 0 ? 0.0 : static_cast<double>(score.found) / static_cast<double>(score.marked);
  };
  EXPECT_EQ(share("EMAIL_ADDRESS"), 1.0);
  EXPECT_GE(share("CREDIT_CARD"), 0.9);
  EXPECT_EQ(share("IBAN_CODE"), 1.0);
  EXPECT_GE(share("PHONE_NUMBER"), 0.7);
  EXPECT_LE(false_finds * 100, sentences);
}

}  // namespace
}  // namespace fovea::privacy
