#include "stream/connectors/folder_source.h"

#include <fcntl.h>
#include <gtest/gtest.h>
#include <unistd.h>

#include <filesystem>
#include <fstream>
#include <set>
#include <thread>

#include "stream/connectors/dropped_file.h"

namespace fovea::connectors {
namespace {

namespace fs = std::filesystem;

class FolderSourceTest : public ::testing::Test {
 protected:
  FolderSourceTest() : dir_(fs::temp_directory_path() / ("fovea_folder_" + std::to_string(::getpid()))) {
    fs::create_directories(dir_ / "in");
  }
  ~FolderSourceTest() override { fs::remove_all(dir_); }
  void write(const std::string& name, std::string_view bytes) const {
    std::ofstream(dir_ / "in" / name, std::ios::binary) << bytes;
  }
  void mail(const std::string& name, int id) const {
    write(name, "Subject: " + name + "\nMessage-ID: <" + std::to_string(id) + "@x>\n\nhi\n");
  }
  std::unique_ptr<Source> open(std::string_view kind, bool once = true) {
    auto source = open_source(kind, (dir_ / "in").string(), {std::string(kind) + ":./in", once}, files_);
    EXPECT_TRUE(source) << source.error().text();
    return std::move(*source);
  }
  static std::vector<record::Event> all(Source& source, size_t batch = 3) {
    std::vector<record::Event> events;
    for (int turn = 0; turn < 1000; ++turn) {
      auto pulled = source.pull(batch, TimePoint{1}, std::chrono::seconds(2));
      EXPECT_TRUE(pulled);
      for (auto& event : pulled->events) events.push_back(std::move(event));
      if (pulled->exhausted) break;
    }
    return events;
  }
  fs::path dir_;
  RealFiles files_;
};

TEST_F(FolderSourceTest, MailInTheOrderOfNames) {
  mail("b.eml", 1), mail("a", 2), mail("c.eml", 3);
  write(".hidden", "x"), write("d.eml.tmp", "x"), write("empty.eml", "");
  auto source = open("mail");
  auto events = all(*source);
  ASSERT_EQ(events.size(), 4u);
  EXPECT_EQ(events[0].original, "in/a");
  EXPECT_EQ(events[1].original, "in/b.eml");
  EXPECT_EQ(events[2].original, "in/c.eml");
  EXPECT_FALSE(events[3].decoded);
  EXPECT_EQ(events[3].problem, "the file is empty");
  EXPECT_EQ(events[0].source, "mail:./in");
}

TEST_F(FolderSourceTest, ResumesAfterEveryMessageAndTakesWhatCameSince) {
  for (int i = 0; i < 12; ++i) mail("m" + std::to_string(100 + i), i);
  std::string cursor;
  std::vector<std::string> seen;
  for (int i = 0; i < 12; ++i) {
    auto source = open("mail");
    if (!cursor.empty()) {
      ASSERT_TRUE(source->resume(cursor));
    }
    auto pulled = source->pull(1, TimePoint{1}, std::chrono::seconds(2));
    ASSERT_EQ(pulled->events.size(), 1u) << i;
    seen.push_back(pulled->events[0].original);
    cursor = source->cursor();
    if (i == 5) {
      std::this_thread::sleep_for(std::chrono::milliseconds(50));
      mail("a-late-but-first-in-order", 50);
    }
  }
  auto source = open("mail");
  ASSERT_TRUE(source->resume(cursor));
  auto rest = all(*source);
  ASSERT_EQ(rest.size(), 1u);
  EXPECT_EQ(rest[0].original, "in/a-late-but-first-in-order");
  EXPECT_EQ(std::set<std::string>(seen.begin(), seen.end()).size(), 12u);
  auto again = open("mail");
  ASSERT_TRUE(again->resume(source->cursor()));
  EXPECT_TRUE(all(*again).empty());
}

TEST_F(FolderSourceTest, Maildir) {
  for (const char* folder : {"cur", "new", "tmp"}) fs::create_directories(dir_ / "in" / folder);
  mail("new/2.b.host", 1), mail("cur/1.a.host:2,S", 2), mail("tmp/3.c.host", 3);
  auto source = open("mail", false);
  std::vector<record::Event> events;
  for (int i = 0; i < 20 && events.size() < 2; ++i) {
    auto pulled = source->pull(10, TimePoint{1}, std::chrono::milliseconds(200));
    for (auto& event : pulled->events) events.push_back(std::move(event));
  }
  ASSERT_EQ(events.size(), 2u);
  EXPECT_EQ(events[0].original, "in/cur/1.a.host:2,S");
  fs::rename(dir_ / "in/new/2.b.host", dir_ / "in/cur/2.b.host:2,S");
  EXPECT_TRUE(source->pull(10, TimePoint{1}, std::chrono::milliseconds(300))->events.empty())
      << "a renamed message is no new one";
}

TEST_F(FolderSourceTest, AFileBeingWrittenIsLeft) {
  int file = ::open((dir_ / "in" / "half.txt").c_str(), O_WRONLY | O_CREAT, 0644);
  ASSERT_EQ(::write(file, "half", 4), 4);
  bool known = false;
  bool held = open_for_writing((dir_ / "in" / "half.txt").string(), known);
  if (!known) GTEST_SKIP() << "skipped: this file system gives no leases";
  EXPECT_TRUE(held);
  auto source = open("folder");
  auto pulled = source->pull(10, TimePoint{1}, std::chrono::milliseconds(100));
  EXPECT_TRUE(pulled->events.empty());
  EXPECT_FALSE(pulled->exhausted);
  ASSERT_EQ(::write(file, " and half", 9), 9);
  ::close(file);
  auto events = all(*source);
  ASSERT_EQ(events.size(), 1u);
  EXPECT_EQ(events[0].fields.at("text"), Json("half and half"));
}

TEST_F(FolderSourceTest, DroppedFiles) {
  write("a.json", R"({"id":"x","n":1})"), write("b.txt", "words"), write("c.png", std::string("\x89PNG\0\0", 6)),
      mail("d.eml", 1);
  write("e.json", "{");
  auto events = all(*open("folder"));
  ASSERT_EQ(events.size(), 5u);
  EXPECT_EQ(events[0].fields.at("n"), Json(1));
  EXPECT_EQ(events[0].fields.at("id"), Json("x"));
  EXPECT_EQ(events[1].fields.at("text"), Json("words"));
  EXPECT_EQ(events[2].fields.at("binary"), Json(true));
  EXPECT_EQ(events[3].fields.at("subject"), Json("d.eml"));
  EXPECT_FALSE(events[4].decoded);
}

TEST(DroppedFile, TheSameFileTwiceIsOneEvent) {
  FolderFile file{"/in/a.txt", "in/a.txt", "a.txt", 0, TimePoint{5}, 5};
  EXPECT_EQ(dropped_file_event(file, "words", {1}).id, dropped_file_event(file, "words", {2}).id);
  EXPECT_NE(dropped_file_event(file, "words", {1}).id, dropped_file_event(file, "other", {1}).id);
  EXPECT_EQ(dropped_file_event(file, "words", {1}).time, TimePoint{5});
}

TEST_F(FolderSourceTest, WatchesWhatIsDroppedIn) {
  auto source = open("folder", false);
  EXPECT_TRUE(source->pull(10, TimePoint{1}, Nanos(0))->events.empty());
  write("later.txt", "words");
  std::vector<record::Event> events;
  for (int i = 0; i < 30 && events.empty(); ++i) {
    events = source->pull(10, TimePoint{1}, std::chrono::milliseconds(200))->events;
  }
  ASSERT_EQ(events.size(), 1u);
  std::thread stopper([&] { source->stop(); });
  EXPECT_TRUE(source->pull(10, TimePoint{1}, std::chrono::seconds(20))->exhausted);
  stopper.join();
}

TEST_F(FolderSourceTest, AMissingFolderIsAnError) {
  auto source = open_source("mail", (dir_ / "none").string(), {"mail:./none", true}, files_);
  EXPECT_EQ(source.error().code, Code::kNotFound);
}

}  // namespace
}  // namespace fovea::connectors
