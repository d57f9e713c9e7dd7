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
  EXPECT_EQ(*with_environment("${HOST}/$$x$", [](const char*) { return "h"; }), "h/$x$");
  EXPECT_EQ(with_environment("${NOPE}", [](const char*) -> const char* { return nullptr; }).error().code,
            Code::kFailedPrecondition);
  EXPECT_NE(text("{'a\\nb'}", Guard::kLine, false).find("line break"), std::string::npos);
  EXPECT_NE(text("x/{'..'}", Guard::kPath, false).find("may not be part of a path"), std::string::npos);
  EXPECT_NE(text("{event.id", Guard::kNone, false).find("'{' without '}'"), std::string::npos);
  EXPECT_NE(text("${HOST}", Guard::kNone, false).find("may not stand here"), std::string::npos);
  // Data cannot name a variable.
  auto made = Template::text("{'${' + 'HOME}'}", sample_environment(), Guard::kNone, true);
  EXPECT_EQ(*with_environment(made->fill(sample_root())->get_string().c_str(), [](const char*) { return "secret"; }),
            "${HOME}");
}

}  // namespace
}  // namespace fovea::expr
