// The figures that are told by lists: completeness, timeliness, documents, fields, the form.

#include <algorithm>
#include <array>
#include <functional>
#include <limits>
#include <map>
#include <optional>
#include <utility>

#include <fmt/format.h>

#include "daemon/audit/columns.h"
#include "daemon/audit/coverage.h"
#include "daemon/audit/documents.h"
#include "daemon/audit/screen_time.h"
#include "daemon/audit/timeliness.h"
#include "daemon/audit/why.h"
#include "daemon/audit/yearly_report.h"
#include "daemon/delivery/figures.h"
#include "daemon/platform/text.h"

namespace liandong {

namespace {

using soci::into;
using soci::use;

class Explainer {
 public:
  Explainer(Transaction& tx, const ReportFigure& figure, const WhyQuery& query)
      : tx_(tx), figure_(figure), query_(query) {}

  void cells();
  void items_dated_before();
  void items_owed();
  void met_by_import();
  void timed();
  void rank(int percent);
  void interpretation_form();
  void normative();
  void field();
  void clean_up();
  void account();
  void shows();
  Result<void> form();

  Explanation explanation;

 private:
  [[nodiscard]] bool is(std::string_view measure) const { return figure_.measure == measure; }
  [[nodiscard]] bool fits(std::string_view channel, std::string_view kind) const {
    return (figure_.channel.empty() || figure_.channel == channel) &&
           (figure_.kind.empty() || figure_.kind == kind);
  }

  // The entries are read for the parts that are kept only.
  void add(FigurePart part, const std::function<std::vector<CountedEntry>()>& entries) {
    explanation.value += part.adds;
    if (++explanation.parts_in_all > query_.most) return;
    part.entries = entries();
    explanation.parts.push_back(std::move(part));
  }
  void add_item(ItemId item, std::string words, std::int64_t adds = 1) {
    add({adds, item, "", std::move(words), {}}, [&] { return entries_of(item, ""); });
  }
  void add_push(ItemId item, const std::string& channel, std::string words, std::int64_t adds = 1) {
    add({adds, item, channel, std::move(words), {}}, [&] { return entries_of(item, channel); });
  }
  void add_stated(std::int64_t adds, std::string words) {
    add({adds, 0, "", std::move(words), {}}, [] { return std::vector<CountedEntry>(); });
  }

  std::vector<CoverageCell> all_cells();
  std::vector<CountedEntry> entries_of(ItemId item, const std::string& channel);
  std::vector<CountedEntry> entry_of_figures(const std::string& channel, const KeptFigure& kept);
  [[nodiscard]] bool has_carried_theirs();
  void publication(const std::optional<PublicationLine>& line);
  void interpretation_line(const std::optional<FormLine>& line);

  Transaction& tx_;
  const ReportFigure& figure_;
  const WhyQuery& query_;
};

// What the ledger says about the item on the channel; without a channel, about the item itself,
// wherever it went.
std::vector<CountedEntry> Explainer::entries_of(ItemId item, const std::string& channel) {
  CountedEntry entry;
  soci::statement statement =
      (tx_.sql().prepare
           << "SELECT l.seq, l.line FROM ledger_index x JOIN ledger l ON l.seq = x.seq "
              "WHERE x.item = :item AND coalesce(x.channel, '') = :channel ORDER BY x.seq",
       use(item, "item"), use(channel, "channel"), into(entry.seq), into(entry.line));
  statement.execute();
  std::vector<CountedEntry> entries;
  while (statement.fetch()) entries.push_back(entry);
  return entries;
}

// The entry that says what the platform told then.
std::vector<CountedEntry> Explainer::entry_of_figures(const std::string& channel,
                                                      const KeptFigure& kept) {
  const std::int64_t at = to_millis(kept.taken_at);
  CountedEntry entry;
  tx_.sql() << "SELECT l.seq, l.line FROM ledger_index x JOIN ledger l ON l.seq = x.seq WHERE "
               "x.event = 'figures.taken' AND x.channel = :channel AND x.ts >= :at ORDER BY x.seq "
               "LIMIT 1",
      use(channel), use(at), into(entry.seq), into(entry.line);
  if (!tx_.sql().got_data()) return {};  // taken before the ledger said so
  return {entry};
}

// Told from the plays, which are no entries; the entries are those of the item on the screens.
void Explainer::shows() {
  std::optional<std::string> group;
  if (!figure_.channel.empty()) group = figure_.channel == kEveryHall ? "" : figure_.channel;
  // A month's seconds are the whole ones of its sum: what is left of a second goes to the next
  // item.
  std::int64_t left = 0;
  for (int month = figure_.period.first_month; month <= figure_.period.last_month; ++month) {
    const ReportExtent extent(Period::of_month(figure_.period.year, month), figure_.scope);
    left = 0;
    for (const ItemPlays& plays : plays_by_item(tx_, extent, group)) {
      const std::int64_t millis = left + plays.millis;
      left = millis % 1000;
      add_item(plays.item,
               fmt::format("{} 次，{} 秒：{}", plays.shows, plays.millis / 1000, plays.title),
               is("shows") ? plays.shows : millis / 1000);
    }
  }
}

std::vector<CoverageCell> Explainer::all_cells() {
  CoverageQuery query;
  query.from = figure_.period.begins();
  query.to = figure_.period.ends();
  query.channel = figure_.channel;
  query.scope = figure_.scope;
  query.limit = std::numeric_limits<std::int64_t>::max();
  std::vector<CoverageCell> cells = coverage(tx_, query, query_.as_of);
  std::erase_if(cells, [this](const CoverageCell& cell) {
    return !fits(cell.channel, to_string(cell.kind));
  });
  return cells;
}

void Explainer::cells() {
  for (const CoverageCell& cell : all_cells()) {
    const bool is_owed = cell.fulfilment != Fulfilment::Gone;
    const bool there = is_there(cell.fulfilment);
    if (!((is("owed") || is("completeness")) && is_owed) && !is(to_string(cell.fulfilment)) &&
        !(is("open") && !there))
      continue;
    const std::string why = reason_in_words(cell);
    add_push(cell.item, cell.channel,
             fmt::format("{}{}{}：{}", chinese(cell.fulfilment), why.empty() ? "" : "，", why,
                         cell.title),
             is("completeness") && !there ? 0 : 1);
  }
}

void Explainer::items_dated_before() {
  for (const auto& [item, title] : liandong::items_dated_before(tx_, figure_.extent()))
    add_item(item, title);
}

void Explainer::items_owed() {
  std::map<ItemId, std::pair<std::string, bool>> items;  // title, complete
  for (const CoverageCell& cell : all_cells()) {
    if (cell.fulfilment == Fulfilment::Gone) continue;
    auto& [title, complete] = items.try_emplace(cell.item, cell.title, true).first->second;
    complete = complete && is_there(cell.fulfilment);
  }
  for (const auto& [item, one] : items) {
    if (one.second || !is("items_complete"))
      add_item(item, one.first, one.second || is("items_owed") ? 1 : 0);
  }
}

void Explainer::met_by_import() {
  for (const ImportedPush& push : obligations_met_by_import(tx_, figure_.extent())) {
    if (fits(push.channel, push.kind)) add_push(push.item, push.channel, "由导入的推送满足");
  }
}

void Explainer::timed() {
  for_each_timed_push(tx_, figure_.extent(), [this](const TimedPush& push) {
    const bool counts = is("timed") || ((is("timeliness") || is("judged")) && push.judged) ||
                        (is("within") && push.within) || (is("by_day") && push.by_day);
    if (counts && fits(push.channel, push.kind))
      add_push(push.item, push.channel, fmt::format("用时 {} 毫秒", push.took.count()),
               is("timeliness") && !push.within ? 0 : 1);
  });
}

// A duration is one push's: the one at that place in the order of time.
void Explainer::rank(int percent) {
  std::vector<TimedPush> pushes;
  for_each_timed_push(tx_, figure_.extent(), [&](const TimedPush& push) {
    if (fits(push.channel, push.kind)) pushes.push_back(push);
  });
  if (pushes.empty()) return;
  const std::size_t place = rank_of(pushes.size(), percent);
  const auto at = pushes.begin() + static_cast<std::ptrdiff_t>(place);
  std::nth_element(pushes.begin(), at, pushes.end(),
                   [](const TimedPush& a, const TimedPush& b) { return a.took < b.took; });
  add_push(at->item, at->channel,
           fmt::format("{} 条次中由快到慢的第 {} 个", pushes.size(), place + 1), at->took.count());
}

void Explainer::interpretation_form() {
  for (const Interpretation& one : interpretations(tx_, figure_.extent(), query_.settings.report)) {
    if (one.form == figure_.of) add_item(one.item, std::string(chinese_form(one.form)));
  }
}

void Explainer::interpretation_line(const std::optional<FormLine>& line) {
  for (const Interpretation& one : interpretations(tx_, figure_.extent(), query_.settings.report)) {
    if (!line || form_line(one.form) == *line)
      add_item(one.item, std::string(chinese_form(one.form)));
  }
}

void Explainer::normative() {
  const NormativeFigures all = normative_documents(tx_, figure_.extent(), query_.settings.report);
  const auto add_documents = [this](const std::vector<NormativeDocument>& documents) {
    for (const NormativeDocument& one : documents) add_item(one.item, one.doc_no + " " + one.title);
  };
  const auto add_ids = [this](const std::vector<ItemId>& ids) {
    for (const ItemId id : ids) add_item(id, "");
  };
  const bool is_level = is("in_force_before") || is("in_force_after");
  if (is_level && query_.manual.in_force_before)
    add_stated(*query_.manual.in_force_before, "人工填报：联动启用前的现行有效件数");
  if (is("issued")) add_documents(all.issued);
  if (is("repealed")) add_documents(all.repealed);
  if (is("in_force_before")) add_ids(all.in_force_before);
  if (is("in_force_after")) add_ids(all.in_force_after);
  if (is("undated")) add_ids(all.undated);
}

// Of the website's items, or of what was published on the channels.
void Explainer::field() {
  for (const ItemGroup& group : query_.settings.report.fields) {
    if (group.name != figure_.of) continue;
    if (is("field")) {
      for_each_seen_item(tx_, figure_.extent(), [&](const SeenItem& item) {
        if (fits("", item.kind) && group.holds(item.source, item.title))
          add_item(item.item, item.title);
      });
      return;
    }
    for_each_publication(tx_, figure_.extent(), [&](const Publication& one) {
      const SeenItem& item = one.item;
      const bool counts = is("field_pushes") || one.imported;
      if (counts && fits(one.channel, item.kind) && group.holds(item.source, item.title))
        add_push(item.item, one.channel, item.title);
    });
    return;
  }
}

void Explainer::clean_up() {
  for (const CleanUp& one : clean_ups(tx_, figure_.extent())) {
    if (fits("", to_string(one.kind))) add_item(one.item, one.title);
  }
}

// The account's channel carried something of the scope in the period.
bool Explainer::has_carried_theirs() {
  const Counters counters = read_counters(tx_, figure_.period.year, figure_.scope);
  return std::any_of(counters.begin(), counters.end(), [this](const auto& counter) {
    const CounterKey& key = counter.first;
    return key.channel == figure_.channel && figure_.period.holds(key.year, key.month);
  });
}

// Of the channels the report names; what the ledger says of a channel is for those who have it.
void Explainer::account() {
  const bool is_theirs = is_channel_of(query_.settings, figure_.scope, figure_.channel);
  if (!is_theirs && !has_carried_theirs()) return;
  const std::string first = beijing_date(figure_.period.begins());
  const std::string last = beijing_date(figure_.period.ends() - Duration(1));
  const auto stated = query_.manual.followers.find(figure_.channel);
  if (is("followers") && stated != query_.manual.followers.end()) {
    add_stated(stated->second.count, "人工填报，取数日期 " + stated->second.taken_on);
    return;
  }
  const auto add_told = [this, is_theirs](const KeptFigure& kept, std::int64_t adds) {
    add({adds, 0, figure_.channel, "平台给出的 " + kept.day + " 的数", {}}, [&] {
      return is_theirs ? entry_of_figures(figure_.channel, kept) : std::vector<CountedEntry>();
    });
  };
  if (is("followers")) {
    if (const auto told = latest_figure(tx_, figure_.channel, kFollowers, first, last))
      add_told(*told, told->value);
    return;
  }
  for (const KeptFigure& kept : figures_of(tx_, figure_.channel, kReads, first, last))
    add_told(kept, is("reads") ? kept.value : 1);
}

void Explainer::publication(const std::optional<PublicationLine>& line) {
  const ReportSettings& settings = query_.settings.report;
  for_each_seen_item(tx_, figure_.extent(), [&](const SeenItem& item) {
    if (!line || publication_line(settings, item.source, item.kind) == *line)
      add_item(item.item, item.title);
  });
}

Result<void> Explainer::form() {
  const std::string& key = figure_.of;
  if (const auto stated = query_.manual.numbers.find(key); stated != query_.manual.numbers.end()) {
    add_stated(stated->second, "人工填报 " + key);
  } else if (key == "publication.total") {
    publication(std::nullopt);
  } else if (key == "publication.overview") {
    publication(PublicationLine::Overview);
  } else if (key == "publication.news") {
    publication(PublicationLine::News);
  } else if (key == "publication.catalogue") {
    publication(PublicationLine::Catalogue);
  } else if (key == "interpretation.total") {
    interpretation_line(std::nullopt);
  } else if (key == "interpretation.texts") {
    interpretation_line(FormLine::Text);
  } else if (key == "interpretation.products") {
    interpretation_line(FormLine::Product);
  } else if (key == "interpretation.comments") {
    interpretation_line(FormLine::Comment);
  } else {
    return Error(
        ErrorKind::Permanent,
        fmt::format("{} is not counted and nobody stated it: name the file, --form FILE", key));
  }
  return {};
}

struct Listed {
  std::string_view measure;
  void (*explain)(Explainer&);
  bool is_share = false;
};
constexpr std::array kListed = {
    Listed{"owed", [](Explainer& one) { one.cells(); }},
    Listed{"pushed", [](Explainer& one) { one.cells(); }},
    Listed{"pushed_late", [](Explainer& one) { one.cells(); }},
    Listed{"waived", [](Explainer& one) { one.cells(); }},
    Listed{"not_yet_due", [](Explainer& one) { one.cells(); }},
    Listed{"missing", [](Explainer& one) { one.cells(); }},
    Listed{"unjudged", [](Explainer& one) { one.cells(); }},
    Listed{"pushed_unjudged", [](Explainer& one) { one.cells(); }},
    Listed{"taken_down", [](Explainer& one) { one.cells(); }},
    Listed{"gone", [](Explainer& one) { one.cells(); }},
    Listed{"open", [](Explainer& one) { one.cells(); }},
    Listed{"completeness", [](Explainer& one) { one.cells(); }, true},
    Listed{"items_dated_before", [](Explainer& one) { one.items_dated_before(); }},
    Listed{"items_owed", [](Explainer& one) { one.items_owed(); }},
    Listed{"items_complete", [](Explainer& one) { one.items_owed(); }},
    Listed{"items_completeness", [](Explainer& one) { one.items_owed(); }, true},
    Listed{"met_by_import", [](Explainer& one) { one.met_by_import(); }},
    Listed{"timed", [](Explainer& one) { one.timed(); }},
    Listed{"judged", [](Explainer& one) { one.timed(); }},
    Listed{"within", [](Explainer& one) { one.timed(); }},
    Listed{"by_day", [](Explainer& one) { one.timed(); }},
    Listed{"timeliness", [](Explainer& one) { one.timed(); }, true},
    Listed{"median", [](Explainer& one) { one.rank(50); }},
    Listed{"ninetieth", [](Explainer& one) { one.rank(90); }},
    Listed{"longest", [](Explainer& one) { one.rank(100); }},
    Listed{"interpretations", [](Explainer& one) { one.interpretation_form(); }},
    Listed{"issued", [](Explainer& one) { one.normative(); }},
    Listed{"repealed", [](Explainer& one) { one.normative(); }},
    Listed{"in_force_before", [](Explainer& one) { one.normative(); }},
    Listed{"in_force_after", [](Explainer& one) { one.normative(); }},
    Listed{"undated", [](Explainer& one) { one.normative(); }},
    Listed{"field", [](Explainer& one) { one.field(); }},
    Listed{"field_pushes", [](Explainer& one) { one.field(); }},
    Listed{"field_imported", [](Explainer& one) { one.field(); }},
    Listed{"clean_ups", [](Explainer& one) { one.clean_up(); }},
    Listed{"followers", [](Explainer& one) { one.account(); }},
    Listed{"reads", [](Explainer& one) { one.account(); }},
    Listed{"shows", [](Explainer& one) { one.shows(); }},
    Listed{"shown_seconds", [](Explainer& one) { one.shows(); }},
    Listed{"reads_days", [](Explainer& one) { one.account(); }},
};
constexpr std::string_view kForm = "form";

const Listed* listed(std::string_view measure) {
  const auto* found = std::find_if(kListed.begin(), kListed.end(),
                                   [measure](const Listed& one) { return one.measure == measure; });
  return found == kListed.end() ? nullptr : found;
}

}  // namespace

bool is_listed_measure(std::string_view measure) {
  return measure == kForm || listed(measure) != nullptr;
}

std::string wrong_part_of(const ReportFigure& figure) {
  if (figure.measure == kForm)
    return is_number_of_form(figure.of)
               ? ""
               : fmt::format("the form has no number '{}'", fold_blanks(figure.of));
  if (figure.measure == "interpretations")
    return is_form(figure.of)
               ? ""
               : fmt::format("there is no form of interpretation '{}'", fold_blanks(figure.of));
  if (figure.measure.starts_with("field"))
    return figure.of.empty() ? "name the field: field:NAME" : "";
  return figure.of.empty() ? "" : fmt::format("{} has no parts of its own", figure.measure);
}

Result<Explanation> explain_listed(Transaction& tx, const ReportFigure& figure,
                                   const WhyQuery& query) {
  Explainer explainer(tx, figure, query);
  if (figure.measure == kForm) {
    const auto done = explainer.form();
    if (!done) return done.error();
  } else {
    const Listed& how = *listed(figure.measure);
    how.explain(explainer);
    explainer.explanation.is_share = how.is_share;
  }
  return std::move(explainer.explanation);
}

}  // namespace liandong
