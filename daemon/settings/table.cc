#include "daemon/settings/table.h"

#include <algorithm>
#include <array>
#include <cerrno>
#include <charconv>
#include <cstdlib>
#include <cstring>
#include <fstream>
#include <limits>
#include <map>
#include <memory_resource>
#include <set>
#include <sstream>
#include <sys/stat.h>
#include <utility>

#include <fmt/format.h>
#include <toml++/toml.h>

#include "daemon/platform/curl_url.h"
#include "daemon/platform/text.h"

namespace liandong {

namespace {

constexpr std::size_t kMaxFileBytes = 64U << 20U;  // a country's columns are some 15 MB
constexpr std::size_t kMaxSecretBytes = 64U << 10U;
constexpr std::size_t kReadBytes = 64U << 10U;
constexpr std::size_t kUsualKeys = 32;
constexpr std::size_t kMaxShownBytes = 60;

using Memory = std::pmr::monotonic_buffer_resource;

constexpr std::string_view kDurationExample = "a duration such as \"30s\" or \"12h\"";

struct Unit {
  std::string_view suffix;
  std::int64_t millis;
};
constexpr std::array kUnits = {Unit{"ms", 1}, Unit{"s", 1000}, Unit{"m", 60'000},
                               Unit{"h", 3'600'000}, Unit{"d", 86'400'000}};

std::optional<Duration> parse_duration(std::string_view text) {
  std::int64_t count = 0;
  const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), count);
  if (error != std::errc() || count < 0) {
    return std::nullopt;
  }
  const std::string_view suffix(end, static_cast<std::size_t>(text.data() + text.size() - end));
  for (const Unit& unit : kUnits) {
    if (unit.suffix == suffix && count <= std::numeric_limits<std::int32_t>::max()) {
      return Duration(count * unit.millis);
    }
  }
  return std::nullopt;
}

std::string join(std::string_view path, std::string_view key) {
  return path.empty() ? std::string(key) : fmt::format("{}.{}", path, key);
}

// What a wrong value is called in a message.
std::string shown(const toml::node& node) {
  if (node.is_table()) {
    return "a table";
  }
  if (node.is_array()) {
    return "a list";
  }
  std::ostringstream text;
  if (const auto* string = node.as_string()) {
    text << string->get();
  } else {
    node.visit([&text](const auto& value) {
      if constexpr (toml::is_value<decltype(value)>) {
        text << value;
      }
    });
  }
  return "'" + shorten(to_valid_utf8(text.str()), kMaxShownBytes) + "'";
}

// A name under which people write a credential itself instead of the file that holds it (T12).
bool looks_like_secret(std::string_view key) {
  constexpr std::array<std::string_view, 7> kSuffixes = {
      "secret", "password", "passwd", "token", "api_key", "apikey", "private_key"};
  const std::string name = lower_ascii(key);
  return std::any_of(kSuffixes.begin(), kSuffixes.end(),
                     [&name](std::string_view suffix) { return name.ends_with(suffix); });
}

struct SecretFile {
  std::filesystem::path path;
  bool credential = false;  // from $CREDENTIALS_DIRECTORY
};

SecretFile find_secret(const std::string& name, const std::filesystem::path& folder) {
  const std::filesystem::path path(name);
  if (path.is_absolute()) {
    return {path, false};
  }
  // NOLINTNEXTLINE(concurrency-mt-unsafe): nothing in this program changes the environment.
  const char* credentials = std::getenv("CREDENTIALS_DIRECTORY");
  std::error_code ignored;  // a folder that cannot be looked into holds no credential for us
  if (credentials != nullptr && *credentials != '\0' &&
      std::filesystem::exists(std::filesystem::path(credentials) / path, ignored)) {
    return {std::filesystem::path(credentials) / path, true};
  }
  return {folder / path, false};
}

// Empty when the permissions are right. systemd gives its user access by an ACL, whose mask shows
// as the group's bits: a credential may carry those.
std::string wrong_permissions(const SecretFile& file) {
  struct stat status {};
  if (::stat(file.path.c_str(), &status) != 0) {
    return fmt::format("cannot read {}: {}", file.path.string(), std::strerror(errno));
  }
  if (!S_ISREG(status.st_mode)) {
    return fmt::format("{} is not a file", file.path.string());
  }
  const mode_t refused = file.credential ? S_IRWXO : (S_IRWXG | S_IRWXO);
  if ((status.st_mode & refused) != 0) {
    return fmt::format("{} can be read or changed by others (mode {:04o}); set it to 0600",
                       file.path.string(), status.st_mode & 07777U);
  }
  return "";
}

// The file's bytes, or why not. Never more than `limit`.
std::optional<std::string> read_file(const std::filesystem::path& path, std::size_t limit,
                                     std::string& why) {
  std::error_code error;
  if (std::filesystem::is_directory(path, error)) {
    why = "is a folder, not a file";
    return std::nullopt;
  }
  errno = 0;
  std::ifstream in(path, std::ios::binary);
  if (!in) {
    why = fmt::format("cannot be read: {}", std::strerror(errno != 0 ? errno : EIO));
    return std::nullopt;
  }
  std::string text;
  std::vector<char> part(kReadBytes);
  while (in && text.size() <= limit) {
    in.read(part.data(), static_cast<std::streamsize>(part.size()));
    text.append(part.data(), static_cast<std::size_t>(in.gcount()));
  }
  if (in.bad()) {
    why = "cannot be read";
    return std::nullopt;
  }
  if (text.size() > limit) {
    why = fmt::format("is larger than {} bytes", limit);
    return std::nullopt;
  }
  return text;
}

}  // namespace

std::string Problem::to_string() const {
  std::string text = file;
  if (line != 0) {
    text += fmt::format(":{}:{}", line, column);
  }
  text += ": ";
  if (warning) {
    text += "warning: ";
  }
  if (!key.empty()) {
    text += key + ": ";
  }
  return text + message;
}

bool Problems::has_errors() const {
  return std::any_of(list_.begin(), list_.end(),
                     [](const Problem& problem) { return !problem.warning; });
}

// What was asked of one table of the document, by whichever Table object asked. The keys come from
// a memory that all tables share, in large pieces that are given up together: between the values
// that stay, they would leave those of a country's columns scattered over several times the pages
// they need.
struct Table::Asked {
  explicit Asked(std::shared_ptr<Memory> shared) : memory(std::move(shared)), keys(memory.get()) {
    keys.reserve(kUsualKeys);
  }

  [[nodiscard]] bool knows(std::string_view key) const {
    return std::any_of(keys.begin(), keys.end(),
                       [key](const std::string* known) { return *known == key; });
  }

  std::shared_ptr<Memory> memory;
  std::pmr::vector<const std::string*> keys;  // among the document's words
  std::vector<Table> children;
  std::set<std::string, std::less<>> reported;
};

struct Table::Document {
  toml::table root;  // never copied: a copy has lost its positions
  std::string file;
  Problems* problems = nullptr;
  std::set<std::string, std::less<>> words;  // every key that was asked for, of whatever table
  std::shared_ptr<Memory> memory = std::make_shared<Memory>();
  std::map<const toml::table*, std::weak_ptr<Asked>> asked;

  void add(const toml::source_region& where, std::string key, std::string message, bool warning) {
    problems->add(Problem{file, where.begin.line, where.begin.column, std::move(key),
                          std::move(message), warning});
  }
  void reject_secrets(const toml::table& table, const std::string& path);
  void note(Asked& of, std::string_view key);
};

void Table::Document::note(Asked& of, std::string_view key) {
  if (of.knows(key)) return;
  auto word = words.find(key);
  if (word == words.end()) word = words.emplace(key).first;
  of.keys.push_back(&*word);
}

void Table::Document::reject_secrets(const toml::table& table, const std::string& path) {
  for (const auto& [key, node] : table) {
    if (const auto* inner = node.as_table()) {
      reject_secrets(*inner, join(path, key.str()));
    } else if (const auto* list = node.as_array()) {
      const std::string full = join(path, key.str());
      for (const toml::node& element : *list) {
        if (const auto* inner_table = element.as_table()) {
          reject_secrets(*inner_table, full);
        }
      }
    } else if (node.is_string() && looks_like_secret(key.str())) {
      add(key.source(), join(path, key.str()),
          fmt::format("a secret does not belong here; put it in a file of mode 0600 and name that "
                      "with \"{}_file\"",
                      key.str()),
          false);
    }
  }
}

Table::Table(std::shared_ptr<Document> document, const toml::table* node, std::string path)
    : document_(std::move(document)), node_(node), path_(std::move(path)) {
  std::weak_ptr<Asked>& known = document_->asked[node_];
  asked_ = known.lock();
  if (asked_ == nullptr) {
    asked_ = std::make_shared<Asked>(document_->memory);
    known = asked_;
  }
}

Table Table::parse_file(const std::filesystem::path& file, Problems& problems) {
  std::string why;
  const std::optional<std::string> text = read_file(file, kMaxFileBytes, why);
  if (!text) {
    problems.add(Problem{file.string(), 0, 0, "", why});
    return parse("", file.string(), problems);
  }
  return parse(*text, file.string(), problems);
}

Table Table::parse(std::string_view text, const std::string& file_name, Problems& problems) {
  auto document = std::make_shared<Document>();
  document->file = file_name;
  document->problems = &problems;
  try {
    document->root = toml::parse(text, file_name);
  } catch (const toml::parse_error& error) {
    document->add(error.source(), "",
                  fmt::format("not valid TOML: {}", fold_blanks(error.description())), false);
  }
  document->reject_secrets(document->root, "");
  const toml::table* root = &document->root;
  return Table(std::move(document), root, "");
}

bool Table::has(std::string_view key) const {
  if (node_ == nullptr) {
    return false;
  }
  document_->note(*asked_, key);
  return node_->contains(key);
}

template <typename T>
std::optional<T> Table::get(std::string_view key, std::string_view expected) {
  if (!has(key)) {
    return std::nullopt;
  }
  const toml::node& node = *node_->get(key);
  if (const auto* value = node.as<T>()) {
    return value->get();
  }
  problem(key, fmt::format("expected {}, got {}", expected, shown(node)));
  return std::nullopt;
}

std::string Table::string(std::string_view key, std::string fallback) {
  return get<std::string>(key, "a text in quotes").value_or(std::move(fallback));
}

std::string Table::required_string(std::string_view key) {
  if (!has(key)) {
    problem(key, "is required");
    return "";
  }
  const std::optional<std::string> value = get<std::string>(key, "a text in quotes");
  if (value && trim(*value).empty()) {
    problem(key, "must not be empty");
  }
  return value.value_or("");
}

bool Table::boolean(std::string_view key, bool fallback) {
  return get<bool>(key, "true or false").value_or(fallback);
}

std::int64_t Table::integer(std::string_view key, std::int64_t fallback, std::int64_t least,
                            std::int64_t most) {
  if (!has(key)) {
    return fallback;
  }
  const std::string expected = fmt::format("an integer from {} to {}", least, most);
  const std::optional<std::int64_t> value = get<std::int64_t>(key, expected);
  if (value && (*value < least || *value > most)) {
    problem(key, fmt::format("expected {}, got {}", expected, *value));
    return fallback;
  }
  return value.value_or(fallback);
}

Duration Table::duration(std::string_view key, Duration fallback) {
  const std::optional<std::string> text = get<std::string>(key, kDurationExample);
  if (!text) {
    return fallback;
  }
  const std::optional<Duration> value = parse_duration(*text);
  if (!value) {
    problem(key, fmt::format("expected {}, got {}", kDurationExample, shown(*node_->get(key))));
  }
  return value.value_or(fallback);
}

std::vector<std::string> Table::strings(std::string_view key, std::vector<std::string> fallback) {
  const std::string_view expected = "a list of texts in quotes";
  if (!has(key)) {
    return fallback;
  }
  const toml::node& node = *node_->get(key);
  const toml::array* list = node.as_array();
  if (list == nullptr) {
    problem(key, fmt::format("expected {}, got {}", expected, shown(node)));
    return fallback;
  }
  std::vector<std::string> values;
  for (const toml::node& element : *list) {
    if (const auto* text = element.as_string()) {
      values.push_back(text->get());
    } else {
      document_->add(element.source(), join(path_, key),
                     fmt::format("expected {}, got {}", expected, shown(element)), false);
    }
  }
  return values;
}

std::string Table::choice(std::string_view key, std::string fallback,
                          std::span<const std::string_view> allowed) {
  if (!has(key)) {
    return fallback;
  }
  const toml::node& node = *node_->get(key);
  const auto* value = node.as_string();
  if (value != nullptr &&
      std::find(allowed.begin(), allowed.end(), value->get()) != allowed.end()) {
    return value->get();
  }
  std::string names;
  for (const std::string_view name : allowed) {
    names += fmt::format("{}\"{}\"", names.empty() ? "" : ", ", name);
  }
  problem(key, fmt::format("expected one of {}, got {}", names, shown(node)));
  return fallback;
}

std::string Table::url(std::string_view key, std::string fallback) {
  const std::string_view expected = "an http or https URL";
  const std::optional<std::string> text = get<std::string>(key, expected);
  if (!text) {
    return fallback;
  }
  if (is_web_url(*text)) {
    return *text;
  }
  const std::size_t authority = text->find("://");
  const bool has_user =
      authority != std::string::npos &&
      text->substr(authority + 3, text->find_first_of("/?#", authority + 3) - authority - 3)
              .find('@') != std::string::npos;
  if (has_user) {
    problem(key, "a URL here must not carry a user name or password");
  } else {
    problem(key, fmt::format("expected {}, got {}", expected, shown(*node_->get(key))));
  }
  return fallback;
}

std::filesystem::path Table::secret_file(std::string_view key) {
  const std::string name = string(key);
  if (trim(name).empty()) {
    return {};
  }
  const SecretFile file = find_secret(name, folder());
  std::string why = wrong_permissions(file);
  if (!why.empty()) {
    problem(key, std::move(why));
    return {};
  }
  return file.path;
}

Secret Table::secret(std::string_view key, bool required) {
  if (required && required_string(key).empty()) {
    return {};
  }
  const std::filesystem::path file = secret_file(key);
  if (file.empty()) {
    return {};
  }
  std::string why;
  std::optional<std::string> bytes = read_file(file, kMaxSecretBytes, why);
  if (!bytes) {
    problem(key, fmt::format("{} {}", file.string(), why));
    return {};
  }
  const Secret raw(std::move(*bytes));
  Secret value{std::string(trim(raw.reveal()))};
  if (value.empty()) {
    problem(key, fmt::format("{} is empty", file.string()));
  }
  return value;
}

Table Table::table(std::string_view key) {
  if (node_ == nullptr) {
    return {};
  }
  const std::string path = join(path_, key);
  if (has(key)) {
    const toml::node& node = *node_->get(key);
    if (const toml::table* inner = node.as_table()) {
      asked_->children.push_back(Table(document_, inner, path));
      return asked_->children.back();
    }
    problem(key, fmt::format("expected a table [{}], got {}", path, shown(node)));
  }
  static const toml::table kNothing;
  return Table(document_, &kNothing, path);
}

std::vector<Table> Table::tables(std::string_view key) {
  if (!has(key)) {
    return {};
  }
  const std::string path = join(path_, key);
  const toml::node& node = *node_->get(key);
  const toml::array* list = node.as_array();
  if (list == nullptr) {
    problem(key, fmt::format("expected tables that begin with [[{}]], got {}", path, shown(node)));
    return {};
  }
  std::vector<Table> all;
  for (const toml::node& element : *list) {
    const toml::table* inner = element.as_table();
    if (inner == nullptr) {
      document_->add(element.source(), path,
                     fmt::format("expected a table [[{}]], got {}", path, shown(element)), false);
      continue;
    }
    const auto name = (*inner)["name"].value<std::string>();
    const std::string label = name && !name->empty() ? path + "." + fold_blanks(*name)
                                                     : fmt::format("{}[{}]", path, all.size() + 1);
    all.push_back(Table(document_, inner, label));
    asked_->children.push_back(all.back());
  }
  return all;
}

std::vector<std::string> Table::keys() const {
  if (node_ == nullptr) {
    return {};
  }
  std::vector<std::pair<toml::source_position, std::string>> found;
  for (const auto& [key, node] : *node_) {
    found.emplace_back(key.source().begin, std::string(key.str()));
  }
  std::sort(found.begin(), found.end());
  std::vector<std::string> names;
  for (auto& [where, name] : found) {
    names.push_back(std::move(name));
  }
  return names;
}

void Table::problem(std::string_view key, std::string message, bool warning) {
  if (node_ == nullptr) {
    return;
  }
  const toml::node* node = key.empty() ? nullptr : node_->get(key);
  std::string full = key.empty() ? path_ : join(path_, key);
  document_->add(node != nullptr ? node->source() : node_->source(), std::move(full),
                 std::move(message), warning);
}

void Table::reject_unknown() {
  if (node_ == nullptr) {
    return;
  }
  for (const auto& [key, node] : *node_) {
    const std::string name(key.str());
    if (asked_->knows(name) || !asked_->reported.insert(name).second ||
        (node.is_string() && looks_like_secret(name))) {
      continue;
    }
    const std::string* nearest = nullptr;
    std::size_t best = std::max<std::size_t>(2, name.size() / 3) + 1;
    for (const std::string* known : asked_->keys) {
      const std::size_t distance = edit_distance(name, *known);
      if (distance < best || (distance == best && nearest != nullptr && *known < *nearest)) {
        best = distance;
        nearest = known;
      }
    }
    document_->add(key.source(), join(path_, name),
                   nearest == nullptr ? std::string("unknown key")
                                      : fmt::format("unknown key; did you mean \"{}\"?", *nearest),
                   false);
  }
  for (Table& child : asked_->children) {
    child.reject_unknown();
  }
}

std::filesystem::path Table::folder() const {
  return node_ == nullptr ? std::filesystem::path()
                          : std::filesystem::path(document_->file).parent_path();
}

}  // namespace liandong
