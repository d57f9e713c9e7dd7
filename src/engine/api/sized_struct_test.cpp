#include "engine/api/sized_struct.h"

#include <gtest/gtest.h>

#include <cstdint>

namespace fovea::api {
namespace {

struct Old {
  size_t struct_size;
  int64_t first;
};
struct Known {
  size_t struct_size;
  int64_t first, second;
};
struct Newer {
  size_t struct_size;
  int64_t first, second, third;
};

TEST(SizedStruct, AnOlderCallersFieldsAreReadAndTheRestKeepsWhatItHas) {
  const Old old{sizeof(Old), 7};
  Known own{0, 1, 2};
  ASSERT_TRUE(read_struct(reinterpret_cast<const Known*>(&old), own));
  EXPECT_EQ(own.first, 7);
  EXPECT_EQ(own.second, 2);
  EXPECT_EQ(own.struct_size, sizeof(Known));
}

TEST(SizedStruct, ANewerCallerMayNotUseWhatIsNotKnown) {
  Newer newer{sizeof(Newer), 7, 8, 0};
  Known own{};
  ASSERT_TRUE(read_struct(reinterpret_cast<const Known*>(&newer), own));
  EXPECT_EQ(own.second, 8);
  newer.third = 1;
  EXPECT_FALSE(read_struct(reinterpret_cast<const Known*>(&newer), own));
}

TEST(SizedStruct, WritesAsFarAsTheCallersGoesAndZerosBehindWhatIsKnown) {
  struct {
    Old old;
    int64_t behind;
  } older{{sizeof(Old), 0}, 5};
  const Known own{0, 7, 8};
  ASSERT_TRUE(write_struct(own, reinterpret_cast<Known*>(&older.old)));
  EXPECT_EQ(older.old.first, 7);
  EXPECT_EQ(older.old.struct_size, sizeof(Old));
  EXPECT_EQ(older.behind, 5);
  Newer newer{sizeof(Newer), 1, 1, 1};
  ASSERT_TRUE(write_struct(own, reinterpret_cast<Known*>(&newer)));
  EXPECT_EQ(newer.second, 8);
  EXPECT_EQ(newer.third, 0);
  EXPECT_EQ(newer.struct_size, sizeof(Newer));
}

TEST(SizedStruct, WithoutASizeIsRefused) {
  Known known{};
  EXPECT_FALSE(read_struct(&known, known));
  EXPECT_FALSE(write_struct(known, &known));
}

}  // namespace
}  // namespace fovea::api
