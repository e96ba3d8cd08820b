#include "daemon/ledger/proof.h"

#include <utility>
#include <vector>

#include <boost/json/array.hpp>
#include <boost/json/parse.hpp>
#include <boost/json/value.hpp>
#include <fmt/format.h>
#include <fmt/ranges.h>

#include "daemon/ledger/checkpoint.h"
#include "daemon/ledger/entry.h"
#include "daemon/ledger/note_lines.h"
#include "daemon/ledger/reader.h"
#include "daemon/ledger/tree.h"

namespace liandong {

namespace json = boost::json;

namespace {

constexpr std::size_t kMaxSteps = 64;

Error wrong(std::string why) {
  return {ErrorKind::Malformed, "receipt: " + std::move(why)};
}

std::optional<std::uint64_t> number_of(const json::object& receipt, std::string_view name) {
  const json::value* value = receipt.if_contains(name);
  if (value == nullptr || !value->is_int64() || value->get_int64() < 0) return std::nullopt;
  return static_cast<std::uint64_t>(value->get_int64());
}

Result<std::vector<Digest>> read_steps(const json::object& receipt) {
  const json::value* steps = receipt.if_contains("proof");
  if (steps == nullptr || !steps->is_array() || steps->get_array().size() > kMaxSteps) {
    return wrong("`proof` is not a list of hashes");
  }
  std::vector<Digest> proof;
  for (const json::value& step : steps->get_array()) {
    const auto digest = step.is_string() ? parse_digest(step.get_string()) : std::nullopt;
    if (!digest) return wrong("`proof` is not a list of hashes");
    proof.push_back(*digest);
  }
  return proof;
}

Result<json::object> read_receipt(std::string_view text) {
  if (text.size() > kMostReceiptBytes) return wrong("larger than 256 KiB");
  boost::system::error_code failure;
  json::value value = json::parse(text, failure);
  if (failure || !value.is_object()) return wrong("not a JSON object");
  return std::move(value.get_object());
}

}  // namespace

Result<ProvenEntry> check_proof(std::string_view receipt, const std::string& public_raw) {
  const auto parsed = read_receipt(receipt);
  if (!parsed) return parsed.error();
  ProvenEntry proven;
  proven.key_given = !public_raw.empty();
  proven.public_raw =
      proven.key_given ? public_raw : from_base64(member_text(*parsed, "public_key")).value_or("");
  const std::string_view note = member_text(*parsed, "checkpoint");
  const auto said = peek_checkpoint(note);
  if (!said) return said.error();
  const auto hash = stated_hash(*parsed);
  if (!hash) return wrong(fmt::format("`hash` is none of {}", fmt::join(kHashNames, ", ")));
  proven.hash = *hash;
  const auto checkpoint = open_checkpoint(note, {said->origin, proven.public_raw, *hash});
  if (!checkpoint) return checkpoint.error();
  const std::string_view line = member_text(*parsed, "line");
  auto entry = parse_entry(line);
  if (!entry) return Error(entry.error()).during("receipt: the line");
  const auto index = number_of(*parsed, "index");
  const auto size = number_of(*parsed, "size");
  if (!index || !size || *size != checkpoint->size) {
    return wrong("index and size do not fit the checkpoint");
  }
  if (entry->at("seq") != json::value(*index)) return wrong("the line is not the entry it names");
  const auto proof = read_steps(*parsed);
  if (!proof) return proof.error();
  if (!verify_inclusion(*hash, leaf_hash(*hash, line), *index, *size, *proof, checkpoint->root)) {
    return wrong("the entry is not in the ledger the checkpoint states");
  }
  proven.entry = std::move(*entry);
  proven.index = *index;
  proven.size = *size;
  proven.origin = checkpoint->origin;
  return proven;
}

json::object to_json(const ProvenEntry& proven) {
  return {{"proven", true},
          {"index", proven.index},
          {"size", proven.size},
          {"origin", proven.origin},
          {"hash", to_string(proven.hash)},
          {"public_key", base64(proven.public_raw)},
          {"key_given", proven.key_given},
          {"entry", proven.entry}};
}

std::string to_text(const ProvenEntry& proven) {
  return fmt::format(
      "属实:第 {} 条记录在 {} 的台账中(检查点 {}) (entry {} is in the ledger, checkpoint of size "
      "{})\n"
      "{}: {}\n",
      proven.index, proven.origin, proven.size, proven.index, proven.size,
      proven.key_given ? "公钥由您提供 checked with the key you gave"
                       : "公钥取自回执本身 the key is the receipt's own word",
      base64(proven.public_raw));
}

}  // namespace liandong
