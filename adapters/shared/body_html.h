// The safe body model as plain, semantic HTML: what a mail programme or a receiving system shows.
//
// Every piece of text is escaped, every address is http or https; there is no style, class or
// script.

#ifndef LIANDONG_ADAPTERS_SHARED_BODY_HTML_H_
#define LIANDONG_ADAPTERS_SHARED_BODY_HTML_H_

#include <string>

#include "daemon/item/body.h"

namespace liandong {

[[nodiscard]] std::string html_of(const Body& body);

}  // namespace liandong

#endif  // LIANDONG_ADAPTERS_SHARED_BODY_HTML_H_
