PRAGMA foreign_keys=OFF;
BEGIN TRANSACTION;
CREATE TABLE schema_version (version INTEGER PRIMARY KEY, name TEXT NOT NULL);
INSERT INTO schema_version VALUES(1,'everything');
CREATE TABLE item (
  id INTEGER PRIMARY KEY,
  kind TEXT NOT NULL,
  source TEXT NOT NULL,
  title TEXT NOT NULL,
  url TEXT NOT NULL,
  doc_no TEXT NOT NULL,
  published_at INTEGER,
  published_precision TEXT NOT NULL,
  first_seen INTEGER NOT NULL,
  revision INTEGER NOT NULL,
  withdrawn_at INTEGER
) STRICT;
INSERT INTO item VALUES(1,'policy','policies','关于印发《示例办法》的通知（更正）','https://www.example.gov.cn/zwgk/202611/t20261122_1.html','示政发〔2026〕1号',1767171600000,'minute',1795334400000,2,NULL);
INSERT INTO item VALUES(2,'notice','notices','旧通知','https://www.example.gov.cn/old.html','示政发〔2026〕1号',1767171600000,'minute',1795334400000,0,NULL);
CREATE TABLE item_key (
  kind TEXT NOT NULL,
  value TEXT NOT NULL,
  item INTEGER NOT NULL REFERENCES item (id),
  PRIMARY KEY (kind, value)
) STRICT;
INSERT INTO item_key VALUES('cms','policies t20261122_1',1);
INSERT INTO item_key VALUES('url','example.gov.cn/zwgk/202611/t20261122_1.html',1);
INSERT INTO item_key VALUES('index','000014349/2026-00001',1);
INSERT INTO item_key VALUES('doc','示政发〔2026〕1号 关于印发《示例办法》的通知',1);
INSERT INTO item_key VALUES('title','2025-12-31 1ee19231c73e6149fe3128dd7eab6cb70f582e7166d93ddeaaf57f6267771e50 关于印发《示例办法》的通知',1);
INSERT INTO item_key VALUES('url','example.gov.cn/old.html',2);
CREATE TABLE revision (
  item INTEGER NOT NULL REFERENCES item (id),
  number INTEGER NOT NULL,
  sha256 TEXT NOT NULL,
  article TEXT NOT NULL,
  seen_at INTEGER NOT NULL,
  PRIMARY KEY (item, number)
) STRICT;
INSERT INTO revision VALUES(1,1,'be1be9f06c5c988231fd1e8ffa8ba808d7f194997ae0a9ccf871406a061d7af4','{"url":"https://www.example.gov.cn/zwgk/202611/t20261122_1.html","title":"关于印发《示例办法》的通知","published_at":1767171600000,"precision":"minute","meta":{"index_no":"000014349/2026-00001","doc_no":"示政发〔2026〕1号"},"body":{"blocks":[{"type":"heading","level":2,"text":"一、总则"},{"type":"paragraph","runs":[{"text":"为规范示例，制定本办法。"}]}],"attachments":[{"url":"https://www.example.gov.cn/1.pdf","name":"附件''1''.pdf"}]},"cms_id":"t20261122_1","guid":"","column":"","cover":"","language":"zh-CN"}',1795334400000);
INSERT INTO revision VALUES(1,2,'9b9de16ac7a8bdcbb8012ebd8b0f7fbc29837f4a59fa37793bf56f159673f4b0','{"url":"https://www.example.gov.cn/zwgk/202611/t20261122_1.html","title":"关于印发《示例办法》的通知（更正）","published_at":1767171600000,"precision":"minute","meta":{"index_no":"000014349/2026-00001","doc_no":"示政发〔2026〕1号"},"body":{"blocks":[{"type":"heading","level":2,"text":"一、总则"},{"type":"paragraph","runs":[{"text":"为规范示例，制定本办法。"}]}],"attachments":[{"url":"https://www.example.gov.cn/1.pdf","name":"附件''1''.pdf"}]},"cms_id":"t20261122_1","guid":"","column":"","cover":"","language":"zh-CN"}',1795334428000);
CREATE TABLE source_state (
  source TEXT PRIMARY KEY,
  listing TEXT NOT NULL,
  baseline INTEGER NOT NULL,
  looked_at INTEGER NOT NULL,
  read_at INTEGER NOT NULL,
  next_look INTEGER NOT NULL,
  failures INTEGER NOT NULL,
  fault TEXT NOT NULL,
  message TEXT NOT NULL,
  advice TEXT NOT NULL,
  rows_seen INTEGER NOT NULL
) STRICT;
INSERT INTO source_state VALUES('policies','{"etag":"\"5f-abc\""}',1,1795334400000,1795334400000,1795334700000,0,'','','',2);
CREATE TABLE sighting (
  source TEXT NOT NULL,
  row_key TEXT NOT NULL,
  item INTEGER REFERENCES item (id),
  version TEXT NOT NULL,
  url TEXT NOT NULL,
  title TEXT NOT NULL,
  first_seen INTEGER NOT NULL,
  last_seen INTEGER NOT NULL,
  reread_at INTEGER,
  rereads INTEGER NOT NULL,
  gone INTEGER NOT NULL,
  pending INTEGER NOT NULL,
  PRIMARY KEY (source, row_key)
) STRICT;
INSERT INTO sighting VALUES('policies','https://www.example.gov.cn/zwgk/202611/t20261122_1.html',1,'','https://www.example.gov.cn/zwgk/202611/t20261122_1.html','关于印发《示例办法》的通知',1795334400000,1795334400000,1795335000000,0,0,0);
CREATE TABLE obligation (
  item INTEGER NOT NULL REFERENCES item (id),
  channel TEXT NOT NULL,
  route TEXT NOT NULL,
  made_at INTEGER NOT NULL,
  warn_at INTEGER NOT NULL,
  due_at INTEGER NOT NULL,
  met_at INTEGER,
  waived_at INTEGER,
  reason TEXT NOT NULL,
  PRIMARY KEY (item, channel)
) STRICT;
INSERT INTO obligation VALUES(1,'weibo','important',1795334400000,1767258060000,1767715200000,1795334421000,NULL,'');
INSERT INTO obligation VALUES(1,'wechat','important',1795334400000,1767258060000,1767715200000,NULL,NULL,'');
INSERT INTO obligation VALUES(1,'hall','important',1795334400000,1767258060000,1767715200000,NULL,NULL,'');
CREATE TABLE delivery (
  id INTEGER PRIMARY KEY,
  item INTEGER NOT NULL REFERENCES item (id),
  revision INTEGER NOT NULL,
  channel TEXT NOT NULL,
  purpose TEXT NOT NULL,
  kind TEXT NOT NULL,
  state TEXT NOT NULL,
  marker TEXT NOT NULL,
  rendition TEXT NOT NULL,
  sha256 TEXT NOT NULL,
  created_at INTEGER NOT NULL,
  due_at INTEGER NOT NULL,
  step TEXT NOT NULL,
  attempt INTEGER NOT NULL,
  epoch INTEGER NOT NULL,
  owner TEXT NOT NULL,
  lease_until INTEGER NOT NULL,
  first_intent INTEGER NOT NULL,
  intent_at INTEGER NOT NULL,
  looks INTEGER NOT NULL,
  progress TEXT NOT NULL,
  remote_id TEXT NOT NULL,
  permalink TEXT NOT NULL,
  evidence TEXT NOT NULL,
  delivered_at INTEGER,
  code TEXT NOT NULL,
  message TEXT NOT NULL,
  reason TEXT NOT NULL,
  UNIQUE (item, revision, channel, purpose)
) STRICT;
INSERT INTO delivery VALUES(1,1,1,'weibo','publish','policy','delivered','000000000001','{"text":"关于印发《示例办法》的通知"}','2081c953922dcce864d6c9851d8f531a9f78be589691263496f8b990e32803b6',1795334407000,1795334407000,'share',1,1,'',0,1795334414000,1795334414000,0,'{}','5012','https://weibo.com/1/5012','reply',1795334421000,'','','');
INSERT INTO delivery VALUES(2,1,1,'wechat','publish','policy','unconfirmed','000000000002','{"text":"关于印发《示例办法》的通知"}','2081c953922dcce864d6c9851d8f531a9f78be589691263496f8b990e32803b6',1795334407000,1795334481000,'submit',1,2,'',0,1795334421000,1795334421000,0,'{"media_id":"m-1"}','','','',NULL,'timeout','no answer','');
INSERT INTO delivery VALUES(3,1,1,'hall','publish','policy','held','000000000003','{"text":"关于印发《示例办法》的通知"}','2081c953922dcce864d6c9851d8f531a9f78be589691263496f8b990e32803b6',1795334407000,1795334407000,'',0,0,'',0,0,0,0,'{}','','','',NULL,'','','正文有电话号码');
INSERT INTO delivery VALUES(4,1,1,'mastodon','publish','policy','queued','000000000004','{"text":"关于印发《示例办法》的通知"}','2081c953922dcce864d6c9851d8f531a9f78be589691263496f8b990e32803b6',1795334407000,1795334407000,'',0,0,'',0,0,0,0,'{}','','','',NULL,'','','');
INSERT INTO delivery VALUES(5,1,1,'press','publish','policy','failed','000000000005','','',1795334407000,1795334407000,'',0,0,'',0,0,0,0,'{}','','','',NULL,'render','标题过长','');
INSERT INTO delivery VALUES(6,1,1,'hotline','publish','policy','deferred','000000000006','{"text":"关于印发《示例办法》的通知"}','2081c953922dcce864d6c9851d8f531a9f78be589691263496f8b990e32803b6',1795334407000,1795334481000,'share',1,1,'',0,1795334414000,1795334414000,0,'{}','','','',NULL,'421','try later','');
CREATE TABLE channel_state (
  channel TEXT PRIMARY KEY,
  paused_at INTEGER,
  reason TEXT NOT NULL,
  not_before INTEGER NOT NULL,
  last_delivered INTEGER NOT NULL,
  note TEXT NOT NULL
) STRICT;
INSERT INTO channel_state VALUES('weibo',NULL,'',0,1795334421000,'');
INSERT INTO channel_state VALUES('hotline',1795334421000,'系统维护',0,0,'person');
CREATE TABLE channel_use (
  channel TEXT NOT NULL,
  slot TEXT NOT NULL,
  used INTEGER NOT NULL,
  PRIMARY KEY (channel, slot)
) STRICT;
INSERT INTO channel_use VALUES('weibo','hour 1795334400000',1);
INSERT INTO channel_use VALUES('weibo','day 2026-11-22',1);
INSERT INTO channel_use VALUES('weibo','last',1795334414000);
INSERT INTO channel_use VALUES('wechat','hour 1795334400000',1);
INSERT INTO channel_use VALUES('wechat','day 2026-11-22',1);
INSERT INTO channel_use VALUES('wechat','last',1795334414000);
INSERT INTO channel_use VALUES('hotline','hour 1795334400000',1);
INSERT INTO channel_use VALUES('hotline','day 2026-11-22',1);
INSERT INTO channel_use VALUES('hotline','last',1795334414000);
CREATE TABLE counter (
  year INTEGER NOT NULL,
  month INTEGER NOT NULL,
  channel TEXT NOT NULL,
  kind TEXT NOT NULL,
  measure TEXT NOT NULL,
  value INTEGER NOT NULL,
  PRIMARY KEY (year, month, channel, kind, measure)
) STRICT;
INSERT INTO counter VALUES(2026,11,'','policy','items',1);
INSERT INTO counter VALUES(2026,11,'weibo','policy','deliveries',1);
INSERT INTO counter VALUES(2026,11,'weibo','policy','articles',1);
INSERT INTO counter VALUES(2026,11,'weibo','policy','carried',1);
CREATE TABLE ledger (
  seq INTEGER PRIMARY KEY,
  line TEXT NOT NULL
) STRICT;
INSERT INTO ledger VALUES(0,'{"actor":"system:ledger","event":"genesis","hash":"sha256","keys":[{"algorithm":"ed25519","public":"FF0vT8qZQAYYsZTbhTlh3wnbvgLATUG8mjtlr9iYuJ0="}],"node":"1","origin":"example.gov.cn/liandong","prev":"0000000000000000000000000000000000000000000000000000000000000000","seq":0,"software":"liandong/0.1.0","ts":"2026-11-22T08:00:00.000Z","v":1}');
INSERT INTO ledger VALUES(1,'{"actor":"system:watcher","event":"item.found","item":1,"kind":"policy","node":"1","prev":"bfa563cef3dff7ff51a6bb6fb6754d9e89a4832d5bed58f8bada86ee2a8c5fdb","published_at":"2025-12-31T09:00:00.000Z","seq":1,"ts":"2026-11-22T08:00:00.000Z","v":1}');
INSERT INTO ledger VALUES(2,'{"actor":"system:planner","channel":"weibo","due_at":"2026-01-06T16:00:00.000Z","event":"obligation.made","item":1,"node":"1","prev":"908cefab26ab3c18aefe6e0cab3a340d76bf106b3431de67db383272afb49c57","route":"important","seq":2,"ts":"2026-11-22T08:00:00.000Z","v":1,"warn_at":"2026-01-01T09:01:00.000Z"}');
INSERT INTO ledger VALUES(3,'{"actor":"system:planner","channel":"wechat","due_at":"2026-01-06T16:00:00.000Z","event":"obligation.made","item":1,"node":"1","prev":"8f981674eee1c99347de51d1f9a7df80503084851db0ec6c9034a52edb1fa84e","route":"important","seq":3,"ts":"2026-11-22T08:00:00.000Z","v":1,"warn_at":"2026-01-01T09:01:00.000Z"}');
INSERT INTO ledger VALUES(4,'{"actor":"system:planner","channel":"hall","due_at":"2026-01-06T16:00:00.000Z","event":"obligation.made","item":1,"node":"1","prev":"c9d731e6c0b6956eec984a3aa5d3417c417d26624798eb25ad6ae1e45d1ad628","route":"important","seq":4,"ts":"2026-11-22T08:00:00.000Z","v":1,"warn_at":"2026-01-01T09:01:00.000Z"}');
INSERT INTO ledger VALUES(5,'{"actor":"system:planner","body_sha256":"2081c953922dcce864d6c9851d8f531a9f78be589691263496f8b990e32803b6","channel":"weibo","delivery":1,"event":"delivery.planned","item":1,"node":"1","prev":"e5910dd3a7c561c5a352c87da559065558b1dad7211e438dbedf8b38ff1415a5","purpose":"publish","result":"queued","rev":1,"seq":5,"ts":"2026-11-22T08:00:07.000Z","v":1}');
INSERT INTO ledger VALUES(6,'{"actor":"system:planner","body_sha256":"2081c953922dcce864d6c9851d8f531a9f78be589691263496f8b990e32803b6","channel":"wechat","delivery":2,"event":"delivery.planned","item":1,"node":"1","prev":"5c8d320862a4534a189198d0df4db04d6f3022dc2c0fad1def8d58b8f14b13ec","purpose":"publish","result":"queued","rev":1,"seq":6,"ts":"2026-11-22T08:00:07.000Z","v":1}');
INSERT INTO ledger VALUES(7,'{"actor":"system:planner","body_sha256":"2081c953922dcce864d6c9851d8f531a9f78be589691263496f8b990e32803b6","channel":"hall","delivery":3,"event":"delivery.planned","item":1,"node":"1","prev":"f6b898aa9fe9fc0fedc0fe1a5a9050f166ebbbfd85f37c8cbf563c82b6731224","purpose":"publish","reason":"正文有电话号码","result":"held","rev":1,"seq":7,"ts":"2026-11-22T08:00:07.000Z","v":1}');
INSERT INTO ledger VALUES(8,'{"actor":"system:planner","body_sha256":"2081c953922dcce864d6c9851d8f531a9f78be589691263496f8b990e32803b6","channel":"mastodon","delivery":4,"event":"delivery.planned","item":1,"node":"1","prev":"401ba67c27e54ff42098c4d3df6c72ead46bbed0d9d3347bac3f8d17686c8bf7","purpose":"publish","result":"queued","rev":1,"seq":8,"ts":"2026-11-22T08:00:07.000Z","v":1}');
INSERT INTO ledger VALUES(9,'{"actor":"system:planner","channel":"press","delivery":5,"event":"delivery.planned","item":1,"node":"1","prev":"b5e152c9a177127af7be698812ecec0a884030c1095629e49cb0f06a47dadbda","purpose":"publish","reason":"标题过长","result":"failed","rev":1,"seq":9,"ts":"2026-11-22T08:00:07.000Z","v":1}');
INSERT INTO ledger VALUES(10,'{"actor":"system:planner","body_sha256":"2081c953922dcce864d6c9851d8f531a9f78be589691263496f8b990e32803b6","channel":"hotline","delivery":6,"event":"delivery.planned","item":1,"node":"1","prev":"a4dbb985503f26c14cd119faf4904e5a3d1a0c60e34e87239d354a2ad217b123","purpose":"publish","result":"queued","rev":1,"seq":10,"ts":"2026-11-22T08:00:07.000Z","v":1}');
INSERT INTO ledger VALUES(11,'{"actor":"system:dispatcher","attempt":1,"body_sha256":"2081c953922dcce864d6c9851d8f531a9f78be589691263496f8b990e32803b6","channel":"weibo","delivery":1,"epoch":1,"event":"delivery.attempted","item":1,"node":"1","prev":"ab5aac207fae7e5a26ddd9e8f1840bcf890c521ab7e3f390a1c1033c6b552284","purpose":"publish","rev":1,"seq":11,"step":"share","ts":"2026-11-22T08:00:14.000Z","v":1}');
INSERT INTO ledger VALUES(12,'{"actor":"system:dispatcher","attempt":1,"body_sha256":"2081c953922dcce864d6c9851d8f531a9f78be589691263496f8b990e32803b6","channel":"wechat","delivery":2,"epoch":1,"event":"delivery.attempted","item":1,"node":"1","prev":"67846e15e5e80804c14bef8bc934faed667feb1f03235ac233e15c283f06898a","purpose":"publish","rev":1,"seq":12,"step":"share","ts":"2026-11-22T08:00:14.000Z","v":1}');
INSERT INTO ledger VALUES(13,'{"actor":"system:dispatcher","attempt":1,"body_sha256":"2081c953922dcce864d6c9851d8f531a9f78be589691263496f8b990e32803b6","channel":"hotline","delivery":6,"epoch":1,"event":"delivery.attempted","item":1,"node":"1","prev":"352d46b7431ed34e2c286dd8fb422511b5e649082d5cdfdbc3a21f095ab42c4a","purpose":"publish","rev":1,"seq":13,"step":"share","ts":"2026-11-22T08:00:14.000Z","v":1}');
INSERT INTO ledger VALUES(14,'{"accepted_at":"2026-11-22T08:00:21.000Z","actor":"system:dispatcher","attempt":1,"body_sha256":"2081c953922dcce864d6c9851d8f531a9f78be589691263496f8b990e32803b6","channel":"weibo","delivery":1,"epoch":1,"event":"delivery.settled","evidence":"reply","item":1,"node":"1","prev":"bc0b2a83eec16eda552d3950b0e9b2e72893cb169bff5ac9543f273c361d4ba8","purpose":"publish","remote":{"id":"5012","url":"https://weibo.com/1/5012"},"result":"delivered","rev":1,"seq":14,"step":"share","ts":"2026-11-22T08:00:21.000Z","v":1}');
INSERT INTO ledger VALUES(15,'{"actor":"system:dispatcher","attempt":1,"channel":"wechat","delivery":2,"epoch":1,"event":"delivery.settled","item":1,"node":"1","prev":"7f9b9fe1a147589fd23e54725256f973fafe12d7410477e936720a7b754a1eba","purpose":"publish","result":"done","rev":1,"seq":15,"step":"share","ts":"2026-11-22T08:00:21.000Z","v":1}');
INSERT INTO ledger VALUES(16,'{"actor":"system:dispatcher","attempt":1,"body_sha256":"2081c953922dcce864d6c9851d8f531a9f78be589691263496f8b990e32803b6","channel":"wechat","delivery":2,"epoch":2,"event":"delivery.attempted","item":1,"node":"1","prev":"06dee5820dfd899811ba758e33bf7116d4b87eee465eca6108c7ffb0dd169a5e","purpose":"publish","rev":1,"seq":16,"step":"submit","ts":"2026-11-22T08:00:21.000Z","v":1}');
INSERT INTO ledger VALUES(17,'{"actor":"system:dispatcher","attempt":1,"channel":"wechat","delivery":2,"epoch":2,"errcode":"timeout","event":"delivery.unconfirmed","item":1,"node":"1","prev":"c2337fec40566eb226bfe514d937b8b47b59355897844c3c2b579a7bdeb792fc","purpose":"publish","reason":"no answer","rev":1,"seq":17,"step":"submit","ts":"2026-11-22T08:00:21.000Z","v":1}');
INSERT INTO ledger VALUES(18,'{"actor":"system:dispatcher","attempt":1,"channel":"hotline","delivery":6,"epoch":1,"errcode":"421","event":"delivery.settled","item":1,"node":"1","prev":"021ba5a50571f6ab67dc27358b95b7fb5f84d493d105fb630e6216cd5699f079","purpose":"publish","reason":"try later","result":"deferred","rev":1,"seq":18,"step":"share","ts":"2026-11-22T08:00:21.000Z","v":1}');
INSERT INTO ledger VALUES(19,'{"actor":"operator:cli","channel":"hotline","event":"channel.paused","node":"1","prev":"a86fa0c4b630fc901b3c50dd7dc85ab3a78572e86ef4fa338a82bebe1b9e6bfc","reason":"系统维护","seq":19,"ts":"2026-11-22T08:00:21.000Z","v":1}');
INSERT INTO ledger VALUES(20,'{"actor":"system:watcher","event":"item.revised","item":1,"node":"1","prev":"67698dd64c1bb65ce06259b256db5308cdb655e56b3aa91cb8e8018b9b168b36","rev":2,"seq":20,"ts":"2026-11-22T08:00:28.000Z","v":1}');
INSERT INTO ledger VALUES(21,'{"actor":"system:daemon","event":"service.stopped","node":"1","prev":"dbbebc2471b8b5c473357e5fc3d456d19cd3f0ed3837a0aefe4a4aa51d2737d5","seq":21,"ts":"2026-11-22T08:00:28.000Z","v":1}');
CREATE TABLE ledger_head (
  one INTEGER PRIMARY KEY CHECK (one = 1),
  size INTEGER NOT NULL,
  prev TEXT NOT NULL,
  edge TEXT NOT NULL
) STRICT;
INSERT INTO ledger_head VALUES(1,22,'37a7a8694e0a487c48a76e372ae386d2b86d3be5cb87302e7c136e670d7c333b','e4ae590734e4e72050fe97264dc80d03cb1afc7f0755d23c4a11738d5b47d6781157e2c5e495d075be8b46ce0f7769db62081b2b3a223131d9cd9d46bc65270d5745d93a5e1866cd08186510bdbb7452f72f04bd9b4418d5c160a71395f93ef9');
CREATE TABLE ledger_index (
  seq INTEGER PRIMARY KEY,
  ts INTEGER NOT NULL,
  event TEXT NOT NULL,
  item INTEGER,
  delivery INTEGER,
  channel TEXT
) STRICT;
INSERT INTO ledger_index VALUES(0,1795334400000,'genesis',NULL,NULL,NULL);
INSERT INTO ledger_index VALUES(1,1795334400000,'item.found',1,NULL,NULL);
INSERT INTO ledger_index VALUES(2,1795334400000,'obligation.made',1,NULL,'weibo');
INSERT INTO ledger_index VALUES(3,1795334400000,'obligation.made',1,NULL,'wechat');
INSERT INTO ledger_index VALUES(4,1795334400000,'obligation.made',1,NULL,'hall');
INSERT INTO ledger_index VALUES(5,1795334407000,'delivery.planned',1,1,'weibo');
INSERT INTO ledger_index VALUES(6,1795334407000,'delivery.planned',1,2,'wechat');
INSERT INTO ledger_index VALUES(7,1795334407000,'delivery.planned',1,3,'hall');
INSERT INTO ledger_index VALUES(8,1795334407000,'delivery.planned',1,4,'mastodon');
INSERT INTO ledger_index VALUES(9,1795334407000,'delivery.planned',1,5,'press');
INSERT INTO ledger_index VALUES(10,1795334407000,'delivery.planned',1,6,'hotline');
INSERT INTO ledger_index VALUES(11,1795334414000,'delivery.attempted',1,1,'weibo');
INSERT INTO ledger_index VALUES(12,1795334414000,'delivery.attempted',1,2,'wechat');
INSERT INTO ledger_index VALUES(13,1795334414000,'delivery.attempted',1,6,'hotline');
INSERT INTO ledger_index VALUES(14,1795334421000,'delivery.settled',1,1,'weibo');
INSERT INTO ledger_index VALUES(15,1795334421000,'delivery.settled',1,2,'wechat');
INSERT INTO ledger_index VALUES(16,1795334421000,'delivery.attempted',1,2,'wechat');
INSERT INTO ledger_index VALUES(17,1795334421000,'delivery.unconfirmed',1,2,'wechat');
INSERT INTO ledger_index VALUES(18,1795334421000,'delivery.settled',1,6,'hotline');
INSERT INTO ledger_index VALUES(19,1795334421000,'channel.paused',NULL,NULL,'hotline');
INSERT INTO ledger_index VALUES(20,1795334428000,'item.revised',1,NULL,NULL);
INSERT INTO ledger_index VALUES(21,1795334428000,'service.stopped',NULL,NULL,NULL);
CREATE TABLE checkpoint (
  size INTEGER PRIMARY KEY,
  note TEXT NOT NULL,
  signed_at INTEGER NOT NULL
) STRICT;
INSERT INTO checkpoint VALUES(21,replace('example.gov.cn/liandong\n21\niIfMEzRBzDknwY5eHuPzMZUYjLof37lz6wTAdIJlkB4=\n\n— example.gov.cn/liandong Q4QC/I7TeqpmMgNgy+5/DR+WyLlLD1gB8RZuzps+8awGiaoft+CD8Eb2TY5fp9T6kVbyO/z4cMEHEX1iN6+i/UGAfQU=\n','\n',char(10)),1795334428000);
CREATE TABLE screen (
  id INTEGER PRIMARY KEY,
  name TEXT NOT NULL UNIQUE,
  screen_group TEXT NOT NULL,
  key_sha256 TEXT NOT NULL UNIQUE,
  token_sha256 TEXT NOT NULL,
  state TEXT NOT NULL,
  registered_at INTEGER NOT NULL,
  seen_at INTEGER NOT NULL,
  list_version TEXT NOT NULL,
  report TEXT NOT NULL
) STRICT;
INSERT INTO screen VALUES(1,'一楼大厅','hall','k','t','approved',1,2,'v','{}');
CREATE TABLE play (
  play_id TEXT PRIMARY KEY,
  screen INTEGER NOT NULL,
  delivery INTEGER NOT NULL,
  title TEXT NOT NULL,
  started_at INTEGER NOT NULL,
  ended_at INTEGER NOT NULL,
  clock TEXT NOT NULL
) STRICT
;
INSERT INTO play VALUES('p-1',1,3,'通知',1,2,'server');
CREATE INDEX item_first_seen ON item (first_seen);
CREATE INDEX sighting_reread ON sighting (source, reread_at);
CREATE INDEX sighting_item ON sighting (item);
CREATE INDEX delivery_due ON delivery (channel, state, due_at);
CREATE INDEX delivery_item ON delivery (item);
CREATE INDEX ledger_index_item ON ledger_index (item, seq);
CREATE INDEX ledger_index_event ON ledger_index (event, seq);
COMMIT;
