// From the bytes of a page or feed to UTF-8 text.
//
// What says how bytes are meant, in this order: a byte order mark, the HTTP header, the page's own
// declaration. `gb2312` and `gbk` are read as GB18030, which contains both; a declaration that the
// bytes contradict (a page saved as UTF-8 that still says gb2312) gives way to the bytes. Text that
// cannot be right is an error, never an item: garbled titles must not reach the public.

#ifndef LIANDONG_ADAPTERS_SHARED_CHARSET_H_
#define LIANDONG_ADAPTERS_SHARED_CHARSET_H_

#include <string>
#include <string_view>

#include "daemon/platform/result.h"

namespace liandong {

// Valid UTF-8 without a byte order mark, or Malformed. `content_type` is the HTTP header, may be
// empty; the declaration inside is looked for as HTML <meta> and as an XML declaration.
[[nodiscard]] Result<std::string> decode_text(std::string_view bytes,
                                              std::string_view content_type);

// What decode_text() reads these bytes as: "utf-8", "gb18030", "big5", "windows-1252" …
[[nodiscard]] std::string encoding_of(std::string_view bytes, std::string_view content_type);

// Whether a line for people was decoded wrongly somewhere before it came to us: U+FFFD, C1
// controls, or Latin-1 letters where Chinese is expected (`å…³äºŽ`).
[[nodiscard]] bool is_garbled(std::string_view line);

// A line that a CMS cut in the middle of a character ends in `…`; any other stays as it is.
[[nodiscard]] std::string with_mended_end(std::string line);

}  // namespace liandong

#endif  // LIANDONG_ADAPTERS_SHARED_CHARSET_H_
