#include "daemon/review/screening.h"

#include <algorithm>
#include <array>
#include <map>

#include <fmt/format.h>

#include "daemon/platform/result.h"
#include "daemon/review/person_list.h"
#include "daemon/review/personal_numbers.h"

namespace liandong {

namespace {

constexpr int kMostOfAKind = 50;

struct KindName {
  ScreeningKind kind;
  std::string_view name;
  std::string_view chinese;
};
constexpr std::array<KindName, 6> kKinds = {{
    {ScreeningKind::CitizenId, "citizen_id", "身份证号"},
    {ScreeningKind::OldCitizenId, "old_citizen_id", "疑似15位身份证号"},
    {ScreeningKind::ThinlyMasked, "thinly_masked", "身份证号遮挡不足"},
    {ScreeningKind::BankCard, "bank_card", "银行卡号"},
    {ScreeningKind::MobileNumber, "mobile_number", "手机号"},
    {ScreeningKind::PersonList, "person_list", "个人信息名单"},
}};

// Collects findings of one article, bounded by kind: a list of thousands is one problem.
class Collector {
 public:
  explicit Collector(const std::set<std::string>& allowed_mobiles) : allowed_(allowed_mobiles) {}

  void read(ScreeningPart part, std::size_t index, std::string_view text) {
    for (NumberFound& found : find_personal_numbers(text)) {
      if (found.kind == ScreeningKind::MobileNumber && allowed_.contains(found.digits)) {
        continue;
      }
      add({found.kind, found.severity, part, index, std::move(found.excerpt)});
    }
  }
  void read_table(std::size_t index, const TableBlock& table) {
    if (const auto excerpt = find_person_list(table); excerpt) {
      add({ScreeningKind::PersonList, ScreeningSeverity::Hold, ScreeningPart::InBlock, index,
           *excerpt});
    }
    for (const std::vector<std::string>& row : table.rows) {
      for (const std::string& cell : row) {
        read(ScreeningPart::InBlock, index, cell);
      }
    }
  }
  [[nodiscard]] std::vector<ScreeningFinding> take() && { return std::move(findings_); }

 private:
  void add(ScreeningFinding finding) {
    if (++counts_[finding.kind] <= kMostOfAKind) {
      findings_.push_back(std::move(finding));
    }
  }

  const std::set<std::string>& allowed_;
  std::map<ScreeningKind, int> counts_;
  std::vector<ScreeningFinding> findings_;
};

std::string words_of(const Paragraph& paragraph) {
  std::string words;
  for (const Run& run : paragraph.runs) {
    words += run.text;
  }
  return words;
}

std::string place_of(const ScreeningFinding& finding) {
  switch (finding.part) {
    case ScreeningPart::InTitle:
      return "标题";
    case ScreeningPart::InAbstract:
      return "内容概述";
    case ScreeningPart::InAttachment:
      return fmt::format("第{}个附件的名称", finding.index + 1);
    case ScreeningPart::InBlock:
      break;
  }
  return fmt::format("第{}段", finding.index + 1);
}

}  // namespace

std::string_view to_string(ScreeningKind kind) {
  return kKinds.at(static_cast<std::size_t>(kind)).name;
}

std::vector<ScreeningFinding> screen(const Article& article,
                                     const std::set<std::string>& allowed_mobiles) {
  Collector collector(allowed_mobiles);
  collector.read(ScreeningPart::InTitle, 0, article.title);
  collector.read(ScreeningPart::InAbstract, 0, article.meta.abstract);
  for (std::size_t i = 0; i < article.body.blocks.size(); ++i) {
    const auto read = [&collector, i](std::string_view text) {
      collector.read(ScreeningPart::InBlock, i, text);
    };
    std::visit(Overloaded{
                   [&](const Paragraph& paragraph) { read(words_of(paragraph)); },
                   [&](const Heading& heading) { read(heading.text); },
                   [&](const Picture& picture) { read(picture.alt); },
                   [&](const TableBlock& table) { collector.read_table(i, table); },
               },
               article.body.blocks[i]);
  }
  for (std::size_t i = 0; i < article.body.attachments.size(); ++i) {
    collector.read(ScreeningPart::InAttachment, i, article.body.attachments[i].name);
  }
  return std::move(collector).take();
}

std::string name_and_place(const ScreeningFinding& finding) {
  return fmt::format("{}（{}）", kKinds.at(static_cast<std::size_t>(finding.kind)).chinese,
                     place_of(finding));
}

std::string describe(const ScreeningFinding& finding) {
  return fmt::format("{}：{}", name_and_place(finding), finding.excerpt);
}

std::string reason_to_hold(const ScreeningFinding& finding) {
  return "screening: " + name_and_place(finding);
}

}  // namespace liandong
