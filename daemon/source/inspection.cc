#include "daemon/source/inspection.h"

#include <stdexcept>

namespace liandong {

std::string_view to_string(Inspection::Kind kind) {
  switch (kind) {
    case Inspection::Kind::Unknown:
      return "unknown";
    case Inspection::Kind::Article:
      return "article";
    case Inspection::Kind::List:
      return "list";
    case Inspection::Kind::Feed:
      return "feed";
    case Inspection::Kind::Challenge:
      return "challenge";
    case Inspection::Kind::Soft404:
      return "soft_404";
  }
  throw std::logic_error("unknown kind of inspection");
}

std::string as_in_page(const std::string& url) {
  constexpr std::string_view kHost = kNowhere.substr(0, kNowhere.find('/', 8));
  if (!url.starts_with(kHost)) return url;
  std::string_view base = kNowhere.substr(kHost.size() + 1);  // 0/1/…/page
  std::string_view path = std::string_view(url).substr(kHost.size());
  if (!path.starts_with("/0/")) return std::string(path);
  path.remove_prefix(1);
  // What both have in common goes, folder by folder; what is left of the base is climbed.
  for (std::size_t slash = base.find('/'); slash != std::string_view::npos;
       slash = base.find('/')) {
    if (!path.starts_with(base.substr(0, slash + 1))) break;
    path.remove_prefix(slash + 1);
    base.remove_prefix(slash + 1);
  }
  std::string relative;
  for (const char c : base) {
    if (c == '/') relative += "../";
  }
  return relative += path;
}

}  // namespace liandong
