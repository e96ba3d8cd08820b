#include "daemon/review/person_name.h"

#include <algorithm>
#include <array>
#include <cstddef>
#include <string>

#include "daemon/review/passage.h"

namespace liandong {

namespace {

constexpr std::size_t kHan = 3;  // bytes of a character

// The surnames of most people, less those that begin ordinary words of notices (高, 方, 金, 安 …).
constexpr std::string_view kSurnames =
    "王李张刘陈杨赵黄周吴徐孙胡朱林何郭罗梁宋郑谢韩唐冯邓曹彭萧肖蔡潘袁董余叶吕魏蒋杜沈卢汪傅钟姜崔"
    "谭廖范陆姚邱邹夏熊侯孟秦薛阎雷贺龙尹黎丁戴贾韦顾毛郝龚邵钱严赖覃洪武莫孔汤向常温康施牛樊葛邢"
    "齐庞翁聂俞焦柳欧阮骆倪霍翟殷詹耿关左祝纪舒屈项祁";
constexpr std::array<std::string_view, 6> kLongSurnames = {"欧阳", "司马", "上官",
                                                           "诸葛", "皇甫", "尉迟"};
// Words of two or three characters that begin like a name.
constexpr std::array<std::string_view, 60> kNoNames = {
    "黄山", "黄山市", "黄石", "黄冈",   "周边",   "周期", "周一",   "周二", "周三", "周四",
    "周五", "周六",   "周日", "周末",   "林业",   "林场", "林业局", "何时", "何种", "余额",
    "夏季", "夏令营", "唐山", "徐州",   "徐州市", "郑州", "郑州市", "温州", "温度", "常州",
    "常规", "常务",   "常设", "常见",   "关于",   "关系", "关注",   "关键", "项目", "项目部",
    "向上", "康复",   "武汉", "武汉市", "严格",   "严禁", "严重",   "左右", "纪检", "纪念",
    "纪律", "洪水",   "雷电", "雷雨",   "龙头",   "毛利", "钱款",   "施工", "施行", "温馨"};
// Where a name of the office's own people is to be expected (联系人) none is looked for.
constexpr std::array<std::string_view, 11> kBefore = {
    "姓名", "学生", "患者", "申请人", "户主", "儿童", "家长", "考生", "村民", "居民", "资助对象"};
constexpr std::array<std::string_view, 5> kBehind = {"同学", "女士", "先生", "小朋友", "一家"};

// Characters with which a place or a body ends: `李庄村`, `余杭区`, `余江校`.
constexpr std::string_view kPlaceEnds = "村镇乡县市区庄路街巷校局厅院部处科省州河江湖山港网报";

bool has_surname(std::string_view word) {
  return kSurnames.find(word.substr(0, kHan)) != kSurnames.npos;
}
bool is_place(std::string_view word) {
  return kPlaceEnds.find(word.substr(word.size() - kHan)) != kPlaceEnds.npos;
}

bool is_name(std::string_view word) {
  const std::size_t length = word.size() / kHan;
  if (word.find("某") != word.npos) return false;
  if (length == 3 || length == 4) {
    const bool is_long = std::ranges::any_of(
        kLongSurnames, [word](std::string_view one) { return word.starts_with(one); });
    if (is_long) return true;
  }
  return (length == 2 || length == 3) && has_surname(word) && !is_place(word) &&
         std::ranges::find(kNoNames, word) == kNoNames.end();
}

// A run of Chinese characters: is it a name, or a name with a word that says so?
NameSign sign_of_run(std::string_view run, bool is_told) {
  if (is_name(run)) return is_told ? NameSign::Told : NameSign::Standing;
  for (const std::string_view word : kBefore)
    if (run.starts_with(word) && is_name(run.substr(word.size()))) return NameSign::Told;
  for (const std::string_view word : kBehind)
    if (run.ends_with(word) && is_name(run.substr(0, run.size() - word.size())))
      return NameSign::Told;
  return NameSign::None;
}

// `姓名`, and its mark of punctuation or blank.
bool tells(std::string_view run) {
  return std::ranges::any_of(kBefore, [run](std::string_view word) { return run.ends_with(word); });
}

}  // namespace

NameSign sign_of_name(std::string_view text) {
  NameSign best = NameSign::None;
  bool is_told = false;
  for (std::size_t i = 0; i < text.size();) {
    if (!is_han(text, i)) {
      i = step_on(text, i);
      continue;
    }
    std::size_t end = i;
    while (is_han(text, end)) end += kHan;
    const std::string_view run = text.substr(i, end - i);
    // `张*` and `张xx` are masked.
    const bool is_masked =
        end < text.size() && (text[end] == '*' || text[end] == 'x' || text[end] == 'X');
    if (!is_masked) best = std::max(best, sign_of_run(run, is_told));
    is_told = tells(run);
    i = end;
  }
  return best;
}

}  // namespace liandong
