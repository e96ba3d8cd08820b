#include "adapters/shared/charset.h"

#include <gtest/gtest.h>
#include <unicode/ucnv.h>
#include <unicode/unistr.h>

namespace liandong {
namespace {

std::string encode(const std::string& utf8, const char* charset) {
  const icu::UnicodeString wide = icu::UnicodeString::fromUTF8(utf8);
  std::string out(utf8.size() * 4 + 8, '\0');
  const std::int32_t length =
      wide.extract(0, wide.length(), out.data(), static_cast<std::uint32_t>(out.size()), charset);
  out.resize(static_cast<std::size_t>(length));
  return out;
}

const std::string kNotice = "关于做好2026年普通高校招生工作的通知";

std::string page(const std::string& charset, const std::string& text) {
  return "<html><head><meta http-equiv=\"Content-Type\" content=\"text/html; charset=" + charset +
         "\"><title>" + text + "</title></head></html>";
}

TEST(Charset, ReadsWhatTheSourcesOfTruthSayInTheirOrder) {
  struct Case {
    const char* fact;
    std::string bytes;
    const char* content_type;
  };
  const std::vector<Case> cases = {
      {"utf-8 undeclared", kNotice, ""},
      {"utf-8 mark beats the header", "\xEF\xBB\xBF" + kNotice, "text/html; charset=gbk"},
      {"header gbk", encode(kNotice, "gb18030"), "text/html;charset=GBK"},
      {"header quoted", encode(kNotice, "gb18030"), "text/html; charset=\"gb2312\""},
      {"header beats meta", encode(page("utf-8", kNotice), "gb18030"), "text/html; charset=gbk"},
      {"meta gb2312", encode(page("gb2312", kNotice), "gb18030"), "text/html"},
      {"meta big5", encode(page("big5", "關於招生的通知"), "Big5"), ""},
      {"short meta", encode("<meta charset=gbk>" + kNotice, "gb18030"), ""},
      {"xml declaration",
       encode("<?xml version='1.0' encoding='gb2312'?><t>" + kNotice + "</t>", "gb18030"),
       "text/xml"},
      {"gb18030 undeclared", encode(kNotice, "gb18030"), ""},
      {"meta that lies: saved as utf-8", page("gb2312", kNotice), ""},
      {"header that lies", page("utf-8", kNotice), "text/html; charset=gbk"},
      {"server never set up", encode(page("gbk", kNotice), "gb18030"),
       "text/html; charset=ISO-8859-1"},
      {"header says utf-8 of a gbk page", encode(page("gb2312", kNotice), "gb18030"),
       "text/html; charset=utf-8"},
      {"header and page say utf-8 of gbk", encode(page("utf-8", kNotice + kNotice), "gb18030"),
       "text/html; charset=utf-8"},
      {"utf-8 that says gb2312, a character cut in half",
       page("gb2312", kNotice + kNotice + kNotice + kNotice + kNotice) + "\xE5\x85", ""},
      {"big5 undeclared", encode("關於招生工作的通知，請各縣市教育局遵照辦理，特此通知", "Big5"),
       ""},
      {"unknown name", page("x-none", kNotice), ""},
      {"utf-16 with mark", "\xFF\xFE" + encode(kNotice, "UTF-16LE"), ""},
      {"ascii page that says utf-16", page("utf-16", kNotice), ""},
  };
  for (const Case& c : cases) {
    const auto text = decode_text(c.bytes, c.content_type);
    ASSERT_TRUE(text) << c.fact;
    EXPECT_NE(text->find("通知"), std::string::npos) << c.fact << ": " << *text;
    EXPECT_FALSE(text->starts_with("\xEF\xBB\xBF")) << c.fact;
  }
}

TEST(Charset, GuessesByTheLettersWhereNothingIsDeclared) {
  struct Case {
    const char* charset;
    const char* named;
    std::string text;
  };
  const std::vector<Case> cases = {
      {"KOI8-R", "koi8-r", "Министерство образования объявило конкурс на лучшую школу области"},
      {"windows-1251", "windows-1251", "Министерство образования объявило конкурс на лучшую школу"},
      {"windows-1255", "windows-1255", "משרד החינוך פרסם הודעה חדשה לבתי הספר וישיבת המנהלים"},
      {"windows-949", "euc-kr",
       "교육부는 새로운 학교 지원 계획을 발표하였다. 시립 도서관이 새로 문을 열었다"},
      {"EUC-JP", "euc-jp",
       "文部科学省は新しい学校支援計画を発表しました。図書館は来月から開きます"},
      {"windows-874", "windows-874", "กระทรวงศึกษาธิการประกาศแผนการสนับสนุนโรงเรียนใหม่"},
      {"gb18030", "gb18030", "关于批准八个北部边境村办公场所改造报告的补充办法"},
  };
  for (const Case& c : cases) {
    const std::string bytes =
        encode("<?xml version='1.0'?><rss><title>" + c.text + "</title></rss>", c.charset);
    const auto text = decode_text(bytes, "");
    ASSERT_TRUE(text) << c.charset;
    EXPECT_NE(text->find(c.text), std::string::npos) << c.charset << ": " << *text;
    EXPECT_EQ(encoding_of(bytes, ""), c.named);
  }
}

TEST(Charset, ReadsFourByteCharactersOfGb18030UnderTheNameGb2312) {
  const std::string name = "教育局㐂𠮷";
  const auto text = decode_text(encode(page("gb2312", name), "gb18030"), "");
  ASSERT_TRUE(text);
  EXPECT_NE(text->find(name), std::string::npos);
}

TEST(Charset, RefusesTextThatIsNotInTheEncodingItStates) {
  std::string noise = "<meta charset=utf-8>";
  for (int i = 0; i < 200; ++i) noise += "\xFF\x80\xC1 ";

  const auto text = decode_text(noise, "text/html; charset=utf-8");

  ASSERT_FALSE(text);
  EXPECT_EQ(text.error().kind(), ErrorKind::Malformed);
}

TEST(Charset, ToleratesOneCharacterCutInHalf) {
  const auto text = decode_text(page("utf-8", kNotice) + "\xE5\x85", "text/html; charset=utf-8");
  ASSERT_TRUE(text);
  EXPECT_NE(text->find(kNotice), std::string::npos);
}

TEST(Charset, NeverOpensAConverterThatHidesMarkup) {
  const auto text = decode_text("<meta charset=utf-7>+ADw-script+AD4-", "");
  ASSERT_TRUE(text);
  EXPECT_EQ(text->find("<script"), std::string::npos);
}

TEST(Charset, NamesTheEncodingItReads) {
  EXPECT_EQ(encoding_of(kNotice, ""), "utf-8");
  EXPECT_EQ(encoding_of(encode(page("gb2312", kNotice), "gb18030"), ""), "gb18030");
  EXPECT_EQ(encoding_of(encode(page("big5", "關於招生的通知"), "Big5"), ""), "big5");
  EXPECT_EQ(encoding_of("\xFF\xFE" + encode(kNotice, "UTF-16LE"), ""), "utf-16le");
  EXPECT_EQ(encoding_of(page("gb2312", kNotice), "text/html; charset=gbk"), "utf-8");
}

TEST(Charset, MendsALineThatItsCmsCut) {
  EXPECT_EQ(with_mended_end("关于做好\xEF\xBF\xBD"), "关于做好…");
  EXPECT_EQ(with_mended_end("关于做好\xEF\xBF\xBD\xEF\xBF\xBD..."), "关于做好…");
  EXPECT_EQ(with_mended_end("关于\xEF\xBF\xBD做好"), "关于\xEF\xBF\xBD做好");
  EXPECT_EQ(with_mended_end("关于做好..."), "关于做好...");
}

TEST(Charset, KnowsAGarbledLine) {
  std::string latin;
  const icu::UnicodeString wide(kNotice.data(), static_cast<std::int32_t>(kNotice.size()),
                                "latin1");
  wide.toUTF8String(latin);
  EXPECT_TRUE(is_garbled(latin));
  EXPECT_TRUE(is_garbled("关于\xEF\xBF\xBD通知"));
  EXPECT_TRUE(is_garbled("ÖÐ¹ú½ÌÓý²¿"));
  std::string read_as_gbk;
  const icu::UnicodeString gbk(kNotice.data(), static_cast<std::int32_t>(kNotice.size()),
                               "gb18030");
  gbk.toUTF8String(read_as_gbk);
  EXPECT_TRUE(is_garbled(read_as_gbk)) << read_as_gbk;
  EXPECT_TRUE(is_garbled("鍏充簬鍗板彂")) << "关于印发";
  for (const char* line :
       {"关于做好招生工作的通知", "联通", "瞭望", "鍊鑫鋆镕堃教师名单", "浙江", "教育"}) {
    EXPECT_FALSE(is_garbled(line)) << line;
  }
  EXPECT_FALSE(is_garbled(kNotice));
  EXPECT_FALSE(is_garbled("Zhejiang · 浙江 × é"));
  EXPECT_FALSE(is_garbled("Café schedule for the international students' office"));
  EXPECT_FALSE(is_garbled(""));
}

}  // namespace
}  // namespace liandong
