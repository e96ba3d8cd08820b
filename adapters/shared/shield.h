// Recognising a page that is not the page: bot shields, "not found" with status 200, and shells
// that only redirect by script (contracts/cms.md 5, 8). Detected and reported, never solved.

#ifndef LIANDONG_ADAPTERS_SHARED_SHIELD_H_
#define LIANDONG_ADAPTERS_SHARED_SHIELD_H_

#include <optional>
#include <string>
#include <string_view>

#include "adapters/shared/html_tree.h"
#include "daemon/source/source.h"

namespace liandong {

// A challenge page. Ask only when the page holds nothing that was looked for: real pages carry the
// same scripts.
[[nodiscard]] std::optional<SourceFault> challenge_in(int status, std::string_view page);

// "Page not found" said with status 200.
[[nodiscard]] std::optional<SourceFault> soft_404_in(const HtmlTree& tree);

// A small page that sends the browser elsewhere by script or <meta refresh>.
[[nodiscard]] std::optional<SourceFault> script_redirect_in(const HtmlTree& tree,
                                                            std::string_view page);

// A form that asks for a password.
[[nodiscard]] std::optional<SourceFault> login_in(const HtmlTree& tree);

// The first of these that holds; empty when the page is simply something else.
[[nodiscard]] std::optional<SourceFault> not_the_page(int status, std::string_view page,
                                                      const HtmlTree& tree);

}  // namespace liandong

#endif  // LIANDONG_ADAPTERS_SHARED_SHIELD_H_
