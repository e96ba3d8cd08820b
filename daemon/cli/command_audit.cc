// `liandong audit`: what the rules say.

#include <cstdio>

#include <fmt/format.h>

#include "daemon/audit/findings.h"
#include "daemon/cli/commands.h"
#include "daemon/cli/output.h"

namespace liandong {

namespace {

void print_findings(const RuleFindings& findings, const RuleSet& rules) {
  TextTable table;
  table.add({"结论", "规则", "对象", "情况", "将恶化于", "标题"});
  for (const RuleFinding& one : findings.bad)
    table.add({std::string(chinese(one.judgement.severity)), rules.at(one.rule).title, one.subject,
               one.judgement.words, time_or_dash(one.judgement.worsens), fold_blanks(one.title)});
  if (findings.bad.empty()) {
    fmt::print("没有发现问题。\n");
  } else {
    table.print();
  }
  fmt::print("\n依据：\n");
  for (const Rule& rule : rules.all()) {
    const auto judged = findings.judged.find(rule.name);
    fmt::print("  {}（检查 {} 项{}）：{}\n", rule.title,
               judged == findings.judged.end() ? 0 : judged->second, rule.enabled ? "" : "，未启用",
               rule.basis);
  }
}

}  // namespace

int show_audit(Bench& bench, int days) {
  const RuleSet rules = RuleSet::beside(bench.settings.file, bench.problems);
  const Calendar calendar = Calendar::load(bench.settings.calendar_folder, bench.problems);
  if (bench.problems.has_errors()) return report_problems(bench.problems);
  const AuditSetting setting{bench.settings, rules, calendar, bench.now - std::chrono::days(days),
                             bench.now};
  const RuleFindings findings =
      bench.workshop.database->read_now([&setting](Transaction& tx) { return audit(tx, setting); });
  if (bench.json) {
    print_json(to_json(findings, rules));
  } else {
    print_findings(findings, rules);
  }
  const bool failed =
      !findings.bad.empty() && findings.bad.front().judgement.severity == Severity::Fail;
  return failed ? kExitFailed : kExitDone;
}

}  // namespace liandong
