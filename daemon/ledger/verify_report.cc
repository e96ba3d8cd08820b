#include <boost/json/array.hpp>
#include <boost/json/value.hpp>
#include <fmt/format.h>

#include "daemon/ledger/verify.h"

namespace liandong {

namespace json = boost::json;

json::object to_json(const VerifyReport& report) {
  json::array faults;
  for (const LedgerFault& fault : report.faults) {
    json::object described{{"message", fault.message}};
    described["seq"] = fault.seq ? json::value(*fault.seq) : json::value(nullptr);
    faults.push_back(std::move(described));
  }
  return {{"intact", report.intact()},
          {"entries", report.entries},
          {"root", hex(report.root)},
          {"checkpoints", report.checkpoints},
          {"last_checkpoint_size", report.last_checkpoint_size},
          {"origin", report.origin},
          {"hash", to_string(report.hash)},
          {"public_key", base64(report.public_raw)},
          {"key_given", report.key_given},
          {"faults", std::move(faults)}};
}

std::string to_text(const VerifyReport& report) {
  std::string text;
  if (report.intact()) {
    text = fmt::format("台账完整 (the ledger is intact)\n  记录 entries: {}\n  根 root: {}\n",
                       report.entries, hex(report.root));
  } else {
    text =
        fmt::format("台账不完整 (the ledger is NOT intact)\n  记录 entries: {}\n", report.entries);
    for (const LedgerFault& fault : report.faults) {
      text += fault.seq
                  ? fmt::format("  第 {} 条 entry {}: {}\n", *fault.seq, *fault.seq, fault.message)
                  : fmt::format("  {}\n", fault.message);
    }
  }
  text += fmt::format("  检查点 checkpoints: {} (已签名到 signed up to {})\n", report.checkpoints,
                      report.last_checkpoint_size);
  if (report.checkpoints == 0) {
    text += "  没有检查点,无法发现末尾缺失 (no checkpoint: an end cut off would not be found)\n";
  }
  text += fmt::format("  标识 origin: {}\n  杂凑算法 hash: {}\n  {}: {}\n", report.origin,
                      to_string(report.hash),
                      report.key_given ? "公钥由您提供 checked with the key you gave"
                                       : "公钥取自台账本身 the key is the ledger's own word",
                      base64(report.public_raw));
  return text;
}

}  // namespace liandong
