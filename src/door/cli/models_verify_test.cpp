#include "door/cli/models_verify.h"

#include <gtest/gtest.h>

#include "base/json.h"
#include "door/cli/models_import.h"
#include "door/cli/output.h"
#include "engine/models/tiny_bert_folder.h"

namespace fovea::cli {
namespace {

struct Outcome {
  int status = 0;
  Json json;         // the last line of standard output
  std::string said;  // standard error
};

template <typename Run, typename Options>
Outcome outcome(Run run, Options options) {
  options.json = true;
  testing::internal::CaptureStdout();
  testing::internal::CaptureStderr();
  Outcome made{.status = run(options), .json = {}, .said = {}};
  made.json = parse_json(testing::internal::GetCapturedStdout()).value_or(nullptr);
  made.said = testing::internal::GetCapturedStderr();
  return made;
}

class ModelsVerify : public testing::Test {
 protected:
  ModelsVerify() : folder_({.labels = 3}) {
    std::string csv = "body,team\n", lines;
    for (int i = 0; i < 30; ++i) {
      const std::string text = std::string("where is my order ") + (i % 2 ? "refund " : "late ") + (i % 3 ? "a" : "b");
      csv += text + ",label " + std::to_string(i % 4) + "\n";  // "label 3" is none of the model's
      lines += text + "\n";
    }
    folder_.write("sample.csv", csv);
    folder_.write("sample.txt", lines);
  }
  std::string at(const std::string& name) const { return folder_.path() + "/" + name; }
  Outcome verify(ModelsVerifyOptions options) const {
    if (options.directory.empty()) options.directory = folder_.path();
    return outcome(run_models_verify, options);
  }
  static std::string error_of(const Outcome& made, const char* field) {
    return std::string(text_or(member(member(made.json, "error"), field), ""));
  }

  models::TinyBertFolder folder_;
};

TEST_F(ModelsVerify, JudgesATableAndWritesTheVerdict) {
  const Outcome made = verify({.table = at("sample.csv"), .text = "body", .label = "team", .thresholds = {0.3, 0.9}});
  ASSERT_EQ(made.status, kDone) << made.said;
  const Json& int8 = member(member(made.json, "precisions"), "int8");
  EXPECT_EQ(member(int8, "flips").as_array().size(), 2u);
  EXPECT_TRUE(member(int8, "accuracy").is_double());
  EXPECT_EQ(number_or(member(member(made.json, "table"), "rows"), 0), 30);
  const auto kept = parse_json(*read_file(at("quality.json")));
  ASSERT_TRUE(kept.has_value());
  EXPECT_EQ(member(*kept, "precisions"), member(made.json, "precisions"));
  EXPECT_NE(made.said.find("30 texts of sample.csv"), std::string::npos);
}

TEST_F(ModelsVerify, ReadsAFileOfLines) {
  const Outcome made = verify({.table = at("sample.txt"), .limit_agreement = 0});
  ASSERT_EQ(made.status, kDone) << made.said;
  EXPECT_EQ(text_or(member(made.json, "serves"), ""), "int8");
}

TEST_F(ModelsVerify, SaysWhatIsMissing) {
  EXPECT_EQ(verify({}).status, kUsage);
  EXPECT_EQ(verify({.table = at("sample.txt"), .check = true}).status, kUsage);
  EXPECT_EQ(error_of(verify({.table = at("sample.csv")}), "hint"), "name the column of its texts: --text COLUMN");
  EXPECT_NE(error_of(verify({.table = at("sample.csv"), .text = "bodi"}), "hint").find("'body'"), std::string::npos);
  EXPECT_EQ(verify({.table = at("none.csv"), .text = "body"}).status, kUsage);
  const Outcome labels = verify({.table = at("sample.csv"), .text = "body", .label = "body"});
  EXPECT_EQ(labels.status, kUsage);
  EXPECT_EQ(error_of(labels, "hint"), "one is 'label 0'");
}

TEST_F(ModelsVerify, AnImportedFolderIsCheckedAndJudgedBesideItsSource) {
  const std::string out = at("packed");
  const Outcome imported =
      outcome(run_models_import, ModelsImportOptions{.folder = folder_.path(), .out = out, .precision = "int8"});
  ASSERT_EQ(imported.status, kDone) << imported.said;
  EXPECT_TRUE(member(member(imported.json, "files"), "model.fovea").is_string());
  const Outcome checked = verify({.directory = out, .check = true});
  ASSERT_EQ(checked.status, kDone) << checked.said;
  EXPECT_TRUE(member(member(checked.json, "check"), "same_bits").as_bool());

  ModelsVerifyOptions judge{.directory = out, .table = at("sample.txt")};
  EXPECT_NE(error_of(verify(judge), "hint").find("--reference"), std::string::npos);
  judge.reference = folder_.path();
  judge.limit_agreement = 0;
  EXPECT_EQ(text_or(member(verify(judge).json, "serves"), ""), "int8");
  judge.limit_agreement = 1.1;  // more than can be
  const Outcome refused = verify(judge);
  EXPECT_TRUE(member(refused.json, "serves").is_null());
  EXPECT_EQ(refused.status, kFailed);

  std::string bytes = *read_file(out + "/model.fovea");
  bytes.back() = static_cast<char>(bytes.back() ^ 1);
  RealFiles files;
  ASSERT_TRUE(files.write_atomic(out + "/model.fovea", bytes));
  const Outcome damaged = verify({.directory = out, .check = true});
  EXPECT_EQ(damaged.status, kFailed);
  EXPECT_EQ(error_of(damaged, "code"), "DATA_LOSS");
}

TEST(ModelsImport, SaysWhatIsWrong) {
  const models::TinyBertFolder folder;
  const auto status = [&](const ModelsImportOptions& options) { return outcome(run_models_import, options).status; };
  EXPECT_EQ(status({.folder = folder.path(), .out = folder.path() + "/p", .precision = "int4"}), kUsage);
  EXPECT_EQ(status({.folder = folder.path() + "/none", .out = folder.path() + "/p"}), kUsage);
  EXPECT_EQ(status({.folder = folder.path(), .out = folder.path()}), kUsage);
}

}  // namespace
}  // namespace fovea::cli
