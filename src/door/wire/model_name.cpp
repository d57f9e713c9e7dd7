#include "door/wire/model_name.h"

#include <algorithm>

#include "door/wire/limits.h"

namespace fovea::wire {
namespace {

bool is_letter_or_digit(char c) {
  return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9');
}

}  // namespace

bool is_model_name(std::string_view name) {
  if (name.empty() || name.size() > kNameBytesMax || name.find("..") != std::string_view::npos) return false;
  if (!is_letter_or_digit(name.front()) && name.front() != '_') return false;
  constexpr std::string_view kAlso = "._-/:@";
  return std::ranges::all_of(name, [&](char c) { return is_letter_or_digit(c) || kAlso.contains(c); });
}

}  // namespace fovea::wire
