#include "daemon/ledger/scanned_line.h"

#include <array>
#include <random>
#include <string>

#include <boost/json.hpp>
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "daemon/ledger/entry.h"

namespace liandong {
namespace {

namespace json = boost::json;
using ::testing::HasSubstr;
using ::testing::StartsWith;

const std::string kHashBefore(64, 'a');

std::string good_line() {
  const json::object facts{{"item", 3},
                           {"list", {1, -20, nullptr, true, false, json::array(), json::object()}},
                           {"most", kMaxEntryInteger},
                           {"remote", {{"id", "7"}, {"url", "https://a.example/“1”?a=b"}}},
                           {"title", "关于\"印发\"示例办法的通知\n\x01\x1f\\/ \xe2\x80\xa8 𠮷"}};
  return entry_line({"delivery.settled", "system:dispatcher", facts}, 7, kHashBefore,
                    Timestamp(Duration{1'795'334'400'007}), "1")
      .value();
}

// What the promise says: read as JSON and written once more, it is the same.
bool is_canonical(const std::string& line) {
  boost::system::error_code failure;
  const json::value value = json::parse(line, failure);
  if (failure || !value.is_object()) return false;
  const auto once_more = canonical_json(value);
  return once_more.has_value() && *once_more == line;
}

// A line may be canonical and yet no entry; the message then names the member.
void expect_the_same_of(const std::string& line) {
  const auto said = scan_line(line);
  if (!is_canonical(line)) {
    ASSERT_FALSE(said.has_value()) << line;
    EXPECT_THAT(said.error().message(), HasSubstr("not canonical JSON: byte ")) << line;
  } else if (!said) {
    EXPECT_THAT(said.error().message(), StartsWith("`")) << line;
  }
}

TEST(ScannedLine, SaysWhatTheEntrySays) {
  const std::string line = good_line();
  ASSERT_TRUE(is_canonical(line));
  const auto said = scan_line(line);
  ASSERT_TRUE(said.has_value()) << said.error().message();
  EXPECT_EQ(said->seq, 7);
  EXPECT_EQ(said->prev, kHashBefore);
  EXPECT_EQ(said->event, "delivery.settled");
}

TEST(ScannedLine, NamesTheByteThatIsWrong) {
  std::string line = good_line();
  line.insert(9, " ");
  EXPECT_THAT(scan_line(line).error().message(), HasSubstr("byte 9: no value"));
}

// Every byte of a line becomes every other, goes, or gets a neighbour: 330 lines of 256 ways.
TEST(ScannedLine, AgreesWithReadingAndWritingOnceMore) {
  const std::string line = good_line();
  for (std::size_t at = 0; at < line.size(); ++at) {
    for (int byte = 0; byte < 256; ++byte) {
      std::string changed = line;
      changed[at] = static_cast<char>(byte);
      expect_the_same_of(changed);
    }
    expect_the_same_of(line.substr(0, at));
    expect_the_same_of(line.substr(0, at) + line.substr(at + 1));
    for (const std::string more : {"0",
                                   "-",
                                   "1",
                                   ".0",
                                   "e1",
                                   ",",
                                   ":",
                                   "\"",
                                   "\\",
                                   "{",
                                   "}",
                                   "[",
                                   "]",
                                   " ",
                                   "null",
                                   "\\u0041",
                                   "\\u001f",
                                   "\\u001F",
                                   "\\u0008",
                                   "\\u000b",
                                   "\\/",
                                   "\\n",
                                   ",\"zz\":1",
                                   "\xc3\xa9",
                                   "\xed\xa0\x80",
                                   "9007199254740991",
                                   "9007199254740992"})
      expect_the_same_of(std::string(line).insert(at, more));
  }
}

TEST(ScannedLine, AgreesOnManyChangesAtOnce) {
  std::mt19937 random(20261128);  // NOLINT(cert-msc51-cpp): the same each time
  const std::string line = good_line();
  constexpr std::array<const char*, 12> kPieces = {
      "{", "}", "[", "]", ",", "\"a\":", "\"", "1", "0", "-", "\"x\"", "true"};
  for (int round = 0; round < 20'000; ++round) {
    std::string changed = line;
    for (int change = 0; change < 3; ++change) {
      const std::size_t at = random() % changed.size();
      changed.replace(at, random() % 3, kPieces.at(random() % kPieces.size()));
    }
    expect_the_same_of(changed);
  }
}

TEST(ScannedLine, EndsNestingWhereTheWriterDoes) {
  for (const int depth : {kMaxEntryDepth - 1, kMaxEntryDepth, kMaxEntryDepth + 1}) {
    const auto levels = static_cast<std::size_t>(depth);
    const std::string nested = std::string(levels, '[') + std::string(levels, ']');
    std::string line = good_line();
    line.insert(line.find("\"most\""), "\"m\":" + nested + ",");
    EXPECT_EQ(scan_line(line).has_value(), is_canonical(line)) << depth;
  }
}

}  // namespace
}  // namespace liandong
