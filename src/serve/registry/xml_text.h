// Reads flat answers in XML: the texts of elements by name, one after another. No entities but the five of XML and
// numbers, no CDATA, no nesting of an element in one of its own name. Threads: any.
#pragma once

#include <optional>
#include <string>
#include <string_view>

namespace fovea::registry {

// What stands between <name> and </name>, as it is, at or behind `from`, which is moved behind it.
std::optional<std::string_view> next_element(std::string_view xml, std::string_view name, size_t& from);
// The text of the first such element; empty where there is none.
std::string element_text(std::string_view xml, std::string_view name);

}  // namespace fovea::registry
