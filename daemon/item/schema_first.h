// The tables as the first version of the schema made them. For schema.cc.

#ifndef LIANDONG_DAEMON_ITEM_SCHEMA_FIRST_H_
#define LIANDONG_DAEMON_ITEM_SCHEMA_FIRST_H_

#include <string_view>

namespace liandong {

// Times are UTC milliseconds; 0 or NULL where the column says so. Booleans are 0 or 1.
inline constexpr std::string_view kFirst = R"sql(
CREATE TABLE item (
  id {id},
  kind TEXT NOT NULL,
  source TEXT NOT NULL,
  title TEXT NOT NULL,
  url TEXT NOT NULL,
  doc_no TEXT NOT NULL,
  published_at {int},
  published_precision TEXT NOT NULL,
  first_seen {int} NOT NULL,
  revision {int} NOT NULL,
  withdrawn_at {int}
){strict};
CREATE INDEX item_first_seen ON item (first_seen);
CREATE TABLE item_key (
  kind TEXT NOT NULL,
  value TEXT NOT NULL,
  item {int} NOT NULL REFERENCES item (id),
  PRIMARY KEY (kind, value)
){strict};
CREATE TABLE revision (
  item {int} NOT NULL REFERENCES item (id),
  number {int} NOT NULL,
  sha256 TEXT NOT NULL,
  article TEXT NOT NULL,
  seen_at {int} NOT NULL,
  PRIMARY KEY (item, number)
){strict};
CREATE TABLE source_state (
  source TEXT PRIMARY KEY,
  listing TEXT NOT NULL,
  baseline {int} NOT NULL,
  looked_at {int} NOT NULL,
  read_at {int} NOT NULL,
  next_look {int} NOT NULL,
  failures {int} NOT NULL,
  fault TEXT NOT NULL,
  message TEXT NOT NULL,
  advice TEXT NOT NULL,
  rows_seen {int} NOT NULL
){strict};
CREATE TABLE sighting (
  source TEXT NOT NULL,
  row_key TEXT NOT NULL,
  item {int} REFERENCES item (id),
  version TEXT NOT NULL,
  url TEXT NOT NULL,
  title TEXT NOT NULL,
  first_seen {int} NOT NULL,
  last_seen {int} NOT NULL,
  reread_at {int},
  rereads {int} NOT NULL,
  gone {int} NOT NULL,
  pending {int} NOT NULL,
  PRIMARY KEY (source, row_key)
){strict};
CREATE INDEX sighting_reread ON sighting (source, reread_at);
CREATE INDEX sighting_item ON sighting (item);
CREATE TABLE obligation (
  item {int} NOT NULL REFERENCES item (id),
  channel TEXT NOT NULL,
  route TEXT NOT NULL,
  made_at {int} NOT NULL,
  warn_at {int} NOT NULL,
  due_at {int} NOT NULL,
  met_at {int},
  waived_at {int},
  reason TEXT NOT NULL,
  PRIMARY KEY (item, channel)
){strict};
CREATE TABLE delivery (
  id {id},
  item {int} NOT NULL REFERENCES item (id),
  revision {int} NOT NULL,
  channel TEXT NOT NULL,
  purpose TEXT NOT NULL,
  kind TEXT NOT NULL,
  state TEXT NOT NULL,
  marker TEXT NOT NULL,
  rendition TEXT NOT NULL,
  sha256 TEXT NOT NULL,
  created_at {int} NOT NULL,
  due_at {int} NOT NULL,
  step TEXT NOT NULL,
  attempt {int} NOT NULL,
  epoch {int} NOT NULL,
  owner TEXT NOT NULL,
  lease_until {int} NOT NULL,
  first_intent {int} NOT NULL,
  intent_at {int} NOT NULL,
  looks {int} NOT NULL,
  progress TEXT NOT NULL,
  remote_id TEXT NOT NULL,
  permalink TEXT NOT NULL,
  evidence TEXT NOT NULL,
  delivered_at {int},
  code TEXT NOT NULL,
  message TEXT NOT NULL,
  reason TEXT NOT NULL,
  UNIQUE (item, revision, channel, purpose)
){strict};
CREATE INDEX delivery_due ON delivery (channel, state, due_at);
CREATE INDEX delivery_item ON delivery (item);
CREATE TABLE channel_state (
  channel TEXT PRIMARY KEY,
  paused_at {int},
  reason TEXT NOT NULL,
  not_before {int} NOT NULL,
  last_delivered {int} NOT NULL,
  note TEXT NOT NULL
){strict};
CREATE TABLE channel_use (
  channel TEXT NOT NULL,
  slot TEXT NOT NULL,
  used {int} NOT NULL,
  PRIMARY KEY (channel, slot)
){strict};
CREATE TABLE counter (
  year {int} NOT NULL,
  month {int} NOT NULL,
  channel TEXT NOT NULL,
  kind TEXT NOT NULL,
  measure TEXT NOT NULL,
  value {int} NOT NULL,
  PRIMARY KEY (year, month, channel, kind, measure)
){strict};
CREATE TABLE ledger (
  seq {int} PRIMARY KEY,
  line TEXT NOT NULL
){strict};
CREATE TABLE ledger_head (
  one {int} PRIMARY KEY CHECK (one = 1),
  size {int} NOT NULL,
  prev TEXT NOT NULL,
  edge TEXT NOT NULL
){strict};
INSERT INTO ledger_head (one, size, prev, edge)
  VALUES (1, 0, '0000000000000000000000000000000000000000000000000000000000000000', '');
CREATE TABLE ledger_index (
  seq {int} PRIMARY KEY,
  ts {int} NOT NULL,
  event TEXT NOT NULL,
  item {int},
  delivery {int},
  channel TEXT
){strict};
CREATE INDEX ledger_index_item ON ledger_index (item, seq);
CREATE INDEX ledger_index_event ON ledger_index (event, seq);
CREATE TABLE checkpoint (
  size {int} PRIMARY KEY,
  note TEXT NOT NULL,
  signed_at {int} NOT NULL
){strict};
CREATE TABLE screen (
  id {id},
  name TEXT NOT NULL UNIQUE,
  screen_group TEXT NOT NULL,
  key_sha256 TEXT NOT NULL UNIQUE,
  token_sha256 TEXT NOT NULL,
  state TEXT NOT NULL,
  registered_at {int} NOT NULL,
  seen_at {int} NOT NULL,
  list_version TEXT NOT NULL,
  report TEXT NOT NULL
){strict};
CREATE TABLE play (
  play_id TEXT PRIMARY KEY,
  screen {int} NOT NULL,
  delivery {int} NOT NULL,
  title TEXT NOT NULL,
  started_at {int} NOT NULL,
  ended_at {int} NOT NULL,
  clock TEXT NOT NULL
){strict}
)sql";

}  // namespace liandong

#endif  // LIANDONG_DAEMON_ITEM_SCHEMA_FIRST_H_
