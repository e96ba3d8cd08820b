#include "daemon/console/organisations.h"

#include <set>
#include <tuple>

#include <boost/json/object.hpp>

namespace liandong {

namespace {

using soci::into;
using soci::use;

using Part = std::tuple<std::string, std::string, std::string>;  // part, name, organisation

std::set<Part> configured_parts(const Settings& settings) {
  std::set<Part> parts;
  for (const SourceSettings& source : settings.sources) {
    if (source.organisation) parts.emplace("source", source.name, source.organisation->name);
  }
  for (const ChannelSettings& channel : settings.channels) {
    if (channel.organisation) parts.emplace("channel", channel.name, channel.organisation->name);
  }
  return parts;
}

std::set<Part> stored_parts(Transaction& tx) {
  std::set<Part> parts;
  std::string part;
  std::string name;
  std::string organisation;
  auto rows = tx.sql().rows("SELECT part, name, organisation FROM organisation_part");
  rows, into(part), into(name), into(organisation);
  while (rows.next()) parts.emplace(part, name, organisation);
  return parts;
}

// Only what differs is written: there may be tens of thousands of sources.
void store_parts(Transaction& tx, const std::set<Part>& wanted) {
  const std::set<Part> stored = stored_parts(tx);
  for (const auto& [part, name, organisation] : stored) {
    if (wanted.count({part, name, organisation}) > 0) continue;
    tx.sql() << "DELETE FROM organisation_part WHERE part = :part AND name = :name", use(part),
        use(name);
  }
  for (const auto& [part, name, organisation] : wanted) {
    if (stored.count({part, name, organisation}) > 0) continue;
    tx.sql() << "INSERT INTO organisation_part (part, name, organisation) VALUES (:part, :name, "
                ":organisation)",
        use(part), use(name), use(organisation);
  }
}

}  // namespace

void store_organisations(Transaction& tx, const Settings& settings) {
  tx.sql() << "DELETE FROM organisation";
  tx.sql() << "DELETE FROM organisation_within";
  std::int64_t place = 0;
  for (const auto& one : settings.organisations.all()) {
    tx.sql() << "INSERT INTO organisation (name, place, title, within) VALUES (:name, :place, "
                ":title, :within)",
        use(one->name), use(place), use(one->title), use(one->within);
    ++place;
    for (const std::string& stored : settings.organisations.stored_within(one->name))
      tx.sql() << "INSERT INTO organisation_within (organisation, within) VALUES (:stored, :name)",
          use(stored), use(one->name);
  }
  store_parts(tx, configured_parts(settings));
}

std::vector<OrganisationRow> read_organisations(Transaction& tx, const Scope& scope) {
  std::vector<OrganisationRow> all;
  OrganisationRow row;
  auto rows = tx.sql().rows("SELECT name, title, within FROM organisation ORDER BY place");
  rows, into(row.name), into(row.title), into(row.within);
  while (rows.next()) all.push_back(row);
  std::erase_if(
      all, [&](const OrganisationRow& one) { return !sees_organisation(tx, scope, one.name); });
  return all;
}

boost::json::array to_json(const std::vector<OrganisationRow>& organisations) {
  boost::json::array all;
  for (const OrganisationRow& one : organisations)
    all.push_back(
        boost::json::object{{"name", one.name}, {"title", one.title}, {"within", one.within}});
  return all;
}

}  // namespace liandong
