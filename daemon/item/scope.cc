#include "daemon/item/scope.h"

#include <fmt/format.h>

namespace liandong {

namespace {

using soci::into;
using soci::use;

}  // namespace

std::string within_scope(std::string_view column) {
  return fmt::format("{} IN (SELECT organisation FROM organisation_within WHERE within = :scope)",
                     column);
}

std::string narrowed(const Scope& scope, std::string_view column) {
  if (scope.is_whole()) return ":scope = ''";
  if (!scope.only_own) return within_scope(column);
  // What is older than organisations is the only root's own.
  return fmt::format(
      "({0} = :scope OR ({0} = '' AND EXISTS (SELECT 1 FROM organisation_within WHERE within = "
      ":scope AND organisation = '')))",
      column);
}

std::string narrowed_bound(const Scope& scope, std::string_view column) {
  if (scope.is_whole()) return narrowed(scope, column);
  return fmt::format("{} <> '' AND {}", column, within_scope(column));
}

std::set<std::string> stored_names(Transaction& tx, const Scope& scope) {
  std::set<std::string> names{scope.organisation};
  std::string name;
  auto rows = tx.sql().rows("SELECT organisation FROM organisation_within WHERE within = :scope");
  rows, use(scope.organisation, "scope"), into(name);
  while (rows.next()) {
    if (!scope.only_own || name.empty()) names.insert(name);
  }
  return names;
}

std::string part_within_scope(std::string_view part, std::string_view column) {
  return fmt::format("{} IN (SELECT name FROM organisation_part WHERE part = '{}' AND {})", column,
                     part, within_scope("organisation"));
}

bool sees_part(Transaction& tx, const Scope& scope, const std::string& part,
               const std::string& name) {
  if (scope.is_whole()) return true;
  int found = 0;
  tx.sql() << "SELECT 1 FROM organisation_part WHERE part = :part AND name = :name AND " +
                  within_scope("organisation"),
      use(part, "part"), use(name, "name"), use(scope.organisation, "scope"), into(found);
  return tx.sql().got_data();
}

bool sees_item(Transaction& tx, const Scope& scope, std::int64_t item) {
  if (scope.is_whole()) return true;
  int found = 0;
  tx.sql() << "SELECT 1 FROM item WHERE id = :item AND " + within_scope("organisation"),
      use(item, "item"), use(scope.organisation, "scope"), into(found);
  return tx.sql().got_data();
}

bool sees_delivery(Transaction& tx, const Scope& scope, std::int64_t delivery) {
  if (scope.is_whole()) return true;
  std::int64_t item = 0;
  tx.sql() << "SELECT item FROM delivery WHERE id = :delivery", use(delivery, "delivery"),
      into(item);
  return tx.sql().got_data() && sees_item(tx, scope, item);
}

bool sees_organisation(Transaction& tx, const Scope& scope, const std::string& organisation) {
  if (organisation.empty()) return scope.is_whole();
  int found = 0;
  if (scope.is_whole()) {
    tx.sql() << "SELECT 1 FROM organisation WHERE name = :name", use(organisation, "name"),
        into(found);
  } else {
    tx.sql() << "SELECT 1 FROM organisation_within WHERE within = :scope AND organisation = :name",
        use(scope.organisation, "scope"), use(organisation, "name"), into(found);
  }
  return tx.sql().got_data();
}

}  // namespace liandong
