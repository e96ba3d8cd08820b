#include "daemon/platform/text.h"

#include <string>
#include <string_view>

#include <gtest/gtest.h>

namespace liandong {
namespace {

using namespace std::chrono_literals;

Timestamp utc(int year, unsigned month, unsigned day, Duration time = Duration(0)) {
  return Timestamp(std::chrono::sys_days(std::chrono::year_month_day(
             std::chrono::year(year), std::chrono::month(month), std::chrono::day(day)))) +
         time;
}

Timestamp beijing(int year, unsigned month, unsigned day, Duration time = Duration(0)) {
  return utc(year, month, day, time) - 8h;
}

TEST(Utf8, TellsValidFromInvalid) {
  for (const std::string_view valid : {"", "plain", "政策", "😀", "𠮷", "\xED\x9F\xBF"}) {
    EXPECT_TRUE(is_valid_utf8(valid)) << valid;
  }
  for (const std::string_view invalid : {
           "\x80",              // a continuation byte alone
           "\xC0\xAF",          // overlong
           "\xE6\x94",          // cut
           "\xED\xA0\x80",      // a surrogate
           "\xF4\x90\x80\x80",  // beyond U+10FFFF
           "\xFF",
       }) {
    EXPECT_FALSE(is_valid_utf8(invalid));
  }
}

TEST(Utf8, RepairsOnlyWhatIsBroken) {
  EXPECT_EQ(to_valid_utf8("政策"), "政策");
  EXPECT_EQ(to_valid_utf8("政\xFF策"), "政\uFFFD策");
  EXPECT_EQ(to_valid_utf8("政\xE7\xAD"), "政\uFFFD");
  EXPECT_EQ(to_valid_utf8(std::string_view("a\0b", 3)), std::string_view("a\0b", 3));
}

TEST(Utf8, ComposesToNfc) {
  EXPECT_EQ(nfc("e\u0301"), "\u00E9");
  EXPECT_EQ(nfc("\uFA0C"), "\u5140");  // a compatibility ideograph with a canonical equal
  EXPECT_EQ(nfc("（ＡＢＣ）"), "（ＡＢＣ）");
  EXPECT_EQ(nfc("a\xFF"), "a\uFFFD");
}

TEST(Utf8, CountsCodePointsAndGraphemes) {
  struct Case {
    std::string_view text;
    std::size_t code_points;
    std::size_t graphemes;
  };
  for (const Case& c : {
           Case{"", 0, 0},
           Case{"政策 2025", 7, 7},
           Case{"𠮷", 1, 1},
           Case{"e\u0301", 2, 1},
           Case{"👨‍👩‍👧", 5, 1},
           Case{"🇨🇳", 2, 1},
           Case{"葛\U000E0100", 2, 1},
           Case{"a\r\nb", 4, 3},
       }) {
    EXPECT_EQ(count_code_points(c.text), c.code_points) << c.text;
    EXPECT_EQ(count_graphemes(c.text), c.graphemes) << c.text;
  }
}

TEST(Shorten, CutsAtGraphemesAndNeverInsideATitle) {
  struct Case {
    std::string_view text;
    std::size_t limit;
    std::string_view expected;
  };
  for (const Case& c : {
           Case{"关于印发办法的通知", 9, "关于印发办法的通知"},
           Case{"关于印发办法的通知", 8, "关于印发办法的…"},
           Case{"关于印发办法的通知", 1, "…"},
           Case{"关于印发办法的通知", 0, ""},
           Case{"关于《办法》的通知", 5, "关于…"},
           Case{"关于《办法》的通知", 6, "关于…"},
           Case{"关于《办法》的通知", 7, "关于《办法》…"},
           Case{"关于《实施〈办法〉细则》的通知", 8, "关于…"},
           Case{"关于《甲《乙》丙》的通知", 8, "关于…"},
           Case{"《关于加强管理的办法》解读", 8, "《关于加强管…》"},
           Case{"《关于加强管理的办法》解读", 12, "《关于加强管理的办法》…"},
           Case{"《关于加强管理的办法》解读", 3, "…"},
           Case{"标题里《没有关上的括号", 6, "标题里《没…"},
           Case{"标题》里多一个括号", 5, "标题》里…"},
           Case{"一二三 四五六", 5, "一二三…"},
           Case{"合影👨‍👩‍👧合影留念", 5, "合影…"},
           Case{"𠮷𠮷𠮷𠮷", 3, "𠮷𠮷…"},
           Case{"cafe\u0301s ouverts", 5, "caf…"},
       }) {
    const std::string cut = shorten(c.text, c.limit);
    EXPECT_EQ(cut, c.expected) << c.text << " to " << c.limit;
    EXPECT_LE(count_code_points(cut), c.limit) << c.text;
  }
}

TEST(FoldBlanks, MakesOneCleanLine) {
  struct Case {
    std::string_view text;
    std::string_view expected;
  };
  for (const Case& c : {
           Case{"  关于\t印发\r\n办法  ", "关于 印发 办法"},
           Case{"\u3000\u3000关于\u00A0\u3000印发", "关于 印发"},
           Case{"政\u200B策\uFEFF", "政策"},
           Case{"政\u2060策\u00AD", "政策"},
           Case{"通知\u202Egnp.exe", "通知gnp.exe"},
           Case{"\u2066通知\u2069\u200F", "通知"},
           Case{"通知\x1B[31m\x07", "通知[31m"},
           Case{"通知\u0085第一号\u2028第二号", "通知 第一号 第二号"},
           Case{"a \u200B b", "a b"},
           Case{"e\u200B\u0301", "\u00E9"},
           Case{"葛\U000E0100姓", "葛\U000E0100姓"},
           Case{"👨‍👩‍👧 ❤️‍🔥", "👨‍👩‍👧 ❤️‍🔥"},
           Case{"甲\u200D乙", "甲乙"},
           Case{"\u3000\u200B\n", ""},
           Case{"坏\xFF字", "坏\uFFFD字"},
       }) {
    EXPECT_EQ(fold_blanks(c.text), c.expected) << c.text;
  }
  EXPECT_EQ(fold_blanks(std::string_view("a\0b", 3)), "ab");
}

TEST(DisplayWidth, CountsCellsOfATerminal) {
  struct Case {
    std::string_view text;
    std::size_t cells;
  };
  for (const Case& c : {
           Case{"", 0},
           Case{"weibo", 5},
           Case{"政策解读", 8},
           Case{"ＡＢ", 4},
           Case{"《办法》", 8},
           Case{"ｶﾅ", 2},
           Case{"e\u0301", 1},
           Case{"𠮷", 2},
           Case{"😀", 2},
           Case{"👨‍👩‍👧", 2},
           Case{"❤️", 2},
           Case{"a\u200Bb", 2},
       }) {
    EXPECT_EQ(display_width(c.text), c.cells) << c.text;
  }
}

TEST(Ascii, TrimsLowersAndSplits) {
  EXPECT_EQ(trim(" \t\r\n a b \n"), "a b");
  EXPECT_EQ(trim(" \n"), "");
  EXPECT_EQ(lower_ascii("WWW.AH.gov.cn/政策Ä"), "www.ah.gov.cn/政策Ä");
  EXPECT_EQ(split("a,b,,c", ','), (std::vector<std::string>{"a", "b", "", "c"}));
  EXPECT_EQ(split("", ','), (std::vector<std::string>{""}));
}

TEST(Ascii, ReplacesWithoutLookingAtItsOwnWork) {
  EXPECT_EQ(replace_all("aaa", "a", "aa"), "aaaaaa");
  EXPECT_EQ(replace_all("x--y----z", "--", "-"), "x-y--z");
  EXPECT_EQ(replace_all("abc", "", "x"), "abc");
}

TEST(Ascii, EncodesForUrlsAndHtml) {
  EXPECT_EQ(percent_encode("A-z_0.9~"), "A-z_0.9~");
  EXPECT_EQ(percent_encode("政策 &=+/%"), "%E6%94%BF%E7%AD%96%20%26%3D%2B%2F%25");
  EXPECT_EQ(escape_html("<a href=\"x\">'&'</a>"),
            "&lt;a href=&quot;x&quot;&gt;&#39;&amp;&#39;&lt;/a&gt;");
}

TEST(Ascii, MeasuresEditDistance) {
  EXPECT_EQ(edit_distance("", ""), 0U);
  EXPECT_EQ(edit_distance("", "abc"), 3U);
  EXPECT_EQ(edit_distance("access_token_fil", "access_token_file"), 1U);
  EXPECT_EQ(edit_distance("kitten", "sitting"), 3U);
}

TEST(Time, IsWrittenInUtcAndInBeijing) {
  const Timestamp time = utc(2026, 11, 22, 16h + 5min + 7s + 9ms);

  EXPECT_EQ(rfc3339(time), "2026-11-22T16:05:07.009Z");
  EXPECT_EQ(beijing_time(time), "2026-11-23 00:05");
  EXPECT_EQ(beijing_date(time), "2026-11-23");
  EXPECT_EQ(rfc3339(Timestamp(Duration(-1))), "1969-12-31T23:59:59.999Z");
}

TEST(Time, BeijingDayStartsEightHoursEarlier) {
  const std::chrono::year_month_day day(std::chrono::year(2026), std::chrono::month(1),
                                        std::chrono::day(1));
  const Timestamp midnight = beijing_midnight(day);

  EXPECT_EQ(midnight, utc(2025, 12, 31, 16h));
  EXPECT_EQ(beijing_day(midnight), day);
  EXPECT_EQ(beijing_date(midnight - 1ms), "2025-12-31");
}

TEST(Time, ReadsRfc3339) {
  struct Case {
    std::string_view text;
    Timestamp expected;
  };
  for (const Case& c : {
           Case{"2026-11-22T08:00:00.000Z", utc(2026, 11, 22, 8h)},
           Case{"2026-11-22T08:00:00Z", utc(2026, 11, 22, 8h)},
           Case{"2026-11-22t08:00:00z", utc(2026, 11, 22, 8h)},
           Case{"2026-11-22 16:00:00+08:00", utc(2026, 11, 22, 8h)},
           Case{"2026-11-22T00:30:00-05:30", utc(2026, 11, 22, 6h)},
           Case{"2026-11-22T08:00:00.1239999Z", utc(2026, 11, 22, 8h + 123ms)},
           Case{"2026-11-22T08:00:00.5Z", utc(2026, 11, 22, 8h + 500ms)},
           Case{"2016-12-31T23:59:60Z", utc(2017, 1, 1)},
           Case{"1969-12-31T23:59:59.999Z", Timestamp(Duration(-1))},
       }) {
    EXPECT_EQ(parse_rfc3339(c.text), c.expected) << c.text;
  }
}

TEST(Time, RefusesWhatIsNotRfc3339) {
  for (const std::string_view text :
       {"", "2026-11-22", "2026-11-22T08:00:00", "2026-11-22T08:00Z", "2026-02-30T08:00:00Z",
        "2026-11-22T24:00:00Z", "2026-11-22T08:00:00.Z", "2026-11-22T08:00:00Zx",
        "2026-11-22T8:00:00Z", "2026-11-22T08:00:0Z", "2026-11-22T08:60:00Z",
        "9999-12-31T23:59:60Z", "9999-12-31T23:30:00-01:00", "02026-11-22T08:00:00Z",
        "2026-11-22T08:00:00+25:00", "2026-11-22T08时00分00Z"}) {
    EXPECT_FALSE(parse_rfc3339(text)) << text;
  }
}

TEST(Time, ReadsAndWritesTheSameInstant) {
  for (const std::int64_t millis : {0LL, 1LL, 951782400123LL, 1795305600000LL, 4102444800999LL}) {
    EXPECT_EQ(parse_rfc3339(rfc3339(from_millis(millis))), from_millis(millis));
  }
}

TEST(Time, ReadsHttpAndMailDates) {
  struct Case {
    std::string_view text;
    Timestamp expected;
  };
  for (const Case& c : {
           Case{"Sun, 06 Nov 1994 08:49:37 GMT", utc(1994, 11, 6, 8h + 49min + 37s)},
           Case{"Sunday, 06-Nov-94 08:49:37 GMT", utc(1994, 11, 6, 8h + 49min + 37s)},
           Case{"Sun Nov  6 08:49:37 1994", utc(1994, 11, 6, 8h + 49min + 37s)},
           Case{"Mon, 20 Jul 2026 15:53:00 +0800", utc(2026, 7, 20, 7h + 53min)},
           Case{"20 Jul 26 15:53 UT", utc(2026, 7, 20, 15h + 53min)},
           Case{"Mon, 20 Jul 2026 15:53:00 CST", utc(2026, 7, 20, 7h + 53min)},
           Case{"Mon, 20 Jul 2026 15:53:00 EST", utc(2026, 7, 20, 20h + 53min)},
       }) {
    EXPECT_EQ(parse_http_date(c.text), c.expected) << c.text;
  }
  for (const std::string_view text :
       {"", "Sun, 31 Feb 2026 08:00:00 GMT", "Sun, 06 Nov 1994 08:49:37",
        "Sun, 06 Foo 1994 08:49:37 GMT", "06 Nov 1994", "Sun, 06 Nov 1994 08:49:37 GMT; x"}) {
    EXPECT_FALSE(parse_http_date(text)) << text;
  }
}

TEST(StatedTime, ReadsEveryFormMetOnGovernmentPages) {
  struct Case {
    std::string_view text;
    Timestamp at;
    Precision precision;
  };
  const Duration two = 1h + 59min;
  const Duration three = 15h + 53min;
  for (const Case& c : {
           Case{"2025-07-14 01:59", beijing(2025, 7, 14, two), Precision::Minute},
           Case{"2026-05-20 15:53:00", beijing(2026, 5, 20, three), Precision::Second},
           Case{"2026-05-20 15:53:00.0", beijing(2026, 5, 20, three), Precision::Second},
           Case{"2025-10-15", beijing(2025, 10, 15), Precision::Day},
           Case{"2025-7-4", beijing(2025, 7, 4), Precision::Day},
           Case{"2025/07/14 01:59", beijing(2025, 7, 14, two), Precision::Minute},
           Case{"2026/05/20 15:53:00", beijing(2026, 5, 20, three), Precision::Second},
           Case{"2025/07/14", beijing(2025, 7, 14), Precision::Day},
           Case{"2025.07.14", beijing(2025, 7, 14), Precision::Day},
           Case{"2025年07月14日", beijing(2025, 7, 14), Precision::Day},
           Case{"2025年7月14日1时59分", beijing(2025, 7, 14, two), Precision::Minute},
           Case{"2026年5月20日 15时53分00秒", beijing(2026, 5, 20, three), Precision::Second},
           Case{"2026年5月20日 15:53", beijing(2026, 5, 20, three), Precision::Minute},
           Case{"2026 年 5 月 20 日", beijing(2026, 5, 20), Precision::Day},
           Case{"2026年5月20日 星期三 15:53", beijing(2026, 5, 20, three), Precision::Minute},
           Case{"2026-05-20（周三）", beijing(2026, 5, 20), Precision::Day},
           Case{"[2025-10-15]", beijing(2025, 10, 15), Precision::Day},
           Case{"[2025-07-14 01:59]", beijing(2025, 7, 14, two), Precision::Minute},
           Case{"（2025-10-15）", beijing(2025, 10, 15), Precision::Day},
           Case{"【2025-10-15】", beijing(2025, 10, 15), Precision::Day},
           Case{"2026-05-20-15:53:00", beijing(2026, 5, 20, three), Precision::Second},
           Case{"2026-05-20T15:53:00", beijing(2026, 5, 20, three), Precision::Second},
           Case{"2026-05-20T15:53:00+08:00", beijing(2026, 5, 20, three), Precision::Second},
           Case{"2026-05-20T07:53:00Z", beijing(2026, 5, 20, three), Precision::Second},
           Case{"2026-05-20T07:53Z", beijing(2026, 5, 20, three), Precision::Minute},
           Case{"2026-05-20T15:53:00+0800", beijing(2026, 5, 20, three), Precision::Second},
           Case{"Wed, 20 May 2026 07:53:00 GMT", beijing(2026, 5, 20, three), Precision::Second},
           Case{"Wed, 20 May 2026 15:53 +0800", beijing(2026, 5, 20, three), Precision::Minute},
           Case{"Wed, 20 May 2026 15:53:00", beijing(2026, 5, 20, three), Precision::Second},
           Case{"25-10-15", beijing(2025, 10, 15), Precision::Day},
           Case{"2026-05-20 下午3:53", beijing(2026, 5, 20, three), Precision::Minute},
           Case{"2026年5月20日下午3时53分", beijing(2026, 5, 20, three), Precision::Minute},
           Case{"2026-05-20 3:53:00 PM", beijing(2026, 5, 20, three), Precision::Second},
           Case{"2026-05-20 上午1:59", beijing(2026, 5, 20, two), Precision::Minute},
           Case{"2026-05-20 12:59 AM", beijing(2026, 5, 20, 59min), Precision::Minute},
           Case{"2026-05-20 中午12:30", beijing(2026, 5, 20, 12h + 30min), Precision::Minute},
           Case{"Wed May 20 15:53:00 CST 2026", beijing(2026, 5, 20, three), Precision::Second},
           Case{"Wed May 20 07:53:00 UTC 2026", beijing(2026, 5, 20, three), Precision::Second},
           Case{"二〇二六年五月二十日", beijing(2026, 5, 20), Precision::Day},
           Case{"成文日期：二○一五年十月三十一日", beijing(2015, 10, 31), Precision::Day},
           Case{"二零二六年十二月十日", beijing(2026, 12, 10), Precision::Day},
           Case{"2026年5月20日 星期日", beijing(2026, 5, 20), Precision::Day},
           // A time that nobody gave, as programs write it, keeps the precision of a day.
           Case{"2025-10-15 00:00:00", beijing(2025, 10, 15), Precision::Day},
           Case{"2025-10-15 00:00", beijing(2025, 10, 15), Precision::Day},
           Case{"2025-10-15 24:00", beijing(2025, 10, 15), Precision::Day},
           Case{"2025-10-15T00:00:00+08:00", beijing(2025, 10, 15), Precision::Day},
           Case{"Tue, 14 Oct 2025 16:00:00 GMT", beijing(2025, 10, 15), Precision::Day},
           Case{"2025-10-15T00:00:00Z", beijing(2025, 10, 15, 8h), Precision::Second},
           Case{"2025-10-15,01:59", beijing(2025, 10, 15, two), Precision::Minute},
           Case{"发布时间：2025-07-14 01:59", beijing(2025, 7, 14, two), Precision::Minute},
           Case{"[发布日期: 2025-10-15]", beijing(2025, 10, 15), Precision::Day},
           Case{"2025–10–15", beijing(2025, 10, 15), Precision::Day},
           Case{"2025—10—15 01:59", beijing(2025, 10, 15, two), Precision::Minute},
           Case{"２０２５－１０－１５　０１：５９", beijing(2025, 10, 15, two), Precision::Minute},
           Case{"\u00A02025-10-15\u00A0\u00A001:59\n", beijing(2025, 10, 15, two),
                Precision::Minute},
       }) {
    const auto stated = parse_stated_time(c.text);
    ASSERT_TRUE(stated) << c.text;
    EXPECT_EQ(rfc3339(stated->at), rfc3339(c.at)) << c.text;
    EXPECT_EQ(stated->precision, c.precision) << c.text;
  }
}

TEST(StatedTime, RefusesWhatIsNoWholeDate) {
  for (const std::string_view text : {"",
                                      "昨天",
                                      "10-15",
                                      "2025年10月",
                                      "2025-13-01",
                                      "2025-02-29",
                                      "0000-00-00",
                                      "2025-10-15-",
                                      "2025-10-15 25:00",
                                      "0000-00-00 00:00:00",
                                      "15:53",
                                      "2025-10-15 13:00 XM",
                                      "二〇二六年十三月一日",
                                      "Wed May 32 15:53:00 CST 2026",
                                      "2025-10-15 08:",
                                      "2025-10-15 08:60",
                                      "2025-10/15",
                                      "20251015",
                                      "1760486400",
                                      "12025-10-15",
                                      "2025-10-151",
                                      "1-10-15",
                                      "25.10.15",
                                      "15-1-5",
                                      "上海2022年4月25日，新增病例",
                                      "2025-10-15 来源：安徽省教育厅",
                                      "2025-10-15 至 2025-10-20",
                                      "9999-10-15"}) {
    EXPECT_FALSE(parse_stated_time(text)) << text;
  }
  EXPECT_FALSE(parse_stated_time(std::string(100000, '1')));
  EXPECT_FALSE(parse_stated_time(std::string(100, '[') + "2025"));
}

}  // namespace
}  // namespace liandong
