// "Did you mean": the nearest of the names that would have been right.
#pragma once

#include <span>
#include <string>
#include <string_view>

namespace fovea {

size_t edit_distance(std::string_view a, std::string_view b);  // Levenshtein with transpositions, bytes

// "did you mean 'x'?" for the nearest candidate within a third of its length, else "one of: a, b, c".
std::string suggest(std::string_view given, std::span<const std::string_view> candidates);

}  // namespace fovea
