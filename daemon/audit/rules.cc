#include "daemon/audit/rules.h"

#include <algorithm>
#include <array>
#include <stdexcept>

#include <fmt/format.h>

#include "daemon/platform/text.h"
#include "daemon/settings/cross_checks.h"

namespace liandong {

namespace {

using std::chrono::days;
using std::chrono::hours;

constexpr std::int64_t kMostLimit = 1'000'000;

Judgement good(std::string words = "") {
  return {Severity::Good, std::move(words), std::nullopt};
}

std::int64_t whole_days(Duration duration) {
  return std::chrono::duration_cast<days>(duration).count();
}

// The same time of the same day so many calendar months later; of a shorter month, its last day.
Timestamp months_after(Timestamp from, std::int64_t many) {
  using namespace std::chrono;
  const year_month_day day = beijing_day(from);
  const Timestamp::duration time = from - beijing_midnight(day);
  year_month_day later = day + months(static_cast<int>(many));
  if (!later.ok()) later = later.year() / later.month() / last;
  return beijing_midnight(later) + time;
}

// Limits that only make sense in this order.
struct Rising {
  std::string_view rule;
  std::array<const char*, 3> limits;  // the last may be missing
};
constexpr std::array kRising = {
    Rising{"account_idle", {"warn_days", "alarm_days", "fail_days"}},
    Rising{"interpretation_pairing", {"warn_working_days", "fail_working_days", nullptr}},
};
struct Bound {
  std::string_view rule;
  const char* limit;
  std::int64_t least;
  std::int64_t most;
};
constexpr std::array kBounds = {
    Bound{"near_duplicates", "alike_percent", 1, 100},
    Bound{"retention", "least_days", 180, kMostLimit},  // the law's six months
    Bound{"dead_links", "looks", 1, 100},
};

std::int64_t read_limit(Table& table, const std::string& rule, const std::string& limit,
                        std::int64_t value) {
  for (const Bound& bound : kBounds) {
    if (bound.rule == rule && bound.limit == limit)
      return table.integer(limit, value, bound.least, bound.most);
  }
  return table.integer(limit, value, 0, kMostLimit);
}

void check_order(const Rule& rule, Table& table) {
  for (const Rising& rising : kRising) {
    if (rising.rule != rule.name) continue;
    for (std::size_t i = 1; i < rising.limits.size() && rising.limits.at(i) != nullptr; ++i) {
      const char* const lower = rising.limits.at(i - 1);
      const char* const higher = rising.limits.at(i);
      if (rule.limit(lower) > rule.limit(higher))
        table.problem(table.has(lower) ? lower : higher,
                      fmt::format("expected {} ({}) not above {} ({})", lower, rule.limit(lower),
                                  higher, rule.limit(higher)));
    }
  }
}

std::optional<Rule> read_rule(const RuleSet& known, const std::string& name, Table& table) {
  const auto rule = std::find_if(known.all().begin(), known.all().end(),
                                 [&name](const Rule& one) { return one.name == name; });
  if (rule == known.all().end()) return std::nullopt;
  Rule changed = *rule;
  changed.enabled = table.boolean("enabled", changed.enabled);
  changed.basis = table.string("basis", changed.basis);
  if (trim(changed.basis).empty())
    table.problem("basis", "is empty: name the text the rule rests on, or write \"project\"");
  for (auto& [limit, value] : changed.limits) value = read_limit(table, name, limit, value);
  check_order(changed, table);
  return changed;
}

}  // namespace

std::string_view to_string(Severity severity) {
  constexpr std::array<std::string_view, 5> kNames = {"good", "unknown", "warn", "alarm", "fail"};
  return kNames.at(static_cast<std::size_t>(severity));
}

std::string_view chinese(Severity severity) {
  constexpr std::array<std::string_view, 5> kNames = {"正常", "无法判断", "提醒", "警告", "不合格"};
  return kNames.at(static_cast<std::size_t>(severity));
}

RuleSet RuleSet::built_in() {
  RuleSet set;
  set.rules_ = {
      {"push_complete",
       "应推未推",
       "国办发〔2018〕123号 协同联动；项目自定（jyt.ah.gov.cn 2024 年度总结自报“已全部完成”）",
       true,
       {}},
      {"push_latency",
       "推送时效",
       "项目自定，没有全国性时限（参照：解读 3 个工作日，转载 24 小时）",
       true,
       {{"warn_hours", 24}, {"fail_working_days", 3}}},
      {"account_idle",
       "账号更新",
       "国办秘函〔2019〕19号 单项否决：检查时点前 2 周内未更新；部分地方 10 天",
       true,
       {{"warn_days", 7}, {"alarm_days", 10}, {"fail_days", 14}, {"least_per_week", 0}}},
      {"interpretation_pairing",
       "解读时限",
       "国办发〔2016〕80号 三同步；郑州 2016：最迟 3 个工作日",
       true,
       {{"warn_working_days", 0}, {"fail_working_days", 3}}},
      {"interpretation_push",
       "解读推送时限",
       "某开发区规定：解读在文件公布后 3 个工作日内上网并推送新媒体（有时限要求的唯一一例）",
       true,
       {{"warn_working_days", 3}}},
      {"interpretation_links", "双向关联", "国办秘函〔2019〕19号 解读关联", true, {}},
      {"disclosure",
       "主动公开时限",
       "《政府信息公开条例》第二十六条：20 个工作日",
       true,
       {{"fail_working_days", 20}}},
      {"column_idle",
       "栏目更新",
       "国办秘函〔2019〕19号：首页和动态要闻类 2 周，通知公告、政策文件类 6 个月，合计 5 "
       "个以上、长期未更新栏目 10 个以上（按一年计，项目自定）、空白栏目 5 个以上单项否决",
       true,
       {{"home_days", 14},
        {"news_days", 14},
        {"other_months", 6},
        {"veto_columns", 5},
        {"stale_months", 12},
        {"stale_columns", 10},
        {"empty_columns", 5}}},
      {"validity",
       "文件有效期",
       "安徽省人民政府令第149号（2017 年修正）：有效期届满失效，一般不超过 5 年（新办法条文未核）",
       true,
       {{"term_years", 5}, {"warn_days", 30}}},
      {"metadata", "元数据", "国办发〔2017〕47号 网页标签；《政府信息公开条例》目录要素", true, {}},
      {"back_dating",
       "倒填日期",
       "国办秘函〔2019〕19号 弄虚作假：伪造发稿日期",
       true,
       {{"slack_hours", 24}}},
      {"pushed_posts", "推送内容复查", "项目自定（国办秘函〔2019〕19号 链接不可用扣分）", true, {}},
      {"duplicates",
       "重复推送",
       "中央网信办 2023《关于防治“指尖上的形式主义”的若干意见》",
       true,
       {}},
      {"near_duplicates",
       "雷同内容",
       "中央网信办 2023《关于防治“指尖上的形式主义”的若干意见》：坚决杜绝无效信息发布",
       true,
       {{"alike_percent", 90}, {"within_days", 30}}},
      {"filler",
       "凑数内容",
       "中央网信办 2023《关于防治“指尖上的形式主义”的若干意见》：坚决杜绝无效信息发布",
       true,
       {{"least_characters", 15}}},
      {"dead_links", "推送链接", "国办秘函〔2019〕19号 链接不可用扣分", true, {{"looks", 2}}},
      {"repost_superior",
       "转载上级信息",
       "安徽 2016《关于进一步加强政务微博微信建设的通知》：微博 1 小时、微信 1 个工作日；国办 2017 "
       "年一季度抽查：网站 24 小时",
       false,
       {{"weibo_hours", 1}, {"wechat_working_days", 1}, {"site_hours", 24}}},
      {"retention",
       "日志保存",
       "《网络安全法》第二十一条：不少于六个月；《互联网政务应用安全管理规定》：一年（条文未核）",
       true,
       {{"least_days", 365}}},
      {"evidence",
       "证据完整",
       "GB/T 22239-2019 三级：审计记录完整性",
       true,
       {{"most_uncovered", 1000}}},
  };
  return set;
}

void RuleSet::change(Table file) {
  Table rules = file.table("rule");
  std::vector<std::string> names;
  for (const Rule& rule : rules_) names.push_back(rule.name);
  for (const std::string& name : rules.keys()) {
    Table table = rules.table(name);
    const auto changed = read_rule(*this, name, table);
    if (!changed) {
      rules.problem(name, unknown_name("rule", name, names));
      continue;
    }
    std::replace_if(
        rules_.begin(), rules_.end(), [&](const Rule& one) { return one.name == name; }, *changed);
  }
  file.reject_unknown();
}

RuleSet RuleSet::load(const std::filesystem::path& folder, Problems& problems) {
  RuleSet set = built_in();
  std::error_code error;
  std::vector<std::filesystem::path> files;
  for (std::filesystem::directory_iterator at(folder, error), end; !error && at != end;
       at.increment(error)) {
    if (at->path().extension() == ".toml") files.push_back(at->path());
  }
  if (error)
    problems.add(Problem{folder.string(), 0, 0, "",
                         fmt::format("the rules cannot be read: {}", error.message())});
  std::sort(files.begin(), files.end());
  for (const std::filesystem::path& file : files) {
    const std::size_t before = problems.list().size();
    const Table table = Table::parse_file(file, problems);
    if (problems.list().size() == before) set.change(table);
  }
  return set;
}

RuleSet RuleSet::beside(const std::filesystem::path& configuration, Problems& problems) {
  const std::filesystem::path folder = configuration.parent_path() / "rules";
  std::error_code error;
  return std::filesystem::is_directory(folder, error) ? load(folder, problems) : built_in();
}

const Rule& RuleSet::at(std::string_view name) const {
  for (const Rule& rule : rules_) {
    if (rule.name == name) return rule;
  }
  throw std::logic_error(fmt::format("no rule {}", name));
}

const Rule* RuleSet::enabled(std::string_view name) const {
  const Rule& one = at(name);
  return one.enabled ? &one : nullptr;
}

Judgement judge_account_idle(const Rule& rule, const std::optional<Timestamp>& last,
                             Timestamp now) {
  if (!last) return {Severity::Unknown, "还没有发布过", std::nullopt};
  const auto begins = [&](const char* name) { return *last + days(rule.limit(name)); };
  const Timestamp warn = begins("warn_days");
  const Timestamp alarm = begins("alarm_days");
  const Timestamp fail = begins("fail_days");
  const std::string words =
      fmt::format("已 {} 天没有更新，最近一次 {}；{} 起不合格", whole_days(now - *last),
                  beijing_time(*last), beijing_time(fail));
  if (now >= fail) return {Severity::Fail, words, std::nullopt};
  if (now >= alarm) return {Severity::Alarm, words, fail};
  if (now >= warn) return {Severity::Warn, words, alarm};
  return {Severity::Good, words, warn};
}

Judgement judge_posts_of_week(const Rule& rule, std::int64_t posts) {
  const std::int64_t least = rule.limit("least_per_week");
  if (posts >= least) return good();
  return {Severity::Warn, fmt::format("最近 7 天更新 {} 条，要求不少于 {} 条", posts, least),
          std::nullopt};
}

Judgement judge_push_latency(const Rule& rule, Timestamp start,
                             const std::optional<Timestamp>& due_at, Timestamp now) {
  const Timestamp warn = start + hours(rule.limit("warn_hours"));
  if (!due_at)
    return {Severity::Unknown, "没有该年的工作日历，期限未知：请补上日历文件", std::nullopt};
  const std::string limit = beijing_date(*due_at - Duration(1));
  if (now >= *due_at)
    return {Severity::Fail, fmt::format("已过期限 {}，仍未推送", limit), std::nullopt};
  if (now >= warn)
    return {Severity::Warn,
            fmt::format("超过 {} 小时未推送，期限 {}", rule.limit("warn_hours"), limit), *due_at};
  return {Severity::Good, "期限 " + limit, std::min(warn, *due_at)};
}

Judgement judge_column_idle(const Rule& rule, Kind kind, const std::optional<Timestamp>& newest,
                            Timestamp now) {
  if (!newest) return {Severity::Unknown, "没有见过信息", std::nullopt};
  const bool is_news = kind == Kind::News;
  const std::int64_t most = rule.limit(is_news ? "news_days" : "other_months");
  const auto after = [&](std::int64_t many) {
    return is_news ? *newest + days(many) : months_after(*newest, many);
  };
  const Timestamp fail = after(most);
  const std::string words = fmt::format("最新信息 {}，已 {} 天，上限 {} {}", beijing_date(*newest),
                                        whole_days(now - *newest), most, is_news ? "天" : "个月");
  if (now >= fail) return {Severity::Fail, words, std::nullopt};
  const Timestamp warn = after(most / 2);
  return now >= warn ? Judgement{Severity::Warn, words, fail} : good(words);
}

bool is_long_stale(const Rule& rule, const std::optional<Timestamp>& newest, Timestamp now) {
  return newest && now >= months_after(*newest, rule.limit("stale_months"));
}

Judgement judge_home_idle(const Rule& rule, const std::optional<Timestamp>& newest, Timestamp now) {
  if (!newest) return {Severity::Unknown, "没有见过信息", std::nullopt};
  const Timestamp limit = *newest + days(rule.limit("home_days"));
  const std::string words =
      fmt::format("各栏目最新信息 {}，上限 {} 天", beijing_date(*newest), rule.limit("home_days"));
  return now >= limit ? Judgement{Severity::Warn, words, std::nullopt}
                      : Judgement{Severity::Good, words, limit};
}

Judgement judge_empty_columns(const Rule& rule, std::int64_t empty) {
  if (empty < rule.limit("empty_columns")) return good();
  return {Severity::Fail, fmt::format("{} 个空白栏目，达到单项否决", empty), std::nullopt};
}

Judgement judge_back_dating(const Rule& rule, const std::optional<StatedTime>& published,
                            Timestamp first_seen, Duration unseen) {
  if (!published) return good();
  Timestamp latest = published->at;
  if (published->precision == Precision::Day) latest += days(1);
  const Duration before = first_seen - latest;
  if (before <= unseen + hours(rule.limit("slack_hours"))) return good();
  return {Severity::Warn,
          fmt::format("标注 {} 发布，{} 才首次出现", beijing_date(published->at),
                      beijing_time(first_seen)),
          std::nullopt};
}

}  // namespace liandong
