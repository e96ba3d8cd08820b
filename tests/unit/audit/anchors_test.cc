#include "daemon/audit/anchors.h"

#include <cstdlib>
#include <fstream>

#include <fmt/format.h>
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "daemon/audit/alarm.h"
#include "daemon/ledger/cosignature.h"
#include "daemon/ledger/export.h"
#include "daemon/ledger/verify.h"
#include "daemon/ledger/witness.h"
#include "daemon/platform/time_stamp.h"

#include "tests/support/fake_http.h"
#include "tests/support/run.h"
#include "tests/support/temp_dir.h"
#include "tests/unit/audit/audit_fixture.h"

namespace liandong {
namespace {

using ::testing::HasSubstr;
using namespace std::chrono_literals;

constexpr const char* kOrigin = "example.gov.cn/liandong";
constexpr const char* kName = "audit.example.gov.cn/witness";

class AnchorsOfAnOffice : public Office {
 protected:
  AnchorsOfAnOffice() {
    http_.otherwise([this](const HttpRequest& request) -> HttpResult {
      if (away_) return unreachable();
      const WitnessAnswer answer = witness_->add_checkpoint(request.body);
      return HttpReply{answer.status, {{"content-type", answer.type}}, answer.body, request.url};
    });
    renew_witness("first");
    settings_.name = kName;
    settings_.public_raw = witness_key_.public_raw();
    settings_.endpoint.url = "http://127.0.0.1:8463";
  }

  void SetUp() override {
    Office::SetUp();
    grow(5);
    restart();
  }

  void restart() { anchors_.emplace(*database_, signed_, http_, clock_, options()); }

  void renew_witness(const std::string& folder) {
    std::filesystem::create_directories(folder_.path() / folder);
    witness_.emplace(Witness::Options{kName,
                                      witness_key_,
                                      {{kOrigin, {kOrigin, log_key_.public_raw()}}},
                                      folder_.path() / folder},
                     clock_);
  }

  void grow(int count) {
    database_->write_now([&](Transaction& tx) {
      for (int i = 0; i < count; ++i) signed_.append(tx, {"service.started", "system:service", {}});
      signed_.checkpoint(tx);
    });
  }

  Anchors::Options options() {
    const auto behind = [this](Transaction&, const LedgerGap& gap) { gaps_.push_back(gap); };
    return {{settings_}, {}, {}, behind};
  }

  Result<void> show() { return run(anchors_->show(settings_)); }

  std::int64_t witnessed() {
    return read([](Transaction& tx) {
      std::int64_t size = 0;
      tx.sql() << "SELECT coalesce(max(size), 0) FROM cosignature", soci::into(size);
      return size;
    });
  }

  std::vector<Alarm> alarms() {
    Settings settings;
    settings.witnesses = {settings_};
    const AuditSetting setting{settings, RuleSet::built_in(), calendar_, clock_.now(),
                               clock_.now()};
    std::vector<Alarm> found;
    for (Alarm& alarm : read([&](Transaction& tx) { return service_alarms(tx, setting); })) {
      if (alarm.key == std::string("witness|") + kName) found.push_back(std::move(alarm));
    }
    return found;
  }

  TempDir folder_;
  SigningKey log_key_ = SigningKey::generate();
  SigningKey witness_key_ = SigningKey::generate();
  Ledger signed_{Ledger::Options{kOrigin, "1", log_key_}, clock_};
  std::optional<Witness> witness_;
  FakeHttp http_;
  bool away_ = false;
  WitnessSettings settings_;
  std::optional<Anchors> anchors_;
  std::vector<LedgerGap> gaps_;
};

TEST_F(AnchorsOfAnOffice, KeepTheCosignatureOfEachNewCheckpoint) {
  ASSERT_TRUE(show().has_value());
  const std::int64_t first = witnessed();
  EXPECT_GT(first, 0);
  ASSERT_TRUE(show().has_value());
  EXPECT_EQ(http_.requests().size(), 1U);  // nothing new, nothing asked
  for (const int count : {1, 2, 300, 1500}) {
    grow(count);
    ASSERT_TRUE(show().has_value());
  }
  EXPECT_EQ(http_.requests().size(), 5U);
  const auto [note, line] = read([](Transaction& tx) {
    std::pair<std::string, std::string> both;
    tx.sql() << "SELECT c.note, s.line FROM checkpoint c JOIN cosignature s ON s.size = c.size "
                "ORDER BY c.size DESC LIMIT 1",
        soci::into(both.first), soci::into(both.second);
    return both;
  });
  EXPECT_TRUE(find_cosignature(line, note, kName, witness_key_.public_raw()).has_value());
}

TEST_F(AnchorsOfAnOffice, LearnWhatTheWitnessKnowsAfterALostAnswer) {
  ASSERT_TRUE(show().has_value());
  grow(3);
  ASSERT_TRUE(show().has_value());
  database_->write_now([](Transaction& tx) { tx.sql() << "DELETE FROM witness"; });
  grow(4);
  EXPECT_TRUE(show().has_value());
  EXPECT_TRUE(alarms().empty());
  renew_witness("second");  // it forgot everything
  grow(4);
  EXPECT_TRUE(show().has_value());
}

TEST_F(AnchorsOfAnOffice, CallAShortenedLedgerAFailure) {
  ASSERT_TRUE(show().has_value());
  grow(50);
  ASSERT_TRUE(show().has_value());
  database_->write_now([](Transaction& tx) {
    tx.sql() << "DELETE FROM witness";
    tx.sql() << "DELETE FROM checkpoint WHERE size = (SELECT max(size) FROM checkpoint)";
  });
  const auto shown = show();
  ASSERT_FALSE(shown.has_value());
  EXPECT_THAT(shown.error().message(), HasSubstr("a shortened ledger"));
  ASSERT_EQ(gaps_.size(), 1U);
  EXPECT_EQ(gaps_[0].checkpoint_size - gaps_[0].ledger_size, 51U);
  database_->write_now([this](Transaction& tx) { signed_.checkpoint(tx); });
  ASSERT_EQ(alarms().size(), 1U);
  EXPECT_EQ(alarms()[0].severity, Severity::Fail);
}

// Its newest checkpoint is one the witness signed: only asking again shows that there was more.
TEST_F(AnchorsOfAnOffice, SeeARestoredBackupAfterAStart) {
  ASSERT_TRUE(show().has_value());
  database_->write_now(
      [](Transaction& tx) { tx.sql() << "CREATE TABLE old_witness AS SELECT * FROM witness"; });
  grow(50);
  ASSERT_TRUE(show().has_value());
  database_->write_now([](Transaction& tx) {
    tx.sql() << "DELETE FROM witness";
    tx.sql() << "INSERT INTO witness SELECT * FROM old_witness";
    tx.sql() << "DELETE FROM checkpoint WHERE size = (SELECT max(size) FROM checkpoint)";
  });
  ASSERT_TRUE(show().has_value());
  EXPECT_TRUE(gaps_.empty());
  restart();
  EXPECT_FALSE(show().has_value());
  ASSERT_EQ(gaps_.size(), 1U);
  EXPECT_EQ(gaps_[0].checkpoint_size - gaps_[0].ledger_size, 51U);
}

TEST_F(AnchorsOfAnOffice, AskAWitnessThatWasAwayAtTheStartAgain) {
  ASSERT_TRUE(show().has_value());
  restart();
  away_ = true;
  EXPECT_FALSE(show().has_value());
  away_ = false;
  EXPECT_TRUE(show().has_value());
  const std::size_t asked = http_.requests().size();
  EXPECT_TRUE(show().has_value());
  EXPECT_EQ(http_.requests().size(), asked);
}

TEST_F(AnchorsOfAnOffice, WarnWhenNobodyWitnessedForHalfAnHour) {
  ASSERT_TRUE(show().has_value());
  away_ = true;
  grow(3);
  EXPECT_FALSE(show().has_value());
  EXPECT_TRUE(alarms().empty());
  clock_.jump_wall(30min);
  ASSERT_EQ(alarms().size(), 1U);
  EXPECT_EQ(alarms()[0].severity, Severity::Warn);
  clock_.jump_wall(24h);
  EXPECT_EQ(alarms().at(0).severity, Severity::Alarm);
  away_ = false;
  EXPECT_TRUE(show().has_value());
  EXPECT_TRUE(alarms().empty());
}

TEST_F(AnchorsOfAnOffice, LeaveTheirSignaturesInTheExport) {
  ASSERT_TRUE(show().has_value());
  const auto folder = folder_.path() / "export";
  ASSERT_TRUE(export_ledger(*database_, folder, {}).has_value());
  const auto file = folder / fmt::format("checkpoints/checkpoint-{}.cosigned", witnessed());
  std::ifstream in(file, std::ios::binary);
  const std::string text{std::istreambuf_iterator<char>(in), {}};
  EXPECT_TRUE(open_checkpoint(text, {kOrigin, log_key_.public_raw()}).has_value());
  EXPECT_THAT(text, HasSubstr(kName));
  EXPECT_TRUE(verify_folder(folder, {}, log_key_.public_raw()).intact());
}

TEST_F(AnchorsOfAnOffice, TakeNoSignatureOfAnotherKey) {
  settings_.public_raw = SigningKey::generate().public_raw();
  EXPECT_FALSE(show().has_value());
  EXPECT_EQ(witnessed(), 0);
}

// A time-stamping authority by `openssl ts`.
class Authority {
 public:
  explicit Authority(const std::filesystem::path& folder) : folder_(folder) {
    std::ofstream(folder / "ts.cnf")
        << "[tsa]\ndefault_tsa = t\n[t]\nserial = " << folder.string()
        << "/serial\ncrypto_device = builtin\nsigner_cert = " << folder.string()
        << "/tsa.pem\nsigner_key = " << folder.string()
        << "/tsa.key\nsigner_digest = sha256\ndefault_policy = "
           "1.2.3.4.1\nother_policies = 1.2.3.4.2\ndigests = "
           "sha256\naccuracy = secs:1\nordering = yes\ntsa_name = "
           "yes\n";
    std::ofstream(folder / "serial") << "01\n";
    sh("openssl req -x509 -newkey rsa:2048 -nodes -keyout tsa.key -out tsa.pem -days 3650 -subj "
       "/CN=TSA -addext extendedKeyUsage=critical,timeStamping");
  }

  std::string answer(const std::string& query) const {
    std::ofstream(folder_ / "q.tsq", std::ios::binary) << query;
    sh("openssl ts -reply -config ts.cnf -queryfile q.tsq -out q.tsr");
    return read(folder_ / "q.tsr");
  }
  [[nodiscard]] std::filesystem::path certificates() const { return folder_ / "tsa.pem"; }

  static std::string read(const std::filesystem::path& file) {
    std::ifstream in(file, std::ios::binary);
    return {std::istreambuf_iterator<char>(in), {}};
  }

 private:
  void sh(const std::string& command) const {
    const std::string line = "cd " + folder_.string() + " && " + command + " >/dev/null 2>&1";
    if (std::system(line.c_str()) != 0) throw std::runtime_error(line);
  }
  std::filesystem::path folder_;
};

TEST_F(AnchorsOfAnOffice, HaveTheCheckpointStampedByAnAuthority) {
  const Authority authority(folder_.path());
  FakeHttp http;
  TimestampSettings timestamp;
  timestamp.endpoint.url = "http://tsa.example.gov.cn";
  timestamp.ca_file = authority.certificates();
  Anchors anchors(*database_, signed_, http, clock_, {{}, timestamp, {}});
  http.expect("POST", "tsa.example.gov.cn").answer([&](const HttpRequest& request) -> HttpResult {
    EXPECT_EQ(request_header(request, "Content-Type"), "application/timestamp-query");
    return HttpReply{200, {}, authority.answer(request.body), request.url};
  });
  const auto stamped = run(anchors.stamp());
  ASSERT_TRUE(stamped.has_value()) << stamped.error().message();
  const std::string token = read([](Transaction& tx) {
    std::string text;
    tx.sql() << "SELECT token FROM timestamp_token", soci::into(text);
    return text;
  });
  EXPECT_FALSE(token.empty());
  http.expect("POST", "tsa.example.gov.cn").reply(200, "not an answer");
  EXPECT_FALSE(run(anchors.stamp()).has_value());
}

TEST_F(AnchorsOfAnOffice, SignEachCheckpointWithTheSm2KeyOnce) {
  const Sm2Key key = Sm2Key::generate();
  Anchors anchors(*database_, signed_, http_, clock_, {{}, {}, key});
  run(anchors.sign_again());
  run(anchors.sign_again());
  grow(3);
  run(anchors.sign_again());
  const auto [count, note, line] = read([](Transaction& tx) {
    std::tuple<int, std::string, std::string> all;
    tx.sql() << "SELECT count(*) FROM cosignature", soci::into(std::get<0>(all));
    tx.sql() << "SELECT c.note, s.line FROM checkpoint c JOIN cosignature s ON s.size = c.size "
                "ORDER BY c.size DESC LIMIT 1",
        soci::into(std::get<1>(all)), soci::into(std::get<2>(all));
    return all;
  });
  EXPECT_EQ(count, 2);
  const std::string start = std::string("— ") + kOrigin + "/sm2 ";
  ASSERT_EQ(line.substr(0, start.size()), start);
  const auto bytes = from_base64(line.substr(start.size(), line.size() - start.size() - 1)).value();
  EXPECT_TRUE(verify_sm2(key.public_pem(), note.substr(0, note.find("\n\n") + 1), bytes.substr(4)));
}

TEST(TimeStamp, IsTakenOnlyForItsBytesAndFromATrustedAuthority) {
  const TempDir folder;
  const TempDir other;
  const Authority authority(folder.path());
  const Authority stranger(other.path());
  const std::string answer = authority.answer(time_stamp_query(HashKind::Sha256, "checkpoint"));
  EXPECT_TRUE(check_time_stamp(HashKind::Sha256, answer, "checkpoint", authority.certificates())
                  .has_value());
  EXPECT_FALSE(check_time_stamp(HashKind::Sha256, answer, "checkpoinT", authority.certificates())
                   .has_value());
  EXPECT_FALSE(check_time_stamp(HashKind::Sha256, answer, "checkpoint", stranger.certificates())
                   .has_value());
  EXPECT_FALSE(
      check_time_stamp(HashKind::Sha256, answer, "checkpoint", "/nonexistent.pem").has_value());
  EXPECT_FALSE(
      check_time_stamp(HashKind::Sha256, "", "checkpoint", authority.certificates()).has_value());
  EXPECT_FALSE(
      check_time_stamp(HashKind::Sha256, answer + "x", "checkpoint", authority.certificates())
          .has_value());
  for (std::size_t at = 0; at < answer.size(); at += 37) {
    std::string changed = answer;
    changed[at] = static_cast<char>(changed[at] ^ 1);
    const auto checked =
        check_time_stamp(HashKind::Sha256, changed, "checkpoint", authority.certificates());
    // A byte of a part that is not signed (a status text, the certificate list) may change; what
    // is stamped may not.
    if (checked) {
      EXPECT_EQ(*checked,
                *check_time_stamp(HashKind::Sha256, answer, "checkpoint", authority.certificates()))
          << at;
    }
  }
}

}  // namespace
}  // namespace liandong
