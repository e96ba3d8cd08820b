#include "adapters/shared/charset.h"

#include <algorithm>
#include <array>
#include <cstdint>
#include <memory>
#include <stdexcept>

#include <fmt/format.h>
#include <unicode/uchar.h>
#include <unicode/ucnv.h>
#include <unicode/ucsdet.h>
#include <unicode/unistr.h>
#include <unicode/utf8.h>

#include "daemon/platform/lazy_library.h"
#include "daemon/platform/text.h"

namespace liandong {

namespace {

// A declaration stands early in a document; browsers look at 1,024 bytes, pages put long comments
// before it.
constexpr std::size_t kDeclarationWithin = 4096;
constexpr std::string_view kWindows = "windows-1252";
constexpr std::string_view kReplacement = "\xEF\xBF\xBD";

using Converter = std::unique_ptr<UConverter, decltype(&ucnv_close)>;

Converter open_converter(const std::string& name, UErrorCode& status) {
  return {ucnv_open(name.c_str(), &status), &ucnv_close};
}

// Of ICU's own table, which lives as long as the program.
std::string_view lasting_name(const std::string& name) {
  for (const char* standard : {"MIME", "IANA"}) {
    UErrorCode status = U_ZERO_ERROR;
    const char* found = ucnv_getStandardName(name.c_str(), standard, &status);
    if (U_SUCCESS(status) && found != nullptr) return found;
  }
  UErrorCode status = U_ZERO_ERROR;
  const char* first = ucnv_getAlias(name.c_str(), 0, &status);
  return U_FAILURE(status) || first == nullptr ? std::string_view() : std::string_view(first);
}

// What ICU knows beside the names pages use, one byte or two a character and a superset of ASCII.
std::string_view rare_converter(const std::string& name) {
  if (name.empty() || name.size() > 30) return {};
  UErrorCode status = U_ZERO_ERROR;
  const Converter opened = open_converter(name, status);
  if (U_FAILURE(status)) return {};
  const UConverterType type = ucnv_getType(opened.get());
  if (type != UCNV_SBCS && type != UCNV_MBCS && type != UCNV_DBCS && type != UCNV_LATIN_1)
    return {};
  std::array<char, 8> plain{};
  ucnv_fromUChars(opened.get(), plain.data(), static_cast<std::int32_t>(plain.size()), u"<?xml", 5,
                  &status);
  if (U_FAILURE(status) || std::string_view(plain.data()) != "<?xml") return {};
  return lasting_name(name);
}

// How this program reads a declared name; empty when the name is unknown or a converter that no
// page needs and that has been used to smuggle markup (UTF-7, HZ, ISO-2022).
std::string_view converter_for(std::string_view declared) {
  struct Known {
    std::string_view name;
    const char* converter;
  };
  static constexpr std::array kKnown = {Known{"utf-8", "utf-8"},
                                        Known{"utf8", "utf-8"},
                                        Known{"gb2312", "gb18030"},
                                        Known{"gbk", "gb18030"},
                                        Known{"gb18030", "gb18030"},
                                        Known{"gb_2312-80", "gb18030"},
                                        Known{"gb2312-80", "gb18030"},
                                        Known{"x-gbk", "gb18030"},
                                        Known{"euc-cn", "gb18030"},
                                        Known{"cp936", "gb18030"},
                                        Known{"ms936", "gb18030"},
                                        Known{"windows-936", "gb18030"},
                                        Known{"big5", "Big5-HKSCS"},
                                        Known{"big5-hkscs", "Big5-HKSCS"},
                                        Known{"x-x-big5", "Big5-HKSCS"},
                                        Known{"cp950", "Big5-HKSCS"},
                                        Known{"iso-8859-1", "windows-1252"},
                                        Known{"latin1", "windows-1252"},
                                        Known{"us-ascii", "windows-1252"},
                                        Known{"ascii", "windows-1252"},
                                        Known{"windows-1252", "windows-1252"},
                                        Known{"windows-1251", "windows-1251"},
                                        Known{"shift_jis", "Shift_JIS"},
                                        Known{"euc-jp", "EUC-JP"},
                                        Known{"euc-kr", "windows-949"},
                                        Known{"utf-16le", "UTF-16LE"},
                                        Known{"utf-16be", "UTF-16BE"}};
  const std::string lower = lower_ascii(trim(declared));
  const auto* found = std::find_if(kKnown.begin(), kKnown.end(),
                                   [&](const Known& known) { return known.name == lower; });
  return found == kKnown.end() ? rare_converter(lower) : std::string_view(found->converter);
}

// The value after `charset` and `=`, quoted or bare; empty when there is none.
std::string_view value_after(std::string_view text, std::size_t at) {
  text.remove_prefix(at);
  text = trim(text);
  if (!text.starts_with('=')) return {};
  text = trim(text.substr(1));
  if (!text.empty() && (text.front() == '"' || text.front() == '\'')) text.remove_prefix(1);
  return text.substr(0, text.find_first_of("\"'; >?\t\r\n"));
}

// XML of a mainframe: `<?xm` in EBCDIC, which no other encoding makes of anything. Its declaration
// is in letters that all of EBCDIC's kinds share.
std::string_view mainframe_xml(std::string_view bytes) {
  if (!bytes.starts_with("\x4C\x6F\xA7\x94")) return {};
  UErrorCode status = U_ZERO_ERROR;
  std::array<char, 200> head{};
  ucnv_toAlgorithmic(UCNV_US_ASCII, open_converter("ibm-037", status).get(), head.data(),
                     static_cast<std::int32_t>(head.size()) - 1, bytes.data(),
                     static_cast<std::int32_t>(std::min<std::size_t>(bytes.size(), 150)), &status);
  if (U_FAILURE(status)) return {};
  const std::string text = lower_ascii(std::string_view(head.data()));
  const std::size_t at = text.find("encoding");
  const std::string name(at == std::string::npos ? "" : value_after(text, at + 8));
  const Converter opened = open_converter(name, status);
  const bool usable = U_SUCCESS(status) && (ucnv_getType(opened.get()) == UCNV_SBCS ||
                                            ucnv_getType(opened.get()) == UCNV_LATIN_1);
  return usable ? lasting_name(name) : "ibm-037";
}

std::string_view charset_of_header(std::string_view content_type) {
  const std::size_t at = lower_ascii(content_type).find("charset");
  if (at == std::string_view::npos) return {};
  return value_after(content_type, at + 7);
}

std::string charset_of_document(std::string_view bytes) {
  const std::string head = lower_ascii(bytes.substr(0, kDeclarationWithin));
  const std::string_view start = trim(head);
  if (start.starts_with("<?xml")) {
    const std::string_view declaration = start.substr(0, start.find("?>"));
    const std::size_t at = declaration.find("encoding");
    if (at != std::string_view::npos) return std::string(value_after(declaration, at + 8));
  }
  for (std::size_t meta = head.find("<meta"); meta != std::string::npos;
       meta = head.find("<meta", meta + 5)) {
    const std::string_view tag = std::string_view(head).substr(meta, head.find('>', meta) - meta);
    const std::size_t at = tag.find("charset");
    if (at != std::string_view::npos) return std::string(value_after(tag, at + 7));
  }
  return {};
}

struct Decoded {
  std::string text;
  std::size_t wrong = 0;    // characters that could not be read
  std::size_t foreign = 0;  // characters outside ASCII
};

Decoded count(std::string text) {
  Decoded decoded{std::move(text)};
  for (std::size_t i = 0; i < decoded.text.size(); ++i) {
    const auto byte = static_cast<unsigned char>(decoded.text[i]);
    if (byte >= 0xC0U) ++decoded.foreign;
    if (byte == 0xEFU && decoded.text.compare(i, 3, kReplacement) == 0) ++decoded.wrong;
  }
  return decoded;
}

Result<Decoded> convert(std::string_view bytes, std::string_view converter) {
  if (converter == "utf-8") return count(to_valid_utf8(bytes));
  UErrorCode status = U_ZERO_ERROR;
  const Converter opened = open_converter(std::string(converter), status);
  if (U_FAILURE(status)) {
    return Error(ErrorKind::Permanent, fmt::format("no converter for {}", converter));
  }
  const icu::UnicodeString wide(bytes.data(), static_cast<std::int32_t>(bytes.size()), opened.get(),
                                status);
  if (U_FAILURE(status)) {
    return Error(ErrorKind::Malformed, fmt::format("the text is not {}", converter));
  }
  std::string text;
  wide.toUTF8String(text);
  return count(std::move(text));
}

// Chinese takes three bytes in UTF-8, and other encodings hardly ever form several such sequences
// and next to nothing wrong.
struct Triples {
  std::size_t good = 0;
  std::size_t wrong = 0;
};

Triples triples_in(std::string_view bytes) {
  Triples triples;
  const auto* text = reinterpret_cast<const std::uint8_t*>(bytes.data());
  const auto length = static_cast<std::int32_t>(bytes.size());
  for (std::int32_t i = 0; i < length;) {
    UChar32 c = 0;
    U8_NEXT(text, i, length, c);
    if (c < 0) ++triples.wrong;
    if (c >= 0x3000 && c < 0xA000) ++triples.good;
  }
  return triples;
}

// UTF-8 whatever was declared.
bool is_surely_utf8(std::string_view bytes) {
  const Triples triples = triples_in(bytes);
  return triples.good >= 3 &&
         (triples.wrong == 0 || (triples.good >= 50 && triples.wrong * 50 <= triples.good));
}

// How the bytes beyond ASCII pair up when they are read as two-byte characters.
struct Pairs {
  std::size_t all = 0;
  std::size_t of_gb2312 = 0;  // both bytes high, in the rows that GB 2312 fills
  std::size_t of_big5 = 0;    // in the rows of the characters that Big5 counts as frequent
  std::size_t lone = 0;       // high bytes between two of ASCII: a letter of a European word
  std::size_t hanzi = 0;      // both high, in the rows of GB 2312's characters
  std::size_t early = 0;      // of them in the rows that EUC-KR fills with syllables
  std::size_t kana = 0;       // in the rows where EUC-JP has them and GB 2312 too

  // Every third character of Chinese stands behind those rows.
  [[nodiscard]] bool may_be_korean() const { return early >= 12 && early * 50 >= hanzi * 49; }
  [[nodiscard]] bool may_be_japanese() const { return kana >= 5 && kana * 5 >= all; }
};

Pairs pairs_in(std::string_view bytes) {
  Pairs pairs;
  for (std::size_t i = 0; i + 1 < bytes.size(); ++i) {
    const auto lead = static_cast<unsigned char>(bytes[i]);
    const auto trail = static_cast<unsigned char>(bytes[i + 1]);
    if (lead < 0x80U) continue;
    ++pairs.all;
    const bool after_ascii = i == 0 || static_cast<unsigned char>(bytes[i - 1]) < 0x80U;
    if (trail < 0x80U && after_ascii) ++pairs.lone;
    ++i;
    const bool symbol = lead >= 0xA1U && lead <= 0xA9U;
    const bool hanzi = lead >= 0xB0U && lead <= 0xF7U;
    if ((symbol || hanzi) && trail >= 0xA1U) ++pairs.of_gb2312;
    if (hanzi && trail >= 0xA1U) ++pairs.hanzi;
    if (hanzi && lead <= 0xC8U && trail >= 0xA1U) ++pairs.early;
    if ((lead == 0xA4U || lead == 0xA5U) && trail >= 0xA1U) ++pairs.kana;
    const bool frequent = lead >= 0xA1U && lead <= 0xC6U;
    if (frequent && ((trail >= 0x40U && trail <= 0x7EU) || trail >= 0xA1U)) ++pairs.of_big5;
  }
  return pairs;
}

// TIS-620, which leaves these places empty and of which ICU's detector knows nothing.
bool is_thai(std::string_view bytes) {
  // Two thirds of any Thai text; of the bytes of Chinese a sixth.
  constexpr std::string_view kFrequent =
      "\xCD\xD2\xB9\xC3\xA1\xE0\xE8\xE9\xD5\xC7\xA7\xC1\xD1\xC5\xB7\xCA\xD4\xBB";
  std::size_t letters = 0;
  std::size_t frequent = 0;
  for (const char c : bytes) {
    const auto byte = static_cast<unsigned char>(c);
    if (byte < 0x80U) continue;
    ++letters;
    if (kFrequent.find(c) != std::string_view::npos) ++frequent;
    if (byte <= 0xA0U || byte > 0xFBU || (byte > 0xDAU && byte < 0xDFU)) return false;
  }
  return letters >= 20 && frequent * 2 >= letters;
}

// ICU's detector is all that is used of its second library, which would cost every process a
// megabyte of resident memory: loaded when a text declares nothing.
struct Detection {
  decltype(&ucsdet_open) open = function<decltype(ucsdet_open)>("ucsdet_open");
  decltype(&ucsdet_close) close = function<decltype(ucsdet_close)>("ucsdet_close");
  decltype(&ucsdet_setText) set_text = function<decltype(ucsdet_setText)>("ucsdet_setText");
  decltype(&ucsdet_enableInputFilter) enable_input_filter =
      function<decltype(ucsdet_enableInputFilter)>("ucsdet_enableInputFilter");
  decltype(&ucsdet_detect) detect = function<decltype(ucsdet_detect)>("ucsdet_detect");
  decltype(&ucsdet_getConfidence) get_confidence =
      function<decltype(ucsdet_getConfidence)>("ucsdet_getConfidence");
  decltype(&ucsdet_getName) get_name = function<decltype(ucsdet_getName)>("ucsdet_getName");

 private:
  // ICU carries its version in the names of its libraries and of all that is in them.
  template <typename Function>
  static Function* function(const char* name) {
    const std::string library = fmt::format("libicui18n.so.{}", U_ICU_VERSION_MAJOR_NUM);
    const std::string symbol = fmt::format("{}_{}", name, U_ICU_VERSION_MAJOR_NUM);
    const auto found = lazy_function<Function>(library.c_str(), symbol.c_str());
    if (!found) throw std::runtime_error(found.error().message());
    return *found;
  }
};

// By the frequency of letters. Empty when that says nothing, or what no text here is in.
std::string_view by_frequency(std::string_view bytes) {
  constexpr std::size_t kEnough = 64U << 10U;
  constexpr std::int32_t kSureEnough = 15;  // of 100; noise gets 10, a few sentences from 23 on
  UErrorCode status = U_ZERO_ERROR;
  static const Detection icu;
  const std::unique_ptr<UCharsetDetector, decltype(icu.close)> detector(icu.open(&status),
                                                                        icu.close);
  if (U_FAILURE(status)) return {};
  icu.set_text(detector.get(), bytes.data(),
               static_cast<std::int32_t>(std::min(bytes.size(), kEnough)), &status);
  icu.enable_input_filter(detector.get(), 1);  // markup is in ASCII
  const UCharsetMatch* match = icu.detect(detector.get(), &status);
  if (U_FAILURE(status) || match == nullptr) return {};
  if (icu.get_confidence(match, &status) < kSureEnough) return {};
  const char* name = icu.get_name(match, &status);
  if (U_FAILURE(status) || name == nullptr) return {};
  struct Wider {
    std::string_view narrow;
    std::string_view converter;
  };
  // Where ICU sees no byte of the wider set it names the narrower.
  static constexpr std::array kWider = {
      Wider{"ISO-8859-8", "windows-1255"}, Wider{"ISO-8859-8-I", "windows-1255"},
      Wider{"ISO-8859-7", "windows-1253"}, Wider{"ISO-8859-9", "windows-1254"},
      Wider{"ISO-8859-2", "windows-1250"}, Wider{"ISO-8859-6", "windows-1256"},
      Wider{"ISO-8859-1", "windows-1252"}};
  for (const Wider& wider : kWider) {
    if (wider.narrow == name) return wider.converter;
  }
  return converter_for(name);
}

bool is_gb(const Pairs& pairs) {
  return pairs.of_gb2312 * 10 >= pairs.all * 9;
}
bool is_big5(const Pairs& pairs) {
  return pairs.of_big5 * 10 >= pairs.all * 9 && !is_gb(pairs);
}
bool is_european(const Pairs& pairs) {
  return pairs.lone * 10 >= pairs.all * 9;
}

// What text is that is not UTF-8 and says wrongly what it is. Never by frequency: an encoding of
// one byte a character reads anything, and what cannot be read must not be published.
std::string_view likely(std::string_view bytes) {
  const Pairs pairs = pairs_in(bytes);
  if (is_european(pairs)) return kWindows;
  return is_big5(pairs) ? "Big5-HKSCS" : "gb18030";
}

// What text is that is not UTF-8 and does not say what it is.
std::string_view undeclared(std::string_view bytes) {
  const Pairs pairs = pairs_in(bytes);
  if (is_thai(bytes)) return "windows-874";
  const bool settled = is_european(pairs) || is_big5(pairs) ||
                       (is_gb(pairs) && !pairs.may_be_korean() && !pairs.may_be_japanese());
  if (settled) return likely(bytes);
  const std::string_view guess = by_frequency(bytes);
  return guess.empty() ? "gb18030" : guess;
}

// A page may hold a character cut in half by its own CMS; more than a few means the wrong encoding.
bool is_tolerable(const Decoded& decoded) {
  return decoded.wrong <= 3 || (decoded.wrong <= 20 && decoded.wrong * 200 <= decoded.foreign);
}

std::string_view mark_of(std::string_view bytes) {
  if (bytes.starts_with("\xEF\xBB\xBF")) return "utf-8";
  constexpr std::string_view kWideLittle("\xFF\xFE\0\0", 4);
  constexpr std::string_view kWideBig("\0\0\xFE\xFF", 4);
  if (bytes.starts_with(kWideLittle)) return "UTF-32LE";
  if (bytes.starts_with(kWideBig)) return "UTF-32BE";
  if (bytes.starts_with("\xFF\xFE")) return "UTF-16LE";
  if (bytes.starts_with("\xFE\xFF")) return "UTF-16BE";
  return {};
}

std::size_t length_of_mark(std::string_view mark) {
  if (mark.starts_with("UTF-32")) return 4;
  return mark == "utf-8" ? 3 : 2;
}

// Wide XML without a mark: its declaration tells by the zeros around `<?`.
std::string_view wide_xml(std::string_view bytes) {
  struct Start {
    std::string_view bytes;
    std::string_view converter;
  };
  static constexpr std::array kStarts = {Start{std::string_view("<\0?\0", 4), "UTF-16LE"},
                                         Start{std::string_view("\0<\0?", 4), "UTF-16BE"},
                                         Start{std::string_view("<\0\0\0", 4), "UTF-32LE"},
                                         Start{std::string_view("\0\0\0<", 4), "UTF-32BE"}};
  for (const Start& start : kStarts) {
    if (bytes.starts_with(start.bytes)) return start.converter;
  }
  return {};
}

bool says_ascii(std::string_view declared) {
  const std::string name = lower_ascii(trim(declared));
  return name == "us-ascii" || name == "ascii";
}

std::string_view choose(std::string_view bytes, std::string_view content_type) {
  if (const std::string_view wide = wide_xml(bytes); !wide.empty()) return wide;
  if (const std::string_view old = mainframe_xml(bytes); !old.empty()) return old;
  const std::string_view stated = converter_for(charset_of_header(content_type));
  const std::string inside = charset_of_document(bytes);
  std::string_view declared = converter_for(inside);
  // ASCII was readable enough to find the declaration, so it cannot mean UTF-16.
  if (declared.starts_with("UTF-16")) declared = "utf-8";
  // Servers that were never set up say ISO-8859-1; the page knows better.
  const bool vague = stated.empty() || (stated == kWindows && !declared.empty());
  std::string_view chosen = vague ? declared : stated;
  // ASCII that is none says only that nobody thought of it.
  if (chosen == kWindows && says_ascii(vague ? inside : charset_of_header(content_type)))
    chosen = {};
  if (chosen.empty()) chosen = is_valid_utf8(bytes) ? "utf-8" : undeclared(bytes);
  if (!chosen.starts_with("UTF-16") && is_surely_utf8(bytes)) return "utf-8";
  return chosen;
}

// Where what was declared turned out wrong: what the page itself says, else what it looks like.
std::string_view second_guess(std::string_view bytes, std::string_view first) {
  const std::string_view inside = converter_for(charset_of_document(bytes));
  const bool says_another = !inside.empty() && inside != first && !inside.starts_with("UTF-16");
  return says_another ? inside : likely(bytes);
}

struct Settled {
  std::string_view converter;
  Decoded decoded;
};

Result<Settled> settle(std::string_view bytes, std::string_view content_type) {
  const std::string_view mark = mark_of(bytes);
  if (!mark.empty()) bytes.remove_prefix(length_of_mark(mark));
  std::string_view converter = mark.empty() ? choose(bytes, content_type) : mark;
  Result<Decoded> decoded = convert(bytes, converter);
  if (!decoded) return decoded.error();
  if (!is_tolerable(*decoded) && mark.empty()) {
    // A server that says UTF-8 of everything, before pages older than itself.
    const std::string_view second = second_guess(bytes, converter);
    Result<Decoded> other = convert(bytes, second);
    if (other && other->wrong == 0 && other->foreign > 0) {
      return Settled{second, std::move(*other)};
    }
  }
  return Settled{converter, std::move(*decoded)};
}

// UTF-8 that was read as GBK: `鍏充簬` for `关于`. Turned back it is UTF-8 again, which Chinese
// text by chance is not.
bool was_read_as_gbk(std::string_view line) {
  const icu::UnicodeString wide =
      icu::UnicodeString::fromUTF8({line.data(), static_cast<std::int32_t>(line.size())});
  std::string bytes(line.size() * 2 + 8, '\0');
  // With the euro sign in its one byte, as those read it that make such text.
  const std::int32_t length = wide.extract(
      0, wide.length(), bytes.data(), static_cast<std::uint32_t>(bytes.size()), "windows-936-2000");
  if (length <= 0 || static_cast<std::size_t>(length) > bytes.size()) return false;
  bytes.resize(static_cast<std::size_t>(length));
  const Triples triples = triples_in(bytes);
  return triples.good >= 3 && triples.wrong * 4 <= triples.good;
}

}  // namespace

Result<std::string> decode_text(std::string_view bytes, std::string_view content_type) {
  if (bytes.size() > (64U << 20U)) {
    return Error(ErrorKind::Malformed, "the text is larger than 64 MB");
  }
  Result<Settled> settled = settle(bytes, content_type);
  if (!settled) return settled.error();
  if (!is_tolerable(settled->decoded)) {
    return Error(ErrorKind::Malformed,
                 fmt::format("the text is not {}: {} of {} characters cannot "
                             "be read",
                             settled->converter, settled->decoded.wrong, settled->decoded.foreign));
  }
  return std::move(settled->decoded.text);
}

std::string encoding_of(std::string_view bytes, std::string_view content_type) {
  const Result<Settled> settled = settle(bytes, content_type);
  const std::string_view converter = settled ? settled->converter : choose(bytes, content_type);
  if (converter == "Big5-HKSCS") return "big5";
  return converter == "windows-949" ? "euc-kr" : lower_ascii(converter);
}

bool is_garbled(std::string_view line) {
  std::size_t latin = 0;
  std::size_t han = 0;
  const auto* bytes = reinterpret_cast<const std::uint8_t*>(line.data());
  const auto length = static_cast<std::int32_t>(line.size());
  for (std::int32_t i = 0; i < length;) {
    UChar32 c = 0;
    U8_NEXT(bytes, i, length, c);
    if (c < 0 || c == 0xFFFD || (c >= 0x80 && c < 0xA0)) return true;
    // Letters only: `·`, `×`, `°`, `«` and no-break spaces belong to Chinese text.
    if (c >= 0xC0 && c <= 0xFF && c != 0xD7 && c != 0xF7) ++latin;
    if (u_hasBinaryProperty(c, UCHAR_IDEOGRAPHIC) != 0) ++han;
  }
  if (latin >= 3 && han == 0 && latin * 4 >= count_code_points(line)) return true;
  return han >= 4 && line.size() <= 4'000 && was_read_as_gbk(line);
}

std::string with_mended_end(std::string line) {
  std::string_view kept = line;
  for (const std::string_view dots : {"...", "…"}) {
    if (kept.ends_with(dots)) kept.remove_suffix(dots.size());
  }
  if (!kept.ends_with(kReplacement)) return line;
  while (kept.ends_with(kReplacement)) kept.remove_suffix(kReplacement.size());
  return std::string(trim(kept)) + "…";
}

}  // namespace liandong
