#include "daemon/app/probe.h"

#include <algorithm>
#include <array>
#include <filesystem>
#include <iterator>
#include <map>
#include <memory>
#include <optional>
#include <string_view>
#include <utility>

#include <boost/asio/co_spawn.hpp>
#include <boost/asio/io_context.hpp>
#include <boost/asio/use_future.hpp>
#include <fmt/format.h>
#include <fmt/ranges.h>

#include "daemon/app/registry.h"
#include "daemon/platform/curl_http_client.h"
#include "daemon/platform/curl_url.h"
#include "daemon/platform/read_file.h"
#include "daemon/platform/text.h"

namespace liandong {

namespace {

constexpr Duration kWithin = std::chrono::seconds(60);
constexpr std::size_t kMaxFileBytes = 8U << 20U;  // as of a page
constexpr std::size_t kLongestName = 30;
constexpr std::string_view kFileScheme = "file://";

// Serves one file at every address.
class FileHttpClient final : public HttpClient {
 public:
  explicit FileHttpClient(std::string bytes) : bytes_(std::move(bytes)) {}

  asio::awaitable<HttpResult> send(HttpRequest request) override {
    HttpReply reply;
    reply.status = 200;
    reply.body = bytes_;
    reply.final_url = request.url;
    co_return reply;
  }

 private:
  std::string bytes_;
};

Result<std::string> read_page(const std::filesystem::path& path) {
  std::error_code error;
  if (!std::filesystem::is_regular_file(path, error)) {
    const bool is_there = std::filesystem::exists(path, error);
    return Error(ErrorKind::Permanent,
                 fmt::format("{} {}", fold_blanks(path.string()),
                             is_there ? "is not a file"
                                      : "does not exist; an address begins with "
                                        "http:// or https://"));
  }
  auto bytes = read_file(path, kMaxFileBytes);
  if (!bytes || bytes->size() > kMaxFileBytes) {
    return Error(ErrorKind::Permanent,
                 fmt::format("{} {}", fold_blanks(path.string()),
                             bytes ? "is larger than 8 MB" : "cannot be read"));
  }
  return std::move(*bytes);
}

std::shared_ptr<const AddressPolicy> policy_for(const std::string& url, bool internal) {
  AddressPolicy::Options options;
  options.allow_private = internal;
  options.ports = {80, 443};
  if (const Result<CurlUrl> parsed = parse_url(url)) {
    options.allow_http = parsed->scheme == "http";
    options.ports.insert(parsed->port);
  }
  return std::make_shared<AddressPolicy>(std::move(options));
}

Inspection run_inspection(SourceSetup setup, const std::string& type) {
  asio::io_context context{1};
  const Instant deadline = setup.clock.after(kWithin);
  auto ended = asio::co_spawn(context, inspect(std::move(setup), type, deadline), asio::use_future);
  context.run();
  return ended.get();
}

SourceFault unreachable(std::string message) {
  SourceFault fault;
  fault.message = std::move(message);
  fault.advice = "give the address of a page or feed, or the path of a saved one";
  return fault;
}

// --- the block ---

std::string toml_text(std::string_view text) {
  std::string out = "\"";
  for (const char c : text) {
    const auto byte = static_cast<unsigned char>(c);
    if (c == '"' || c == '\\') {
      out += '\\';
      out += c;
    } else if (byte < 0x20 || byte == 0x7F) {
      out += fmt::format("\\u{:04X}", byte);
    } else {
      out += c;
    }
  }
  return out + '"';
}

// The column's folder in its address: /xwzx/tzgg/index.html is "tzgg".
std::string name_for(const Inspection& inspection) {
  const Result<CurlUrl> parsed = parse_url(inspection.url);
  if (!parsed) return "column";
  const std::string path = parsed->without_query();
  std::vector<std::string> parts = split(path.substr(path.find("://") + 3), '/');
  const std::string host = parts.front();
  parts.erase(parts.begin());
  if (!parts.empty()) parts.pop_back();  // the file
  const std::string word =
      lower_ascii(parts.empty() ? host.substr(0, host.find(':')) : parts.back());
  std::string name;
  for (const char c : word) {
    const bool plain = (c >= 'a' && c <= 'z') || (c >= '0' && c <= '9') || c == '_' || c == '-';
    name += plain ? c : '_';
  }
  name.erase(0, std::min(name.find_first_not_of("_-"), name.size()));
  return name.empty() ? "column" : name.substr(0, kLongestName);
}

std::string_view kind_for(std::string_view title) {
  struct Word {
    std::string_view part;
    std::string_view kind;
  };
  static constexpr std::array kWords = {Word{"解读", "interpretation"}, Word{"政策", "policy"},
                                        Word{"文件", "policy"},         Word{"法规", "policy"},
                                        Word{"规章", "policy"},         Word{"通知", "notice"},
                                        Word{"公告", "notice"},         Word{"公示", "notice"}};
  for (const Word& word : kWords) {
    if (title.find(word.part) != std::string_view::npos) return word.kind;
  }
  return "news";
}

}  // namespace

bool ProbeTarget::is_file() const {
  return place.find("://") == std::string::npos || place.starts_with(kFileScheme);
}

Inspection probe(const ProbeTarget& target, Clock& clock) {
  if (!target.is_file()) {
    CurlHttpClient http({}, clock);
    return run_inspection(
        {"probe", target.place, policy_for(target.place, target.internal), "", clock, http},
        target.type);
  }
  const bool has_scheme = target.place.starts_with(kFileScheme);
  Result<std::string> bytes =
      read_page(has_scheme ? target.place.substr(kFileScheme.size()) : target.place);
  if (!bytes) return inspection_of(unreachable(bytes.error().message()));
  FileHttpClient file(std::move(*bytes));
  const std::string base = target.base.empty() ? std::string(kNowhere) : target.base;
  Inspection seen = run_inspection({"probe", base, nullptr, "", clock, file}, target.type);
  if (seen.url == kNowhere && !seen.rows.empty()) {
    seen.doubts.emplace_back("不知道此文件来自哪个网址：加 --base 网址 才能写出来源配置");
  }
  return seen;
}

namespace {

// The front page of a site: its rows are a choice from its columns.
bool is_front(const std::string& url) {
  const std::size_t scheme = url.find("://");
  const std::size_t path = url.find('/', scheme == std::string::npos ? 0 : scheme + 3);
  if (path == std::string::npos) return true;
  const std::string rest = lower_ascii(url.substr(path + 1));
  return rest.empty() || rest.starts_with("index.") || rest.starts_with("default.");
}

void compare_rows(const std::vector<ListingRow>& before, const std::vector<ListingRow>& after,
                  Agreement& agreement) {
  std::map<std::string, const ListingRow*> now;
  for (const ListingRow& row : after) now.emplace(row.key, &row);
  std::size_t shared = 0;
  for (const ListingRow& row : before) {
    const auto found = now.find(row.key);
    if (found == now.end()) {
      agreement.differences.push_back("gone: " + row.title);
      continue;
    }
    ++shared;
    if (found->second->title != row.title) {
      agreement.differences.push_back(
          fmt::format("title: {} is now {}", row.title, found->second->title));
    }
    if (found->second->published != row.published) {
      agreement.differences.push_back("date: of " + row.title);
    }
  }
  agreement.added = after.size() - std::min(after.size(), shared);
  // As many as came to the top may leave at the bottom.
  const auto gone = [](const std::string& words) { return words.starts_with("gone: "); };
  const auto count =
      std::count_if(agreement.differences.begin(), agreement.differences.end(), gone);
  if (static_cast<std::size_t>(count) <= agreement.added) {
    std::erase_if(agreement.differences, gone);
  }
}

}  // namespace

std::vector<Inspection> probe_columns(const ProbeTarget& target, const Inspection& page,
                                      Clock& clock) {
  constexpr std::size_t kMostLooks = 6;
  std::vector<Inspection> columns;
  const bool is_column = page.kind == Inspection::Kind::List || page.kind == Inspection::Kind::Feed;
  if (target.is_file() || (is_column && !is_front(page.url))) return columns;
  std::size_t looks = 0;
  for (const ColumnLink& link : page.columns) {
    if (++looks > kMostLooks) break;
    ProbeTarget there = target;
    there.place = link.url;
    Inspection seen = probe(there, clock);
    const bool dated = std::any_of(seen.rows.begin(), seen.rows.end(),
                                   [](const ListingRow& row) { return row.published.has_value(); });
    if (seen.kind != Inspection::Kind::List || !dated) continue;
    if (seen.title.empty() || seen.evidence["title"] == "<title>") seen.title = link.name;
    columns.push_back(std::move(seen));
  }
  return columns;
}

Agreement compare(const Inspection& first, const Inspection& second) {
  Agreement agreement;
  if (first.kind != second.kind) {
    agreement.differences.push_back(
        fmt::format("kind: {} is now {}", to_string(first.kind), to_string(second.kind)));
    return agreement;
  }
  if (first.title != second.title) agreement.differences.push_back("title: of the page");
  if (first.article && second.article &&
      revision_hash(*first.article) != revision_hash(*second.article)) {
    agreement.differences.emplace_back("text: of the article");
  }
  compare_rows(first.rows, second.rows, agreement);
  return agreement;
}

std::string source_block(const Inspection& inspection, bool internal) {
  if (inspection.url == kNowhere) return {};
  const bool is_column = inspection.kind == Inspection::Kind::List ||
                         (inspection.kind == Inspection::Kind::Feed && !inspection.fault);
  if (!is_column) return {};
  std::string block = "[[source]]\n";
  block += fmt::format("name = {}\n", toml_text(name_for(inspection)));
  block += fmt::format("type = {}\n", toml_text(inspection.type));
  block += fmt::format("url = {}\n", toml_text(inspection.url));
  block +=
      fmt::format("kind = {}  # 按栏目名推断，请核对\n", toml_text(kind_for(inspection.title)));
  if (!inspection.hosts.empty()) {
    std::vector<std::string> hosts;
    for (const std::string& host : inspection.hosts) hosts.push_back(toml_text(host));
    block += fmt::format("hosts = [{}]\n", fmt::join(hosts, ", "));
  }
  if (internal) block += "internal = true\n";
  if (inspection.rows.empty()) block += "may_be_empty = true\n";
  if (inspection.row_path.starts_with('/')) {
    block += fmt::format("#row = {}  # 条目是自动找到的；认错时再改用 XPath\n",
                         toml_text(inspection.row_path));
  }
  return block;
}

}  // namespace liandong
