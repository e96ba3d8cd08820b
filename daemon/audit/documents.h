// What became of policies: how they were interpreted, and which normative documents
// (行政规范性文件) were issued, repealed and are in force (domain/standards.md 5b.3 and 5b.8).

#ifndef LIANDONG_DAEMON_AUDIT_DOCUMENTS_H_
#define LIANDONG_DAEMON_AUDIT_DOCUMENTS_H_

#include <array>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "daemon/audit/period.h"
#include "daemon/item/item.h"
#include "daemon/platform/database.h"
#include "daemon/settings/report_settings.h"

namespace liandong {

// --- interpretations by form ---

struct FormCount {
  std::string form;  // as InterpretationRule names it
  std::int64_t items = 0;
};
// Every form, in the order of the yearly form; of interpretations first seen in the period.
[[nodiscard]] std::vector<FormCount> interpretation_forms(Transaction& tx,
                                                          const ReportExtent& extent,
                                                          const ReportSettings& settings);
// The same, one by one, in the order they were found.
struct Interpretation {
  ItemId item = 0;
  std::string form;
};
[[nodiscard]] std::vector<Interpretation> interpretations(Transaction& tx,
                                                          const ReportExtent& extent,
                                                          const ReportSettings& settings);
[[nodiscard]] bool is_form(std::string_view name);
[[nodiscard]] std::string_view chinese_form(std::string_view form);  // 文字解读 图解 …
// The line of the yearly form a form belongs to.
enum class FormLine : std::uint8_t { Text, Product, Comment };
[[nodiscard]] FormLine form_line(std::string_view form);

// --- normative documents ---

// By its 发文字号 or 体裁分类; empty marks: any document with a number.
[[nodiscard]] bool is_normative(const DocumentMeta& meta, const std::vector<std::string>& marks);

struct NormativeDocument {
  ItemId item = 0;
  std::string doc_no;
  std::string title;
  Timestamp issued_at;  // 成文日期, else the publication, else when it was first seen
  std::optional<Timestamp> repealed_at;
};

struct NormativeFigures {
  std::vector<NormativeDocument> issued;    // in the period
  std::vector<NormativeDocument> repealed;  // in the period
  std::vector<ItemId> in_force_before;      // at its begin, of what Liandong knows
  std::vector<ItemId> in_force_after;       // so many as before + issued - repealed
  std::vector<ItemId>
      undated;  // repealed before they were first seen, no date stated: in no figure
};
// By what is known now: a page that is found later is counted in the period of its 成文日期, so
// that what is in force at the end of a period always is what is in force at the begin of the next.
[[nodiscard]] NormativeFigures normative_documents(Transaction& tx, const ReportExtent& extent,
                                                   const ReportSettings& settings);

}  // namespace liandong

#endif  // LIANDONG_DAEMON_AUDIT_DOCUMENTS_H_
