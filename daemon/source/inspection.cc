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

}  // namespace liandong
