// Structs of a C interface that may grow: each begins with `struct_size`, its size as the caller was compiled.
// Threads: any; no state.
#pragma once

#include <algorithm>
#include <cstddef>
#include <cstring>
#include <type_traits>

namespace fovea::api {

// What the caller gave, as far as it goes; the fields behind keep what they have. False: there is no size, or the
// caller was compiled with a newer header and uses a field that is not known here.
template <typename T>
bool read_struct(const T* given, T& own) {
  static_assert(std::is_trivially_copyable_v<T> && offsetof(T, struct_size) == 0);
  const size_t size = given->struct_size;
  if (size < sizeof(size_t)) return false;
  const auto* bytes = reinterpret_cast<const unsigned char*>(given);
  for (size_t i = sizeof(T); i < size; ++i)
    if (bytes[i] != 0) return false;
  std::memcpy(&own, given, std::min(size, sizeof(T)));
  own.struct_size = sizeof(T);
  return true;
}

// Fills the caller's struct as far as it goes, with zeros behind what is known here. False: there is no size.
template <typename T>
bool write_struct(T own, T* given) {
  static_assert(std::is_trivially_copyable_v<T> && offsetof(T, struct_size) == 0);
  const size_t size = given->struct_size;
  if (size < sizeof(size_t)) return false;
  own.struct_size = size;
  std::memcpy(given, &own, std::min(size, sizeof(T)));
  if (size > sizeof(T)) std::memset(reinterpret_cast<unsigned char*>(given) + sizeof(T), 0, size - sizeof(T));
  return true;
}

}  // namespace fovea::api
