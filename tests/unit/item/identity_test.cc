#include "daemon/item/identity.h"

#include <algorithm>
#include <string>
#include <string_view>

#include <gtest/gtest.h>

namespace liandong {
namespace {

Article identified() {
  Article article;
  article.url = "https://jyt.ah.gov.cn/public/7071/40732714.html";
  article.title = "安徽省教育厅关于印发《办法》的通知";
  article.published = parse_stated_time("2025-07-14");
  article.meta.index_no = "003110926/202507-00216";
  article.meta.doc_no = "皖教秘[2025]12号";
  article.body.blocks = {Paragraph{{{"各市教育局：", "", false}}}};
  return article;
}

bool share_a_key(const Article& a, const Article& b) {
  const auto first = identity_keys("notices", a);
  const auto second = identity_keys("notices", b);
  return std::any_of(first.begin(), first.end(), [&second](const IdentityKey& key) {
    return std::find(second.begin(), second.end(), key) != second.end();
  });
}

TEST(CanonicalUrl, ForgetsWhatDoesNotNameThePage) {
  struct Case {
    std::string_view url;
    std::string_view expected;
  };
  for (const Case& c : {
           Case{"https://jyt.ah.gov.cn/public/7071/40732714.html",
                "jyt.ah.gov.cn/public/7071/40732714.html"},
           Case{"http://jyt.ah.gov.cn/public/7071/40732714.html",
                "jyt.ah.gov.cn/public/7071/40732714.html"},
           Case{"HTTP://WWW.Gov.CN/zhengce/", "gov.cn/zhengce/"},
           Case{"http://www.gov.cn", "gov.cn/"},
           Case{"http://www.gov.cn:80/a", "gov.cn/a"},
           Case{"https://www.gov.cn:443/a", "gov.cn/a"},
           Case{"https://www.gov.cn:8443/a", "gov.cn:8443/a"},
           Case{"http://www.gov.cn:443/a", "gov.cn:443/a"},
           Case{"https://a.gov.cn/b#top", "a.gov.cn/b"},
           Case{"https://a.gov.cn/b.jsp;jsessionid=9F0A.node1?id=5", "a.gov.cn/b.jsp?id=5"},
           Case{"https://a.gov.cn/x;JSESSIONID=9F/b", "a.gov.cn/x/b"},
           Case{"https://a.gov.cn/b?timestamp=1&id=5&_=2", "a.gov.cn/b?id=5"},
           Case{"https://a.gov.cn/b?t=1&random=0.5&spm=a.b&utm_source=x&UTM_medium=y",
                "a.gov.cn/b"},
           Case{"https://a.gov.cn/b?type=4&action=list&catId=34482303",
                "a.gov.cn/b?type=4&action=list&catId=34482303"},
           Case{"https://a.gov.cn/b?", "a.gov.cn/b"},
           Case{"https://a.gov.cn/%7euser/%e6%94%bf", "a.gov.cn/~user/%E6%94%BF"},
           Case{"https://a.gov.cn/政策.html", "a.gov.cn/%E6%94%BF%E7%AD%96.html"},
           Case{"https://a.gov.cn/a b.html", "a.gov.cn/a%20b.html"},
           Case{"https://a.gov.cn/100%", "a.gov.cn/100%25"},
           Case{"https://a.gov.cn/a/../b/./c", "a.gov.cn/b/c"},
           Case{"https://www.gov.cn./b", "gov.cn/b"},
           Case{"http://2130706433/b", "127.0.0.1/b"},
           Case{"https://教育厅.政务/b", "xn--imrt82bd4t.xn--zfr164b/b"},
           Case{"  https://a.gov.cn/b \n", "a.gov.cn/b"},
           Case{"https://[2001:DB8::1]/b", "[2001:db8::1]/b"},
       }) {
    EXPECT_EQ(canonical_url(c.url), c.expected) << c.url;
  }
}

TEST(CanonicalUrl, IsEmptyForWhatIsNoUrl) {
  for (const std::string_view url :
       {"", "/public/7071/1.html", "javascript:;", "ftp://a.gov.cn/b", "mailto:a@b.cn", "https://",
        "http:///a", "https://a:b:c/", "https://user:word@a.gov.cn/b", "http://a.gov.cn:80x/"}) {
    EXPECT_EQ(canonical_url(url), "") << url;
  }
  EXPECT_EQ(canonical_url("https://a.gov.cn/" + std::string(100000, 'a')), "");
}

TEST(CanonicalUrl, OfItselfIsItself) {
  for (const std::string_view url :
       {"http://WWW.a.gov.cn/%7e/政;jsessionid=1?x=%zz&t=1", "https://a.gov.cn/?a=1&&b"}) {
    const std::string once = canonical_url(url);
    EXPECT_EQ(canonical_url("https://" + once), once) << url;
  }
}

TEST(DocNo, GetsTheRightBrackets) {
  struct Case {
    std::string_view text;
    std::string_view expected;
  };
  for (const Case& c : {
           Case{"国办发〔2017〕47号", "国办发〔2017〕47号"},
           Case{"国办发﹝2017﹞47号", "国办发〔2017〕47号"},
           Case{"国办发[2017]47号", "国办发〔2017〕47号"},
           Case{"国办发［2017］47号", "国办发〔2017〕47号"},
           Case{"国办发（2017）47 号", "国办发〔2017〕47号"},
           Case{"国办发(2017)47号", "国办发〔2017〕47号"},
           Case{"国办发【2017】47号", "国办发〔2017〕47号"},
           Case{"国办发[2017〕47号", "国办发〔2017〕47号"},
           Case{"　国办发 〔２０１７〕　４７ 号", "国办发〔2017〕47号"},
           Case{"国办\u200B发〔2017〕47号\u00A0", "国办发〔2017〕47号"},
           Case{"皖政办〔2015〕第023号", "皖政办〔2015〕23号"},
           Case{"皖教秘〔2025〕10086号", "皖教秘〔2025〕10086号"},
           Case{"DB〔1999〕1号", "DB〔1999〕1号"},
       }) {
    EXPECT_EQ(normalise_doc_no(c.text), c.expected) << c.text;
  }
}

TEST(DocNo, IsEmptyForWhatIsNone) {
  for (const std::string_view text :
       {"", "无", "教育部令第53号", "2025年第3号", "国办发2017 47号", "〔2017〕47号",
        "国办发〔1817〕47号", "国办发〔17〕47号", "国办发〔20170〕47号", "国办发〔2017〕号",
        "国办发〔2017〕000号", "国办发〔2017〕123456号", "国办发〔2017〕47", "国办发〔2017〕47号文",
        "国办发〔2017〕47号 国办发〔2017〕48号", "国办发〔2017", "国办发〔2017〕",
        "一二三四五六七八九十一二三四五六七八九十一〔2017〕47号", "文号:国办发〔2017〕47号"}) {
    EXPECT_EQ(normalise_doc_no(text), "") << text;
  }
  EXPECT_EQ(normalise_doc_no(std::string(100000, 'a')), "");
}

TEST(CmsId, IsReadFromTheAddressOfKnownFamilies) {
  struct Case {
    std::string_view url;
    std::string_view expected;
  };
  for (const Case& c : {
           Case{"https://www.ndrc.gov.cn/xxgk/202606/t20260612_1398765.html", "1398765"},
           Case{"http://a.gov.cn/202606/t20260612_1398765.shtml?x=1#y", "1398765"},
           Case{"http://a.gov.cn/202606/t20260612_1398765.htm", "1398765"},
           Case{"http://www.dingxi.gov.cn/art/2022/1/4/art_12480_1461862.html", "1461862"},
           Case{"http://jyt.ah.gov.cn/public/7071/40732714.html", "7071/40732714"},
           Case{"http://www.lieshan.gov.cn/zwgk/public/198/56541671.html", "198/56541671"},
           Case{"http://www.fanchang.gov.cn/openness/public/6603401/38237801.html",
                "6603401/38237801"},
           Case{"https://www.shanwei.gov.cn/swssjj/gkmlpt/content/0/945/post_945994.html",
                "945994"},
           Case{"https://a.gov.cn/art/2022/1/4/art_1_2.html;jsessionid=AA", "2"},
           Case{"https://jyt.ah.gov.cn/public/column/7071?type=4&action=list", ""},
           Case{"https://jyt.ah.gov.cn/public/7071/index.html", ""},
           Case{"https://a.gov.cn/202606/t2026061_1398765.html", ""},
           Case{"https://a.gov.cn/202606/t20260612_1398765_1.html", ""},
           Case{"https://a.gov.cn/202606/t20260612_1398765.pdf", ""},
           Case{"https://a.gov.cn/art/art_x_2.html", ""},
           Case{"https://a.gov.cn/post_.html", ""},
           Case{"https://a.gov.cn/repost_5.html", ""},
           Case{"https://a.gov.cn/list?u=/public/7071/1.html", ""},
           Case{"https://a.gov.cn", ""},
           Case{"", ""},
       }) {
    EXPECT_EQ(cms_id_from_url(c.url), c.expected) << c.url;
  }
}

TEST(IdentityKeys, AreListedSurestFirst) {
  Article article = identified();
  article.guid = "urn:1";

  const auto keys = identity_keys("notices", article);

  ASSERT_EQ(keys.size(), 6U);
  EXPECT_EQ(keys[0], (IdentityKey{"cms", "notices jyt.ah.gov.cn 7071/40732714"}));
  EXPECT_EQ(keys[1], (IdentityKey{"url", "jyt.ah.gov.cn/public/7071/40732714.html"}));
  EXPECT_EQ(keys[2], (IdentityKey{"guid", "notices urn:1"}));
  EXPECT_EQ(keys[3], (IdentityKey{"index", "003110926/202507-00216"}));
  EXPECT_EQ(keys[4], (IdentityKey{"doc", "皖教秘〔2025〕12号 安徽省教育厅关于印发《办法》的通知"}));
  EXPECT_EQ(keys[5].kind, "title");
}

TEST(IdentityKeys, PreferTheIdTheSourceFound) {
  Article article = identified();
  article.cms_id = "docid-9";

  EXPECT_EQ(identity_keys("notices", article)[0], (IdentityKey{"cms", "notices docid-9"}));
}

TEST(IdentityKeys, SurviveAnEditedTitle) {
  Article edited = identified();
  edited.title += "（更正）";

  EXPECT_TRUE(share_a_key(identified(), edited));
}

TEST(IdentityKeys, SurviveAMoveToAnotherAddress) {
  Article moved = identified();
  moved.url = "https://jyt.ah.gov.cn/xwzx/tzgg/40732714.html";
  moved.meta = {};
  moved.title = "安徽省教育厅 关于印发《办法》\u00A0的通知";

  EXPECT_TRUE(share_a_key(identified(), moved));
}

TEST(IdentityKeys, KeepThreeNoticesOfOneTitleApart) {
  Article first = identified();
  first.meta = {};
  Article same_day = first;
  same_day.url = "https://jyt.ah.gov.cn/public/7071/40732715.html";
  same_day.body.blocks = {Paragraph{{{"另一个通告", "", false}}}};
  Article other_day = first;
  other_day.url = "https://jyt.ah.gov.cn/public/7071/40732716.html";
  other_day.published = parse_stated_time("2025-07-24");

  EXPECT_FALSE(share_a_key(first, same_day));
  EXPECT_FALSE(share_a_key(first, other_day));
  EXPECT_FALSE(share_a_key(same_day, other_day));
}

TEST(IdentityKeys, AnInterpretationIsNotThePolicyItStatesTheNumberOf) {
  Article interpretation = identified();
  interpretation.url = "https://jyt.ah.gov.cn/public/7071/40732799.html";
  interpretation.title = "《办法》政策解读";
  interpretation.meta.index_no.clear();
  interpretation.body.blocks = {Paragraph{{{"一、起草背景", "", false}}}};

  EXPECT_FALSE(share_a_key(identified(), interpretation));
}

TEST(IdentityKeys, AnInterpretationThatCopiesAllMetadataIsNotThePolicy) {
  Article policy = identified();
  policy.meta.doc_no = "国办发〔2017〕47号";
  policy.url = "https://a.gov.cn/zc/1.html";
  const auto interpretation = [&](const char* title, const char* column) {
    Article article = policy;
    article.url = "https://a.gov.cn/jd/2.html";
    article.title = title;
    article.column = column;
    return article;
  };
  for (const char* title : {"一图读懂安徽省教育厅关于印发《办法》的通知", "《办法》政策解读",
                            "关于《办法》答记者问", "《办法》图解"}) {
    EXPECT_FALSE(share_a_key(policy, interpretation(title, ""))) << title;
  }
  const std::string same = policy.title;
  EXPECT_FALSE(share_a_key(policy, interpretation(same.c_str(), "政策解读")));
  EXPECT_TRUE(share_a_key(policy, interpretation(same.c_str(), "政策文件及解读")));
  EXPECT_TRUE(share_a_key(interpretation(same.c_str(), "政策解读"),
                          interpretation(same.c_str(), "文字解读")));
}

TEST(IdentityKeys, CountACmsIdWithinItsSiteOnly) {
  Article here = identified();
  here.meta = {};
  here.url = "http://www.dingxi.gov.cn/art/2022/1/4/art_12480_1461862.html";
  Article there = here;
  there.url = "http://www.lanzhou.gov.cn/art/2022/1/4/art_9_1461862.html";
  there.title = "另一份通知";
  there.body.blocks = {Paragraph{{{"另一份通知的正文", "", false}}}};
  Article other_column = there;
  other_column.url = "https://dingxi.gov.cn/art/2022/1/4/art_77_1461862.html";

  EXPECT_FALSE(share_a_key(here, there));
  EXPECT_TRUE(share_a_key(here, other_column));
}

TEST(IdentityKeys, KeepOneTitleOfTwoDepartmentsApart) {
  Article first = identified();
  first.meta = {};
  first.title = "通知";
  first.url = "https://www.ah.gov.cn/public/7071/1.html";
  first.body.blocks = {Paragraph{{{"详见附件。", "", false}}}};
  first.body.attachments = {{"https://www.ah.gov.cn/group6/M00/0A/1.docx", "附件"}};
  Article second = first;
  second.url = "https://www.ah.gov.cn/public/7072/2.html";
  Article other_file = first;
  other_file.url = "https://www.ah.gov.cn/public/7071/3.html";
  other_file.body.attachments[0].url = "https://www.ah.gov.cn/group6/M00/0B/9.docx";
  Article other_site = first;
  other_site.url = "https://jyt.ah.gov.cn/public/7071/1.html";

  EXPECT_FALSE(share_a_key(first, second));
  EXPECT_FALSE(share_a_key(first, other_file));
  EXPECT_FALSE(share_a_key(first, other_site));
}

TEST(IdentityKeys, KnowACopyInAnotherColumnSomeDaysLater) {
  Article first = identified();
  first.meta = {};
  first.url = "http://www.dingxi.gov.cn/art/2021/11/1/art_12480_1461862.html";
  std::string text;
  for (int i = 0; i < 40; ++i) text += "现将有关事项通知如下。";
  first.body.blocks = {Paragraph{{{text, "", false}}}};
  const auto copied = [&](const char* day) {
    Article copy = first;
    copy.url = "http://jyj.dingxi.gov.cn/art/2021/11/4/art_12377_1462225.html";
    copy.published = parse_stated_time(day);
    return copy;
  };
  for (const char* day : {"2025-07-07", "2025-07-10", "2025-07-14", "2025-07-17", "2025-07-21"}) {
    EXPECT_TRUE(share_a_key(first, copied(day))) << day;
  }
  for (const char* day : {"2024-07-14", "2025-06-14", "2025-08-14"}) {
    EXPECT_FALSE(share_a_key(first, copied(day))) << day;
  }
  Article other_file = copied("2025-07-17");
  other_file.body.attachments = {{"http://jyj.dingxi.gov.cn/1.doc", "本周名单"}};
  EXPECT_FALSE(share_a_key(first, other_file));
}

TEST(IdentityKeys, CompareTitlesWithoutWidthAndQuotationMarks) {
  Article first = identified();
  first.url = "https://jyt.ah.gov.cn/a/1.html";
  first.title = "关于做好“双减”工作（试行）的通知";
  Article second = first;
  second.url = "https://jyt.ah.gov.cn/b/2.html";
  second.title = "关于做好\"双减\"工作(试行)的 通知";
  second.meta.index_no.clear();

  EXPECT_TRUE(share_a_key(first, second));
}

TEST(Titles, MayBeEditedWhenMostOfThemStays) {
  EXPECT_TRUE(may_be_edited("关于印发《办法》的通知", "关于印发《办法》的通知（更正）"));
  EXPECT_TRUE(may_be_edited("关于印发“办法”的通知", "关于印发\"办法\"的通知"));
  EXPECT_FALSE(may_be_edited("关于印发《办法》的通知", "关于公布获奖名单的公告"));
  EXPECT_FALSE(may_be_edited("关于公布2025年名单的公告", "关于公布2026年名单的公告"));
  EXPECT_FALSE(may_be_edited("第1批名单", "第12批名单"));
}

TEST(IdentityKeys, IgnorePlaceholdersOfIndexNumbers) {
  for (const std::string_view index :
       {"无", "-", "000014349/", "/2017-00110", "2017-00110", "000014349/2017-",
        "000014349/17-00110", "索引号", "000014349/2017-00000", "000000000/2017-00110"}) {
    Article article = identified();
    article.meta.index_no = index;
    for (const IdentityKey& key : identity_keys("notices", article)) {
      EXPECT_NE(key.kind, "index") << index;
    }
  }
  for (const std::string_view index :
       {"000014349/2017-00110", "003110926/201510-00216", "11341702486344515H/202110-00013",
        "0142768-8/2022-00185", "jiaoyuju/2024-00011"}) {
    Article article = identified();
    article.meta.index_no = index;
    const auto keys = identity_keys("notices", article);
    EXPECT_TRUE(std::any_of(keys.begin(), keys.end(), [](const IdentityKey& key) {
      return key.kind == "index";
    })) << index;
  }
}

TEST(IdentityKeys, UseTheTitleOnlyWithADayAndAText) {
  Article undated = identified();
  undated.published.reset();
  Article empty = identified();
  empty.body = {};
  for (const Article& article : {undated, empty}) {
    for (const IdentityKey& key : identity_keys("notices", article)) {
      EXPECT_NE(key.kind, "title");
    }
  }
}

TEST(IdentityKeys, TellPictureNoticesApart) {
  Article first = identified();
  first.meta = {};
  first.body.blocks = {Picture{"https://jyt.ah.gov.cn/a.jpg", ""}};
  Article second = first;
  second.url = "https://jyt.ah.gov.cn/public/7071/40732715.html";
  second.body.blocks = {Picture{"https://jyt.ah.gov.cn/b.jpg", ""}};

  EXPECT_FALSE(share_a_key(first, second));
}

}  // namespace
}  // namespace liandong
