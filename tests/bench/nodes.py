"""Two nodes against one on the same PostgreSQL, and claims against a bare loop of SKIP LOCKED. See `run`."""

import pathlib
import shutil
import statistics
import subprocess
import sys
import tempfile
import time

from stand import ROOT, Daemon, Stub, feed_config, free_port, key_file, wait_until

sys.path.insert(0, str(ROOT / "tests/fault"))
from postgres_world import Server

CHANNELS = tuple(f"hook{number}" for number in range(8))
FIRST_WAIT = 45  # seconds, to plan everything
ON_DISK = ["-c", "fsync=on", "-c", "full_page_writes=on", "-c", "shared_buffers=128MB"]
# What any queue in PostgreSQL does, at its fastest: one transaction a claim, one sender.
BARE_CLAIM = """CREATE TABLE bare (id bigint PRIMARY KEY, state text NOT NULL, epoch bigint NOT NULL);
INSERT INTO bare SELECT n, 'queued', 0 FROM generate_series(1, 200000) AS n;
CREATE INDEX bare_queued ON bare (id) WHERE state = 'queued';
ANALYZE bare;"""
BARE_LOOP = """UPDATE bare SET state = 'sending', epoch = epoch + 1 WHERE id =
(SELECT id FROM bare WHERE state = 'queued' ORDER BY id FOR UPDATE SKIP LOCKED LIMIT 1);
"""


def config_of(folder, url, server):
    key_file(folder, "ledger.key", subprocess.check_output(["openssl", "genpkey", "-algorithm", "ed25519"],
                                                           text=True).strip())
    text = feed_config(folder, url, CHANNELS)
    text = text.replace(f"sqlite://{folder / 'liandong.db'}",
                        f"postgresql:///postgres?host={server.folder}&user=liandong")
    text = text.replace(f'file = "{folder / "liandong.log"}"', 'file = "LOG"')
    text = text.replace('default = "0s"', f'default = "{FIRST_WAIT}s"')
    return text + f'[ledger]\nkey_file = "{folder / "ledger.key"}"\n'


def start_nodes(build, folder, text, count):
    nodes = []
    for number in range(count):
        own = folder / f"node{number}"
        own.mkdir()
        config = text.replace('"LOG"', f'"{own / "liandong.log"}"')
        for line in text.splitlines():
            if "listen = " in line:
                config = config.replace(line, f'{line.split("=")[0]}= "127.0.0.1:{free_port()}"')
        nodes.append(Daemon(build, own, config))
    return nodes


def rate_of(build, items, count):
    """Deliveries a second, all of them planned and due when every node has its share, until nine tenths are out:
    what is left then is one node's."""
    folder = pathlib.Path(tempfile.mkdtemp(prefix="liandong-bench-"))
    server = Server(ON_DISK)
    nodes = []
    expected = items * len(CHANNELS)

    def number(statement):
        return int(server.rows(statement)[0][0] or 0)

    def alive():
        return all(node.alive() for node in nodes)

    try:
        with Stub(build, items) as stub:
            nodes = start_nodes(build, folder, config_of(folder, stub.url, server), count)
            wait_until("shared", lambda: server.rows("SELECT 1 FROM node_work") and number(
                "SELECT count(DISTINCT node) FROM node_work WHERE node > 0 AND name LIKE 'channel%'") == count, alive)
            wait_until("all received", lambda: stub.stats()["received"] >= expected, alive)
            time.sleep(1)
            settled = "SELECT ts FROM ledger_index WHERE event = 'delivery.settled' ORDER BY ts LIMIT 1 OFFSET "
            begun, many = number(settled + "0"), expected * 9 // 10
            if number("SELECT max(ts) AS ts FROM ledger_index WHERE event = 'delivery.planned'") > begun:
                raise RuntimeError("the first was due before all were planned")
            rate = many * 1000 / (number(settled + str(many)) - begun)
            for node in nodes:
                node.end()
            nodes[0].verify()
            if stub.stats()["distinct"] != expected or stub.stats()["received"] != expected:
                raise RuntimeError(f"not exactly once: {stub.stats()}")
            return rate
    finally:
        for node in nodes:
            node.kill()
        server.stop()
        shutil.rmtree(folder, ignore_errors=True)


def claims_of(server, script):
    """Transactions a second of one client, by pgbench."""
    file = server.folder / "claim.sql"
    file.write_text(script)
    told = subprocess.check_output([server.bin / "pgbench", "-n", "-h", server.folder, "-U", "liandong", "-T", "5",
                                    "-M", "prepared", "-f", file, "postgres"], text=True, stderr=subprocess.DEVNULL)
    return next(float(line.split("=")[1].split()[0]) for line in told.splitlines() if line.startswith("tps"))


def bare_claims():
    server = Server(ON_DISK)
    try:
        server.run_script(BARE_CLAIM)
        return claims_of(server, BARE_LOOP)
    finally:
        server.stop()


def nodes(build, items, rounds):
    measured = {"one node": [], "two nodes": [], "bare SKIP LOCKED loop, claims": []}
    for number in range(1, rounds + 1):
        measured["one node"].append(rate_of(build, items, 1))
        measured["two nodes"].append(rate_of(build, items, 2))
        measured["bare SKIP LOCKED loop, claims"].append(bare_claims())
        print(f"round {number}: " + ", ".join(f"{values[-1]:.0f}/s" for values in measured.values()), flush=True)
    median = {name: statistics.median(values) for name, values in measured.items()}
    print(f"\n{items} items x {len(CHANNELS)} channels on PostgreSQL, median of {rounds}")
    for name, value in median.items():
        print(f"  {name:46}{value:12.0f}   ({min(measured[name]):.0f} - {max(measured[name]):.0f})")
    one, two, bare = median.values()
    print(f"  {'two nodes : one (aim 1.60)':46}{two / one:12.2f}")
    print(f"  {'deliveries of one node : bare claims (aim 0.50)':46}{one / bare:12.2f}", flush=True)
