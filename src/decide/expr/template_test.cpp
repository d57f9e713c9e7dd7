#include "decide/expr/template.h"

#include <gtest/gtest.h>

#include "decide/expr/sample_test.h"

namespace fovea::expr {
namespace {

TEST(Template, FillsAndGuards) {
  auto text = [&](std::string_view source, Template::Guard guard, bool secrets) -> std::string {
    auto made = Template::text(source, sample_environment(), guard, secrets);
    if (!made) return "load: " + made.error().text();
    auto filled = made->fill(sample_root());
    return filled ? std::string(filled->get_string()) : "run: " + filled.error().text();
  };
  using Guard = Template::Guard;
  EXPECT_EQ(text("{event.id}: {event.amount + 1} {{x}} $$", Guard::kNone, false), "e-1: 251 {x} $");
  EXPECT_EQ(text("{ {'a': '}'}['a'] }", Guard::kNone, false), "}");
  EXPECT_EQ(text("${HOST}/{event.body}?$$", Guard::kUrl, true),
            "${HOST}/%E6%88%91%E8%A6%81%E9%80%80%E6%AC%BE%20now?$$");
  EXPECT_EQ(text("Bearer ${file:/run/token}", Guard::kLine, true), "Bearer ${file:/run/token}");
  EXPECT_NE(text("{'a\\nb'}", Guard::kLine, false).find("line break"), std::string::npos);
  EXPECT_NE(text("x/{'..'}", Guard::kPath, false).find("may not be part of a path"), std::string::npos);
  EXPECT_NE(text("{event.id", Guard::kNone, false).find("'{' without '}'"), std::string::npos);
  EXPECT_NE(text("${HOST}", Guard::kNone, false).find("may not stand here"), std::string::npos);
  // Data cannot name a variable: a dollar sign is doubled, which act reads as one.
  EXPECT_EQ(text("{'${' + 'HOME}'}", Guard::kNone, true), "$${HOME}");
  auto made = Template::text("${B}{event.id}${file:/a}", sample_environment(), Guard::kUrl, true);
  EXPECT_EQ(made->variables(), (std::vector<std::string>{"B", "file:/a"}));
  EXPECT_EQ(made->inputs(), (std::vector<std::string>{"event.id"}));
}

}  // namespace
}  // namespace fovea::expr
