// 《政府网站工作年度报表》 (国办函〔2018〕12号): the whole form, with what Liandong counted or was
// configured with filled in, what a person states in a small TOML file, and the rest marked as
// still to be filled. A blank number is an error there: zero must be written.
//
// What the file states goes before what was counted, and both are shown.

#ifndef LIANDONG_DAEMON_AUDIT_YEARLY_FORM_H_
#define LIANDONG_DAEMON_AUDIT_YEARLY_FORM_H_

#include <cstdint>
#include <filesystem>
#include <map>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "daemon/settings/table.h"

namespace liandong {

// What a person read off an account, and when.
struct StatedFollowers {
  std::int64_t count = 0;
  std::string taken_on;  // YYYY-MM-DD
};

// The file of manual values.
struct ManualValues {
  std::map<std::string, std::int64_t> numbers;       // "services.cases"
  std::map<std::string, std::string> texts;          // "head.icp"; yes and no are 是 and 否
  std::map<std::string, StatedFollowers> followers;  // by channel
  std::optional<std::int64_t> in_force_before;  // 行政规范性文件 in force when the period begins
};

// Never fails: what is wrong, and sums of the file that do not agree, are in `problems` with line
// and column, and the values are then not to be used.
struct ManualFor {
  int year = 0;                       // of the report
  std::vector<std::string> accounts;  // channels that have followers
};
[[nodiscard]] ManualValues read_manual_values(Table table, const ManualFor& report);
[[nodiscard]] ManualValues read_manual_file(const std::filesystem::path& file,
                                            const ManualFor& report, Problems& problems);
// The file with every key, empty, for a person to fill in.
[[nodiscard]] std::string manual_template(int year);

enum class Origin : std::uint8_t { Counted, Configured, ByHand, ToFill };
[[nodiscard]] std::string_view chinese(Origin origin);  // 联动统计 配置 人工填报 待填

// Is there a number of the form with this key, "services.cases"?
[[nodiscard]] bool is_number_of_form(std::string_view key);

struct FormCell {
  std::string key;  // "services.cases"; empty: a line of 移动新媒体
  std::string section;
  std::string label;
  std::string unit;
  std::string value;  // empty: to be filled
  std::optional<std::int64_t> number;
  Origin origin = Origin::ToFill;
  std::string note;    // what was counted, when a person states something else
  std::string figure;  // what `report --why` takes, of a number
};

struct FormCheck {
  std::string rule;  // 总数 = 概况类 + 政务动态 + 信息公开目录
  bool holds = true;
  std::string detail;
};

struct YearlyForm {
  std::vector<FormCell> cells;
  std::vector<FormCheck> checks;
};

// A value Liandong knows: by the field's key.
struct KnownValue {
  std::string text;
  std::optional<std::int64_t> number;
  Origin origin = Origin::Configured;
};
using KnownValues = std::map<std::string, KnownValue>;

// `media`: the lines of 移动新媒体, made by the caller, in their place.
[[nodiscard]] YearlyForm yearly_form(const KnownValues& known, const ManualValues& manual,
                                     std::vector<FormCell> media);

}  // namespace liandong

#endif  // LIANDONG_DAEMON_AUDIT_YEARLY_FORM_H_
