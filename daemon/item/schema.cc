#include "daemon/item/schema.h"

#include <array>

#include "daemon/item/schema_first.h"

namespace liandong {

namespace {

// The ledger only grows; a guard against bugs, not against root (design "ledger" 3.2).
constexpr std::string_view kGuards = R"sql(
{no_change ledger}
)sql";

// For `status`: abilities of the account, the end of its token.
constexpr std::string_view kProbed = R"sql(
ALTER TABLE channel_state ADD COLUMN probed TEXT NOT NULL DEFAULT ''
)sql";

// Order, holds, patrol, restored backups. `patrol_at`: when a delivery is read again; 0: not
// planned yet, NULL: never again.
constexpr std::string_view kAfterwards = R"sql(
CREATE TABLE delivery_order (
  delivery {int} PRIMARY KEY REFERENCES delivery (id),
  waits_for {int} NOT NULL,
  until {int} NOT NULL
){strict};
CREATE INDEX delivery_interpretation ON delivery (channel, due_at)
  WHERE kind = 'interpretation' AND state = 'queued';
CREATE TABLE mass_hold (
  delivery {int} PRIMARY KEY REFERENCES delivery (id),
  source TEXT NOT NULL,
  reason TEXT NOT NULL
){strict};
CREATE INDEX mass_hold_source ON mass_hold (source);
ALTER TABLE delivery ADD COLUMN patrol_at {int} DEFAULT 0;
CREATE INDEX delivery_patrol ON delivery (channel, patrol_at)
  WHERE state = 'delivered' AND patrol_at IS NOT NULL;
CREATE TABLE patrol (
  delivery {int} PRIMARY KEY REFERENCES delivery (id),
  channel TEXT NOT NULL,
  looks {int} NOT NULL,
  looked_at {int} NOT NULL,
  verified_at {int},
  verdict TEXT NOT NULL,
  note TEXT NOT NULL
){strict};
CREATE INDEX patrol_verdict ON patrol (channel, verdict);
CREATE TABLE restored (
  checkpoint_size {int} PRIMARY KEY,
  ledger_size {int} NOT NULL,
  found_at {int} NOT NULL,
  accepted_at {int}
){strict}
)sql";

// Followers, reads: what the platforms say of an account, one row a Beijing day ("2026-11-22") and
// name.
constexpr std::string_view kFigures = R"sql(
CREATE TABLE channel_figure (
  channel TEXT NOT NULL,
  day TEXT NOT NULL,
  name TEXT NOT NULL,
  value {int} NOT NULL,
  taken_at {int} NOT NULL,
  PRIMARY KEY (channel, name, day)
){strict}
)sql";

// A delivery's row is written at each of its steps, what is shown of it once: apart, the rows that
// are written together stand on few pages.
constexpr std::string_view kSlim = R"sql(
CREATE TABLE rendition (
  delivery {int} PRIMARY KEY REFERENCES delivery (id),
  text TEXT NOT NULL
){strict};
INSERT INTO rendition (delivery, text) SELECT id, rendition FROM delivery WHERE rendition <> '';
ALTER TABLE delivery DROP COLUMN rendition
)sql";

// Who must approve a delivery, and who has; the review queue reads what is held.
constexpr std::string_view kApprovals = R"sql(
CREATE TABLE approval_request (
  delivery {int} PRIMARY KEY REFERENCES delivery (id),
  needed {int} NOT NULL,
  sha256 TEXT NOT NULL,
  requester TEXT NOT NULL,
  requested_at {int} NOT NULL
){strict};
CREATE TABLE approval (
  delivery {int} NOT NULL REFERENCES approval_request (delivery),
  actor TEXT NOT NULL,
  requester TEXT NOT NULL,
  approved_at {int} NOT NULL,
  PRIMARY KEY (delivery, actor),
  CHECK (actor <> requester)
){strict};
CREATE INDEX delivery_held ON delivery (id) WHERE state = 'held'
)sql";

// What people were told of, and what is still to be sent to them.
constexpr std::string_view kAlerts = R"sql(
CREATE TABLE alert (
  key TEXT PRIMARY KEY,
  severity TEXT NOT NULL,
  subject TEXT NOT NULL,
  words TEXT NOT NULL,
  worsens_at {int},
  raised_at {int} NOT NULL,
  told_at {int} NOT NULL,
  seen_at {int} NOT NULL,
  cleared_at {int}
){strict};
CREATE TABLE notice (
  id {id},
  notice_id TEXT NOT NULL,
  post TEXT NOT NULL,
  type TEXT NOT NULL,
  made_at {int} NOT NULL,
  subject TEXT NOT NULL,
  text TEXT NOT NULL,
  data TEXT NOT NULL,
  attempts {int} NOT NULL,
  next_at {int},
  sent_at {int},
  error TEXT NOT NULL,
  UNIQUE (notice_id, post)
){strict};
CREATE INDEX notice_next ON notice (next_at) WHERE next_at IS NOT NULL;
ALTER TABLE channel_state ADD COLUMN credential_ends {int} NOT NULL DEFAULT 0
)sql";

// What others say of our checkpoints, and the links of what was pushed. `edge`: of the tree the
// witness knows.
constexpr std::string_view kAnchors = R"sql(
CREATE TABLE witness (
  name TEXT PRIMARY KEY,
  size {int} NOT NULL,
  edge TEXT NOT NULL,
  witnessed_at {int} NOT NULL,
  since {int} NOT NULL,
  grave {int} NOT NULL,
  error TEXT NOT NULL
){strict};
CREATE TABLE cosignature (
  size {int} NOT NULL,
  name TEXT NOT NULL,
  line TEXT NOT NULL,
  signed_at {int} NOT NULL,
  PRIMARY KEY (size, name)
){strict};
CREATE TABLE link_check (
  item {int} NOT NULL REFERENCES item (id),
  url TEXT NOT NULL,
  checked_at {int} NOT NULL,
  failures {int} NOT NULL,
  error TEXT NOT NULL,
  PRIMARY KEY (item, url)
){strict};
CREATE INDEX link_check_url ON link_check (url);
CREATE TABLE timestamp_token (
  size {int} PRIMARY KEY,
  token TEXT NOT NULL,
  stamped_at {int} NOT NULL
){strict}
)sql";

// Who may log in to the console. A user is never deleted: the ledger names them by their number.
// `state`: invited (a one-time token waits), active, disabled. Times 0: never.
constexpr std::string_view kUsers = R"sql(
CREATE TABLE console_user (
  id {id},
  name TEXT NOT NULL UNIQUE,
  role TEXT NOT NULL,
  state TEXT NOT NULL,
  password TEXT NOT NULL,
  totp_secret TEXT NOT NULL,
  totp_step {int} NOT NULL,
  failures {int} NOT NULL,
  locked_until {int} NOT NULL,
  token_sha256 TEXT NOT NULL,
  token_until {int} NOT NULL,
  created_at {int} NOT NULL,
  logged_in_at {int} NOT NULL,
  CHECK (role IN ('viewer', 'operator', 'approver', 'auditor', 'admin')),
  CHECK (state IN ('invited', 'active', 'disabled'))
){strict};
CREATE TABLE console_session (
  token_sha256 TEXT PRIMARY KEY,
  user_id {int} NOT NULL REFERENCES console_user (id),
  created_at {int} NOT NULL,
  seen_at {int} NOT NULL
){strict};
CREATE INDEX console_session_user ON console_session (user_id)
)sql";

// What a column looked like at the last look is long and rarely changes, when it was looked at
// changes all the time: apart, the times of many sources stand on few pages. And how a column
// moves, and which calls of a site have brought their items already.
constexpr std::string_view kPaced = R"sql(
CREATE TABLE source_listing (
  source TEXT PRIMARY KEY,
  listing TEXT NOT NULL
){strict};
INSERT INTO source_listing (source, listing) SELECT source, listing FROM source_state;
ALTER TABLE source_state DROP COLUMN listing;
ALTER TABLE source_state ADD COLUMN moved_at {int} NOT NULL DEFAULT 0;
ALTER TABLE source_state ADD COLUMN usual_gap {int} NOT NULL DEFAULT 0;
CREATE TABLE site_call (
  source TEXT NOT NULL,
  digest TEXT NOT NULL,
  received_at {int} NOT NULL,
  PRIMARY KEY (source, digest)
){strict};
CREATE INDEX site_call_age ON site_call (received_at);
CREATE TABLE subscription (
  source TEXT PRIMARY KEY,
  hub TEXT NOT NULL,
  topic TEXT NOT NULL,
  asked_at {int} NOT NULL,
  lease_until {int} NOT NULL,
  next_at {int} NOT NULL,
  failures {int} NOT NULL
){strict}
)sql";

// Deliveries that go out as one post with several articles, until each has ended. What is asked of
// the ledger by channel is found by it.
constexpr std::string_view kGroups = R"sql(
CREATE TABLE delivery_group (
  delivery {int} PRIMARY KEY REFERENCES delivery (id),
  channel TEXT NOT NULL,
  name TEXT NOT NULL,
  place {int} NOT NULL,
  formed_at {int} NOT NULL
){strict};
CREATE INDEX delivery_group_channel ON delivery_group (channel, name);
CREATE INDEX ledger_index_channel ON ledger_index (channel, seq)
)sql";

// What was delivered in a month or since a day: the reports ask for it by channel.
constexpr std::string_view kDelivered = R"sql(
CREATE INDEX delivery_delivered ON delivery (channel, delivered_at)
  WHERE delivered_at IS NOT NULL
)sql";

// What programs show instead of a log-in. Times 0: never.
constexpr std::string_view kTokens = R"sql(
CREATE TABLE api_token (
  id {id},
  name TEXT NOT NULL,
  role TEXT NOT NULL,
  token_sha256 TEXT NOT NULL UNIQUE,
  made_by TEXT NOT NULL,
  made_at {int} NOT NULL,
  ends_at {int} NOT NULL,
  used_at {int} NOT NULL,
  used_from TEXT NOT NULL,
  revoked_at {int} NOT NULL,
  CHECK (role IN ('viewer', 'operator', 'auditor'))
){strict};
CREATE UNIQUE INDEX api_token_name ON api_token (name) WHERE revoked_at = 0
)sql";

// For a person whose telephone is gone. Times 0: not used yet.
constexpr std::string_view kRecovery = R"sql(
CREATE TABLE recovery_code (
  user_id {int} NOT NULL REFERENCES console_user (id),
  code_sha256 TEXT NOT NULL,
  used_at {int} NOT NULL,
  PRIMARY KEY (user_id, code_sha256)
){strict}
)sql";

// What a person puts on the hall's screens beside what is published there.
constexpr std::string_view kHallOrders = R"sql(
CREATE TABLE hall_emergency (
  id {id},
  screen_group TEXT NOT NULL,
  title TEXT NOT NULL,
  text TEXT NOT NULL,
  made_by TEXT NOT NULL,
  made_at {int} NOT NULL,
  ends_at {int} NOT NULL
){strict};
CREATE TABLE hall_pin (
  item {int} PRIMARY KEY REFERENCES item (id),
  ends_at {int} NOT NULL
){strict}
)sql";

// How far what is out has been screened by the rules of now, and what they found there. Items with
// numbers below `before_item` are left; 0: none.
constexpr std::string_view kRescreening = R"sql(
CREATE TABLE rescreening (
  one {int} PRIMARY KEY CHECK (one = 1),
  rules TEXT NOT NULL,
  before_item {int} NOT NULL
){strict};
CREATE TABLE screening_finding (
  item {int} NOT NULL REFERENCES item (id),
  revision {int} NOT NULL,
  words TEXT NOT NULL,
  found_at {int} NOT NULL,
  accepted_at {int} NOT NULL,
  PRIMARY KEY (item, revision, words)
){strict}
)sql";

constexpr std::string_view kTokenAddresses = R"sql(
ALTER TABLE api_token ADD COLUMN addresses TEXT NOT NULL DEFAULT ''
)sql";

// What a person wants sent at once, and whether two others agreed (0: not yet). `urgent` is what
// the queue looks for; few rows have it.
constexpr std::string_view kUrgency = R"sql(
CREATE TABLE urgency (
  delivery {int} PRIMARY KEY REFERENCES delivery (id),
  reason TEXT NOT NULL,
  asked_by TEXT NOT NULL,
  asked_at {int} NOT NULL,
  granted_at {int} NOT NULL
){strict};
ALTER TABLE delivery ADD COLUMN urgent {int} NOT NULL DEFAULT 0;
CREATE INDEX delivery_urgent ON delivery (channel, state) WHERE urgent = 1
)sql";

// Several processes on one PostgreSQL database (platform/node.h). `node` 0: nobody's. A site's call
// waits in `node_call` for the node that watches it.
constexpr std::string_view kNodes = R"sql(
CREATE TABLE node (
  id {id},
  name TEXT NOT NULL,
  version TEXT NOT NULL,
  joined_at {int} NOT NULL,
  lease_until {int} NOT NULL
){strict};
CREATE TABLE node_work (
  name TEXT PRIMARY KEY,
  node {int} NOT NULL,
  epoch {int} NOT NULL,
  taken_at {int} NOT NULL
){strict};
CREATE TABLE node_call (
  source TEXT PRIMARY KEY
){strict}
)sql";

// Many offices in one installation. An item keeps the organisation of the source that saw it first;
// '' is that of a time when there was one office. A user or token with '' is bound to none. What is
// configured stands here too, for what the console shows to whom: every organisation with all that
// is within it, and whose each source and channel is.
constexpr std::string_view kOrganisations = R"sql(
ALTER TABLE item ADD COLUMN organisation TEXT NOT NULL DEFAULT '';
CREATE INDEX item_organisation ON item (organisation, id);
ALTER TABLE console_user ADD COLUMN organisation TEXT NOT NULL DEFAULT '';
ALTER TABLE api_token ADD COLUMN organisation TEXT NOT NULL DEFAULT '';
CREATE TABLE organisation (
  name TEXT PRIMARY KEY,
  place {int} NOT NULL,
  title TEXT NOT NULL,
  within TEXT NOT NULL
){strict};
CREATE TABLE organisation_within (
  organisation TEXT NOT NULL,
  within TEXT NOT NULL,
  PRIMARY KEY (within, organisation)
){strict};
CREATE TABLE organisation_part (
  part TEXT NOT NULL,
  name TEXT NOT NULL,
  organisation TEXT NOT NULL,
  PRIMARY KEY (part, name),
  CHECK (part IN ('source', 'channel'))
){strict};
ALTER TABLE counter RENAME TO counter_of_one_office;
CREATE TABLE counter (
  year {int} NOT NULL,
  month {int} NOT NULL,
  channel TEXT NOT NULL,
  kind TEXT NOT NULL,
  measure TEXT NOT NULL,
  organisation TEXT NOT NULL,
  value {int} NOT NULL,
  PRIMARY KEY (year, month, channel, kind, measure, organisation)
){strict};
INSERT INTO counter (year, month, channel, kind, measure, organisation, value)
  SELECT year, month, channel, kind, measure, '', value FROM counter_of_one_office;
DROP TABLE counter_of_one_office
)sql";

// `node.offers`: the work of its configuration, one a line. `node_work.taken_at`: since when it is
// its node's, or nobody's.
constexpr std::string_view kOffers = R"sql(
ALTER TABLE node ADD COLUMN offers TEXT NOT NULL DEFAULT '';
ALTER TABLE node_work DROP COLUMN epoch;
CREATE TABLE login_attempt (
  address TEXT PRIMARY KEY,
  since {int} NOT NULL,
  attempts {int} NOT NULL
){strict};
CREATE INDEX obligation_open ON obligation (due_at) WHERE met_at IS NULL AND waived_at IS NULL
)sql";

// With the time in it SQLite prefers it to delivery_due, under which every look for the few that
// are urgent read all that were due.
constexpr std::string_view kUrgentDue = R"sql(
DROP INDEX delivery_urgent;
CREATE INDEX delivery_urgent ON delivery (channel, state, due_at) WHERE urgent = 1
)sql";

// What the hall's screens showed, counted as their plays land: by the Beijing day since 1970, and
// by item, without those that a clock made longer than an hour. A play keeps the group that its
// screen was in. An obligation that a list alone had met is open again where no screen that may
// have fetched it was heard of since.
constexpr std::string_view kShown = R"sql(
ALTER TABLE play ADD COLUMN screen_group TEXT NOT NULL DEFAULT '';
UPDATE play SET screen_group =
  coalesce((SELECT s.screen_group FROM screen s WHERE s.id = play.screen), '');
CREATE TABLE shown_day (
  day {int} NOT NULL,
  screen_group TEXT NOT NULL,
  organisation TEXT NOT NULL,
  shows {int} NOT NULL,
  millis {int} NOT NULL,
  PRIMARY KEY (day, screen_group, organisation)
){strict};
CREATE TABLE shown_item (
  item {int} NOT NULL REFERENCES item (id),
  screen_group TEXT NOT NULL,
  shows {int} NOT NULL,
  millis {int} NOT NULL,
  first_at {int} NOT NULL,
  last_at {int} NOT NULL,
  PRIMARY KEY (item, screen_group)
){strict};
INSERT INTO shown_day (day, screen_group, organisation, shows, millis)
  SELECT day, screen_group, organisation, count(*), sum(millis) FROM (SELECT
    (p.started_at + 28800000) / 86400000 AS day, p.screen_group, i.organisation,
    p.ended_at - p.started_at AS millis FROM play p JOIN delivery d ON d.id = p.delivery
    JOIN item i ON i.id = d.item WHERE p.ended_at - p.started_at <= 3600000) AS plays
    GROUP BY day, screen_group, organisation;
INSERT INTO shown_item (item, screen_group, shows, millis, first_at, last_at)
  SELECT d.item, p.screen_group, count(*), sum(p.ended_at - p.started_at), min(p.started_at),
    max(p.started_at) FROM play p JOIN delivery d ON d.id = p.delivery
    WHERE p.ended_at - p.started_at <= 3600000 GROUP BY d.item, p.screen_group;
UPDATE obligation SET met_at = NULL WHERE met_at IS NOT NULL
  AND EXISTS (SELECT 1 FROM delivery d WHERE d.item = obligation.item
    AND d.channel = obligation.channel AND d.purpose = 'publish' AND d.state = 'delivered' AND d.evidence = 'listed')
  AND NOT EXISTS (SELECT 1 FROM screen s WHERE s.state <> 'waiting'
    AND s.seen_at >= obligation.met_at AND (s.screen_group = '' OR s.screen_group = obligation.channel))
)sql";

// What persons recorded before it was counted by itself. The month of Beijing from the days since
// 1970, by integers alone as both databases divide them: years begin in March, and 146097 days are
// 400 of them.
constexpr std::string_view kRecorded = R"sql(
INSERT INTO counter (year, month, channel, kind, measure, organisation, value)
  SELECT march_year + CASE WHEN march_month > 9 THEN 1 ELSE 0 END,
    march_month + CASE WHEN march_month > 9 THEN -9 ELSE 3 END,
    channel, kind, 'recorded', organisation, count(*)
  FROM (SELECT channel, kind, organisation, march_year, (5 * (day - 365 * year_of_era
      - year_of_era / 4 + year_of_era / 100) + 2) / 153 AS march_month
    FROM (SELECT channel, kind, organisation, day, year_of_era, era * 400 + year_of_era AS march_year
      FROM (SELECT channel, kind, organisation, era, day,
          (day - day / 1460 + day / 36524 - day / 146096) / 365 AS year_of_era
        FROM (SELECT channel, kind, organisation, days / 146097 AS era, days % 146097 AS day
          FROM (SELECT d.channel, d.kind, i.organisation,
              (d.delivered_at + 28800000) / 86400000 + 719468 AS days
            FROM delivery d JOIN item i ON i.id = d.item
            WHERE d.purpose = 'publish' AND d.evidence = 'operator' AND d.delivered_at IS NOT NULL)
          AS dated) AS in_eras) AS in_years) AS in_march_years) AS in_months
  GROUP BY march_year, march_month, channel, kind, organisation
)sql";

constexpr std::array kSchema = {
    Migration{1, "everything", kFirst},
    Migration{2, "the ledger refuses update and delete", kGuards},
    Migration{3, "what the last probe of a channel found", kProbed},
    Migration{4, "order, holds, patrol, restored backups", kAfterwards},
    Migration{5, "figures of the channels' accounts", kFigures},
    Migration{6, "renditions apart from deliveries", kSlim},
    Migration{7, "approvals", kApprovals},
    Migration{8, "alerts and notices", kAlerts},
    Migration{9, "witnesses, time stamps, links", kAnchors},
    Migration{10, "users of the console", kUsers},
    Migration{11, "listings apart from the times of looks", kPaced},
    Migration{12, "groups of deliveries", kGroups},
    Migration{13, "deliveries by the time of their arrival", kDelivered},
    Migration{14, "tokens of programs", kTokens},
    Migration{15, "recovery codes", kRecovery},
    Migration{16, "emergency messages and pins of the hall", kHallOrders},
    Migration{17, "screening of what is out", kRescreening},
    Migration{18, "where tokens are used from", kTokenAddresses},
    Migration{19, "urgent deliveries", kUrgency},
    Migration{20, "nodes and their work", kNodes},
    Migration{21, "organisations", kOrganisations},
    Migration{22, "what nodes offer, attempts to log in, open obligations", kOffers},
    Migration{23, "urgent deliveries by the time they are due", kUrgentDue},
    Migration{24, "what screens fetched and showed", kShown},
    Migration{25, "what persons recorded", kRecorded},
};

}  // namespace

std::span<const Migration> schema() {
  return kSchema;
}

}  // namespace liandong
