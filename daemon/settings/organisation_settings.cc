#include "daemon/settings/organisation_settings.h"

#include <algorithm>
#include <map>

#include <fmt/format.h>

#include "daemon/platform/text.h"
#include "daemon/settings/cross_checks.h"

namespace liandong {

namespace {

constexpr std::size_t kMostTitle = 60;  // code points

std::vector<std::string> names_in(const Organisations& all) {
  std::vector<std::string> names;
  for (const auto& one : all.all()) names.push_back(one->name);
  return names;
}

Organisation read_one(Table& table) {
  Organisation one;
  one.name = read_name(table);
  one.title = fold_blanks(table.required_string("title"));
  if (count_code_points(one.title) > kMostTitle)
    table.problem("title", fmt::format("at most {} characters", kMostTitle));
  one.within = table.string("within");
  table.reject_unknown();
  return one;
}

// What stands above each is looked at as often as there are organisations: whoever comes no nearer
// to a root in that time walks in a circle.
bool is_in_circle(const std::map<std::string, std::string>& within, const std::string& name) {
  std::string at = name;
  for (std::size_t step = 0; step < within.size(); ++step) {
    const auto above = within.find(at);
    if (above == within.end() || above->second.empty()) return false;
    at = above->second;
    if (at == name) return true;
  }
  return false;
}

}  // namespace

Organisations::Shared Organisations::find(std::string_view name) const {
  const auto found =
      std::find_if(all_.begin(), all_.end(), [&](const Shared& one) { return one->name == name; });
  return found == all_.end() ? nullptr : *found;
}

Organisations::Shared Organisations::only_root() const {
  Shared root;
  for (const Shared& one : all_) {
    if (!one->within.empty()) continue;
    if (root) return nullptr;
    root = one;
  }
  return root;
}

bool Organisations::reaches(std::string_view above, std::string_view below) const {
  // Never further than there are organisations, whatever a wrong file says.
  Shared at = find(below);
  for (std::size_t step = 0; at && step < all_.size(); ++step) {
    if (at->name == above) return true;
    at = find(at->within);
  }
  return false;
}

std::set<std::string> Organisations::stored_as(std::string_view name) const {
  std::set<std::string> names{std::string(name)};
  const Shared root = only_root();
  if (root && root->name == name) names.insert("");
  return names;
}

std::set<std::string> Organisations::stored_within(std::string_view name) const {
  std::set<std::string> names = stored_as(name);
  for (const Shared& one : all_) {
    if (reaches(name, one->name)) names.insert(one->name);
  }
  return names;
}

std::string Organisations::unknown(std::string_view name) const {
  return unknown_name("organisation", name, names_in(*this));
}

std::string Organisations::words_of(std::string_view name) const {
  const Shared one = find(name);
  return one ? fmt::format("{} ({})", one->title, one->name) : std::string(name);
}

Organisations read_organisations(std::vector<Table> tables) {
  std::vector<Organisation> read;
  std::map<std::string, std::string> within;
  for (Table& table : tables) {
    read.push_back(read_one(table));
    const Organisation& one = read.back();
    if (!one.name.empty() && !within.emplace(one.name, one.within).second)
      table.problem("name", fmt::format("'{}' is used twice", one.name));
  }
  std::vector<std::string> names;
  for (const auto& [name, above] : within) names.push_back(name);
  for (std::size_t i = 0; i < read.size(); ++i) {
    if (read[i].within.empty()) continue;
    if (within.count(read[i].within) == 0) {
      tables[i].problem("within", unknown_name("organisation", read[i].within, names));
    } else if (is_in_circle(within, read[i].name)) {
      tables[i].problem("within",
                        fmt::format("'{}' would stand below itself: one of the circle must stand "
                                    "within none, or within another",
                                    read[i].name));
    }
  }
  const auto roots = std::count_if(read.begin(), read.end(),
                                   [](const Organisation& one) { return one.within.empty(); });
  Organisations all;
  for (Organisation& one : read) {
    if (!one.within.empty() || roots > 1) one.identity = one.name;
    all.all_.push_back(std::make_shared<const Organisation>(std::move(one)));
  }
  return all;
}

Organisations::Shared read_organisation(Table& table, const Organisations& all) {
  const std::string name = table.string("organisation");
  if (all.empty()) {
    if (!name.empty())
      table.problem("organisation", "there is no [[organisation]] at all; write one, or drop this");
    return nullptr;
  }
  if (name.empty()) {
    const Organisations::Shared root = all.only_root();
    if (!root)
      table.problem("organisation",
                    fmt::format("is required: several organisations stand within none, so there is "
                                "no default; there are: {}",
                                fmt::join(names_in(all), ", ")));
    return root;
  }
  Organisations::Shared found = all.find(name);
  if (!found) table.problem("organisation", all.unknown(name));
  return found;
}

}  // namespace liandong
