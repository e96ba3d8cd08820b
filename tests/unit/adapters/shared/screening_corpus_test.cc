// Screening must not hold what offices publish every day: what it says of each page of the corpus.

#include <filesystem>
#include <fstream>
#include <iterator>
#include <map>
#include <set>
#include <string>

#include <boost/json/parse.hpp>
#include <boost/json/value.hpp>
#include <gtest/gtest.h>

#include "adapters/shared/article_page.h"
#include "daemon/review/screening.h"

#include "tests/support/paths.h"

namespace liandong {
namespace {

std::string content_of(const std::filesystem::path& file) {
  std::ifstream in(file, std::ios::binary);
  return {std::istreambuf_iterator<char>(in), {}};
}

// What a reader of the page says that it is.
bool is_article(std::filesystem::path page) {
  const auto expected = boost::json::parse(content_of(page.replace_extension(".expect.json")));
  const auto* object = expected.if_object();
  const auto* kind = object != nullptr ? object->if_contains("kind") : nullptr;
  return kind != nullptr && *kind == "article";
}

// What is found in the page, `?` for a warning.
std::string found_in(const std::string& html, const Screener& screener) {
  const auto reading =
      parse_article_page(html, "text/html", "https://www.example.gov.cn/xw/1.html");
  const auto* page = std::get_if<PageReading>(&reading);
  std::set<std::string> kinds;
  if (page != nullptr)
    for (const ScreeningFinding& finding : screener.screen(page->article))
      kinds.insert(std::string(to_string(finding.kind)) +
                   (finding.severity == ScreeningSeverity::Warn ? "?" : ""));
  std::string all;
  for (const std::string& kind : kinds) all += (all.empty() ? "" : " ") + kind;
  return all;
}

TEST(ScreeningOfTheCorpus, FindsWhatIsThereAndNothingElse) {
  std::map<std::string, std::string> found;
  int pages = 0;
  for (const auto& entry :
       std::filesystem::directory_iterator(source_dir() + "/tests/corpus/pages")) {
    if (entry.path().extension() != ".html" || !is_article(entry.path())) continue;
    ++pages;
    const std::string kinds = found_in(content_of(entry.path()), Screener());
    if (!kinds.empty()) found[entry.path().stem().string()] = kinds;
  }
  EXPECT_GE(pages, 80);
  EXPECT_EQ(found, (std::map<std::string, std::string>{}));
}

// A control: the same reader and screener, on a page of the corpus that a person was written into.
TEST(ScreeningOfTheCorpus, FindsWhatWasWrittenIntoAPage) {
  std::string page = content_of(source_dir() + "/tests/corpus/pages/a01_trs_labels.html");
  const std::string sentence = "请你们结合实际";
  const std::size_t at = page.find(sentence);
  ASSERT_NE(at, std::string::npos);
  page.insert(at, "联系人身份证号34052419800101001X，手机13800138000，来信a@163.com。");

  EXPECT_EQ(found_in(page, Screener()), "citizen_id mobile_number private_mail?");
}

}  // namespace
}  // namespace liandong
