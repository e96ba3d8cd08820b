#include "daemon/review/person_list.h"

#include <algorithm>
#include <array>

#include "daemon/platform/text.h"
#include "daemon/review/personal_numbers.h"

namespace liandong {

namespace {

constexpr int kPersons = 2;

// Words in a column's name. Office telephones and school addresses are public, so 电话 and 地址
// alone do not identify anybody; mobile numbers are found by themselves.
constexpr std::array<std::string_view, 25> kIdentifying = {
    "身份证", "身份号码", "证件号", "学籍号",   "准考证", "考生号", "报名号", "证书编号", "证书号",
    "手机",   "住址",     "家庭",   "户籍地",   "银行卡", "卡号",   "账号",   "病情",     "诊断",
    "残疾",   "低保",     "贫困",   "建档立卡", "孤儿",   "资助",   "监护人"};

bool is_name_column(const std::string& header) {
  return header.size() <= kLongestHeader && header.find("姓名") != std::string::npos;
}

bool is_identifying_column(const std::string& header) {
  return header.size() <= kLongestHeader &&
         std::any_of(kIdentifying.begin(), kIdentifying.end(), [&header](std::string_view word) {
           return header.find(word) != std::string::npos;
         });
}

struct Columns {
  std::size_t header_row = 0;
  std::size_t name = 0;
  std::vector<bool> identifying;
};

std::optional<Columns> find_columns(const TableBlock& table) {
  for (std::size_t row = 0; row < std::min(table.rows.size(), kHeaderRows); ++row) {
    Columns columns;
    columns.header_row = row;
    bool named = false;
    for (std::size_t i = 0; i < table.rows[row].size(); ++i) {
      const std::string header = header_word(table.rows[row][i]);
      // `监护人姓名` names a person too, but the first such column is whom the table lists.
      if (!named && is_name_column(header)) {
        named = true;
        columns.name = i;
        columns.identifying.push_back(false);
      } else {
        columns.identifying.push_back(is_identifying_column(header));
      }
    }
    if (named) {
      return columns;
    }
  }
  return std::nullopt;
}

// Is there something in the cell that says who it is? Masked values, dashes and 无 say nothing.
bool says_something(const std::string& cell) {
  const std::string word = header_word(cell);
  return word.find("**") == std::string::npos && word.find("＊＊") == std::string::npos &&
         word != "-" && word != "—" && word != "/" && word != "无" && word != "否" && !word.empty();
}

bool identifies(const std::vector<std::string>& row, const Columns& columns) {
  for (std::size_t i = 0; i < row.size(); ++i) {
    if (i == columns.name) {
      continue;
    }
    const bool by_column = i < columns.identifying.size() && columns.identifying[i];
    if (by_column ? says_something(row[i]) : holds_personal_number(row[i])) {
      return true;
    }
  }
  return false;
}

}  // namespace

std::string header_word(const std::string& cell) {
  return replace_all(fold_blanks(cell), " ", "");
}

std::optional<std::string> find_person_list(const TableBlock& table) {
  const auto columns = find_columns(table);
  if (!columns) {
    return std::nullopt;
  }
  int persons = 0;
  for (std::size_t i = columns->header_row + 1; i < table.rows.size(); ++i) {
    const std::vector<std::string>& row = table.rows[i];
    if (columns->name < row.size() && says_something(row[columns->name]) &&
        identifies(row, *columns)) {
      ++persons;
    }
  }
  if (persons < kPersons) {
    return std::nullopt;
  }
  std::string header;
  for (const std::string& cell : table.rows[columns->header_row]) {
    header += (header.empty() ? "" : " ") + header_word(cell);
  }
  return shorten(mask_digits(header), 60);
}

}  // namespace liandong
