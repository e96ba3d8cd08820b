#include "daemon/source/source.h"

#include <stdexcept>

namespace liandong {

std::string_view to_string(SourceFault::Kind kind) {
  switch (kind) {
    case SourceFault::Kind::Unreachable:
      return "unreachable";
    case SourceFault::Kind::Throttled:
      return "throttled";
    case SourceFault::Kind::Challenged:
      return "challenged";
    case SourceFault::Kind::Soft404:
      return "soft_404";
    case SourceFault::Kind::Drifted:
      return "drifted";
    case SourceFault::Kind::Malformed:
      return "malformed";
    case SourceFault::Kind::Denied:
      return "denied";
  }
  throw std::logic_error("unknown kind of source fault");
}

Result<Listing> Source::receive(std::string_view /*body*/,
                                std::string_view /*content_type*/) const {
  return Error(ErrorKind::Permanent, "this kind of source takes no items");
}

}  // namespace liandong
