"""What a row costs, and how the statements find it: `liandong run` makes a few rows of everything, SQL multiplies them,
each table and index is weighed, and the statements the program itself was heard to say are explained. See `run`."""

import pathlib
import re
import shutil
import sqlite3
import subprocess
import sys
import tempfile
import time
import urllib.request

from nodes import BARE_CLAIM, BARE_LOOP, CHANNELS, ON_DISK, claims_of
from stand import ROOT, Daemon, Stub, feed_config, key_file, wait_until

sys.path.insert(0, str(ROOT / "tests/fault"))
from postgres_world import Server

ITEMS = 40
HEARD = [*ON_DISK, "-c", "logging_collector=on", "-c", "log_statement=all", "-c", "log_line_prefix=", "-c", "lc_messages=C",
         "-c", "max_wal_size=4GB"]
PER_ITEM = ("item", "item_key", "revision", "sighting", "obligation")
PER_DELIVERY = ("delivery", "rendition", "delivery_order")
PER_ENTRY = ("ledger", "ledger_index")
# What tells a statement from the others, and what it does.
STATEMENTS = (
    ("claim: the next that are due on a channel", r"^SELECT .* FROM delivery WHERE channel = .* FOR UPDATE SKIP LOCKED"),
    ("claim: the intent", r"^UPDATE delivery SET .*epoch = "),
    ("count: what is under way on a channel", r"^SELECT count\(\*\) FROM delivery WHERE channel"),
    ("claim: is anything due", r"^SELECT 1 FROM delivery WHERE channel = .* AND state IN \(.*\) AND due_at"),
    ("count: open obligations", r"^SELECT count\(\*\) FROM obligation WHERE met_at IS NULL AND waived_at IS NULL$"),
    ("count: late obligations", r"^SELECT count\(\*\) FROM obligation WHERE .* due_at < "),
    ("count: items", r"^SELECT count\(\*\) FROM item$"),
    ("list: a page of items", r"^SELECT id, kind, source, .* FROM item ORDER BY id DESC LIMIT"),
    ("list: the deliveries of an item", r"^SELECT d\.id, d\.revision, .* WHERE d\.item ="),
    ("list: a page of the log", r"^SELECT x\.seq, x\.ts, .* FROM ledger_index x JOIN ledger"),
    ("ledger: the head, locked", r"^SELECT size, prev, edge FROM ledger_head .* FOR UPDATE"),
    ("ledger: one entry", r"^SELECT line FROM ledger WHERE seq ="),
)

# One transaction a claim, one sender, in three steps from a bare queue to one that keeps a ledger.
DUE_ROW = f"""\\set channel random(0, {len(CHANNELS) - 1})
UPDATE delivery SET state = 'in_flight', epoch = epoch + 1 WHERE id = (SELECT id FROM delivery WHERE
channel = 'hook' || :channel AND state = 'queued' AND due_at <= 9000000000000 ORDER BY due_at, id
FOR UPDATE SKIP LOCKED LIMIT 1);
"""
DUE_ROW_AND_ENTRY = f"""BEGIN;
SELECT pg_advisory_xact_lock(4726404);
{DUE_ROW}UPDATE ledger_head SET size = size + 1 RETURNING 1000000000 + size AS seq \\gset
INSERT INTO ledger VALUES (:seq, repeat('0123456789', 40));
INSERT INTO ledger_index VALUES (:seq, 1, 'delivery.intent', :channel, :seq, 'hook' || :channel);
COMMIT;
"""


class Postgres:
    name = "PostgreSQL"

    def __init__(self):
        self.server = Server(HEARD)

    def url(self, _):
        return f"postgresql:///postgres?host={self.server.folder}&user=liandong"

    def rows(self, statement):
        return self.server.rows(statement)

    def run(self, statement):
        subprocess.run([self.server.bin / "psql", "-X", "-q", "-v", "ON_ERROR_STOP=1", "-h", self.server.folder, "-U",
                        "liandong", "-d", "postgres", "-c", statement], check=True)

    def columns(self, table):
        return [name for name, in self.rows(f"SELECT column_name FROM information_schema.columns WHERE table_name = "
                                            f"'{table}' AND table_schema = 'public' ORDER BY ordinal_position")]

    def series(self, count):
        return "", f"generate_series(1, {count}) AS g (n)"

    def settle(self):
        self.run("VACUUM ANALYZE")

    def weigh(self, table):
        """[(table or index, bytes)]"""
        return [(table, self.rows(f"SELECT pg_table_size('{table}') AS size")[0][0])] + [
            tuple(row) for row in self.rows(
                "SELECT i.relname AS name, pg_relation_size(i.oid) AS size FROM pg_index x JOIN pg_class i ON i.oid = "
                f"x.indexrelid WHERE x.indrelid = '{table}'::regclass ORDER BY 1")]

    def heard(self):
        """Every statement said so far, with its values."""
        said = []
        for file in sorted((self.server.folder / "data/log").iterdir()):
            text = file.read_text(errors="replace")
            for match in re.finditer(r"^LOG:  execute [^:]*: (.*?)(?:\nDETAIL:  parameters: (.*?))?$(?=\n(?:LOG|ERROR|\Z))",
                                     text, re.S | re.M):
                said.append(fill_in(" ".join(match[1].split()), match[2] or ""))
        return said

    def explain(self, statement):
        asked = subprocess.run(
            [self.server.bin / "psql", "-X", "-A", "-t", "-h", self.server.folder, "-U", "liandong", "-d", "postgres", "-c",
             f"BEGIN; EXPLAIN (ANALYZE, COSTS OFF, TIMING OFF) {statement}; ROLLBACK"], capture_output=True, text=True)
        return asked.stdout.replace("BEGIN\n", "").replace("ROLLBACK\n", "") or asked.stderr

    def stop(self):
        self.server.stop()


class Sqlite:
    name = "SQLite"

    def __init__(self, folder):
        self.file = folder / "rows.db"

    def url(self, _):
        return f"sqlite://{self.file}"

    def rows(self, statement):
        connection = sqlite3.connect(self.file)
        try:
            return connection.execute(statement).fetchall()
        finally:
            connection.close()

    def run(self, statement):
        connection = sqlite3.connect(self.file)
        try:
            connection.execute(statement)
            connection.commit()
        finally:
            connection.close()

    def columns(self, table):
        return [row[1] for row in self.rows(f"PRAGMA table_info({table})")]

    def series(self, count):
        return (f"WITH RECURSIVE g (n) AS (SELECT 1 UNION ALL SELECT n + 1 FROM g WHERE n < {count}) ", "g")

    def settle(self):
        self.run("ANALYZE")
        self.sizes = dict(line.rsplit("|", 1) for line in subprocess.check_output(
            ["sqlite3", self.file, "SELECT name, sum(pgsize) FROM dbstat GROUP BY name"], text=True).splitlines())

    def weigh(self, table):
        indexes = [row[1] for row in self.rows(f"PRAGMA index_list({table})")]
        return [(name, int(self.sizes[name])) for name in [table, *sorted(indexes)]]

    def explain(self, statement):
        statement = statement.replace(" FOR UPDATE SKIP LOCKED", "")
        try:
            plan = self.rows("EXPLAIN QUERY PLAN " + statement)
            return "".join(f"{row[3]}\n" for row in plan)
        except sqlite3.OperationalError as error:
            return f"SQLite is not asked this ({error})\n"

    def stop(self):
        pass


def fill_in(statement, values):
    """With the values in place of $1, $2."""
    for number, value in re.findall(r"\$(\d+) = ('(?:[^']|'')*'|NULL)", values):
        statement = re.sub(rf"\${number}\b", lambda _, text=value: text, statement)
    return statement


def make_rows(build, folder, store):
    """A few of everything, as the program makes them; how many entries of the ledger a delivery has."""
    with Stub(build, ITEMS) as stub:
        text = re.sub(r'url = "sqlite:[^"]*"', f'url = "{store.url(folder)}"', feed_config(folder, stub.url, CHANNELS))
        key_file(folder, "ledger.key", subprocess.check_output(["openssl", "genpkey", "-algorithm", "ed25519"],
                                                               text=True).strip())
        daemon = Daemon(build, folder, text + f'[ledger]\nkey_file = "{folder / "ledger.key"}"\n')
        try:
            expected = ITEMS * len(CHANNELS)
            wait_until("all received", lambda: stub.stats()["received"] >= expected, daemon.alive)
            time.sleep(1)
            address = re.search(r'\nlisten = "([^"]*)"', text)[1]
            for page in ("status", "items?limit=50", "items/1", "log?limit=50"):
                urllib.request.urlopen(f"http://{address}/api/v1/{page}", timeout=20).read()
            daemon.end()
            subprocess.run([daemon.binary, "--config", daemon.config, "ledger", "proof", "3"], check=True,
                           stdout=subprocess.DEVNULL)
        finally:
            daemon.kill()
    return store.rows("SELECT count(*) AS n FROM ledger")[0][0] / expected


def multiply(store, table, count, own, base):
    """`count` copies of the rows there are, `base` of each in turn; `own`: what a column is instead."""
    before, source = store.series(count)
    names = store.columns(table)
    # What must not be there twice gets the copy's number.
    values = ", ".join(own.get(name, f"t.{name}") for name in names)
    store.run(f"INSERT INTO {table} ({', '.join(names)}) {before}SELECT {values} FROM {source} JOIN {table} AS t ON {base}")


def fill(store, deliveries, entries):
    """So many open deliveries and entries, on items that have one delivery on each channel."""
    items = deliveries // len(CHANNELS)
    of = f"{ITEMS} + n"
    twin = f"= 1 + (n - 1) % {ITEMS}"
    multiply(store, "item", items, {"id": of, "url": "t.url || '#' || n"}, f"t.id {twin}")
    multiply(store, "item_key", items, {"item": of, "value": "t.value || '#' || n"}, f"t.item {twin}")
    multiply(store, "revision", items, {"item": of}, f"t.item {twin}")
    key = next(name for name in store.columns("sighting") if name not in ("source", "item"))
    multiply(store, "sighting", items, {"item": of, key: f"t.{key} || '#' || n"}, f"t.item {twin}")
    multiply(store, "obligation", items, {"item": of, "met_at": "NULL"}, f"t.item {twin}")
    last = ITEMS * len(CHANNELS)
    number = f"{last} + (n - 1) * {len(CHANNELS)} + 1 + (t.id - 1) % {len(CHANNELS)}"
    multiply(store, "delivery", items,
             {"id": number, "item": of, "state": "'queued'", "due_at": "t.due_at - n", "delivered_at": "NULL",
              "epoch": "0", "marker": "t.marker || '#' || n", "remote_id": "''", "permalink": "''", "evidence": "''"},
             f"t.id BETWEEN ((n - 1) % {ITEMS}) * {len(CHANNELS)} + 1 AND ((n - 1) % {ITEMS} + 1) * {len(CHANNELS)}")
    for table in ("rendition", "delivery_order"):
        if store.rows(f"SELECT count(*) AS n FROM {table}")[0][0] > 0:
            multiply(store, table, deliveries, {"delivery": f"{last} + n"}, f"t.delivery = 1 + (n - 1) % {last}")
    first = store.rows("SELECT max(seq) AS n FROM ledger")[0][0]
    for table in PER_ENTRY:
        multiply(store, table, entries,
                 {"seq": f"{first} + n", "ts": "t.ts + n", "item": f"CASE WHEN t.item > 0 THEN 1 + n % {items} END",
                  "delivery": f"CASE WHEN t.delivery > 0 THEN 1 + n % {deliveries} END"}, f"t.seq = (n - 1) % {first}")
    store.settle()


def weigh(store):
    """Prints every part; (rows, bytes with the indexes) by table."""
    weights = {}
    print(f"\n{store.name:44}{'rows':>12}{'MB':>10}{'bytes a row':>14}")
    for table in (*PER_ITEM, *PER_DELIVERY, *PER_ENTRY):
        rows = store.rows(f"SELECT count(*) AS n FROM {table}")[0][0]
        if rows == 0:
            continue
        parts = store.weigh(table)
        for name, size in parts:
            print(f"  {name if name == table else '  ' + name:42}{rows if name == table else '':>12}{size / 1e6:10.1f}"
                  f"{size / rows:14.1f}")
        weights[table] = (rows, sum(size for _, size in parts))
    return weights


def extrapolate(weights, deliveries, entries, per_delivery):
    """On paper: nothing of this size was made."""
    a_delivery = sum(weights[table][1] for table in PER_ITEM + PER_DELIVERY if table in weights) / weights["delivery"][0]
    an_entry = sum(weights[table][1] for table in PER_ENTRY) / weights["ledger"][0]
    print(f"  measured: {a_delivery:.0f} bytes a delivery with its part of the item, {an_entry:.0f} an entry of the ledger; "
          f"{per_delivery:.1f} entries a delivery")
    print(f"  extrapolated: {deliveries / 1e6:.0f} M open deliveries {a_delivery * deliveries / 1e9:.1f} GB, "
          f"{entries / 1e6:.0f} M entries {an_entry * entries / 1e9:.1f} GB")


def explain(stores, said):
    for what, pattern in STATEMENTS:
        statement = next((text for text in said if re.search(pattern, text)), None)
        if statement is None:
            raise RuntimeError(f"the program was not heard to say: {what}")
        print(f"\n### {what}\n{statement[:700]}")
        for store in stores:
            print(f"--- {store.name}\n{store.explain(statement)}", end="")


def claim(store):
    """What of the difference between a bare queue and ours is whose: with the disk, and without waiting for it."""
    store.run(BARE_CLAIM)
    store.run("ALTER ROLE liandong SET log_statement = 'none'")
    steps = {"a bare row, one index": BARE_LOOP, "a delivery: its width and indexes, the oldest due": DUE_ROW,
             "the same, an entry of the ledger with it": DUE_ROW_AND_ENTRY}
    print(f"\n{'claims a second of one client, each committed':56}{'fsync':>8}{':bare':>8}{'no fsync':>10}{':bare':>8}")
    rates = {}
    for promise in ("on", "off"):
        store.run(f"ALTER ROLE liandong SET synchronous_commit = {promise}")
        rates[promise] = [claims_of(store.server, script) for script in steps.values()]
    for at, what in enumerate(steps):
        print(f"  {what:54}" + "".join(f"{rates[promise][at]:{width}.0f}{rates[promise][at] / rates[promise][0]:8.2f}"
                                       for promise, width in (("on", 8), ("off", 10))))


def rows(build, deliveries, entries):
    folder = pathlib.Path(tempfile.mkdtemp(prefix="liandong-bench-"))
    stores = []
    try:
        stores.append(Postgres())
        stores.append(Sqlite(folder))
        for store in stores:
            own = folder / store.name
            own.mkdir()
            per_delivery = make_rows(build, own, store)
            if store is stores[0]:
                said = store.heard()
            fill(store, deliveries, entries)
            extrapolate(weigh(store), 1_000_000, 100_000_000, per_delivery)
        explain(stores, said)
        claim(stores[0])
    finally:
        for store in stores:
            store.stop()
        shutil.rmtree(folder, ignore_errors=True)
