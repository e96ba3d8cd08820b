#include "daemon/ledger/export.h"

#include <array>
#include <cstddef>
#include <cstdint>
#include <cstdio>
#include <filesystem>
#include <functional>
#include <string>
#include <sys/wait.h>
#include <utility>
#include <vector>

#include <gtest/gtest.h>

#include "daemon/ledger/verify.h"
#include "daemon/platform/text.h"

#include "tests/unit/ledger/ledger_fixture.h"

namespace liandong {
namespace {

namespace fs = std::filesystem;

struct Answer {
  int code = -1;
  std::string text;
};

// A program that runs beside the test until its answer is asked for.
class Running {
 public:
  explicit Running(const std::string& command) : pipe_(::popen((command + " 2>&1").c_str(), "r")) {}
  Running(const Running&) = delete;
  Running& operator=(const Running&) = delete;
  ~Running() {
    if (pipe_ != nullptr) ::pclose(pipe_);
  }

  Answer wait() {
    Answer answer;
    if (pipe_ == nullptr) return answer;
    std::array<char, 4096> chunk{};
    for (std::size_t count = 0; (count = std::fread(chunk.data(), 1, chunk.size(), pipe_)) > 0;) {
      answer.text.append(chunk.data(), count);
    }
    const int status = ::pclose(std::exchange(pipe_, nullptr));
    answer.code = WIFEXITED(status) ? WEXITSTATUS(status) : -1;
    return answer;
  }

 private:
  FILE* pipe_;
};

// A ledger of 13 entries with checkpoints at 1, 8 and 12, exported: what is wrong in the last
// entry shows in its form alone.
class ExportTest : public LedgerFixture {
 protected:
  void SetUp() override {
    LedgerFixture::SetUp();
    checkpoint();
    grow_to(7);
    append({"item.found",
            "system:watcher",
            {{"title", "引号“\"\\/\b\x01\n行\u2028分/\t"}, {"n", -5}}});
    checkpoint();
    grow_to(12);
    checkpoint();
    grow_to(13);
    const auto report = export_to(export_);
    ASSERT_TRUE(report) << report.error().message();
  }

  Result<ExportReport> export_to(const fs::path& folder) {
    return export_ledger(*database_, folder, {});
  }

  [[nodiscard]] std::string shell(const std::string& key = "") const {
    return "sh '" + (export_ / "verify.sh").string() + "' " + key;
  }
  [[nodiscard]] std::string python(const std::string& key = "") const {
    return "python3 '" + (export_ / "verify.py").string() + "' " + key;
  }
  [[nodiscard]] Answer run_shell(const std::string& key = "") const {
    return Running(shell(key)).wait();
  }
  [[nodiscard]] Answer run_python(const std::string& key = "") const {
    return Running(python(key)).wait();
  }

  // SHA256SUMS anew, as somebody who tampers would write it.
  void sum_anew() const {
    std::string sums;
    for (const auto& file : fs::recursive_directory_iterator(export_)) {
      const std::string path = fs::relative(file.path(), export_).string();
      if (!file.is_regular_file() || path == "SHA256SUMS") continue;
      sums += sha256_hex(read_file(file.path())) + "  " + path + '\n';
    }
    write_file(export_ / "SHA256SUMS", sums);
  }

  void edit_lines(const std::function<void(std::vector<std::string>&)>& edit) const {
    auto lines = split_lines(read_file(segment_));
    edit(lines);
    write_file(segment_, join_lines(lines));
  }

  void replace_in(const fs::path& file, std::string_view from, std::string_view to) const {
    const std::string text = read_file(file);
    const std::string changed = replace_all(text, from, to);
    ASSERT_NE(text, changed) << from;
    write_file(file, changed);
  }

  fs::path export_ = folder_.path() / "out";
  fs::path segment_ = export_ / "segments" / "seg-000000.jsonl";
};

TEST_F(ExportTest, HoldsTheLinesTheCheckpointsAndTheKey) {
  EXPECT_EQ(read_file(segment_), join_lines(lines()));
  EXPECT_EQ(read_file(export_ / "checkpoints/checkpoint-8.txt"), state().notes.at(1));
  EXPECT_EQ(read_file(export_ / "keys/example.gov.cn-liandong.pub.pem"), key_.public_pem());
  for (const char* name : {"README", "verify.sh", "verify.py", "SHA256SUMS"}) {
    EXPECT_FALSE(read_file(export_ / name).empty()) << name;
  }
  for (const auto& file : fs::recursive_directory_iterator(export_)) {
    EXPECT_NE(file.path().extension(), ".part") << "left behind";
  }
}

TEST_F(ExportTest, CountsWhatItWrote) {
  const auto report = export_to(folder_.path() / "other");
  ASSERT_TRUE(report);
  EXPECT_EQ(report->entries, 13U);
  EXPECT_EQ(report->segments, 1U);
  EXPECT_EQ(report->checkpoints, 3U);
}

TEST_F(ExportTest, IsIntactForAllThreeVerifiers) {
  const VerifyReport report = verify_folder(export_, {}, key_.public_raw());
  EXPECT_TRUE(report.intact()) << to_text(report);
  EXPECT_EQ(report.entries, 13U);
  EXPECT_EQ(report.checkpoints, 3U);

  const fs::path key = folder_.path() / "trusted.pem";
  write_file(key, key_.public_pem());
  for (const Answer& answer :
       {run_shell(), run_python(), run_shell(key.string()), run_python(key.string())}) {
    EXPECT_EQ(answer.code, 0) << answer.text;
    EXPECT_NE(answer.text.find(
                  "INTACT: 13 条记录 entries, 3 个检查点 checkpoints, 已签名到 signed up to 12"),
              std::string::npos)
        << answer.text;
    EXPECT_NE(answer.text.find(hex(report.root)), std::string::npos) << answer.text;
  }
}

TEST_F(ExportTest, IsRefusedByAllThreeWithAnotherTrustedKey) {
  const SigningKey other = SigningKey::generate();
  const fs::path key = folder_.path() / "trusted.pem";
  write_file(key, other.public_pem());
  EXPECT_FALSE(verify_folder(export_, {}, other.public_raw()).intact());
  EXPECT_EQ(run_shell(key.string()).code, 1);
  EXPECT_EQ(run_python(key.string()).code, 1);
}

TEST_F(ExportTest, WithoutACheckpointIsIntactButSaysSo) {
  const TestDatabase store;
  auto database = store.open();
  ASSERT_TRUE(Ledger({kOrigin, "1", std::nullopt}, clock_).open(*database));
  fs::remove_all(export_);
  ASSERT_TRUE(export_ledger(*database, export_, {}));
  EXPECT_TRUE(verify_folder(export_, {}).intact());
  EXPECT_EQ(run_shell().code, 0) << run_shell().text;
  EXPECT_EQ(run_python().code, 0) << run_python().text;
  EXPECT_NE(run_python().text.find("0 个检查点"), std::string::npos);
}

// Each way of tampering is refused by the program, by the shell and by Python, with SHA256SUMS made
// to fit again unless it is the point that it does not.
class TamperedExport : public ExportTest {
 protected:
  void expect_refused(const char* name) const {
    EXPECT_FALSE(verify_folder(export_, {}, key_.public_raw()).intact()) << name;
    Running by_shell(shell());  // some 250 processes: a small ledger keeps this fast
    Running by_python(python());
    const Answer shell_said = by_shell.wait();
    const Answer python_said = by_python.wait();
    EXPECT_EQ(shell_said.code, 1) << name << ": " << shell_said.text;
    EXPECT_NE(shell_said.text.find("NOT INTACT"), std::string::npos)
        << name << ": " << shell_said.text;

    EXPECT_EQ(python_said.code, 1) << name << ": " << python_said.text;
    EXPECT_NE(python_said.text.find("NOT INTACT"), std::string::npos)
        << name << ": " << python_said.text;
    EXPECT_EQ(python_said.text.find("Traceback"), std::string::npos)
        << name << ": " << python_said.text;
  }
};

TEST_F(TamperedExport, IsRefusedWhenLinesWereChanged) {
  using Lines = std::vector<std::string>;
  const std::vector<std::pair<const char*, std::function<void(Lines&)>>> edits = {
      {"edited", [](Lines& lines) { lines[5] = replace_all(lines[5], "weibo", "weixin"); }},
      {"last edited", [](Lines& lines) { lines[11] = replace_all(lines[11], "weibo", "weixin"); }},
      {"deleted", [](Lines& lines) { lines.erase(lines.begin() + 5); }},
      {"inserted", [](Lines& lines) { lines.insert(lines.begin() + 5, lines[5]); }},
      {"swapped", [](Lines& lines) { std::swap(lines[5], lines[6]); }},
      {"truncated", [](Lines& lines) { lines.resize(11); }},
      {"empty", [](Lines& lines) { lines.clear(); }},
      {"doubled seq",
       [](Lines& lines) { lines[12] = replace_all(lines[12], "\"seq\":12", "\"seq\":11"); }},
      {"CRLF",
       [](Lines& lines) {
         for (std::string& line : lines) line += '\r';
       }},
      {"blank", [](Lines& lines) { lines[12] = replace_all(lines[12], "\"v\":1}", "\"v\": 1}"); }},
      {"escaped", [](Lines& lines) { lines[12] = replace_all(lines[12], "通", "\\u901a"); }},
      {"float", [](Lines& lines) { lines[12] = replace_all(lines[12], "\"v\":1}", "\"v\":1.0}"); }},
      {"NUL", [](Lines& lines) { lines[12] = replace_all(lines[12], "通", "\\u0000"); }},
      {"large number",
       [](Lines& lines) {
         lines[12] = replace_all(lines[12], "\"item\":0", "\"item\":9007199254740992");
       }},
      {"member name",
       [](Lines& lines) { lines[12] = replace_all(lines[12], "\"title\"", "\"title-\""); }},
      {"no actor",
       [](Lines& lines) { lines[12] = replace_all(lines[12], "system:dispatcher", ""); }},
      {"time", [](Lines& lines) { lines[12] = replace_all(lines[12], "Z\",\"v", "+00:00\",\"v"); }},
      {"DEL", [](Lines& lines) { lines[12] = replace_all(lines[12], "通", "\x7f"); }},
      {"not UTF-8", [](Lines& lines) { lines[12] = replace_all(lines[12], "通", "\xff"); }},
      {"not JSON", [](Lines& lines) { lines[12] = "entry"; }},
      {"blank line", [](Lines& lines) { lines.emplace_back(); }},
      {"long",
       [](Lines& lines) { lines[12] = replace_all(lines[12], "通", std::string(17000, 'x')); }},
  };
  const std::string good = read_file(segment_);
  for (const auto& [name, edit] : edits) {
    edit_lines(edit);
    ASSERT_TRUE(read_file(segment_) != good) << name;
    sum_anew();
    expect_refused(name);
    write_file(segment_, good);
  }
  sum_anew();
  EXPECT_EQ(run_shell().code, 0) << "the loop above proved nothing";
}

TEST_F(TamperedExport, IsRefusedWhenItsEndIsChainedAnew) {
  edit_lines([](std::vector<std::string>& lines) {
    lines[10] = replace_all(lines[10], "weibo", "weixin");
    for (const std::size_t at : {11U, 12U}) {
      const std::size_t prev = lines[at].find("\"prev\":\"") + 8;
      lines[at].replace(prev, 64, sha256_hex(lines[at - 1]));
    }
  });
  sum_anew();
  expect_refused("chained anew");
}

TEST_F(TamperedExport, IsRefusedWhenCheckpointsWereChanged) {
  const fs::path newest = export_ / "checkpoints/checkpoint-12.txt";
  const std::string good = read_file(newest);
  const Checkpoint said = peek_checkpoint(good).value();
  const SigningKey other = SigningKey::generate();
  const std::vector<std::pair<const char*, std::string>> notes = {
      {"another key", sign_checkpoint(HashKind::Sha256, said, other)},
      {"another root",
       sign_checkpoint(HashKind::Sha256, {said.origin, said.size, sha256("x")}, key_)},
      {"another size", sign_checkpoint(HashKind::Sha256, {said.origin, 11, said.root}, key_)},
      {"another origin",
       sign_checkpoint(HashKind::Sha256, {"other.gov.cn", said.size, said.root}, key_)},
      {"no signature", good.substr(0, good.find("\n\n") + 2)},
      {"an extension", replace_all(good, "\n\n", "\nextension\n\n")},
      {"not a note", "x"}};
  for (const auto& [name, note] : notes) {
    write_file(newest, note);
    sum_anew();
    expect_refused(name);
  }
}

TEST_F(TamperedExport, IsRefusedWhenTheCheckpointIsOfALargerLedger) {
  write_file(export_ / "checkpoints/checkpoint-14.txt",
             sign_checkpoint(HashKind::Sha256, {kOrigin, 14, sha256("x")}, key_));
  sum_anew();
  expect_refused("a later checkpoint");
}

TEST_F(TamperedExport, IsRefusedWhenTheKeyFileIsAnother) {
  write_file(export_ / "keys/example.gov.cn-liandong.pub.pem", SigningKey::generate().public_pem());
  sum_anew();
  expect_refused("another key file");
}

TEST_F(TamperedExport, IsRefusedWhenItIsNotWhatSha256sumsSays) {
  write_file(export_ / "checkpoints/note.txt", "x");
  expect_refused("a file that is not listed");
  fs::remove(export_ / "checkpoints/note.txt");
  EXPECT_EQ(run_shell().code, 0);

  replace_in(export_ / "README", "Liandong", "liandong");
  expect_refused("a changed file");
  fs::remove(export_ / "README");
  expect_refused("a missing file");
  sum_anew();
  EXPECT_EQ(run_shell().code, 0);
  fs::remove(export_ / "SHA256SUMS");
  expect_refused("no sums");
}

TEST_F(TamperedExport, IsRefusedWhenASegmentHasAWrongNameOrNoEnd) {
  const std::string good = read_file(segment_);
  write_file(segment_, good.substr(0, good.size() - 1));
  sum_anew();
  expect_refused("no line feed at the end");
  write_file(segment_, good);
  fs::rename(segment_, export_ / "segments/seg-000001.jsonl");
  sum_anew();
  expect_refused("a missing first segment");
}

TEST_F(ExportTest, GoesOnWhereAnEarlierOneEnded) {
  grow_to(20);
  checkpoint();
  const auto report = export_to(export_);
  ASSERT_TRUE(report) << report.error().message();
  EXPECT_EQ(report->entries, 20U);
  EXPECT_TRUE(verify_folder(export_, {}).intact());
  EXPECT_EQ(run_shell().code, 0) << run_shell().text;
}

TEST_F(ExportTest, NeverOverwritesWhatIsNotItsOwnBeginning) {
  const std::string before = read_file(segment_);
  const TestDatabase store;
  auto database = store.open();
  ASSERT_TRUE(Ledger({"other.gov.cn/liandong", "1", key_}, clock_).open(*database));
  EXPECT_FALSE(export_ledger(*database, export_, {})) << "another ledger";
  EXPECT_EQ(read_file(segment_), before);

  replace_in(segment_, "weibo", "weixin");
  EXPECT_FALSE(export_to(export_)) << "a changed earlier export";

  const fs::path strange = folder_.path() / "strange";
  fs::create_directory(strange);
  write_file(strange / "letter.txt", "x");
  EXPECT_FALSE(export_to(strange)) << "somebody's files";
  EXPECT_EQ(std::distance(fs::directory_iterator(strange), {}), 1);
}

TEST_F(ExportTest, SaysWhatIsWrongWithTheLedger) {
  drop_guards();
  execute("DELETE FROM ledger WHERE seq = 9");
  const auto report = export_to(folder_.path() / "other");
  ASSERT_FALSE(report);
  EXPECT_EQ(report.error().message(), "ledger entry 9 is missing: verify the ledger");
}

TEST_F(ExportTest, CannotBeWrittenIntoAFile) {
  write_file(folder_.path() / "file", "x");
  EXPECT_FALSE(export_to(folder_.path() / "file" / "below"));
}

}  // namespace
}  // namespace liandong
