#include "daemon/review/screening.h"

#include <algorithm>
#include <array>
#include <map>
#include <ranges>
#include <utility>
#include <vector>

#include <fmt/format.h>

#include "daemon/platform/crypto.h"
#include "daemon/platform/result.h"
#include "daemon/platform/text.h"
#include "daemon/review/editing_checks.h"
#include "daemon/review/person_list.h"
#include "daemon/review/personal_details.h"
#include "daemon/review/personal_numbers.h"

namespace liandong {

namespace {

constexpr int kMostOfAKind = 50;
constexpr std::string_view kReasonBegins = "screening: ";

struct KindName {
  ScreeningKind kind;
  std::string_view name;
  std::string_view chinese;
};
constexpr std::array<KindName, 22> kKinds = {{
    {ScreeningKind::CitizenId, "citizen_id", "身份证号"},
    {ScreeningKind::OldCitizenId, "old_citizen_id", "疑似15位身份证号"},
    {ScreeningKind::ThinlyMasked, "thinly_masked", "身份证号遮挡不足"},
    {ScreeningKind::BankCard, "bank_card", "银行卡号"},
    {ScreeningKind::MobileNumber, "mobile_number", "手机号"},
    {ScreeningKind::PersonList, "person_list", "个人信息名单"},
    {ScreeningKind::StudentNumber, "student_number", "学籍号"},
    {ScreeningKind::ExamNumber, "exam_number", "准考证号、考生号"},
    {ScreeningKind::CertificateNumber, "certificate_number", "证书编号"},
    {ScreeningKind::Passport, "passport", "护照号"},
    {ScreeningKind::TravelPermit, "travel_permit", "往来港澳台通行证号"},
    {ScreeningKind::HomeAddress, "home_address", "家庭住址"},
    {ScreeningKind::Circumstance, "circumstance", "个人病情或困难情况"},
    {ScreeningKind::VehiclePlate, "vehicle_plate", "车牌号"},
    {ScreeningKind::PrivateMail, "private_mail", "个人电子邮箱"},
    {ScreeningKind::WrongWord, "wrong_word", "用语错误"},
    {ScreeningKind::Brackets, "brackets", "括号或书名号不成对"},
    {ScreeningKind::Leftover, "leftover", "疑似模板残留文字"},
    {ScreeningKind::NumberMismatch, "number_mismatch", "发文字号与页面信息不一致"},
    {ScreeningKind::DateMismatch, "date_mismatch", "落款日期与成文日期不一致"},
    {ScreeningKind::FutureDate, "future_date", "落款日期晚于发布日期"},
    {ScreeningKind::TitleMismatch, "title_mismatch", "标题不一致"},
}};

// Names of columns that identify a value below them, which then stands behind its word.
constexpr std::array<std::string_view, 9> kKeyColumns = {
    "准考证号", "考生号", "报名号", "证书编号", "学籍号", "护照", "通行证", "住址", "地址"};

bool is_key_column(const std::string& header) {
  return header.size() <= kLongestHeader &&
         std::ranges::any_of(kKeyColumns, [&header](std::string_view word) {
           return header.find(word) != header.npos;
         });
}

// Collects findings of one article, bounded by kind: a list of thousands is one problem. By
// severity too, so that no number of warnings hides what holds.
class Collector {
 public:
  Collector(const std::set<std::string>& allowed_mobiles,
            const std::set<std::string>& allowed_texts, const Wordbook& wordbook,
            std::string published)
      : allowed_mobiles_(allowed_mobiles),
        allowed_texts_(allowed_texts),
        wordbook_(wordbook),
        published_(std::move(published)) {}

  void read(ScreeningPart part, std::size_t index, std::string_view raw) {
    const std::string text = plain_form(raw);
    const ScreeningPlace place{part, index};
    take(place, find_personal_numbers(text));
    take(place, find_personal_details(text));
    take(place, wordbook_.find(text, published_));
    take(place, find_slips(text));
  }
  void compare(const Article& article) {
    for (Mismatch& mismatch : compare_with_metadata(article))
      take({ScreeningPart::InBlock, mismatch.block}, {std::move(mismatch.passage)});
  }
  void read_table(std::size_t index, const TableBlock& table) {
    const ScreeningPlace place{ScreeningPart::InBlock, index};
    if (const auto excerpt = find_person_list(table); excerpt)
      take(place, {{ScreeningKind::PersonList, ScreeningSeverity::Hold, "", *excerpt}});
    KeyColumns key_columns;
    for (std::size_t i = 0; i < table.rows.size(); ++i) {
      const std::vector<std::string>& row = table.rows[i];
      std::string line;
      for (const std::string& cell : row) {
        const std::string text = plain_form(cell);
        take(place, find_personal_numbers(text));
        take(place, wordbook_.find(text, published_));
        line += (line.empty() ? "" : " ") + text;
      }
      take(place, find_personal_details(line));
      read_below(place, key_columns, row);
      if (i < kHeaderRows) note_names(row, &key_columns);
    }
  }
  [[nodiscard]] std::vector<ScreeningFinding> take() && { return std::move(findings_); }

 private:
  struct ScreeningPlace {
    ScreeningPart part;
    std::size_t index;
  };

  // By column what may be its name: a title above it names it, too.
  using KeyColumns = std::map<std::size_t, std::vector<std::string>>;

  static void note_names(const std::vector<std::string>& row, KeyColumns* columns) {
    for (std::size_t i = 0; i < row.size(); ++i) {
      std::string name = header_word(row[i]);
      // `现住址：…` is a line of a form.
      if (is_key_column(name) && find_personal_details(plain_form(name)).empty())
        (*columns)[i].push_back(std::move(name));
    }
  }
  // `准考证号` at the head of a column is the word before each value in it.
  void read_below(ScreeningPlace place, const KeyColumns& columns,
                  const std::vector<std::string>& row) {
    for (const auto& [column, names] : columns) {
      if (column >= row.size() || row[column].empty()) continue;
      for (const std::string& name : names | std::views::reverse) {  // the nearest first
        auto found = find_personal_details(plain_form(name + "：" + row[column]));
        if (found.empty()) continue;
        take(place, std::move(found));
        break;
      }
    }
  }
  [[nodiscard]] bool is_allowed(const Passage& passage) const {
    if (passage.kind == ScreeningKind::MobileNumber && allowed_mobiles_.contains(passage.value))
      return true;
    const bool may_be_longer = passage.kind == ScreeningKind::HomeAddress;
    const std::string value = lower_ascii(passage.value);
    return !value.empty() && std::ranges::any_of(allowed_texts_, [&](const std::string& allowed) {
      return value == allowed || (may_be_longer && value.find(allowed) != std::string::npos);
    });
  }
  void take(ScreeningPlace place, std::vector<Passage> passages) {
    for (Passage& passage : passages) {
      if (is_allowed(passage) || ++counts_[{passage.kind, passage.severity}] > kMostOfAKind)
        continue;
      findings_.push_back(
          {passage.kind, passage.severity, place.part, place.index, std::move(passage.excerpt)});
    }
  }

  const std::set<std::string>& allowed_mobiles_;
  const std::set<std::string>& allowed_texts_;
  const Wordbook& wordbook_;
  std::string published_;  // YYYY-MM-DD; empty: not told
  std::map<std::pair<ScreeningKind, ScreeningSeverity>, int> counts_;
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

Screener::Screener(const ScreeningRules& rules)
    : allowed_mobiles_(rules.allowed_mobiles), wordbook_(rules.wording) {
  std::string all;
  for (const std::string& mobile : allowed_mobiles_) all += "mobile " + mobile + "\n";
  for (const std::string& text : rules.allowed_texts) {
    allowed_texts_.insert(lower_ascii(replace_all(plain_form(text), " ", "")));
    all += "text " + text + "\n";
  }
  for (const Wording& one : rules.wording)
    all += fmt::format("word {}\t{}\t{}\t{}\n", one.wrong, one.right, one.blocks, one.since);
  fingerprint_ = sha256_hex(all);
}

std::optional<ScreeningFinding> Screener::first_to_hold(const Article& article) const {
  for (ScreeningFinding& finding : screen(article))
    if (finding.severity == ScreeningSeverity::Hold) return std::move(finding);
  return std::nullopt;
}

std::vector<ScreeningFinding> Screener::screen(const Article& article) const {
  Collector collector(allowed_mobiles_, allowed_texts_, wordbook_,
                      article.published ? beijing_date(article.published->at) : "");
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
  collector.compare(article);
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
  return std::string(kReasonBegins) + name_and_place(finding);
}

bool is_reason_of_screening(std::string_view reason) {
  return reason.starts_with(kReasonBegins);
}

}  // namespace liandong
