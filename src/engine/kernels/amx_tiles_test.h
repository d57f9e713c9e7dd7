// AMX's tiles in software, so that the kernel's own arithmetic (places, remainders, configurations) is tested on any
// machine. The functions have the names and the meaning of the intrinsics; out-of-range rows and columns are caught.
#pragma once

#include <bit>
#include <cstdint>
#include <cstdlib>
#include <cstring>

namespace fovea::kernels::emulated {

struct Tile {
  int rows = 0, row_bytes = 0;
  uint8_t bytes[16][64] = {};
};
inline thread_local Tile tiles[8];
inline thread_local bool configured = false;
inline thread_local int configurations = 0;

inline void require(bool holds) {
  if (!holds) std::abort();
}
inline void load_config(const void* config) {
  const auto* at = static_cast<const uint8_t*>(config);
  require(at[0] == 1 && at[1] == 0);
  for (int t = 0; t < 8; ++t) {
    uint16_t row_bytes;
    std::memcpy(&row_bytes, at + 16 + 2 * t, 2);
    tiles[t].rows = at[48 + t];
    tiles[t].row_bytes = row_bytes;
    require(tiles[t].rows >= 1 && tiles[t].rows <= 16 && row_bytes == 64);
  }
  configured = true;
  ++configurations;
}
inline void release() {
  configured = false;
}
inline void zero(int t) {
  require(configured);
  std::memset(tiles[t].bytes, 0, sizeof tiles[t].bytes);
}
inline void load(int t, const void* base, int64_t stride) {
  require(configured);
  for (int r = 0; r < tiles[t].rows; ++r)
    std::memcpy(tiles[t].bytes[r], static_cast<const char*>(base) + r * stride, 64);
}
inline void store(int t, void* base, int64_t stride) {
  require(configured);
  for (int r = 0; r < tiles[t].rows; ++r) std::memcpy(static_cast<char*>(base) + r * stride, tiles[t].bytes[r], 64);
}
template <typename F>
inline void each_sum(int sums, int a, int b, F product) {
  require(configured && tiles[sums].rows == tiles[a].rows && tiles[b].rows == 16);
  for (int m = 0; m < tiles[sums].rows; ++m)
    for (int n = 0; n < 16; ++n)
      for (int k = 0; k < 16; ++k)
        product(tiles[sums].bytes[m] + 4 * n, tiles[a].bytes[m] + 4 * k, tiles[b].bytes[k] + 4 * n);
}
inline void dpbusd(int sums, int a, int b) {
  each_sum(sums, a, b, [](uint8_t* sum, const uint8_t* x, const uint8_t* w) {
    int32_t s;
    std::memcpy(&s, sum, 4);
    for (int i = 0; i < 4; ++i) s += static_cast<int32_t>(x[i]) * static_cast<int8_t>(w[i]);
    std::memcpy(sum, &s, 4);
  });
}
inline void dpbf16ps(int sums, int a, int b) {
  each_sum(sums, a, b, [](uint8_t* sum, const uint8_t* x, const uint8_t* w) {
    float s;
    uint16_t xs[2], ws[2];
    std::memcpy(&s, sum, 4);
    std::memcpy(xs, x, 4);
    std::memcpy(ws, w, 4);
    for (int i = 0; i < 2; ++i)
      s += std::bit_cast<float>(static_cast<uint32_t>(xs[i]) << 16) *
           std::bit_cast<float>(static_cast<uint32_t>(ws[i]) << 16);
    std::memcpy(sum, &s, 4);
  });
}

}  // namespace fovea::kernels::emulated

#define _tile_loadconfig fovea::kernels::emulated::load_config
#define _tile_release fovea::kernels::emulated::release
#define _tile_zero fovea::kernels::emulated::zero
#define _tile_loadd fovea::kernels::emulated::load
#define _tile_stored fovea::kernels::emulated::store
#define _tile_dpbusd fovea::kernels::emulated::dpbusd
#define _tile_dpbf16ps fovea::kernels::emulated::dpbf16ps
