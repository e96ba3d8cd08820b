#include "daemon/cli/command_line.h"

#include <string>
#include <vector>

#include "tests/unit/cli/cli_fixture.h"

namespace liandong {
namespace {

TEST(CommandLine, AnswersHelpAndVersionWithZero) {
  EXPECT_EQ(call({"--version"}).out, "liandong " LIANDONG_VERSION "\n");
  const Answer help = call({"log", "--help"});
  EXPECT_EQ(help.code, 0);
  EXPECT_NE(help.out.find("Example: liandong log"), std::string::npos);
}

TEST(CommandLine, RefusesWrongUsageWithTwoAndSaysWhatIsWrong) {
  struct Case {
    std::vector<std::string> words;
    std::string said;
  };
  const std::vector<Case> cases = {
      {{}, "subcommand"},
      {{"log", "--limit", "0"}, "--limit"},
      {{"log", "--since", "soon"}, "'soon' is not a time"},
      {{"release"}, "Exactly 1 option"},
      {{"hold", "1"}, "--reason"},
      {{"hold", "1", "--channel", "weibo", "--reason", "x"}, "Exactly 1 option"},
      {{"log", "--kind", "notices"}, "--kind"},
      {{"log", "--state", "done"}, "--state"},
      {{"log", "--since", "7y"}, "'7y' is not a time"},
      {{"probe"}, "place"},
      {{"probe", "page.html", "--type", "rss"}, "--type"},
      {{"probe", "page.html", "--base", "page.html"}, "--base"},
      {{"preview"}, "item"},
      {{"report"}, "--year"},
      {{"report", "--year", "2026", "--format", "xml"}, "--format"},
      {{"ledger"}, "subcommand"},
      {{"record", "1", "--url", "javascript:alert(1)"}, "not an http or https address"},
      {{"record", "1", "--url", "https://weibo.com/1/a", "--at", "bad"}, "'bad' is not a time"},
  };
  for (const Case& one : cases) {
    const Answer answer = call(one.words);
    EXPECT_EQ(answer.code, 2) << one.said;
    EXPECT_NE(answer.err.find(one.said), std::string::npos) << answer.err;
    EXPECT_EQ(answer.out, "");
  }
}

TEST(CommandLine, GivesEveryCommandAnExampleAndJson) {
  for (const char* command :
       {"run", "check", "probe", "status", "log", "explain", "preview", "report", "retry", "hold",
        "release", "record", "coverage", "waive", "withdraw", "cancel", "audit", "import"}) {
    const Answer help = call({command, "--help"});
    EXPECT_EQ(help.code, 0) << command;
    EXPECT_NE(help.out.find(std::string("Example: liandong ")), std::string::npos) << command;
    EXPECT_NE(help.out.find("--json"), std::string::npos) << command;
  }
  for (const char* part : {"verify", "export", "proof", "check"}) {
    const Answer help = call({"ledger", part, "--help"});
    EXPECT_NE(help.out.find(std::string("Example: liandong ledger ") + part), std::string::npos);
    EXPECT_NE(help.out.find("--json"), std::string::npos) << part;
  }
}

TEST(CommandLine, GuessesTheCommandThatWasMeant) {
  const Answer answer = call({"--config", "/nonexistent", "statu"});
  EXPECT_EQ(answer.code, 2);
  EXPECT_NE(answer.err.find("did you mean \"status\"?"), std::string::npos) << answer.err;
}

TEST(CommandLine, AnswersAMissingConfigurationWith78) {
  for (const char* command : {"check", "status", "log"}) {
    const Answer answer = call({"--config", "/nonexistent/liandong.toml", command});
    EXPECT_EQ(answer.code, 78) << command;
    EXPECT_NE(answer.err.find("cannot be read"), std::string::npos) << answer.err;
  }
}

TEST(CommandLine, ChecksAnExportedFolderWithoutAConfiguration) {
  const Answer answer = call({"--config", "/nonexistent/liandong.toml", "ledger", "verify",
                              "--folder", "/nonexistent/ledger"});
  EXPECT_EQ(answer.code, 1);
  EXPECT_EQ(answer.err.find("liandong.toml"), std::string::npos) << answer.err;
}

}  // namespace
}  // namespace liandong
