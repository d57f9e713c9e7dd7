#include "serve/registry/xml_text.h"

#include <gtest/gtest.h>

namespace fovea::registry {
namespace {

TEST(XmlText, ReadsElementsOneAfterAnother) {
  const std::string xml = "<R><C><Key>a &amp; b&#x2f;&#233;</Key></C><C><Key>&lt;2&gt;</Key></C><C><Key>open</R>";
  size_t from = 0;
  EXPECT_EQ(element_text(*next_element(xml, "C", from), "Key"), "a & b/\u00e9");
  EXPECT_EQ(element_text(*next_element(xml, "C", from), "Key"), "<2>");
  EXPECT_FALSE(next_element(xml, "C", from));
  EXPECT_EQ(element_text(xml, "None"), "");
}

TEST(XmlText, LeavesEntitiesThatAreNone) {
  EXPECT_EQ(element_text("<K>&nbsp;&#xd800;&#0;&#x110000;& &amp</K>", "K"), "&nbsp;&#xd800;&#0;&#x110000;& &amp");
  EXPECT_EQ(element_text("<K>&#128640;</K>", "K"), "\U0001f680");
}

}  // namespace
}  // namespace fovea::registry
