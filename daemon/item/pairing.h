// Which policy (政策文件) an interpretation (政策解读) explains: by a link to it, by its document
// number, by its title in 《》. Pure; used to keep the order of pushes and to count coverage.
//
// BUGS
//   The number of one body that ends like that of another (政发〔2024〕1号 in 皖政发〔2024〕1号)
//   counts as named.

#ifndef LIANDONG_DAEMON_ITEM_PAIRING_H_
#define LIANDONG_DAEMON_ITEM_PAIRING_H_

#include <cstdint>
#include <optional>
#include <set>
#include <string>
#include <string_view>

#include "daemon/item/item.h"

namespace liandong {

// The surest first.
enum class PairedBy : std::uint8_t { Link, DocumentNumber, Title };
[[nodiscard]] std::string_view to_string(PairedBy by);  // link, document number, title

// For comparing only: without blanks, marks of titles and quotes, with one kind of bracket.
[[nodiscard]] std::string plain_words(std::string_view text);

// What an article names, in a form that compares quickly with many policies.
struct NamedDocuments {
  std::set<std::string> links;  // canonical
  std::string words;            // title and text without blanks, one kind of bracket
  std::set<std::string>
      titles;  // between 《》: those in the article's title, or else those in its text
};
[[nodiscard]] NamedDocuments documents_named_in(const Article& article);

// Is `policy` among them? A title counts when it is the policy's own or, of six characters and
// more, a part of it: 《工作规则》 is named in 关于印发《工作规则》的通知.
[[nodiscard]] std::optional<PairedBy> names_policy(const NamedDocuments& named,
                                                   const Article& policy);

}  // namespace liandong

#endif  // LIANDONG_DAEMON_ITEM_PAIRING_H_
