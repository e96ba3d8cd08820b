// [[organisation]]: the offices that share one installation, as a tree or several.
//
// None configured: there is one office, nothing has an organisation, and nothing is limited by one.
// What was stored before the first was configured names none: it belongs to the root when there is
// one root, and to nobody when there are several.

#ifndef LIANDONG_DAEMON_SETTINGS_ORGANISATION_SETTINGS_H_
#define LIANDONG_DAEMON_SETTINGS_ORGANISATION_SETTINGS_H_

#include <memory>
#include <set>
#include <string>
#include <string_view>
#include <vector>

#include "daemon/settings/table.h"

namespace liandong {

struct Organisation {
  std::string name;    // stands in the ledger and on command lines
  std::string title;   // 机构名称, for people
  std::string within;  // the organisation above; empty: a root
  // What it knows a document by is its own, so that two offices may publish the same one: goes with
  // an item's keys. Empty for the only root, whose keys are those of a single office.
  std::string identity;
};

class Organisations {
 public:
  using Shared = std::shared_ptr<const Organisation>;  // sources outnumber organisations by far

  [[nodiscard]] bool empty() const { return all_.empty(); }
  // In the order of the file.
  [[nodiscard]] const std::vector<Shared>& all() const { return all_; }
  // Null when there is none of that name.
  [[nodiscard]] Shared find(std::string_view name) const;
  // The only root; null when there is none, or there are several.
  [[nodiscard]] Shared only_root() const;
  // Is `above` the organisation `below`, or above it?
  [[nodiscard]] bool reaches(std::string_view above, std::string_view below) const;
  // Itself and everything below it, as it is stored: with the empty name for the only root.
  [[nodiscard]] std::set<std::string> stored_within(std::string_view name) const;
  // The names under which its own things are stored.
  [[nodiscard]] std::set<std::string> stored_as(std::string_view name) const;
  // The sentence for a name that is not configured, with what would be right.
  [[nodiscard]] std::string unknown(std::string_view name) const;
  // "教育厅 (jyt)"; of a name that is not configured, that name.
  [[nodiscard]] std::string words_of(std::string_view name) const;

 private:
  friend Organisations read_organisations(std::vector<Table> tables);
  std::vector<Shared> all_;
};

// Unknown names above, doubled names and circles are problems at the table that has them.
[[nodiscard]] Organisations read_organisations(std::vector<Table> tables);

// The key `organisation` of a source, a channel or a route. Absent: the only root; null when none
// are configured or something is wrong.
[[nodiscard]] Organisations::Shared read_organisation(Table& table, const Organisations& all);

}  // namespace liandong

#endif  // LIANDONG_DAEMON_SETTINGS_ORGANISATION_SETTINGS_H_
