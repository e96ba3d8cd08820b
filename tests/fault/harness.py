"""A daemon, a website with a feed and platform stand-ins, all in one temporary folder.

The stand-ins are processes of their own that outlive every crash of the daemon; their journals say
what the public saw. Python standard library only; takes LIANDONG_BINARY.
"""

import collections
import email.utils
import http.server
import json
import os
import pathlib
import shutil
import signal
import socket
import sqlite3
import subprocess
import sys
import tempfile
import threading
import time
import urllib.request

ROOT = pathlib.Path(__file__).resolve().parents[2]
STUB_TOKEN = "stub-token"
FINAL = {"delivered", "failed", "cancelled"}
ITEMS = 5


def binary():
    path = os.environ.get("LIANDONG_BINARY")
    if not path:
        sys.exit("LIANDONG_BINARY is not set")
    return path


def free_port():
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return probe.getsockname()[1]


def wait_until(what, condition, seconds=30.0):
    deadline = time.monotonic() + seconds
    while True:
        value = condition()
        if value:
            return value
        if time.monotonic() > deadline:
            raise AssertionError(f"not within {seconds} s: {what}")
        time.sleep(0.05)


class FeedSite:
    """A website with one RSS feed; `titles` may grow while it is watched."""

    def __init__(self, count=ITEMS):
        self.titles = [f"关于第{number}号事项的通知" for number in range(1, count + 1)]
        site = self

        class Handler(http.server.BaseHTTPRequestHandler):
            def do_GET(self):
                body = site.feed().encode() if self.path == "/rss.xml" else b""
                self.send_response(200 if body else 404)
                self.send_header("Content-Type", "application/rss+xml; charset=utf-8")
                self.send_header("Content-Length", str(len(body)))
                self.end_headers()
                self.wfile.write(body)

            def log_message(self, *_):
                pass

        self.server = http.server.ThreadingHTTPServer(("127.0.0.1", 0), Handler)
        self.server.daemon_threads = True
        self.url = f"http://127.0.0.1:{self.server.server_address[1]}"
        self.date = email.utils.formatdate(time.time() - 3600)
        threading.Thread(target=self.server.serve_forever, daemon=True).start()

    def feed(self):
        items = "".join(
            f"<item><title>{title}</title><link>{self.url}/{number}.html</link>"
            f"<guid isPermaLink=\"false\">item-{number}</guid><pubDate>{self.date}</pubDate>"
            f"<content:encoded><![CDATA[<p>第{number}号事项的正文，请有关单位办理。</p>]]></content:encoded></item>"
            for number, title in enumerate(self.titles, 1))
        return ('<?xml version="1.0" encoding="utf-8"?><rss version="2.0" '
                'xmlns:content="http://purl.org/rss/1.0/modules/content/"><channel>'
                f"<title>t</title><link>{self.url}</link><description>t</description>{items}</channel></rss>")

    def stop(self):
        self.server.shutdown()
        self.server.server_close()


class StubProcess:
    """One platform stand-in with its journal."""

    def __init__(self, name, folder, **options):
        self.path = folder / f"{name}.journal"
        command = [sys.executable, str(ROOT / "tests/stubs" / f"{name}.py"), "--port", "0",
                   "--journal", str(self.path), "--token", STUB_TOKEN]
        for key, value in options.items():
            command += ["--set", f"{key}={value}"]
        self.process = subprocess.Popen(command, stdout=subprocess.PIPE, text=True)
        line = self.process.stdout.readline()
        if not line.startswith("listening "):
            raise AssertionError(f"{name} did not start: {line!r}")
        self.url = "http://" + line.split()[1]

    def fault(self, **fault):
        request = urllib.request.Request(self.url + "/_stub/fault", json.dumps(fault).encode(),
                                         {"Content-Type": "application/json"})
        with urllib.request.urlopen(request, timeout=10) as reply:
            reply.read()

    def journal(self):
        with urllib.request.urlopen(self.url + "/_stub/journal", timeout=10) as reply:
            reply.read()  # lets jobs end whose time has come
        return [json.loads(line) for line in self.path.read_text().splitlines()]

    def published(self):
        return [entry for entry in self.journal() if entry["op"] == "publish"]

    def stop(self):
        self.process.terminate()
        self.process.wait(timeout=10)
        self.process.stdout.close()


def secret(folder, name, value):
    file = folder / name
    file.write_text(value + "\n")
    file.chmod(0o600)
    return name


def shared_config(folder, site_url):
    return f"""[site]
name = "示范县人民政府"
organ = "示范县人民政府"
url = "{site_url}/"
site_id_code = "3400000000"
[store]
url = "sqlite://{folder / 'liandong.db'}"
[console]
listen = "127.0.0.1:{free_port()}"
screens_listen = "127.0.0.1:{free_port()}"
[calendar]
folder = "{ROOT / 'config/calendar'}"
[reading]
host_interval = "100ms"
[shutdown]
grace = "3s"
"""


def source_config(kind, url, backfill="3650d"):
    return f"""[[source]]
name = "notices"
type = "{kind}"
url = "{url}"
kind = "notice"
every = "1s"
backfill = "{backfill}"
hold_older_than = "0s"
internal = true
"""


PACE = """settle = "2s"
retry_first = "200ms"
retry_most = "1s"
min_interval = "0s"
per_hour = 0
per_day = 0
"""


def channel_config(folder, name, stub):
    if name == "weibo":
        token = secret(folder, "weibo.token", STUB_TOKEN)
        own = f'access_token_file = "{token}"\nrip = "203.0.113.7"\nsafe_domains = ["127.0.0.1"]\ninternal = true\n'
    else:
        key = secret(folder, "wechat.secret", STUB_TOKEN)
        own = f'app_id = "wx0123456789abcdef"\napp_secret_file = "{key}"\n'
    return f'[[channel]]\nname = "{name}"\ntype = "{name}"\nbase_url = "{stub.url}"\n{own}{PACE}'


def hall_and_route(names):
    listed = ", ".join(f'"{name}"' for name in names)
    return f"""[[channel]]
name = "hall"
type = "hall"
[[route]]
name = "all"
kinds = ["policy", "interpretation", "notice_important", "notice", "news"]
channels = [{listed}]
"""


class World:
    """Everything one run needs; ends exactly what it started."""

    def __init__(self, channels=("weibo", "wechat"), source=None, site=None, backfill="3650d",
                 options=None):
        self.folder = pathlib.Path(tempfile.mkdtemp(prefix="liandong-fault-"))
        self.site = None if site else FeedSite()
        self.stubs = {name: StubProcess(name, self.folder, **(options or {}).get(name, {}))
                      for name in channels}
        self.database = self.folder / "liandong.db"
        self.config = self.folder / "liandong.toml"
        self.log = self.folder / "daemon.log"
        self.hits = self.folder / "hits"
        url = site or self.site.url
        text = shared_config(self.folder, url)
        text += source_config(*(source or ("feed", url + "/rss.xml")), backfill)
        text += "".join(channel_config(self.folder, name, stub) for name, stub in self.stubs.items())
        self.config.write_text(text + hall_and_route([*channels, "hall"]))
        self.daemon = None

    def __enter__(self):
        return self

    def __exit__(self, *_):
        if self.daemon and self.daemon.poll() is None:
            self.daemon.kill()
            self.daemon.wait()
        for stub in self.stubs.values():
            stub.stop()
        if self.site:
            self.site.stop()
        shutil.rmtree(self.folder, ignore_errors=True)

    def start(self, init=False, **environment):
        command = [binary(), "--config", str(self.config), "run"] + (["--init"] if init else [])
        surroundings = {**os.environ, "LIANDONG_FP_HITS": str(self.hits), **environment}
        with open(self.log, "ab") as log:
            self.daemon = subprocess.Popen(command, stdin=subprocess.DEVNULL, stdout=log, stderr=log,
                                           env=surroundings)
        return self.daemon

    def stop(self):
        self.daemon.send_signal(signal.SIGTERM)
        return self.daemon.wait(timeout=10)

    def is_healthy(self):
        address = self.config.read_text().split('listen = "')[1].split('"')[0]
        try:
            with urllib.request.urlopen(f"http://{address}/healthz", timeout=5) as reply:
                return reply.status == 200
        except OSError:
            return False

    def command(self, *arguments):
        return subprocess.run([binary(), "--config", str(self.config), *arguments],
                              stdin=subprocess.DEVNULL, capture_output=True, text=True, timeout=60)

    def query(self, statement):
        """Rows, or none while there is no such table yet."""
        if not self.database.exists():
            return []
        connection = sqlite3.connect(f"file:{self.database}?mode=ro", uri=True, timeout=5)
        try:
            return connection.execute(statement).fetchall()
        except sqlite3.OperationalError:
            return []
        finally:
            connection.close()

    def all_final(self, expected):
        states = [row[0] for row in self.query("SELECT state FROM delivery")]
        return len(states) >= expected and all(state in FINAL for state in states)

    def last_log(self):
        return self.log.read_text(errors="replace")[-3000:] if self.log.exists() else ""

    def hit_points(self):
        return {int(line) for line in self.hits.read_text().split()} if self.hits.exists() else set()

    def judge(self):
        """(lost, duplicated): publications per channel and item against exactly one."""
        lost, duplicated = [], []
        for name, stub in self.stubs.items():
            texts = [entry.get("title") or entry.get("text", "") for entry in stub.published()]
            count = collections.Counter(title for title in self.site.titles
                                        for text in texts if title in text)
            lost += [(name, title) for title in self.site.titles if count[title] == 0]
            duplicated += [(name, title) for title in self.site.titles if count[title] > 1]
        return lost, duplicated
