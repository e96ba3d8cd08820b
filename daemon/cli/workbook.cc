#include "daemon/cli/workbook.h"

#include <charconv>
#include <cmath>
#include <cstdlib>
#include <functional>
#include <memory>
#include <string>

#include <fmt/format.h>
#include <libxml/xmlreader.h>
#include <zlib.h>

#include "daemon/platform/text.h"

namespace liandong {

namespace {

constexpr std::size_t kMostPart = 256U << 20U;
constexpr std::size_t kMostColumns = 1000;

Error damaged(std::string_view what) {
  return {ErrorKind::Malformed, fmt::format("the workbook is damaged: {}", what)};
}

// Little-endian; 0 beyond the end, which no right file asks for.
std::uint64_t number_at(std::string_view bytes, std::size_t at, std::size_t size) {
  std::uint64_t value = 0;
  for (std::size_t i = size; i-- > 0;) {
    if (at + i >= bytes.size()) return 0;
    value = value << 8U | static_cast<unsigned char>(bytes[at + i]);
  }
  return value;
}

Result<std::string> inflated(std::string_view packed, std::size_t size) {
  std::string text(size, '\0');
  z_stream stream{};
  if (inflateInit2(&stream, -MAX_WBITS) != Z_OK) return damaged("it cannot be unpacked");
  std::string input(packed);
  stream.next_in = reinterpret_cast<unsigned char*>(input.data());
  stream.avail_in = static_cast<unsigned>(input.size());
  stream.next_out = reinterpret_cast<unsigned char*>(text.data());
  stream.avail_out = static_cast<unsigned>(size);
  const int ended = inflate(&stream, Z_FINISH);
  const bool whole = ended == Z_STREAM_END && stream.avail_out == 0;
  inflateEnd(&stream);
  if (!whole) return damaged("a part is not as long as it says");
  return text;
}

Result<std::string> part_at(std::string_view zip, std::size_t entry) {
  constexpr std::uint64_t kStored = 0;
  constexpr std::uint64_t kDeflated = 8;
  const std::uint64_t method = number_at(zip, entry + 10, 2);
  const std::uint64_t packed = number_at(zip, entry + 20, 4);
  const std::uint64_t size = number_at(zip, entry + 24, 4);
  const std::uint64_t local = number_at(zip, entry + 42, 4);
  const std::uint64_t data =
      local + 30 + number_at(zip, local + 26, 2) + number_at(zip, local + 28, 2);
  if (size > kMostPart) return damaged("a part is larger than 256 MB");
  if (data > zip.size() || packed > zip.size() - data) return damaged("it was cut short");
  const std::string_view bytes = zip.substr(data, packed);
  if (method == kStored) return std::string(bytes);
  if (method != kDeflated) return damaged("a part is packed in an unknown way");
  return inflated(bytes, size);
}

// The part of that name, by the central directory; empty when there is none.
Result<std::optional<std::string>> part_named(std::string_view zip, std::string_view name) {
  const std::size_t end = zip.rfind(std::string_view("PK\5\6", 4));
  if (end == std::string_view::npos) return damaged("it has no directory");
  std::size_t at = number_at(zip, end + 16, 4);
  for (std::uint64_t left = number_at(zip, end + 10, 2); left > 0 && at < end; --left) {
    const std::uint64_t length = number_at(zip, at + 28, 2);
    if (zip.substr(at + 46, length) == name) {
      auto part = part_at(zip, at);
      if (!part) return part.error();
      return std::optional(std::move(*part));
    }
    at += 46 + length + number_at(zip, at + 30, 2) + number_at(zip, at + 32, 2);
  }
  return std::optional<std::string>();
}

using XmlReader = std::unique_ptr<xmlTextReader, decltype(&xmlFreeTextReader)>;

std::string attribute(xmlTextReaderPtr reader, const char* name) {
  const std::unique_ptr<xmlChar, void (*)(void*)> value(
      xmlTextReaderGetAttribute(reader, reinterpret_cast<const xmlChar*>(name)),
      [](void* text) { xmlFree(text); });
  return value ? reinterpret_cast<const char*>(value.get()) : "";
}

// Calls `take` for every node until it answers false. False: the XML is wrong.
bool for_each_node(const std::string& xml,
                   const std::function<bool(xmlTextReaderPtr, std::string_view name)>& take) {
  const XmlReader reader(
      xmlReaderForMemory(xml.data(), static_cast<int>(xml.size()), nullptr, nullptr,
                         XML_PARSE_NONET | XML_PARSE_NOERROR | XML_PARSE_NOWARNING),
      &xmlFreeTextReader);
  if (!reader) return false;
  int more = xmlTextReaderRead(reader.get());
  while (more == 1) {
    const xmlChar* name = xmlTextReaderConstLocalName(reader.get());
    if (!take(reader.get(), name == nullptr ? "" : reinterpret_cast<const char*>(name)))
      return true;
    more = xmlTextReaderRead(reader.get());
  }
  return more == 0;
}

bool begins(xmlTextReaderPtr reader) {
  return xmlTextReaderNodeType(reader) == XML_READER_TYPE_ELEMENT;
}
bool ends(xmlTextReaderPtr reader) {
  return xmlTextReaderNodeType(reader) == XML_READER_TYPE_END_ELEMENT ||
         (begins(reader) && xmlTextReaderIsEmptyElement(reader) == 1);
}
std::string_view text_of(xmlTextReaderPtr reader) {
  const int type = xmlTextReaderNodeType(reader);
  const bool is_text = type == XML_READER_TYPE_TEXT || type == XML_READER_TYPE_CDATA ||
                       type == XML_READER_TYPE_SIGNIFICANT_WHITESPACE;
  const xmlChar* text = is_text ? xmlTextReaderConstValue(reader) : nullptr;
  return text == nullptr ? "" : reinterpret_cast<const char*>(text);
}

std::optional<std::vector<std::string>> shared_strings(const std::string& xml) {
  std::vector<std::string> strings;
  bool phonetic = false;  // how a word is read, beside the word
  const bool good = for_each_node(xml, [&](xmlTextReaderPtr reader, std::string_view name) {
    if (begins(reader) && name == "si") strings.emplace_back();
    if (name == "rPh") phonetic = !ends(reader);
    if (!strings.empty() && !phonetic) strings.back() += text_of(reader);
    return true;
  });
  return good ? std::optional(std::move(strings)) : std::nullopt;
}

// "C12" stands in the third column, counted from 0.
std::optional<std::size_t> column_of(std::string_view reference) {
  std::size_t column = 0;
  for (const char letter : reference) {
    if (letter < 'A' || letter > 'Z') break;
    column = column * 26 + static_cast<std::size_t>(letter - 'A') + 1;
    if (column > kMostColumns) return std::nullopt;
  }
  return column == 0 ? std::nullopt : std::optional(column - 1);
}

class SheetReader {
 public:
  SheetReader(const std::vector<std::string>& strings, std::size_t most)
      : strings_(strings), most_(most) {}

  bool node(xmlTextReaderPtr reader, std::string_view name) {
    if (begins(reader) && name == "row") begin_row(reader);
    if (begins(reader) && name == "c") begin_cell(reader);
    in_value_ = begins(reader) ? name == "v" || name == "t" || (in_value_ && name != "f")
                               : in_value_ && !ends(reader);
    if (in_value_) value_ += text_of(reader);
    if (ends(reader) && name == "c") end_cell();
    if (ends(reader) && name == "row" && rows.back().fields.empty()) rows.pop_back();
    return wrong.empty();
  }

  std::vector<CsvRow> rows;
  std::string wrong;

 private:
  void begin_row(xmlTextReaderPtr reader) {
    const std::string number = attribute(reader, "r");
    row_ = number.empty() ? row_ + 1 : static_cast<int>(std::strtol(number.c_str(), nullptr, 10));
    if (rows.size() == most_) wrong = fmt::format("more than {} rows: split the file", most_);
    rows.push_back({row_, {}});
  }
  void begin_cell(xmlTextReaderPtr reader) {
    value_.clear();
    type_ = attribute(reader, "t");
    const std::string reference = attribute(reader, "r");
    const std::size_t next = rows.empty() ? 0 : rows.back().fields.size();
    const auto column = reference.empty() ? std::optional(next) : column_of(reference);
    if (!column) wrong = fmt::format("row {}: more than {} columns", row_, kMostColumns);
    column_ = column.value_or(0);
  }
  void end_cell() {
    if (rows.empty() || !wrong.empty()) return;
    if (type_ == "s") {
      const auto index = static_cast<std::size_t>(std::strtoul(value_.c_str(), nullptr, 10));
      if (index >= strings_.size()) {
        wrong = fmt::format("row {}: a text it names is not there", row_);
        return;
      }
      value_ = strings_[index];
    }
    if (value_.empty()) return;
    std::vector<std::string>& fields = rows.back().fields;
    if (fields.size() <= column_) fields.resize(column_ + 1);
    fields[column_] = value_;
  }

  const std::vector<std::string>& strings_;
  std::size_t most_;
  int row_ = 0;
  std::size_t column_ = 0;
  std::string type_;
  std::string value_;
  bool in_value_ = false;
};

}  // namespace

bool is_workbook(std::string_view bytes) {
  return bytes.starts_with("PK\3\4");
}

Result<std::vector<CsvRow>> read_workbook(std::string_view bytes, std::size_t most_rows) {
  const auto sheet = part_named(bytes, "xl/worksheets/sheet1.xml");
  if (!sheet) return sheet.error();
  if (!*sheet) return damaged("it has no first sheet");
  const auto texts = part_named(bytes, "xl/sharedStrings.xml");
  if (!texts) return texts.error();
  const auto strings = shared_strings(texts->value_or("<sst/>"));
  if (!strings) return damaged("its texts are no XML");
  SheetReader reader(*strings, most_rows);
  const bool good = for_each_node(**sheet, [&reader](xmlTextReaderPtr xml, std::string_view name) {
    return reader.node(xml, name);
  });
  if (!reader.wrong.empty()) return Error(ErrorKind::Malformed, reader.wrong);
  if (!good) return damaged("its first sheet is no XML");
  return std::move(reader.rows);
}

std::optional<Timestamp> serial_time(std::string_view text) {
  constexpr double kFirst = 20'000;  // 1954
  constexpr double kLast = 80'000;   // 2119
  double days = 0;
  const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), days);
  const bool whole = error == std::errc() && end == text.data() + text.size();
  if (!whole || !(days >= kFirst && days < kLast)) return std::nullopt;
  const auto seconds = static_cast<std::int64_t>(std::llround(days * 86'400));
  return beijing_midnight(std::chrono::year(1899) / 12 / 30) + std::chrono::seconds(seconds);
}

}  // namespace liandong
