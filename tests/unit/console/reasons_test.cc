#include "daemon/audit/reasons.h"

#include <filesystem>
#include <fstream>
#include <iterator>
#include <regex>
#include <set>

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "daemon/audit/phrases.h"
#include "daemon/console/assets.h"

#include "tests/support/paths.h"

namespace liandong {
namespace {

TEST(ChineseReason, TellsTheEnginesSentencesInChinese) {
  EXPECT_EQ(chinese_reason("waits for approval"), "等待审核");
  EXPECT_EQ(chinese_reason("replaced by revision 3"), "已由第 3 版取代");
  EXPECT_EQ(chinese_reason("gave up after 8 attempts: 系统繁忙"), "尝试 8 次后放弃：系统繁忙");
  EXPECT_EQ(chinese_reason("mass change: 40 new items in one look, more than 20"),
            "大批变化：一次出现 40 条新信息，超过 20 条");
  EXPECT_EQ(chinese_reason("mass change: 9 of 30 known items changed and 2 gone in one look, more "
                           "than 20 %"),
            "大批变化：一次有 9 条（已知 30 条）改动、2 条消失，超过 20 %");
}

TEST(ChineseReason, TellsWhatASentenceQuotes) {
  EXPECT_EQ(chinese_reason("the former text waited: waits for approval"),
            "前一版当时在等待：等待审核");
  EXPECT_EQ(chinese_reason("screening: 身份证号（第1段）; the website withdrew it"),
            "内容筛查：身份证号（第1段）；另：网站已撤下");
  EXPECT_EQ(chinese_reason("the website withdrew it; this channel cannot: do it by hand, then "
                           "`record` it"),
            "网站已撤下；此渠道做不到：请人工处理，再用 `record` 登记");
}

TEST(ChineseReason, TellsWhatAPlatformSaidAfterWhatItMeans) {
  EXPECT_EQ(chinese_reason("the platform is busy: system error"), "平台繁忙：system error");
  EXPECT_EQ(chinese_reason("delivery 4 is queued: only what is held can be released"),
            "推送 4 正在排队：只有暂扣的可以放行");
}

// Every text of our own sources, whole: regular expressions on them are ours to write.
std::string sources_of_ours() {
  std::string all;
  for (const char* folder : {"daemon", "adapters"}) {
    for (const auto& entry :
         std::filesystem::recursive_directory_iterator(source_dir() + "/" + folder)) {
      if (entry.path().extension() != ".cc" && entry.path().extension() != ".h") continue;
      std::ifstream file(entry.path(), std::ios::binary);
      all.append(std::istreambuf_iterator<char>(file), {});
    }
  }
  return all;
}

std::set<std::string> found_in(const std::string& text, const std::string& expression) {
  const std::regex form(expression);
  std::set<std::string> found;
  for (auto at = std::sregex_iterator(text.begin(), text.end(), form); at != std::sregex_iterator();
       ++at)
    found.insert((*at)[1]);
  return found;
}

TEST(Catalogue, HasTheAdviceAndTheNotesInChinese) {
  const auto said =
      found_in(sources_of_ours(), R"re((?:advice|\bnote) =\s+"([a-z`][^"\n]{10,})";)re");
  ASSERT_GT(said.size(), 15U);
  for (const std::string& words : said) EXPECT_NE(chinese_reason(words), words);
}

// The tables of the platforms' codes, and the diagnostics that are a code and a sentence.
TEST(Catalogue, HasWhatTheChannelsSayInChinese) {
  const std::string ours = sources_of_ours();
  auto said = found_in(ours, R"re(\{-?[0-9]+, \w+, \w+,\s+"([^"\n]+)"\})re");
  said.merge(found_in(ours, R"re(WeiboError\{[0-9]+, WeiboClass::\w+,\s+"([^"\n]+)")re"));
  said.merge(found_in(ours, R"re([({]"[a-z0-9-]+", "([a-z]+ [^"\n{}]{10,})",\s)re"));
  ASSERT_GT(said.size(), 180U);
  for (const std::string& words : said) EXPECT_NE(chinese_reason(words), words);
}

// What a channel finds out of order in an answer, and the verifier in the ledger. The answer's
// words stand behind what the channel says.
TEST(Catalogue, HasWhatIsWrongInChinese) {
  const std::string ours = sources_of_ours();
  auto said = found_in(ours, R"re(\bwhy\(\s*(?:fmt::format\(\s*)?"([^"\n]+)")re");
  ASSERT_GT(said.size(), 10U);
  for (const std::string& words : said)
    EXPECT_NE(chinese_reason(words + " (HTTP 200)"), words + " (HTTP 200)");
  for (const char* file : {"verify.cc", "scanned_line.cc"}) {
    std::ifstream in(source_dir() + "/daemon/ledger/" + file, std::ios::binary);
    const std::string text(std::istreambuf_iterator<char>(in), {});
    said = found_in(text, R"re((?:wrong|outside)\(\s*"([^"\n]+)"\))re");
    EXPECT_GT(said.size(), 2U) << file;
    for (const std::string& words : said) EXPECT_NE(chinese_reason(words), words);
  }
  for (const char* words :
       {"the counters say 4, the ledger's entries 3: `liandong report --recount` tells where they "
        "differ",
        "the signed checkpoint of size 8 has another root: an entry from 4 to 7 was changed",
        "entry 3 is missing or changed: in its place stands one that calls itself 4",
        "the ledger ends after 3 entries, but there is a checkpoint of size 5: entries are missing "
        "at the end",
        "entry 3: not canonical JSON: byte 7: no value"})
    EXPECT_NE(chinese_reason(words), words);
}

TEST(Catalogue, HasAWordForEveryEventOfTheLedger) {
  std::ifstream file(source_dir() + "/daemon/ledger/ledger.cc", std::ios::binary);
  const std::string ledger(std::istreambuf_iterator<char>(file), {});
  const std::size_t begin = ledger.find("kEvents = {");
  const auto events = found_in(ledger.substr(begin, ledger.find("};", begin) - begin),
                               R"re("([a-z]+(?:\.[a-z_]+)?)")re");
  ASSERT_GT(events.size(), 60U);
  const std::string words(find_asset("console_words.mjs")->content);
  const std::string named = words.substr(words.find("const kEventWords"));
  for (const std::string& event : events) {
    const bool has = named.find("  '" + event + "': [") != std::string::npos ||
                     named.find("  " + event + ": [") != std::string::npos;
    EXPECT_TRUE(has) << event;
  }
}

TEST(Catalogue, FillsAsManyGapsInBothLanguages) {
  const auto gaps = [](std::string_view text) {
    int count = 0;
    for (auto at = text.find("{}"); at != std::string_view::npos; at = text.find("{}", at + 2))
      ++count;
    return count;
  };
  std::set<std::string_view> known;
  for (const Phrase& phrase : phrases()) {
    EXPECT_EQ(gaps(phrase.english), gaps(phrase.chinese)) << phrase.english;
    EXPECT_TRUE(known.insert(phrase.english).second) << "twice: " << phrase.english;
  }
}

TEST(ChineseReason, LeavesTheWordsOfPeopleAndPlatforms) {
  for (const char* words : {"", "数字有误", "invalid media_id hint: [x] rid: 1-2-3", "waits"})
    EXPECT_EQ(chinese_reason(words), words);
}

}  // namespace
}  // namespace liandong
