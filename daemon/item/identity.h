// How an item is known again (contracts/cms.md 6).
//
// A document keeps its identity when its title is edited, its URL changes or it appears in a second
// column; three notices with one title stay three. So an item has several keys, from the surest to
// the weakest, and is known again by any one of them:
//   cms    source + the CMS's own id      url    canonical URL
//   guid   source + a feed's guid         index  索引号          doc    发文字号 + title
//   title  title + day + hash of the body
//   text   title + hash of a longer body, days at most a week apart
// 发文字号 counts together with the title only, and neither it nor 索引号 nor the title ever joins
// an interpretation to its policy, whose numbers it states.

#ifndef LIANDONG_DAEMON_ITEM_IDENTITY_H_
#define LIANDONG_DAEMON_ITEM_IDENTITY_H_

#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "daemon/item/item.h"

namespace liandong {

struct IdentityKey {
  std::string kind;
  std::string value;
  // "url" of a single office and "url@jyt" of an organisation are of one kind.
  [[nodiscard]] bool is_of(std::string_view name) const {
    return std::string_view(kind).substr(0, kind.find('@')) == name;
  }
  friend auto operator<=>(const IdentityKey&, const IdentityKey&) = default;
};

// Surest first. `source` scopes the keys that are unique only within a site.
[[nodiscard]] std::vector<IdentityKey> identity_keys(const std::string& source,
                                                     const Article& article);

// Of a row in a list of pushes: its title and the day it was published. Only lists are known by it;
// of two pages of one title and day it says nothing.
[[nodiscard]] IdentityKey listed_key(const std::string& title, Timestamp published);

// The same, as one organisation of several knows them (Organisation::identity): each publishes for
// itself, also what another has published. Empty: as they are.
[[nodiscard]] std::vector<IdentityKey> keys_within(std::string_view identity,
                                                   std::vector<IdentityKey> keys);

// Whether two titles may be those of one document that was edited: the same numbers in them, and
// most of the words. Pages made from an older one's template keep its 索引号 by mistake, so that
// key counts only between such titles.
[[nodiscard]] bool may_be_edited(const std::string& before, const std::string& after);

// For comparing only, never for fetching: scheme and `www.` dropped, host in lower case, default
// port and fragment dropped, session and tracking parameters (;jsessionid, timestamp, _, t, random,
// spm, utm_*) removed, percent-encoding normalised. Not a URL: empty.
[[nodiscard]] std::string canonical_url(std::string_view url);

// 国办发﹝2017﹞47号, 国办发[2017]47号, 国办发（2017）47 号 → 国办发〔2017〕47号. Not a document
// number: empty.
[[nodiscard]] std::string normalise_doc_no(std::string_view text);

// The stable id in the address of a known CMS family: TRS `tYYYYMMDD_id`, Hanweb `art_col_id`,
// `/public/organ/id.html`, `post_N.html`. Empty when there is none.
[[nodiscard]] std::string cms_id_from_url(std::string_view url);

}  // namespace liandong

#endif  // LIANDONG_DAEMON_ITEM_IDENTITY_H_
