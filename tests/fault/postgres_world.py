"""Several daemons on one PostgreSQL server of their own, which may crash; each node may reach it through a
proxy that can fall silent in either direction. Standard library and psql only."""

import json
import os
import pathlib
import pwd
import re
import shutil
import signal
import socket
import subprocess
import tempfile
import threading
import time

from harness import NOT_RESTARTED, World, binary, free_port, wait_until

FAKETIME = pathlib.Path("/usr/lib/x86_64-linux-gnu/faketime/libfaketime.so.1")
LEASE = 2.0  # seconds
SERVER = ["-c", "listen_addresses=", "-c", "fsync=off", "-c", "full_page_writes=off", "-c", "autovacuum=off",
          "-c", "max_connections=40", "-c", "shared_buffers=16MB"]


def is_stopped(process):
    try:
        with open(f"/proc/{process.pid}/stat") as stat:
            return stat.read().rsplit(")", 1)[1].split()[0] == "T"
    except FileNotFoundError:
        return False


class Server:
    """PostgreSQL on a Unix socket in its own folder. It refuses root."""

    def __init__(self, settings=()):
        self.settings = [*SERVER, *settings]
        self.bin = pathlib.Path(subprocess.check_output(["pg_config", "--bindir"], text=True).strip())
        self.folder = pathlib.Path(tempfile.mkdtemp(prefix="liandong-pg-"))
        self.user = {}
        if os.geteuid() == 0:
            account = pwd.getpwnam("postgres")
            self.user = {"user": account.pw_uid, "group": account.pw_gid, "extra_groups": []}
            os.chown(self.folder, account.pw_uid, account.pw_gid)
        self.folder.chmod(0o755)
        self.process = None
        subprocess.run([self.bin / "initdb", "-D", self.folder / "data", "-U", "liandong", "--auth=trust",
                        "--encoding=UTF8", "--locale=C", "--no-sync"], check=True, cwd=self.folder,
                       stdout=subprocess.DEVNULL, **self.user)
        self.start()

    def start(self):
        self.process = subprocess.Popen(
            [self.bin / "postgres", "-D", self.folder / "data", "-k", self.folder, *self.settings], cwd=self.folder,
            stdin=subprocess.DEVNULL, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL, **self.user)
        wait_until("PostgreSQL answers", self.answers)

    def answers(self):
        return subprocess.run([self.bin / "pg_isready", "-q", "-h", self.folder]).returncode == 0

    def crash(self):
        """As `pg_ctl stop -m immediate` does."""
        self.process.send_signal(signal.SIGQUIT)
        self.process.wait(timeout=60)

    def fail_over(self):
        """A standby that has everything takes over."""
        self.crash()
        (self.folder / "data/standby.signal").touch()
        self.start()
        wait_until("it is promoted", lambda: self.rows("SELECT pg_promote() AS promoted"))

    def stop(self):
        if self.process.poll() is None:
            self.process.send_signal(signal.SIGINT)
            self.process.wait(timeout=60)
        shutil.rmtree(self.folder, ignore_errors=True)

    def run_script(self, text, database="postgres"):
        subprocess.run([self.bin / "psql", "-X", "-q", "-h", self.folder, "-U", "liandong", "-d", database, "-c", text],
                       check=True, timeout=60)

    def lose_database(self):
        """And get an empty one."""
        self.run_script("DROP DATABASE postgres WITH (FORCE)", "template1")
        self.run_script("CREATE DATABASE postgres", "template1")

    def rows(self, statement):
        """None while the server cannot say."""
        asked = subprocess.run(
            [self.bin / "psql", "-X", "-A", "-t", "-h", self.folder, "-U", "liandong", "-d", "postgres", "-c",
             f"SELECT coalesce(json_agg(answer), '[]') FROM ({statement}) AS answer"],
            capture_output=True, text=True, timeout=60)
        if asked.returncode != 0:
            return None
        return [tuple(row.values()) for row in json.loads(asked.stdout)]


class Proxy:
    """Between one node and the server's socket. `silent` of "up" lets nothing more reach the server, "down" lets
    nothing come back; `cut` closes what is open."""

    def __init__(self, path):
        self.path = str(path)
        self.silent = set()
        self.open = []
        self.listener = socket.create_server(("127.0.0.1", 0))
        self.port = self.listener.getsockname()[1]
        threading.Thread(target=self.accept, daemon=True).start()

    def accept(self):
        while True:
            try:
                near, _ = self.listener.accept()
            except OSError:
                return
            while self.silent:
                time.sleep(0.02)
            far = socket.socket(socket.AF_UNIX)
            try:
                far.connect(self.path)
            except OSError:
                near.close()
                continue
            self.open += [near, far]
            threading.Thread(target=self.pump, args=(near, far, "up"), daemon=True).start()
            threading.Thread(target=self.pump, args=(far, near, "down"), daemon=True).start()

    def pump(self, source, target, way):
        try:
            while data := source.recv(65536):
                while way in self.silent:
                    time.sleep(0.02)
                target.sendall(data)
        except OSError:
            pass
        while self.silent:  # not even that it is closed
            time.sleep(0.02)
        for side in (source, target):
            try:
                side.shutdown(socket.SHUT_RDWR)
            except OSError:
                pass

    def cut(self):
        for side in self.open:
            try:
                side.shutdown(socket.SHUT_RDWR)
            except OSError:
                pass
        self.open.clear()

    def stop(self):
        self.silent.clear()
        self.listener.close()
        self.cut()


class Node:
    """One daemon of several, with a configuration of its own that differs in its ports only."""

    def __init__(self, world, number, environment):
        self.world = world
        self.proxy = Proxy(world.server.folder / ".s.PGSQL.5432")
        self.config = world.folder / f"node{number}.toml"
        self.log = world.folder / f"node{number}.log"
        text = world.config.read_text()
        text = re.sub(r'listen = "127.0.0.1:\d+"', lambda _: f'listen = "127.0.0.1:{free_port()}"', text)
        text = text.replace(world.store_url, f"postgresql:///postgres?host=127.0.0.1&port={self.proxy.port}"
                            "&user=liandong&gssencmode=disable")
        text = text.replace("[ledger]", f'[ledger]\ncheckpoint_file = "{world.folder}/node{number}.checkpoint"')
        self.config.write_text(text)
        self.environment = environment
        self.process = None
        self.start()

    def start(self):
        with open(self.log, "ab") as log:
            self.process = subprocess.Popen(
                [binary(), "--config", str(self.config), "run", "--init"], stdin=subprocess.DEVNULL, stdout=log,
                stderr=log, env={**os.environ, "LIANDONG_FP_HITS": str(self.world.hits), **self.environment})

    def tend(self):
        """Starts it again as systemd would; a fault point is reached by the first start only."""
        code = self.process.poll()
        if code is None:
            return
        if code in NOT_RESTARTED and code != 0:
            raise AssertionError(f"a node ended with {code}: {self.log.read_text()[-1500:]}")
        self.environment = {name: value for name, value in self.environment.items()
                            if name != "LIANDONG_FP"}
        self.start()

    def is_settled(self):
        return self.process.poll() is None and not is_stopped(self.process)

    def signal(self, number):
        if self.process.poll() is None:
            self.process.send_signal(number)

    def stop(self):
        self.signal(signal.SIGCONT)
        self.signal(signal.SIGTERM)
        return self.process.wait(timeout=90)

    def end(self):
        if self.process.poll() is None:
            self.process.kill()
            self.process.wait()
        self.proxy.stop()


class PostgresWorld(World):
    """What `World` is for one daemon on SQLite."""

    def __init__(self, *arguments, **named):
        self.server = Server()
        self.nodes = []
        self.joined = 0
        try:
            super().__init__(*arguments, **named)
        except BaseException:
            self.server.stop()
            raise
        self.store_url = f"postgresql:///postgres?host={self.server.folder}&user=liandong"
        text = self.config.read_text()
        text = text.replace(f"sqlite://{self.database}", self.store_url)
        text = text.replace("[store]", f'[store]\nlease = "{LEASE:.0f}s"')
        text = text.replace("[ledger]", f'[ledger]\nkey_file = "{self.data}/ledger.key"')
        self.config.write_text(text)
        key = self.data / "ledger.key"  # which every node has
        subprocess.run(["openssl", "genpkey", "-algorithm", "ed25519", "-out", key], check=True)
        key.chmod(0o600)

    def __exit__(self, *everything):
        for node in self.nodes:
            node.end()
        super().__exit__(*everything)
        self.server.stop()

    def add_node(self, **environment):
        self.joined += 1
        node = Node(self, self.joined, environment)
        self.nodes.append(node)
        return node

    def query(self, statement):
        return self.server.rows(statement) or []

    def last_log(self):
        return "\n".join(f"--- {node.log.name}\n{node.log.read_text(errors='replace')[-2500:]}"
                         for node in self.nodes)

    def holders(self):
        """Who works on what: the node's name by the work's."""
        return dict(self.query("SELECT w.name AS work, n.name AS holder FROM node_work w JOIN node n ON n.id = "
                               "w.node"))

    def tend_until(self, what, condition, seconds):
        deadline = time.monotonic() + seconds
        while not condition():
            if time.monotonic() > deadline:
                raise AssertionError(f"not within {seconds} s: {what}; it is {self.states()}")
            for node in self.nodes:
                node.tend()
            time.sleep(0.2)


def faked_clock(seconds):
    return {"LD_PRELOAD": str(FAKETIME), "FAKETIME": f"{seconds:+d}s", "DONT_FAKE_MONOTONIC": "1",
            "FAKETIME_DONT_FAKE_MONOTONIC": "1"}


