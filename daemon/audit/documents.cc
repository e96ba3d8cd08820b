#include "daemon/audit/documents.h"

#include <algorithm>
#include <map>
#include <stdexcept>
#include <tuple>

#include "daemon/item/item_store.h"
#include "daemon/item/validity.h"
#include "daemon/platform/text.h"

namespace liandong {

namespace {

using soci::into;
using soci::use;

struct Form {
  std::string_view name;
  std::string_view chinese;
  FormLine line;
};
constexpr std::array kForms = {
    Form{"text", "文字解读", FormLine::Text},   Form{"head", "负责人解读", FormLine::Text},
    Form{"expert", "专家解读", FormLine::Text}, Form{"press", "新闻发布会", FormLine::Text},
    Form{"chart", "图解", FormLine::Product},   Form{"video", "视频、动漫", FormLine::Product},
    Form{"audio", "音频", FormLine::Product},   Form{"media", "媒体评论", FormLine::Comment},
};

const Form& form_named(std::string_view name) {
  for (const Form& form : kForms) {
    if (form.name == name) return form;
  }
  throw std::logic_error("unknown form of interpretation");
}

std::string form_of(const std::vector<InterpretationRule>& rules, std::string_view title) {
  for (const InterpretationRule& rule : rules) {
    if (title.find(rule.title_contains) != std::string_view::npos) return rule.form;
  }
  return "text";
}

// Whenever they were first seen: a document belongs to the period of its 成文日期, though its page
// may come later.
std::vector<std::pair<ItemId, int>> all_policies(Transaction& tx, const Scope& scope) {
  ItemId id = 0;
  int revision = 0;
  soci::statement statement =
      (tx.sql().prepare << "SELECT id, revision FROM item WHERE kind = 'policy' AND revision > 0 "
                           "AND " +
                               narrowed(scope, "organisation") + " ORDER BY id",
       use(scope.organisation, "scope"), into(id), into(revision));
  statement.execute();
  std::vector<std::pair<ItemId, int>> ids;
  while (statement.fetch()) ids.emplace_back(id, revision);
  return ids;
}

std::optional<Timestamp> day_of(const std::string& date) {
  const auto stated = parse_stated_time(date);
  return stated ? std::optional(stated->at) : std::nullopt;
}

// When its page first said that it is repealed; `known` is false when it always did.
struct Repeal {
  std::optional<Timestamp> at;
  bool known = true;
};

Repeal repeal_of(Transaction& tx, ItemId id, const Revision& newest) {
  if (!is_repealed(newest.article.meta)) return {};
  if (const auto stated = day_of(newest.article.meta.lapses_on)) return {stated, true};
  Repeal repeal{newest.seen_at, newest.number > 1};
  for (int number = newest.number - 1; number >= 1; --number) {
    const auto earlier = ItemStore::load_revision(tx, id, number);
    if (!earlier || !is_repealed(earlier->article.meta)) return repeal;
    repeal = {earlier->seen_at, number > 1};
  }
  return repeal;
}

}  // namespace

std::string_view chinese_form(std::string_view form) {
  return form_named(form).chinese;
}

FormLine form_line(std::string_view form) {
  return form_named(form).line;
}

bool is_form(std::string_view name) {
  return std::any_of(kForms.begin(), kForms.end(),
                     [name](const Form& form) { return form.name == name; });
}

std::vector<Interpretation> interpretations(Transaction& tx, const ReportExtent& extent,
                                            const ReportSettings& settings) {
  const std::int64_t from = to_millis(extent.begins());
  const std::int64_t to = to_millis(extent.ends());
  const auto rules = interpretation_rules(settings.interpretations);
  ItemId item = 0;
  std::string title;
  soci::statement statement =
      (tx.sql().prepare << "SELECT id, title FROM item WHERE kind = 'interpretation' AND "
                           "revision > 0 AND first_seen >= :from AND first_seen < :to AND " +
                               narrowed(extent.scope, "organisation") + " ORDER BY id",
       use(from, "from"), use(to, "to"), use(extent.scope.organisation, "scope"), into(item),
       into(title));
  statement.execute();
  std::vector<Interpretation> all;
  while (statement.fetch()) all.push_back({item, form_of(rules, title)});
  return all;
}

std::vector<FormCount> interpretation_forms(Transaction& tx, const ReportExtent& extent,
                                            const ReportSettings& settings) {
  std::map<std::string, std::int64_t> found;
  for (const Interpretation& one : interpretations(tx, extent, settings)) ++found[one.form];
  std::vector<FormCount> counts;
  for (const Form& form : kForms)
    counts.push_back({std::string(form.name), found[std::string(form.name)]});
  return counts;
}

bool is_normative(const DocumentMeta& meta, const std::vector<std::string>& marks) {
  if (meta.doc_no.empty()) return false;
  if (marks.empty()) return true;
  // Marks stand in the 代字, before the year: 皖教规〔2024〕1号.
  const std::string_view word = std::string_view(meta.doc_no).substr(0, meta.doc_no.find("〔"));
  return std::any_of(marks.begin(), marks.end(), [&](const std::string& mark) {
    return word.find(mark) != std::string_view::npos ||
           meta.genre_class.find(mark) != std::string::npos;
  });
}

NormativeFigures normative_documents(Transaction& tx, const ReportExtent& extent,
                                     const ReportSettings& settings) {
  NormativeFigures figures;
  const Timestamp from = extent.begins();
  const Timestamp to = extent.ends();
  for (const auto& [id, number] : all_policies(tx, extent.scope)) {
    const auto revision = ItemStore::load_revision(tx, id, number);
    if (!revision || !is_normative(revision->article.meta, settings.normative_marks)) continue;
    const Article& article = revision->article;
    const Repeal repeal = repeal_of(tx, id, *revision);
    if (!repeal.known) {
      figures.undated.push_back(id);
      continue;
    }
    const auto first = ItemStore::load_revision(tx, id, 1);
    NormativeDocument document{id, article.meta.doc_no, article.title, revision->seen_at,
                               repeal.at};
    if (first) document.issued_at = first->seen_at;
    if (article.published) document.issued_at = article.published->at;
    if (const auto made = day_of(article.meta.made_on)) document.issued_at = *made;
    if (document.issued_at >= to) continue;
    const bool ended_before = repeal.at && *repeal.at < from;
    const bool ended = repeal.at && *repeal.at < to;
    const bool issued_now = document.issued_at >= from;
    if (!issued_now && !ended_before) figures.in_force_before.push_back(id);
    if (!ended) figures.in_force_after.push_back(id);
    if (issued_now) figures.issued.push_back(document);
    if (ended && (!ended_before || issued_now)) figures.repealed.push_back(document);
  }
  return figures;
}

}  // namespace liandong
