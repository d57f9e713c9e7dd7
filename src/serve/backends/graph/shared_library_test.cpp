#include "serve/backends/graph/shared_library.h"

#include <gtest/gtest.h>

#include <cstdlib>
#include <fstream>

namespace fovea::graph {
namespace {

constexpr const char* kVariable = "FOVEA_TEST_LIBRARY";
constexpr const char* kNames[] = {"libfovea_that_is_not_there.so.1"};

class SharedLibraryTest : public ::testing::Test {
 protected:
  ~SharedLibraryTest() override { unsetenv(kVariable); }
  static Result<SharedLibrary> open(std::span<const char* const> names = kNames) {
    return SharedLibrary::open({kVariable, names, "./dev setup --with it"});
  }
};

TEST_F(SharedLibraryTest, SaysHowToGetOneThatIsNotThere) {
  const Error error = open().error();
  EXPECT_EQ(error.code, Code::kFailedPrecondition);
  EXPECT_EQ(error.where, kNames[0]);
  EXPECT_EQ(error.hint, "./dev setup --with it");
}

TEST_F(SharedLibraryTest, OpensWhatTheVariableNames) {
  const char* libm[] = {"libm.so.6"};
  const auto found = open(libm);
  ASSERT_TRUE(found) << found.error().text();
  double (*cosine)(double) = nullptr;
  ASSERT_TRUE(found->take(cosine, "cos"));
  EXPECT_EQ(cosine(0), 1);
  EXPECT_EQ(found->take(cosine, "no_such_function").error().code, Code::kFailedPrecondition);
  setenv(kVariable, "/nowhere/libm.so", 1);
  EXPECT_EQ(open(libm).error().where, kVariable);  // and libm.so.6 is not tried
}

TEST_F(SharedLibraryTest, AFileThatIsNoLibraryIsAnError) {
  const std::string path = testing::TempDir() + "/no_library.so";
  std::ofstream(path) << "not ELF";
  setenv(kVariable, path.c_str(), 1);
  const auto opened = open();
  ASSERT_FALSE(opened);
  EXPECT_NE(opened.error().message.find("no_library.so"), std::string::npos);
}

}  // namespace
}  // namespace fovea::graph
