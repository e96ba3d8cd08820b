#include "daemon/audit/yearly_form.h"

#include <algorithm>
#include <array>
#include <limits>

#include <fmt/format.h>

#include "daemon/platform/text.h"
#include "daemon/settings/cross_checks.h"

namespace liandong {

namespace {

enum class Type : std::uint8_t { Number, Text, YesNo, SiteKind };

struct Field {
  std::string_view table;
  std::string_view key;
  std::string_view section;
  std::string_view label;
  std::string_view unit;
  Type type = Type::Number;
  bool by_hand = true;  // may stand in the file
  [[nodiscard]] std::string name() const { return fmt::format("{}.{}", table, key); }
};

constexpr std::array<std::string_view, 3> kSiteKinds = {"政府门户网站", "部门网站", "专项网站"};
constexpr std::string_view kMediaSection = "移动新媒体";

// In the order of the form (domain/standards.md 2).
constexpr std::array kFields = {
    Field{"head", "unit", "填报信息", "填报单位", "", Type::Text, false},
    Field{"head", "year", "填报信息", "年度", "", Type::Text, false},
    Field{"head", "site_name", "填报信息", "网站名称", "", Type::Text, false},
    Field{"head", "url", "填报信息", "首页网址", "", Type::Text, false},
    Field{"head", "sponsor", "填报信息", "主办单位", "", Type::Text, false},
    Field{"head", "site_kind", "填报信息", "网站类型", "", Type::SiteKind},
    Field{"head", "site_id_code", "填报信息", "政府网站标识码", "", Type::Text, false},
    Field{"head", "icp", "填报信息", "ICP备案号", "", Type::Text},
    Field{"head", "police", "填报信息", "公安机关备案号", "", Type::Text},
    Field{"head", "visitors", "填报信息", "独立用户访问总量", "个"},
    Field{"head", "visits", "填报信息", "网站总访问量", "次"},
    Field{"publication", "total", "信息发布", "总数", "条"},
    Field{"publication", "overview", "信息发布", "概况类信息更新量", "条"},
    Field{"publication", "news", "信息发布", "政务动态信息更新量", "条"},
    Field{"publication", "catalogue", "信息发布", "信息公开目录信息更新量", "条"},
    Field{"topics", "maintained", "专栏专题", "维护数量", "个"},
    Field{"topics", "opened", "专栏专题", "新开设数量", "个"},
    Field{"interpretation", "total", "解读回应", "解读信息发布总数", "条"},
    Field{"interpretation", "texts", "解读回应", "解读材料数量", "条"},
    Field{"interpretation", "products", "解读回应", "解读产品数量", "个"},
    Field{"interpretation", "comments", "解读回应", "媒体评论文章数量", "篇"},
    Field{"interpretation", "responses", "解读回应", "回应公众关注热点或重大舆情数量", "次"},
    Field{"services", "catalogue", "办事服务", "是否发布服务事项目录", "", Type::YesNo},
    Field{"services", "users", "办事服务", "注册用户数", "个"},
    Field{"services", "items", "办事服务", "政务服务事项数量", "项"},
    Field{"services", "online", "办事服务", "可全程在线办理政务服务事项数量", "项"},
    Field{"services", "cases", "办事服务", "办件量总数", "件"},
    Field{"services", "cases_persons", "办事服务", "自然人办件量", "件"},
    Field{"services", "cases_bodies", "办事服务", "法人办件量", "件"},
    Field{"interaction", "unified", "互动交流", "是否使用统一平台", "", Type::YesNo},
    Field{"interaction", "letters", "互动交流", "收到留言数量", "条"},
    Field{"interaction", "letters_closed", "互动交流", "办结留言数量", "条"},
    Field{"interaction", "letters_days", "互动交流", "平均办理时间", "天", Type::Text},
    Field{"interaction", "letters_public", "互动交流", "公开答复数量", "条"},
    Field{"interaction", "surveys", "互动交流", "征集调查期数", "期"},
    Field{"interaction", "opinions", "互动交流", "收到意见数量", "条"},
    Field{"interaction", "survey_results", "互动交流", "公布调查结果期数", "期"},
    Field{"interaction", "interviews", "互动交流", "在线访谈期数", "期"},
    Field{"interaction", "questions", "互动交流", "网民留言数量", "条"},
    Field{"interaction", "answers", "互动交流", "答复网民提问数量", "条"},
    Field{"interaction", "chatbot", "互动交流", "是否提供智能问答", "", Type::YesNo},
    Field{"security", "checks", "安全防护", "安全检测评估次数", "次"},
    Field{"security", "found", "安全防护", "发现问题数量", "个"},
    Field{"security", "solved", "安全防护", "问题整改数量", "个"},
    Field{"security", "warning", "安全防护", "是否建立安全监测预警机制", "", Type::YesNo},
    Field{"security", "drill", "安全防护", "是否开展应急演练", "", Type::YesNo},
    Field{"security", "responsible", "安全防护", "是否明确网站安全责任人", "", Type::YesNo},
    Field{"media", "has", kMediaSection, "是否有移动新媒体", "", Type::YesNo, false},
    Field{"innovation", "search", "创新发展", "搜索即服务", "", Type::YesNo},
    Field{"innovation", "languages", "创新发展", "多语言版本", "", Type::YesNo},
    Field{"innovation", "accessible", "创新发展", "无障碍浏览", "", Type::YesNo},
    Field{"innovation", "personal", "创新发展", "千人千网", "", Type::YesNo},
    Field{"innovation", "other", "创新发展", "其他", "", Type::Text},
    Field{"foot", "head", "落款", "单位负责人", "", Type::Text},
    Field{"foot", "reviewer", "落款", "审核人", "", Type::Text},
    Field{"foot", "author", "落款", "填报人", "", Type::Text},
    Field{"foot", "phone", "落款", "联系电话", "", Type::Text},
    Field{"foot", "date", "落款", "填报日期", "", Type::Text},
};

// What must agree. `equal`: the sum of the parts; else no part may exceed the whole.
struct Agreement {
  std::string_view whole;
  std::array<std::string_view, 3> parts;  // empty ones are none
  bool equal = true;
  std::string_view rule;
};
constexpr std::array kAgreements = {
    Agreement{"publication.total",
              {"publication.overview", "publication.news", "publication.catalogue"},
              true,
              "信息发布总数 = 概况类 + 政务动态 + 信息公开目录"},
    Agreement{"interpretation.total",
              {"interpretation.texts", "interpretation.products", "interpretation.comments"},
              true,
              "解读信息发布总数 = 解读材料 + 解读产品 + 媒体评论"},
    Agreement{"services.cases",
              {"services.cases_persons", "services.cases_bodies", ""},
              true,
              "办件量总数 = 自然人 + 法人"},
    Agreement{"services.items", {"services.online", "", ""}, false, "可全程在线办理 ≤ 事项总数"},
    Agreement{"security.found", {"security.solved", "", ""}, false, "问题整改 ≤ 发现问题"},
    Agreement{"interaction.surveys",
              {"interaction.survey_results", "", ""},
              false,
              "公布结果 ≤ 征集调查"},
    Agreement{"interaction.letters_closed",
              {"interaction.letters_public", "", ""},
              false,
              "公开答复 ≤ 办结留言"},
};

using Numbers = std::map<std::string, std::int64_t>;

// What is wrong, as a sentence; empty when it agrees, nothing when a number is missing.
std::optional<std::string> disagreement(const Agreement& agreement, const Numbers& numbers) {
  const auto whole = numbers.find(std::string(agreement.whole));
  if (whole == numbers.end()) return std::nullopt;
  std::int64_t sum = 0;
  std::string words;
  for (const std::string_view part : agreement.parts) {
    if (part.empty()) continue;
    const auto value = numbers.find(std::string(part));
    if (value == numbers.end()) return std::nullopt;
    sum += value->second;
    words += fmt::format("{}{}", words.empty() ? "" : " + ", value->second);
  }
  const bool good = agreement.equal ? sum == whole->second : sum <= whole->second;
  if (good) return "";
  return agreement.equal ? fmt::format("{} ≠ {} = {}", whole->second, words, sum)
                         : fmt::format("{} > {}", sum, whole->second);
}

void read_field(const Field& field, Table& table, ManualValues& values) {
  if (!table.has(field.key)) return;
  const std::string name = field.name();
  switch (field.type) {
    case Type::Number:
      values.numbers[name] =
          table.integer(field.key, 0, 0, std::numeric_limits<std::int32_t>::max());
      return;
    case Type::YesNo:
      values.texts[name] = table.boolean(field.key, false) ? "是" : "否";
      return;
    case Type::SiteKind:
      values.texts[name] = table.choice(field.key, "", kSiteKinds);
      return;
    case Type::Text:
      if (const std::string text = fold_blanks(table.string(field.key)); !text.empty())
        values.texts[name] = text;
      return;
  }
}

void read_followers(Table followers, const std::vector<std::string>& accounts,
                    ManualValues& values) {
  for (const std::string& channel : followers.keys()) {
    Table one = followers.table(channel);
    if (std::find(accounts.begin(), accounts.end(), channel) == accounts.end())
      followers.problem(channel, unknown_name("new-media channel", channel, accounts));
    if (!one.has("count"))
      one.problem("count", "is missing: write count = the number of followers");
    StatedFollowers stated;
    stated.count = one.integer("count", 0, 0, std::numeric_limits<std::int32_t>::max());
    stated.taken_on = one.required_string("taken_on");
    const auto day = parse_stated_time(stated.taken_on);
    if (!stated.taken_on.empty() && (!day || beijing_date(day->at) != stated.taken_on))
      one.problem("taken_on", fmt::format("expected a date such as \"2026-12-31\", got '{}'",
                                          shorten(fold_blanks(stated.taken_on), 30)));
    values.followers[channel] = stated;
  }
}

FormCell cell_of(const Field& field, const KnownValues& known, const ManualValues& manual) {
  FormCell cell;
  cell.section = field.section;
  cell.label = field.label;
  cell.unit = field.unit;
  const std::string name = field.name();
  cell.key = name;
  if (const auto counted = known.find(name); counted != known.end()) {
    cell.value = counted->second.text;
    cell.number = counted->second.number;
    cell.origin = counted->second.origin;
  }
  const std::string counted = cell.number ? fmt::to_string(*cell.number) : cell.value;
  if (const auto text = manual.texts.find(name); text != manual.texts.end()) {
    cell.value = text->second;
    cell.origin = Origin::ByHand;
  }
  if (const auto number = manual.numbers.find(name); number != manual.numbers.end()) {
    cell.number = number->second;
    cell.origin = Origin::ByHand;
  }
  if (cell.number) cell.value = fmt::to_string(*cell.number);
  if (cell.origin == Origin::ByHand && !counted.empty() && counted != cell.value)
    cell.note = "联动统计为 " + counted;
  if (cell.value.empty()) cell.origin = Origin::ToFill;
  return cell;
}

void check_form(YearlyForm& form, const Numbers& numbers) {
  for (const Agreement& agreement : kAgreements) {
    const auto wrong = disagreement(agreement, numbers);
    if (wrong) form.checks.push_back({std::string(agreement.rule), wrong->empty(), *wrong});
  }
  const auto blank = std::count_if(form.cells.begin(), form.cells.end(), [](const FormCell& cell) {
    return cell.origin == Origin::ToFill && !cell.unit.empty();
  });
  form.checks.push_back(
      {"数值不得空白，没有的填 0", blank == 0, blank == 0 ? "" : fmt::format("{} 项待填", blank)});
}

}  // namespace

std::string_view chinese(Origin origin) {
  constexpr std::array<std::string_view, 4> kNames = {"联动统计", "配置", "人工填报", "待填"};
  return kNames.at(static_cast<std::size_t>(origin));
}

bool is_number_of_form(std::string_view key) {
  return std::any_of(kFields.begin(), kFields.end(), [key](const Field& field) {
    return field.type == Type::Number && field.name() == key;
  });
}

ManualValues read_manual_values(Table table, const ManualFor& report) {
  ManualValues values;
  if (!table.has("year")) {
    table.problem("year", fmt::format("is missing: write year = {}", report.year));
  } else if (const auto stated = table.integer("year", report.year, 2000, 2200);
             stated != report.year) {
    table.problem("year",
                  fmt::format("expected {}, the year of the report, got {}", report.year, stated));
  }
  std::map<std::string_view, Table> tables;
  for (const Field& field : kFields) {
    if (!field.by_hand) continue;
    const auto [place, added] = tables.try_emplace(field.table);
    if (added) place->second = table.table(field.table);
    read_field(field, place->second, values);
  }
  for (const Agreement& agreement : kAgreements) {
    const auto wrong = disagreement(agreement, values.numbers);
    if (!wrong || wrong->empty()) continue;
    const std::size_t dot = agreement.whole.find('.');
    tables.at(agreement.whole.substr(0, dot))
        .problem(agreement.whole.substr(dot + 1),
                 fmt::format("{}: {}; mend this number or its parts", agreement.rule, *wrong));
  }
  read_followers(table.table("followers"), report.accounts, values);
  Table normative = table.table("normative");
  if (normative.has("in_force_before"))
    values.in_force_before = normative.integer("in_force_before", 0, 0, 1'000'000);
  table.reject_unknown();
  return values;
}

ManualValues read_manual_file(const std::filesystem::path& file, const ManualFor& report,
                              Problems& problems) {
  const std::size_t before = problems.list().size();
  const Table table = Table::parse_file(file, problems);
  return problems.list().size() > before ? ManualValues{} : read_manual_values(table, report);
}

std::string manual_template(int year) {
  std::string text = fmt::format(
      "# 《政府网站工作年度报表》中由人工填报的内容。去掉行首的 # 后填写；没有的数值填 0。\n"
      "# 联动已统计的数也可在此另填，两者都会显示。\nyear = {}\n",
      year);
  std::string_view table;
  for (const Field& field : kFields) {
    if (!field.by_hand) continue;
    if (field.table != table) text += fmt::format("\n[{}]\n", field.table);
    table = field.table;
    std::string example = field.type == Type::Number ? "0" : "\"\"";
    if (field.type == Type::YesNo) example = "true";
    if (field.type == Type::SiteKind) example = "\"部门网站\"";
    const std::string unit = field.unit.empty() ? "" : fmt::format("（{}）", field.unit);
    text += fmt::format("#{} = {}  # {}{}\n", field.key, example, field.label, unit);
  }
  text += fmt::format(
      "\n# 各账号的关注量、订阅数，及取数日期。\n#[followers.weibo]\n#count = 0\n"
      "#taken_on = \"{}-12-31\"\n"
      "\n[normative]\n#in_force_before = 0  # 期初现行有效的行政规范性文件（联动启用前的，件）\n",
      year);
  return text;
}

YearlyForm yearly_form(const KnownValues& known, const ManualValues& manual,
                       std::vector<FormCell> media) {
  YearlyForm form;
  Numbers numbers;
  for (const Field& field : kFields) {
    form.cells.push_back(cell_of(field, known, manual));
    if (const auto& number = form.cells.back().number) numbers[field.name()] = *number;
    if (field.section != kMediaSection) continue;
    for (FormCell& cell : media) {
      cell.section = kMediaSection;
      form.cells.push_back(std::move(cell));
    }
  }
  check_form(form, numbers);
  return form;
}

}  // namespace liandong
