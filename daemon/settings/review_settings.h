// [review] and the dictionary of wrong words: what holds an item before it is pushed.

#ifndef LIANDONG_DAEMON_SETTINGS_REVIEW_SETTINGS_H_
#define LIANDONG_DAEMON_SETTINGS_REVIEW_SETTINGS_H_

#include <map>
#include <set>
#include <string>
#include <vector>

#include "daemon/settings/table.h"

namespace liandong {

// A word that must not be pushed as it is.
struct Wording {
  std::string wrong;  // in its plain form
  std::string right;
  bool blocks = true;  // holds the item; false: a warning
  std::string since;   // YYYY-MM-DD: texts published before are not judged by it; empty: all are
  friend bool operator==(const Wording&, const Wording&) = default;
};

// What screening before a push lets pass, and what it looks for beside personal data.
struct ScreeningRules {
  // Mobile numbers that stand in notices for everybody to call, 11 digits: no reason to hold.
  std::set<std::string> allowed_mobiles;
  // Addresses, numbers and mail addresses that the office publishes on purpose.
  std::set<std::string> allowed_texts;
  std::vector<Wording> wording;
};

struct ReviewSettings {
  // How many persons must approve the exact text before a push, by kind; 0: none.
  std::map<std::string, int> approvers;
  ScreeningRules screening;
};

[[nodiscard]] ReviewSettings read_review(Table table, Problems& problems);

}  // namespace liandong

#endif  // LIANDONG_DAEMON_SETTINGS_REVIEW_SETTINGS_H_
