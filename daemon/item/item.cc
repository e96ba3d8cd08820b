#include "daemon/item/item.h"

#include <boost/json/array.hpp>
#include <boost/json/object.hpp>
#include <boost/json/value.hpp>

#include "daemon/item/identity.h"
#include "daemon/platform/crypto.h"
#include "daemon/platform/sorted_json.h"

namespace liandong {

namespace {

namespace json = boost::json;

constexpr std::array<std::string_view, kAllKinds.size()> kKindNames = {
    "policy", "interpretation", "notice_important", "notice", "news"};

struct MetaMember {
  std::string_view name;
  std::string DocumentMeta::*member;
};
constexpr std::array kMetaMembers = {
    MetaMember{"index_no", &DocumentMeta::index_no},
    MetaMember{"doc_no", &DocumentMeta::doc_no},
    MetaMember{"issuing_body", &DocumentMeta::issuing_body},
    MetaMember{"made_on", &DocumentMeta::made_on},
    MetaMember{"effective_on", &DocumentMeta::effective_on},
    MetaMember{"lapses_on", &DocumentMeta::lapses_on},
    MetaMember{"topic_class", &DocumentMeta::topic_class},
    MetaMember{"validity", &DocumentMeta::validity},
    MetaMember{"unified_no", &DocumentMeta::unified_no},
    MetaMember{"genre_class", &DocumentMeta::genre_class},
    MetaMember{"assembly_class", &DocumentMeta::assembly_class},
    MetaMember{"audience_class", &DocumentMeta::audience_class},
    MetaMember{"life_cycle_class", &DocumentMeta::life_cycle_class},
    MetaMember{"disclosure_mode", &DocumentMeta::disclosure_mode},
    MetaMember{"format_lang", &DocumentMeta::format_lang},
    MetaMember{"content_source", &DocumentMeta::content_source},
    MetaMember{"author", &DocumentMeta::author},
    MetaMember{"keywords", &DocumentMeta::keywords},
    MetaMember{"abstract", &DocumentMeta::abstract},
};

// Session parameters and the scheme of a link change without any edit. What is no URL stays.
std::string stable_link(const std::string& url) {
  std::string stable = canonical_url(url);
  return stable.empty() ? url : stable;
}

Body with_stable_links(Body body) {
  for (Block& block : body.blocks) {
    if (Paragraph* paragraph = std::get_if<Paragraph>(&block); paragraph != nullptr) {
      for (Run& run : paragraph->runs) {
        run.link = stable_link(run.link);
      }
    } else if (Picture* picture = std::get_if<Picture>(&block); picture != nullptr) {
      picture->url = stable_link(picture->url);
    }
  }
  for (Attachment& attachment : body.attachments) {
    attachment.url = stable_link(attachment.url);
    attachment.bytes = 0;  // a page and a feed may tell it or not
  }
  return body;
}

}  // namespace

std::string_view to_string(Kind kind) {
  return kKindNames.at(static_cast<std::size_t>(kind));
}

std::optional<Kind> kind_from(std::string_view name) {
  for (const Kind kind : kAllKinds) {
    if (to_string(kind) == name) {
      return kind;
    }
  }
  return std::nullopt;
}

std::vector<std::pair<std::string_view, std::string>> members(const DocumentMeta& meta) {
  std::vector<std::pair<std::string_view, std::string>> out;
  for (const MetaMember& member : kMetaMembers) {
    out.emplace_back(member.name, meta.*member.member);
  }
  return out;
}

json::value to_json(const DocumentMeta& meta) {
  json::object out;
  for (const MetaMember& member : kMetaMembers) {
    if (const std::string& value = meta.*member.member; !value.empty()) {
      out[member.name] = value;
    }
  }
  return out;
}

DocumentMeta document_meta_from_json(const json::value& value) {
  DocumentMeta meta;
  const json::object* object = value.if_object();
  if (object == nullptr) {
    return meta;
  }
  for (const MetaMember& member : kMetaMembers) {
    const json::value* stated = object->if_contains(member.name);
    if (stated != nullptr && stated->is_string()) {
      meta.*member.member = stated->get_string();
    }
  }
  return meta;
}

std::string revision_hash(const Article& article) {
  const json::object text{{"title", article.title},
                          {"meta", to_json(article.meta)},
                          {"body", to_json(with_stable_links(article.body))}};
  return sha256_hex(sorted_json(text));
}

}  // namespace liandong
