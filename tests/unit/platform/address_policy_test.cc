#include "daemon/platform/address_policy.h"

#include <string>

#include <gtest/gtest.h>

#include "daemon/platform/curl_url.h"

namespace liandong {
namespace {

struct UrlCase {
  std::string url;
  bool allowed;
};

void PrintTo(const UrlCase& one, std::ostream* out) {
  *out << one.url;
}

AddressPolicy::Options https_to_anywhere() {
  return {};
}

AddressPolicy::Options one_site() {
  AddressPolicy::Options options;
  options.hosts = {"www.example.gov.cn", "*.ah.gov.cn", "教育厅.政务"};
  options.allow_http = true;
  return options;
}

// --- any public host, https only ---

class PublicUrl : public testing::TestWithParam<UrlCase> {};

TEST_P(PublicUrl, IsDecidedByWhereItReallyLeads) {
  const AddressPolicy policy(https_to_anywhere());

  EXPECT_EQ(policy.check_url(GetParam().url).has_value(), GetParam().allowed);
}

INSTANTIATE_TEST_SUITE_P(
    Allowed, PublicUrl,
    testing::Values(UrlCase{"https://www.gov.cn/", true}, UrlCase{"https://www.gov.cn", true},
                    UrlCase{"https://www.gov.cn:443/a?b#c", true},
                    UrlCase{"HTTPS://WWW.GOV.CN/", true}, UrlCase{"https://8.8.8.8/", true},
                    UrlCase{"https://[2400:da00::6666]/", true},
                    UrlCase{"https://www.gov.cn./", true},
                    UrlCase{"https://教育厅.政务/通知.html", true},
                    UrlCase{"https://www.gov.cn/a#@127.0.0.1/", true},
                    UrlCase{"https://www.gov.cn/@127.0.0.1", true},
                    UrlCase{"https://www.gov.cn/?u=http://127.0.0.1/", true},
                    UrlCase{"https://127.0.0.1.nip.io/", true},  // the address decides later
                    UrlCase{"https://172.32.0.1/", true}, UrlCase{"https://100.128.0.1/", true}));

INSTANTIATE_TEST_SUITE_P(
    OtherSchemes, PublicUrl,
    testing::Values(UrlCase{"http://www.gov.cn/", false}, UrlCase{"file:///etc/passwd", false},
                    UrlCase{"ftp://www.gov.cn/", false}, UrlCase{"gopher://www.gov.cn/", false},
                    UrlCase{"dict://www.gov.cn:11211/stat", false},
                    UrlCase{"javascript:alert(1)", false}, UrlCase{"data:text/plain,x", false},
                    UrlCase{"//www.gov.cn/", false}, UrlCase{"www.gov.cn", false},
                    UrlCase{"/etc/passwd", false}, UrlCase{"", false}, UrlCase{"https://", false},
                    UrlCase{"https:///etc/passwd", true} /* the host "etc" */,
                    UrlCase{"https:www.gov.cn", false}, UrlCase{"ws://www.gov.cn/", false},
                    UrlCase{"ldap://www.gov.cn/", false}));

INSTANTIATE_TEST_SUITE_P(
    Loopback, PublicUrl,
    testing::Values(
        UrlCase{"https://127.0.0.1/", false}, UrlCase{"https://127.1/", false},
        UrlCase{"https://127.0.1/", false}, UrlCase{"https://127.255.255.254/", false},
        UrlCase{"https://2130706433/", false}, UrlCase{"https://0x7f000001/", false},
        UrlCase{"https://0x7f.0.0.1/", false}, UrlCase{"https://0177.0.0.1/", false},
        UrlCase{"https://017700000001/", false}, UrlCase{"https://0/", false},
        UrlCase{"https://0.0.0.0/", false}, UrlCase{"https://0x0/", false},
        UrlCase{"https://127.0.0.1./", false}, UrlCase{"https://localhost/", false},
        UrlCase{"https://LOCALHOST/", false}, UrlCase{"https://localhost./", false},
        UrlCase{"https://a.localhost/", false}, UrlCase{"https://[::1]/", false},
        UrlCase{"https://[::]/", false}, UrlCase{"https://[0:0:0:0:0:0:0:1]/", false},
        UrlCase{"https://[::ffff:127.0.0.1]/", false}, UrlCase{"https://[::ffff:7f00:1]/", false},
        UrlCase{"https://[::127.0.0.1]/", false}, UrlCase{"https://[64:ff9b::7f00:1]/", false},
        UrlCase{"https://[64:ff9b::8.8.8.8]/", false}, UrlCase{"https://[2002:7f00:1::]/", false},
        UrlCase{"https://１２７.０.０.１/", false}, UrlCase{"https://127。0。0。1/", false},
        UrlCase{"https://①②⑦.⓪.⓪.①/", false}, UrlCase{"https://%31%32%37.0.0.1/", false},
        UrlCase{"https://ｌｏｃａｌｈｏｓｔ/", false}));

INSTANTIATE_TEST_SUITE_P(
    Inside, PublicUrl,
    testing::Values(
        UrlCase{"https://10.0.0.1/", false}, UrlCase{"https://172.16.0.1/", false},
        UrlCase{"https://172.31.255.255/", false}, UrlCase{"https://192.168.1.1/", false},
        UrlCase{"https://169.254.169.254/latest/meta-data/", false},
        UrlCase{"https://0xa9fea9fe/", false}, UrlCase{"https://100.64.0.1/", false},
        UrlCase{"https://100.127.255.255/", false}, UrlCase{"https://192.0.0.8/", false},
        UrlCase{"https://198.18.0.1/", false}, UrlCase{"https://224.0.0.1/", false},
        UrlCase{"https://255.255.255.255/", false}, UrlCase{"https://240.0.0.1/", false},
        UrlCase{"https://[fe80::1]/", false}, UrlCase{"https://[fe80::1%25eth0]/", false},
        UrlCase{"https://[fc00::1]/", false}, UrlCase{"https://[fd12:3456::1]/", false},
        UrlCase{"https://[ff02::1]/", false}, UrlCase{"https://[2001::1]/", false},
        UrlCase{"https://[2001:db8::1]/", false}, UrlCase{"https://[::ffff:8.8.8.8]/", false}));

INSTANTIATE_TEST_SUITE_P(
    Tricks, PublicUrl,
    testing::Values(
        UrlCase{"https://www.gov.cn@127.0.0.1/", false}, UrlCase{"https://u:p@www.gov.cn/", false},
        UrlCase{"https://u@www.gov.cn/", false}, UrlCase{"https://@www.gov.cn/", false},
        UrlCase{"https://www.gov.cn:22/", false}, UrlCase{"https://www.gov.cn:0/", false},
        UrlCase{"https://www.gov.cn:65536/", false}, UrlCase{"https://www.gov.cn:443:22/", false},
        UrlCase{"https://www.gov.cn\\@127.0.0.1/", false}, UrlCase{"https:\\\\127.0.0.1\\", false},
        UrlCase{"https://www.gov.cn /", false}, UrlCase{"https://www.gov.cn/a\r\nX: y", false},
        UrlCase{"https://www.gov.cn\t/", false},
        UrlCase{std::string("https://www.gov.cn\0.evil/", 25), false},
        UrlCase{"https://[::1/", false}, UrlCase{"https://[v1.x]/", false},
        UrlCase{"https://./", false}, UrlCase{"https://a..b\x7f/", false},
        UrlCase{"https://1.2.3.4.5/", false},  // to a browser neither an address nor a name
        UrlCase{"https://\xff\xfe/", false}, UrlCase{"https://%00/", false},
        UrlCase{"https://www.gov.cn/" + std::string(9'000, 'a'), false}));

// --- one site ---

class SiteUrl : public testing::TestWithParam<UrlCase> {};

TEST_P(SiteUrl, IsHeldAgainstTheListOfHosts) {
  const AddressPolicy policy(one_site());

  EXPECT_EQ(policy.check_url(GetParam().url).has_value(), GetParam().allowed);
}

INSTANTIATE_TEST_SUITE_P(
    Hosts, SiteUrl,
    testing::Values(
        UrlCase{"https://www.example.gov.cn/", true}, UrlCase{"http://www.example.gov.cn/", true},
        UrlCase{"http://WWW.Example.GOV.cn./", true}, UrlCase{"http://jyt.ah.gov.cn/", true},
        UrlCase{"http://a.b.ah.gov.cn/", true}, UrlCase{"http://ah.gov.cn/", false},
        UrlCase{"http://evilah.gov.cn/", false}, UrlCase{"http://example.gov.cn/", false},
        UrlCase{"http://www.example.gov.cn.evil.com/", false},
        UrlCase{"http://www.example.gov.cn:8080/", false}, UrlCase{"http://教育厅.政务/", true},
        UrlCase{"http://教育厅。政务/", true}, UrlCase{"http://教育局.政务/", false},
        UrlCase{"http://ⓦⓦⓦ.example.gov.cn/", true},
        UrlCase{"http://evil.com#www.example.gov.cn", false},
        UrlCase{"http://evil.com?www.example.gov.cn", false}, UrlCase{"http://8.8.8.8/", false}));

TEST(AddressPolicy, NamesWhatIsWrong) {
  const AddressPolicy policy(one_site());

  EXPECT_EQ(policy.check_url("http://evil.com/?token=CANARY").error().message(),
            "the host evil.com is not among those allowed");
  EXPECT_EQ(policy.check_url("http://www.example.gov.cn:22/").error().message(),
            "port 22 of www.example.gov.cn is not allowed");
}

TEST(AddressPolicy, AnInternalSourceMayBeAskedOnItsOwnPort) {
  AddressPolicy::Options options;
  options.hosts = {"127.0.0.1", "intranet", "[::1]"};
  options.ports = {8080};
  options.allow_http = true;
  options.allow_private = true;
  const AddressPolicy policy(options);

  EXPECT_TRUE(policy.check_url("http://127.0.0.1:8080/").has_value());
  EXPECT_TRUE(policy.check_url("http://intranet:8080/").has_value());
  EXPECT_TRUE(policy.check_url("http://[::1]:8080/").has_value());
  EXPECT_FALSE(policy.check_url("http://127.0.0.1/").has_value());
  EXPECT_FALSE(policy.check_url("http://127.0.0.2:8080/").has_value());
}

TEST(AddressPolicy, TakesASiteWithAndWithoutWwwForOneWhenAsked) {
  AddressPolicy::Options options;
  options.hosts = {"www.example.gov.cn", "jyt.example.gov.cn", "教育厅.政务", "10.0.0.7",
                   "intranet"};
  options.with_www = true;
  options.allow_private = true;
  const AddressPolicy policy(options);

  for (const char* url : {"https://example.gov.cn/", "https://www.example.gov.cn/",
                          "https://www.jyt.example.gov.cn/", "https://jyt.example.gov.cn/",
                          "https://www.教育厅.政务/", "https://10.0.0.7/", "https://intranet/"}) {
    EXPECT_TRUE(policy.check_url(url).has_value()) << url;
  }
  for (const char* url : {"https://m.example.gov.cn/", "https://www.www.example.gov.cn/",
                          "https://gov.cn/", "https://www.10.0.0.7/", "https://www.intranet/",
                          "https://wwwexample.gov.cn/", "https://example.gov.cn.evil.com/"}) {
    EXPECT_FALSE(policy.check_url(url).has_value()) << url;
  }
}

// --- addresses as connected to ---

struct AddressCase {
  std::string address;
  bool when_public;
  bool when_internal;
};

void PrintTo(const AddressCase& one, std::ostream* out) {
  *out << one.address;
}

class Address : public testing::TestWithParam<AddressCase> {};

TEST_P(Address, IsAllowedByItsReach) {
  AddressPolicy::Options internal;
  internal.allow_private = true;

  EXPECT_EQ(AddressPolicy({}).allows_address(GetParam().address), GetParam().when_public);
  EXPECT_EQ(AddressPolicy(internal).allows_address(GetParam().address), GetParam().when_internal);
}

INSTANTIATE_TEST_SUITE_P(
    Table, Address,
    testing::Values(
        AddressCase{"1.1.1.1", true, true}, AddressCase{"9.255.255.255", true, true},
        AddressCase{"11.0.0.0", true, true}, AddressCase{"172.15.255.255", true, true},
        AddressCase{"223.255.255.255", true, true}, AddressCase{"10.1.2.3", false, true},
        AddressCase{"127.0.0.1", false, true}, AddressCase{"169.254.1.1", false, true},
        AddressCase{"192.168.0.1", false, true}, AddressCase{"100.100.0.1", false, true},
        AddressCase{"0.0.0.0", false, false}, AddressCase{"0.1.2.3", false, false},
        AddressCase{"224.0.0.251", false, false}, AddressCase{"255.255.255.255", false, false},
        AddressCase{"2400:3200::1", true, true}, AddressCase{"2606:4700::1111", true, true},
        AddressCase{"::1", false, true}, AddressCase{"::", false, false},
        AddressCase{"fe80::1", false, true}, AddressCase{"fd00::1", false, true},
        AddressCase{"ff02::1", false, false}, AddressCase{"::ffff:10.0.0.1", false, true},
        AddressCase{"::ffff:1.1.1.1", false, true}, AddressCase{"::ffff:0.0.0.0", false, false},
        AddressCase{"64:ff9b::101:101", false, true}, AddressCase{"2002:101:101::", false, true},
        AddressCase{"2001:0:1::", false, true}, AddressCase{"2001:200::1", true, true},
        AddressCase{"2001:db8::1", false, true}, AddressCase{"3fff::1", false, true},
        AddressCase{"", false, false}, AddressCase{"localhost", false, false},
        AddressCase{"127.1", false, false}, AddressCase{"fe80::1%eth0", false, false}));

// --- the URL as libcurl takes it ---

TEST(CurlUrl, IsWrittenInAscii) {
  const Result<CurlUrl> url = parse_url("https://教育厅.政务/通知/列表.html?页=1#x");

  ASSERT_TRUE(url.has_value()) << url.error().message();
  EXPECT_EQ(url->host, "xn--imrt82bd4t.xn--zfr164b");
  EXPECT_EQ(url->text,
            "https://xn--imrt82bd4t.xn--zfr164b/%e9%80%9a%e7%9f%a5/%e5%88%97%e8%a1%a8.html"
            "?%e9%a1%b5=1");
  EXPECT_EQ(url->port, 443);
  EXPECT_EQ(url->origin(), "https://xn--imrt82bd4t.xn--zfr164b:443");
}

TEST(CurlUrl, ResolvesALocation) {
  const CurlUrl base = parse_url("https://www.gov.cn/a/b.html?x=1").value();

  EXPECT_EQ(resolve_url(base, "c.html").value().text, "https://www.gov.cn/a/c.html");
  EXPECT_EQ(resolve_url(base, "/c?d").value().text, "https://www.gov.cn/c?d");
  EXPECT_EQ(resolve_url(base, "//m.gov.cn/").value().host, "m.gov.cn");
  EXPECT_EQ(resolve_url(base, "http://127.1/").value().host, "127.0.0.1");
  EXPECT_TRUE(resolve_url(base, "https://u@m.gov.cn/").has_error());
  EXPECT_TRUE(resolve_url(base, "/a b").has_error());
}

// RFC 3986 5.4; libcurl 7.88 by itself fails at several of them.
TEST(CurlUrl, ResolvesReferencesAsTheStandardSays) {
  const CurlUrl base = parse_url("http://a/b/c/d;p?q").value();
  struct Case {
    const char* reference;
    const char* expected;
  };
  for (const Case& c : {Case{"g", "http://a/b/c/g"},
                        Case{"./g", "http://a/b/c/g"},
                        Case{"g/", "http://a/b/c/g/"},
                        Case{"/g", "http://a/g"},
                        Case{"//g", "http://g/"},
                        Case{"?y", "http://a/b/c/d;p?y"},
                        Case{"g?y", "http://a/b/c/g?y"},
                        Case{"#s", "http://a/b/c/d;p?q"},
                        Case{"g#s", "http://a/b/c/g"},
                        Case{"g?y#s", "http://a/b/c/g?y"},
                        Case{";x", "http://a/b/c/;x"},
                        Case{"g;x?y#s", "http://a/b/c/g;x?y"},
                        Case{"", "http://a/b/c/d;p?q"},
                        Case{".", "http://a/b/c/"},
                        Case{"./", "http://a/b/c/"},
                        Case{"./?y", "http://a/b/c/?y"},
                        Case{"..", "http://a/b/"},
                        Case{"../", "http://a/b/"},
                        Case{"../?y", "http://a/b/?y"},
                        Case{"../g", "http://a/b/g"},
                        Case{"../..", "http://a/"},
                        Case{"../../g", "http://a/g"},
                        Case{"../../../g", "http://a/g"},
                        Case{"/./g", "http://a/g"},
                        Case{"/../g", "http://a/g"},
                        Case{"g.", "http://a/b/c/g."},
                        Case{"..g", "http://a/b/c/..g"},
                        Case{"./../g", "http://a/b/g"},
                        Case{"./g/.", "http://a/b/c/g/"},
                        Case{"g/./h", "http://a/b/c/g/h"},
                        Case{"g/../h", "http://a/b/c/h"},
                        Case{"g?y/./x", "http://a/b/c/g?y/./x"},
                        Case{"g?y/../x", "http://a/b/c/g?y/../x"},
                        Case{"g?u=http://b/", "http://a/b/c/g?u=http://b/"}}) {
    const Result<CurlUrl> url = resolve_url(base, c.reference);
    EXPECT_EQ(url ? url->text : url.error().message(), c.expected) << c.reference;
  }
}

TEST(CurlUrl, TellsPathAndQuery) {
  const CurlUrl url = parse_url("https://www.gov.cn/a/b.html?x=1&y=/#z").value();
  EXPECT_EQ(url.path(), "/a/b.html");
  EXPECT_EQ(url.query(), "x=1&y=/");
  EXPECT_EQ(parse_url("http://www.gov.cn").value().path(), "/");
  EXPECT_EQ(parse_url("http://www.gov.cn?x=1").value().query(), "x=1");
  EXPECT_EQ(parse_url("http://www.gov.cn?x=1").value().path(), "/");
}

// What Boost.URL 1.81 took for a host, and what libcurl will connect to.
TEST(CurlUrl, SeesTheHostThatIsConnectedTo) {
  struct Case {
    const char* url;
    const char* host;
  };
  for (const Case& c : {Case{"http://2130706433/", "127.0.0.1"},
                        Case{"http://0x7f.1/", "127.0.0.1"},
                        Case{"http://127.1/", "127.0.0.1"},
                        Case{"http://%31%32%37.0.0.1/", "127.0.0.1"},
                        Case{"http://１２７.0.0.1/", "127.0.0.1"},
                        Case{"http://WWW.Gov.CN/", "www.gov.cn"},
                        Case{"http://44%37/", "0.0.1.191"},
                        Case{"http://0%787f.1:8080/", "127.0.0.1"},
                        Case{"http://%77ww.gov.cn/", "www.gov.cn"},
                        Case{"http://a%2540b/", ""},
                        Case{"http://[::ffff:1.2.3.4]/", "::ffff:1.2.3.4"},
                        Case{"http://1.2.3.4.5/", ""},
                        Case{"http://256.1.1.1/", ""},
                        Case{"http://www.09/", ""},
                        Case{"http://a.0x/", ""},
                        Case{"http://127.0.0.1./", ""},
                        Case{"http://www.gov.cn./", "www.gov.cn."},
                        Case{"http://a.gov.cn:80x/", ""},
                        Case{"http://a:b:c/", ""},
                        Case{"http://a.gov.cn:99999/", ""},
                        Case{"http://a.gov.cn\\@b.cn/", ""},
                        Case{"http://u@a.gov.cn/", ""},
                        Case{"http://[::1%25lo]/", ""}}) {
    const Result<CurlUrl> url = parse_url(c.url);
    EXPECT_EQ(url ? url->host : "", c.host) << c.url;
  }
}

TEST(CurlUrl, KnowsAnAddressForAConfiguration) {
  for (const char* url :
       {"https://www.gov.cn/", "http://10.0.0.7:8080/a?b", "https://[fd00::7]/"}) {
    EXPECT_TRUE(is_web_url(url)) << url;
  }
  for (const char* url : {"", "www.gov.cn", "ftp://a/", "https:///a", "https:a", "https://u@a/",
                          "https://a/中文", "https://a b/", "javascript:1", "https://a:b:c/"}) {
    EXPECT_FALSE(is_web_url(url)) << url;
  }
}

TEST(CurlUrl, WritesEscapesInOneForm) {
  EXPECT_EQ(normal_escapes("/%e6%94%bf/%7euser/100%/%zz/%2f"), "/%E6%94%BF/~user/100%/%zz/%2F");
}

TEST(CurlUrl, KeepsTheQueryOutOfMessages) {
  EXPECT_EQ(parse_url("https://api.weixin.qq.com/cgi-bin/x?secret=S").value().without_query(),
            "https://api.weixin.qq.com/cgi-bin/x");
}

TEST(CurlUrl, KnowsThisMachineByItsNumbersAndOneName) {
  for (const char* host : {"localhost", "127.0.0.1", "127.8.9.1", "::1"})
    EXPECT_TRUE(is_loopback_host(host)) << host;
  for (const char* host :
       {"127.example.com", "128.0.0.1", "0.0.0.0", "::", "localhost.example.com", ""})
    EXPECT_FALSE(is_loopback_host(host)) << host;
}

}  // namespace
}  // namespace liandong
