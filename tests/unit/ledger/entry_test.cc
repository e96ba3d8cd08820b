#include "daemon/ledger/entry.h"

#include <cstddef>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include <boost/json/array.hpp>
#include <boost/json/value.hpp>
#include <gtest/gtest.h>

#include "daemon/platform/text.h"

namespace liandong {
namespace {

namespace json = boost::json;
using namespace std::string_literals;

const std::string kPrev(64, '0');
constexpr Timestamp kTime{Duration{1'795'334'400'007}};

std::string line_of(const Entry& entry) {
  auto line = entry_line(entry, 7, kPrev, kTime, "1");
  EXPECT_TRUE(line) << line.error().message();
  return line ? *line : "";
}

TEST(CanonicalJson, SortsMembersAndWritesNoBlanks) {
  const json::value value{
      {"b", {{"y", 2}, {"x", json::array{1, nullptr, true, false}}}}, {"a_1", "文/“"}, {"a", -5}};
  EXPECT_EQ(canonical_json(value).value(),
            R"({"a":-5,"a_1":"文/“","b":{"x":[1,null,true,false],"y":2}})");
}

TEST(CanonicalJson, EscapesOnlyWhatItMust) {
  const json::value value("\b\f\n\r\t\"\\/\x01\x1f\xe2\x80\xa8"s);
  EXPECT_EQ(canonical_json(value).value(),
            "\"\\b\\f\\n\\r\\t\\\"\\\\/\\u0001\\u001f\xe2\x80\xa8\"");
}

TEST(CanonicalJson, AcceptsIntegersUpTo2To53Minus1) {
  EXPECT_EQ(canonical_json(json::value(9007199254740991)).value(), "9007199254740991");
  EXPECT_EQ(canonical_json(json::value(-9007199254740991)).value(), "-9007199254740991");
  EXPECT_EQ(canonical_json(json::value(std::uint64_t{5})).value(), "5");
}

TEST(CanonicalJson, RefusesWhatIsOutsideTheSubset) {
  json::value deep = 1;
  for (int i = 0; i < 40; ++i) deep = json::array{std::move(deep)};
  const std::vector<json::value> outside = {json::value(1.0),
                                            json::value(9007199254740992),
                                            json::value(-9007199254740992),
                                            json::value(std::uint64_t{1} << 63U),
                                            json::value(json::object{{"Capital", 1}}),
                                            json::value(json::object{{"1a", 1}}),
                                            json::value(json::object{{"", 1}}),
                                            json::value(json::object{{"名", 1}}),
                                            json::value("a\0b"s),
                                            json::value("a\x7f"),
                                            json::value("\xff"),
                                            json::value("\xe6\x96"),
                                            json::value("\xed\xa0\x80"),
                                            json::value(json::array{json::object{{"a", 0.5}}}),
                                            deep};
  for (const json::value& value : outside) EXPECT_FALSE(canonical_json(value)) << value;
}

TEST(EntryLine, HoldsTheCommonMembersSorted) {
  EXPECT_EQ(line_of({"item.found", "system:watcher", {{"title", "标题"}, {"item", 3}}}),
            R"({"actor":"system:watcher","event":"item.found","item":3,"node":"1","prev":")" +
                kPrev + R"(","seq":7,"title":"标题","ts":"2026-11-22T08:00:00.007Z","v":1})");
}

TEST(EntryLine, IsWhatParseEntryAccepts) {
  const std::string line =
      line_of({"item.found", "system:watcher", {{"title", "a\n\x01“\xe2\x80\xa8"}}});
  const auto entry = parse_entry(line);
  ASSERT_TRUE(entry) << entry.error().message();
  EXPECT_EQ(entry->at("seq"), json::value(7));
  EXPECT_EQ(entry->at("title"), json::value("a\n\x01“\xe2\x80\xa8"));
}

TEST(EntryLine, CutsOnlyTheLongestStringsAtACodePoint) {
  std::string text;
  for (int i = 0; i < 10000; ++i) text += "字";
  const std::string kept(300, 'k');

  const std::string line = line_of({"item.found",
                                    "system:watcher",
                                    {{"long", text}, {"list", json::array{text}}, {"kept", kept}}});

  EXPECT_LE(line.size(), kMaxEntryBytes);
  EXPECT_GT(line.size(), kMaxEntryBytes - 20);
  const auto entry = parse_entry(line);
  ASSERT_TRUE(entry) << entry.error().message();
  EXPECT_EQ(entry->at("kept"), json::value(kept));
  const std::string_view cut = entry->at("long").get_string();
  EXPECT_TRUE(cut.ends_with("字…"));
  EXPECT_EQ(entry->at("list").get_array().front(), entry->at("long"));
}

TEST(EntryLine, FillsALineToTheLastByte) {
  const std::size_t around = line_of({"item.found", "a", {{"t", ""}}}).size();
  const std::string fits(kMaxEntryBytes - around, 'x');
  EXPECT_EQ(line_of({"item.found", "a", {{"t", fits}}}).size(), kMaxEntryBytes);
  EXPECT_NE(line_of({"item.found", "a", {{"t", fits}}}).find(fits), std::string::npos);
  EXPECT_EQ(line_of({"item.found", "a", {{"t", fits + "x"}}}).find(fits), std::string::npos);
}

TEST(EntryLine, CutsTextThatGrowsByEscaping) {
  EXPECT_LE(line_of({"item.found", "a", {{"t", std::string(16000, '\x01')}}}).size(),
            kMaxEntryBytes);
}

TEST(EntryLine, ReplacesBytesNoLineCanHold) {
  const auto entry = parse_entry(line_of({"item.found", "a", {{"t", "x\0y\x7fz\xff"s}}}));
  ASSERT_TRUE(entry) << entry.error().message();
  EXPECT_EQ(entry->at("t"), json::value("x\uFFFDy\uFFFDz\uFFFD"));
}

TEST(EntryLine, RefusesWhatOnlyABugWouldAsk) {
  json::object crowd;
  for (int i = 0; i < 3000; ++i) crowd["m" + std::to_string(i)] = i;
  for (const json::object& facts :
       {json::object{{"seq", 1}}, json::object{{"actor", "x"}}, json::object{{"Http", 1}},
        json::object{{"share", 0.5}}, crowd}) {
    EXPECT_FALSE(entry_line({"item.found", "a", facts}, 0, kPrev, kTime, "1"));
  }
}

TEST(ParseEntry, RefusesEveryOtherSpelling) {
  const std::string good = line_of({"item.found", "system:watcher", {{"n", 1}, {"t", "a/b文"}}});
  ASSERT_TRUE(parse_entry(good));
  const std::vector<std::pair<std::string, std::string>> changes = {
      {"{\"actor\"", "{ \"actor\""},
      {"\"n\":1", "\"n\":1.0"},
      {"\"n\":1", "\"n\":1e0"},
      {"\"n\":1", "\"n\":-0"},
      {"\"n\":1", "\"n\":01"},
      {"\"n\":1", "\"n\":9007199254740992"},
      {"\"n\":1", "\"n\":99999999999999999999"},
      {"\"n\":1", "\"n\":1,\"n\":1"},
      {"\"n\":1", "\"n\":NaN"},
      {"a/b", "a\\/b"},
      {"文", "\\u6587"},
      {"文", "\\u000A"},
      {"文", "\x7f"},
      {"文", "\\u007f"},
      {"文", "\\u0000"},
      {"文", "\\ud800"},
      {"文", "\xff"},
      {"\"v\":1}", "\"v\":2}"},
      {"\"v\":1}", "\"v\":1}\n"},
      {"\"v\":1}", "\"v\":1}\r"},
      {"\"v\":1}", "\"v\":1} {}"},
      {"\"v\":1}", "\"v\":1"},
      {"\"seq\":7", "\"seq\":-7"},
      {"\"seq\":7", "\"seq\":\"7\""},
      {"\"prev\":\"0", "\"prev\":\"A"},
      {"\"prev\":\"0", "\"prev\":\"00"},
      {"08:00:00.007Z", "08:00:00Z"},
      {"08:00:00.007Z", "16:00:00.007+08:00"},
      {"2026-11-22", "2026-13-22"},
      {"\"event\":\"item.found\"", "\"event\":\"\""},
      {"\"actor\":\"system:watcher\",", ""}};
  for (const auto& [from, to] : changes) {
    const std::string bad = replace_all(good, from, to);
    ASSERT_NE(bad, good) << from;
    EXPECT_FALSE(parse_entry(bad)) << bad;
  }
  EXPECT_FALSE(parse_entry(""));
  EXPECT_FALSE(parse_entry("[]"));
  EXPECT_FALSE(parse_entry("\xEF\xBB\xBF" + good));
  EXPECT_FALSE(parse_entry(std::string(100000, '[')));
}

TEST(ParseEntry, RefusesALineOfMoreThan16384Bytes) {
  const std::size_t around = line_of({"item.found", "a", {{"t", ""}}}).size();
  const std::string full =
      line_of({"item.found", "a", {{"t", std::string(kMaxEntryBytes - around, 'x')}}});
  EXPECT_TRUE(parse_entry(full));
  EXPECT_FALSE(parse_entry(replace_all(full, "\"t\":\"x", "\"t\":\"xx")));
}

}  // namespace
}  // namespace liandong
