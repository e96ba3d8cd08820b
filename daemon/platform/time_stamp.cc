#include "daemon/platform/time_stamp.h"

#include <ctime>
#include <memory>

#include <fmt/format.h>
#include <openssl/err.h>
#include <openssl/ts.h>
#include <openssl/x509.h>

#include "daemon/platform/openssl_parts.h"

namespace liandong {

namespace {

using openssl::Owned;
using openssl::require;

constexpr std::size_t kMostBytes = 65536;

using Query = Owned<TS_REQ>;
using Answer = Owned<TS_RESP>;

Query query_for(HashKind kind, std::string_view bytes) {
  Query query(TS_REQ_new());
  const Owned<TS_MSG_IMPRINT> imprint(TS_MSG_IMPRINT_new());
  const Owned<X509_ALGOR> algorithm(X509_ALGOR_new());
  const Digest digest = hash_of(kind, bytes);
  require(query && imprint && algorithm, "making a time-stamp query");
  X509_ALGOR_set_md(algorithm.get(), kind == HashKind::Sm3 ? EVP_sm3() : EVP_sha256());
  auto* const hash = reinterpret_cast<unsigned char*>(const_cast<char*>(as_bytes(digest).data()));
  require(TS_MSG_IMPRINT_set_algo(imprint.get(), algorithm.get()) == 1 &&
              TS_MSG_IMPRINT_set_msg(imprint.get(), hash, static_cast<int>(digest.size())) == 1 &&
              TS_REQ_set_version(query.get(), 1) == 1 &&
              TS_REQ_set_msg_imprint(query.get(), imprint.get()) == 1 &&
              TS_REQ_set_cert_req(query.get(), 1) == 1,
          "making a time-stamp query");
  return query;
}

Answer parse(std::string_view answer) {
  if (answer.size() > kMostBytes) return nullptr;
  const auto* at = reinterpret_cast<const unsigned char*>(answer.data());
  const auto* const end = at + answer.size();
  Answer parsed(d2i_TS_RESP(nullptr, &at, static_cast<long>(answer.size())));
  ERR_clear_error();
  return at == end ? std::move(parsed) : nullptr;
}

bool is_granted(TS_RESP* answer) {
  const long status = ASN1_INTEGER_get(TS_STATUS_INFO_get0_status(TS_RESP_get_status_info(answer)));
  return status == TS_STATUS_GRANTED || status == TS_STATUS_GRANTED_WITH_MODS;
}

std::string last_error() {
  const unsigned long code = ERR_peek_last_error();
  const char* const reason = ERR_reason_error_string(code);
  ERR_clear_error();
  return reason == nullptr ? "it does not verify" : reason;
}

Result<void> verify(HashKind hash, TS_RESP* answer, std::string_view bytes,
                    const std::filesystem::path& ca_file) {
  const Query query = query_for(hash, bytes);
  const Owned<TS_VERIFY_CTX> context(TS_REQ_to_TS_VERIFY_CTX(query.get(), nullptr));
  X509_STORE* const store = X509_STORE_new();
  require(context && store != nullptr, "checking a time stamp");
  TS_VERIFY_CTX_set_store(context.get(), store);  // owns it
  if (X509_STORE_load_file(store, ca_file.c_str()) != 1) {
    ERR_clear_error();
    return Error(ErrorKind::Permanent,
                 fmt::format("the authority's certificates {} cannot be read", ca_file.string()));
  }
  TS_VERIFY_CTX_add_flags(context.get(), TS_VFY_SIGNATURE);
  if (TS_RESP_verify_response(context.get(), answer) == 1) return {};
  return Error(ErrorKind::Malformed, "the time stamp is not good: " + last_error());
}

}  // namespace

std::string time_stamp_query(HashKind hash, std::string_view bytes) {
  const Query query = query_for(hash, bytes);
  unsigned char* der = nullptr;
  const int size = i2d_TS_REQ(query.get(), &der);
  require(size > 0, "writing a time-stamp query");
  std::string text(reinterpret_cast<char*>(der), static_cast<std::size_t>(size));
  OPENSSL_free(der);
  return text;
}

Result<Timestamp> check_time_stamp(HashKind hash, std::string_view answer, std::string_view bytes,
                                   const std::filesystem::path& ca_file) {
  const Answer parsed = parse(answer);
  if (!parsed) return Error(ErrorKind::Malformed, "not a time-stamp response");
  if (!is_granted(parsed.get()))
    return Error(ErrorKind::Permanent, "the authority refused to stamp it");
  const auto good = verify(hash, parsed.get(), bytes, ca_file);
  if (!good) return good.error();
  std::tm time{};
  const TS_TST_INFO* const info = TS_RESP_get_tst_info(parsed.get());
  if (info == nullptr || ASN1_TIME_to_tm(TS_TST_INFO_get_time(info), &time) != 1) {
    ERR_clear_error();
    return Error(ErrorKind::Malformed, "the time stamp has no readable time");
  }
  return Timestamp(std::chrono::seconds(::timegm(&time)));
}

}  // namespace liandong
